"""How a client takes frames: by the ranges of its Accept header that can be met by stored ones (PS3.18 §8.7.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.archives.dialect import ANY_SYNTAX
from proxy.errors import NotAcceptable
from proxy.wire.media import TRANSFER_SYNTAXES, MediaRange, MediaType, media_type_of
from rendering.transport import syntaxes

FRAME_TYPES = TRANSFER_SYNTAXES.keys() - {"application/dicom"}
MAKEABLE = (
    *(syntaxes.EXPLICIT_LITTLE_ENDIAN, syntaxes.JPEG_LOSSLESS_FIRST_ORDER, syntaxes.JPEG_LS),
    *(syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL, syntaxes.JPEG_2000_LOSSLESS, syntaxes.JPEG_XL_LOSSLESS),
    *(syntaxes.RLE, syntaxes.JPEG_LOSSLESS, syntaxes.JPEG_2000, syntaxes.JPEG_XL, syntaxes.HTJ2K),
)
"""Transfer syntaxes that this service can put frames into, in the order in which it chooses."""

_MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client takes: the ranges of its Accept header that can be met by frames, best first."""

    ranges: tuple[MediaRange, ...]
    several: bool

    @property
    def asks(self) -> tuple[str, ...]:
        """How to ask the archive: as stored where the client takes any transfer syntax, else for what it names."""
        if any(_is_open(one.media_type.root) for one in self.ranges):
            return (ANY_SYNTAX,)
        roots = dict.fromkeys(str(as_multipart(one.media_type.root)) for one in self.ranges)
        return tuple(roots)[:_MOST_TRIES]

    def label(self, part: MediaType) -> MediaType | None:
        """How to label a frame of type `part` for this client and in which form, or `None` when it takes none of it.

        The label is a multipart type when frames are to be parts. Octets asked for in any transfer syntax stay octets:
        their parameter says what they are.
        """
        return next((form for one in self.ranges if (form := self._form(one, part)) is not None), None)

    def makeable(self) -> tuple[MediaType, ...]:
        """The labels of what this service could put the frames into for this client, best first, a few of them."""
        parts = [part for syntax in MAKEABLE if (part := media_type_of(syntax)) is not None]
        found: dict[str | None, MediaType] = {}
        for one in self.ranges:
            for form in (self._form(one, part) for part in parts):
                if form is not None:
                    found.setdefault(form.root.transfer_syntax, form)
        return tuple(found.values())[:_MOST_TRIES]

    def _form(self, one: MediaRange, part: MediaType) -> MediaType | None:
        """`part` in the form that the range `one` admits."""
        octets = MediaType("application", "octet-stream", part.parameters)
        forms = (
            (as_multipart(part), as_multipart(octets))
            if self.several
            else (as_multipart(part), as_multipart(octets), part, octets)
        )
        return next((form for form in forms if one.quality > 0 and one.admits(form)), None)


def read_wanted(ranges: Sequence[MediaRange], *, several: bool) -> Wanted:
    """The useful part of an Accept header; one frame may be asked for alone, several only as parts (Table 10.4.4-1)."""
    forms = [one for one in ranges if one.is_wildcard or one.media_type.is_multipart or not several]
    useful = [one for one in forms if _is_open(one.media_type.root) or one.media_type.root.canonical in FRAME_TYPES]
    if not any(one.quality > 0 for one in useful):
        raise NotAcceptable("frames are given as parts of multipart/related", [ANY_SYNTAX])
    return Wanted(tuple(useful), several)


def available(part: MediaType | None) -> list[str]:
    """What a client may ask for instead, `part` being how the archive encodes the frames where that is known."""
    stored = [] if part is None else [as_multipart(part)]
    made = [as_multipart(one) for syntax in MAKEABLE if (one := media_type_of(syntax)) is not None]
    return list(dict.fromkeys([ANY_SYNTAX, *map(str, stored), *map(str, made)]))


def as_multipart(root: MediaType) -> MediaType:
    """Parts of type `root`."""
    syntax = {"transfer-syntax": root.transfer_syntax} if root.transfer_syntax else {}
    return MediaType("multipart", "related", {"type": root.canonical, **syntax})


def _is_open(root: MediaType) -> bool:
    """Whether `root` leaves it to the archive how a frame is encoded."""
    return "*" in {root.type, root.subtype, root.transfer_syntax}
