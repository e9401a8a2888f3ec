"""How a client takes frames: by the ranges of its Accept header that can be met by stored ones (PS3.18 §8.7.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from proxy.archives.dialect import ANY_SYNTAX
from proxy.errors import NotAcceptable
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN, TRANSFER_SYNTAXES, MediaRange, MediaType, media_type_of
from rendering.transport import syntaxes

FRAME_TYPES = TRANSFER_SYNTAXES.keys() - {"application/dicom"}
MAKEABLE = (
    *(syntaxes.EXPLICIT_LITTLE_ENDIAN, syntaxes.JPEG_LOSSLESS_FIRST_ORDER, syntaxes.JPEG_LS),
    *(syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL, syntaxes.JPEG_2000_LOSSLESS, syntaxes.JPEG_XL_LOSSLESS),
    *(syntaxes.RLE, syntaxes.JPEG_LOSSLESS, syntaxes.JPEG_2000, syntaxes.JPEG_XL),
    *(syntaxes.HTJ2K, syntaxes.JPEG_LS_NEAR),
)
"""Transfer syntaxes that this service can put frames into, in the order in which it chooses."""

NATIVE = frozenset({"1.2.840.10008.1.2", EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.1.99"})
"""Transfer syntaxes of objects whose frames are octets without compression."""

_COMPRESSED = ("image/jphc", (syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL))
_MOST_TRIES = 4
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client takes: the ranges of its Accept header that can be met by frames, best first."""

    ranges: tuple[MediaRange, ...]
    several: bool

    @property
    def asks(self) -> tuple[str, ...]:
        """How to ask the archive: as stored where the client takes any transfer syntax, else for what it names.

        What is lossy is taken only as it is stored: of what an archive makes of it nobody knows the error.
        """
        if any(_is_open(one.media_type.root) for one in self.ranges):
            return (ANY_SYNTAX,)
        return tuple(dict.fromkeys(_ask(one.media_type.root) for one in self.ranges))[:_MOST_TRIES]

    @property
    def compressed(self) -> MediaType | None:
        """The label of lossless HTJ2K for a client that names it and likes native octets no better, which it takes."""
        return _compressed(self)

    def label(self, part: MediaType) -> MediaType | None:
        """How to label a frame of type `part` for this client and in which form, or `None` when it takes none of it.

        The label is a multipart type when frames are to be parts. Octets asked for in any transfer syntax stay octets:
        their parameter says what they are.
        """
        return _label(self, part)

    def makeable(self) -> tuple[MediaType, ...]:
        """The labels of what this service could put the frames into for this client, best first, a few of them."""
        return _makeable(self)

    def form(self, one: MediaRange, part: MediaType) -> MediaType | None:
        """`part` in the form that the range `one` admits."""
        octets = MediaType("application", "octet-stream", part.parameters)
        forms = (
            (as_multipart(part), as_multipart(octets))
            if self.several
            else (as_multipart(part), as_multipart(octets), part, octets)
        )
        return next((form for form in forms if one.quality > 0 and one.admits(form)), None)


@lru_cache(_REMEMBERED)
def _label(wanted: Wanted, part: MediaType) -> MediaType | None:
    return next((form for one in wanted.ranges if (form := wanted.form(one, part)) is not None), None)


@lru_cache(_REMEMBERED)
def _compressed(wanted: Wanted) -> MediaType | None:
    native = media_type_of(EXPLICIT_LITTLE_ENDIAN)
    least = next((one.quality for one in wanted.ranges if native and wanted.form(one, native)), None)
    essence, ways = _COMPRESSED
    for one in wanted.ranges if least is not None else ():
        if one.media_type.root.canonical == essence and one.quality >= (least or 0):
            forms = (wanted.form(one, part) for way in ways if (part := media_type_of(way)) is not None)
            if (form := next(filter(None, forms), None)) is not None:
                return form
    return None


@lru_cache(_REMEMBERED)
def _makeable(wanted: Wanted) -> tuple[MediaType, ...]:
    parts = [part for syntax in MAKEABLE if (part := media_type_of(syntax)) is not None]
    found: dict[str | None, MediaType] = {}
    for one in wanted.ranges:
        for form in (wanted.form(one, part) for part in parts):
            if form is not None:
                found.setdefault(form.root.transfer_syntax, form)
    return tuple(found.values())[:_MOST_TRIES]


def read_wanted(ranges: Sequence[MediaRange], *, several: bool) -> Wanted:
    """The useful part of an Accept header; one frame may be asked for alone, several only as parts (Table 10.4.4-1)."""
    forms = [one for one in ranges if one.is_wildcard or one.media_type.is_multipart or not several]
    useful = [one for one in forms if _is_open(one.media_type.root) or one.media_type.root.canonical in FRAME_TYPES]
    if not any(one.quality > 0 for one in useful):
        raise NotAcceptable("frames are given as parts of multipart/related", [ANY_SYNTAX])
    return Wanted(tuple(useful), several)


@lru_cache(_REMEMBERED)
def available(part: MediaType | None) -> tuple[str, ...]:
    """What a client may ask for instead, `part` being how the archive encodes the frames where that is known."""
    stored = [] if part is None else [as_multipart(part)]
    made = [as_multipart(one) for syntax in MAKEABLE if (one := media_type_of(syntax)) is not None]
    return tuple(dict.fromkeys([ANY_SYNTAX, *map(str, stored), *map(str, made)]))


def _ask(root: MediaType) -> str:
    return ANY_SYNTAX if root.transfer_syntax in syntaxes.LOSSY else str(as_multipart(root))


def as_multipart(root: MediaType) -> MediaType:
    """Parts of type `root`."""
    syntax = {"transfer-syntax": root.transfer_syntax} if root.transfer_syntax else {}
    return MediaType("multipart", "related", {"type": root.canonical, **syntax})


def _is_open(root: MediaType) -> bool:
    """Whether `root` leaves it to the archive how a frame is encoded."""
    return "*" in {root.type, root.subtype, root.transfer_syntax}
