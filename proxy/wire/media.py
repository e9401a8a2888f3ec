"""Media types and Accept as DICOMweb uses them (PS3.18 §8.7, RFC 9110 §8.3.1 and §12.5.1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
import re
from types import MappingProxyType

from proxy.wire.errors import MalformedMediaType

_LONGEST_HEADER = 8192
_REMEMBERED = 256  # texts: archives and clients write the same few again and again
_USUAL_BITS = "8"
_MOST_ENTRIES = 64
_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r"(?:[^\"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e])*"
_ESSENCE = re.compile(rf"\s*({_WORD})/({_WORD})[ \t]*(?=;|$)", re.ASCII)
_PARAMETER = re.compile(
    rf';[ \t]*(?:({_WORD})[ \t]*=[ \t]*(?:"({_QUOTED})"|([^\s;,"\x00-\x1f\x7f]*))[ \t]*)?(?=;|$)',
    re.ASCII,
)
_ENTRY = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?|\.\d{1,3}", re.ASCII)
_PLAIN = re.compile(_WORD, re.ASCII)
_SYNTAX = re.compile(r"\*|[0-9.]{1,64}", re.ASCII)

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_TRANSFER_SYNTAX = "1.2.840.10008.1.2"

_SYNTAXES = {
    "application/octet-stream": (".1",),
    "application/dicom": (".1",),
    "image/jpeg": (".4.70", ".4.50", ".4.51", ".4.57"),
    "image/dicom-rle": (".5",),
    "application/x-deflate": (".8.1",),
    "image/jls": (".4.80", ".4.81"),
    "image/jp2": (".4.90", ".4.91"),
    "image/jpx": (".4.92", ".4.93"),
    "image/jphc": (".4.201", ".4.202", ".4.203"),
    "image/jxl": (".4.110", ".4.111", ".4.112"),
    "video/mpeg": (".4.101", ".4.100", ".4.101.1", ".4.100.1"),
    "video/mp4": (
        *(".4.102", ".4.103", ".4.104", ".4.105", ".4.106"),
        *(".4.102.1", ".4.103.1", ".4.104.1", ".4.105.1", ".4.106.1"),
    ),
    "video/h265": (".4.107", ".4.108"),
}

TRANSFER_SYNTAXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {essence: tuple(_TRANSFER_SYNTAX + suffix for suffix in suffixes) for essence, suffixes in _SYNTAXES.items()}
)
"""Transfer syntaxes of each bulk data media type, the implied one first (PS3.18 Tables 8.7.3-2, 8.7.3-4, 8.7.3-5)."""

_OLD_NAMES = {
    "application/octed-stream": "application/octet-stream",
    "image/dicom+rle": "image/dicom-rle",
    "image/x-dicom-rle": "image/dicom-rle",
    "image/x-dicom+rle": "image/dicom-rle",
    "image/x-jls": "image/jls",
    "image/dicom+jpeg": "image/jpeg",
    "image/dicom+jpeg-ls": "image/jls",
    "image/dicom+jp2": "image/jp2",
    "image/dicom+jpx": "image/jpx",
    "image/jpg": "image/jpeg",
}
"""Names that older editions or careless servers use, and the registered ones."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type: `type`, `subtype` and parameter names in lower case, `parameters` in their order."""

    type: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.type, self.subtype, frozenset(self.parameters.items())))

    @property
    def essence(self) -> str:
        return f"{self.type}/{self.subtype}"

    @property
    def canonical(self) -> str:
        """The essence under its registered name."""
        return _OLD_NAMES.get(self.essence, self.essence)

    @property
    def is_multipart(self) -> bool:
        return self.type == "multipart"

    @property
    def boundary(self) -> str | None:
        return self.parameters.get("boundary")

    @property
    def transfer_syntax(self) -> str | None:
        """The `transfer-syntax` parameter (PS3.18 §8.7.3.5.2): a UID or `*`."""
        return self.parameters.get("transfer-syntax")

    @property
    def bits(self) -> str | None:
        """The `bits` parameter, by which PNG images of 16 bits are told from those of 8, which have none."""
        return self.parameters.get("bits")

    @property
    def root(self) -> "MediaType":
        """What the parts are: for multipart the `type` parameter, with the transfer syntax given inside or beside it.

        PS3.18 §8.7.3.5.1 puts the transfer syntax beside `type`; some archives write it into the quoted `type`. The
        root of another media type is itself; `*/*` where a multipart type leaves `type` out or writes nonsense.
        """
        if not self.is_multipart:
            return self
        try:
            inner = read_media_type(self.parameters.get("type", "*/*"))
        except MalformedMediaType:
            inner = MediaType("*", "*")
        if inner.transfer_syntax or not self.transfer_syntax:
            return inner
        return MediaType(inner.type, inner.subtype, {**inner.parameters, "transfer-syntax": self.transfer_syntax})

    def __str__(self) -> str:
        return "; ".join([self.essence, *(f"{name}={_quoted(value)}" for name, value in self.parameters.items())])


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of Accept: what is admitted, and how much it is preferred (`quality`, 0 to 1; 0 refuses)."""

    media_type: MediaType
    quality: float = 1.0

    @property
    def specificity(self) -> int:
        """Larger for narrower ranges (RFC 9110 §12.5.1)."""
        root = self.media_type.root
        wildcards = sum(part == "*" for part in (self.media_type.type, self.media_type.subtype, root.type))
        return 8 - 2 * wildcards + (root.transfer_syntax not in {None, "*"} or root.bits is not None)

    @property
    def is_wildcard(self) -> bool:
        return self.media_type.essence == "*/*"

    def admits(self, offer: MediaType) -> bool:
        """Whether `offer` lies within this range.

        A transfer syntax that the offer names must be the one asked for; `*` admits all, and none asked for admits the
        one that the media type implies (PS3.18 §8.7.3). An offer that names none is judged by its type alone.
        """
        if self.is_wildcard:
            return self._admits_syntax(offer.root, self.media_type.transfer_syntax or "*")
        if not _essence_within(self.media_type, offer):
            return False
        asked, given = self.media_type.root, offer.root
        if not _essence_within(asked, given) or asked.bits not in {None, given.bits or _USUAL_BITS}:
            return False
        return self._admits_syntax(given, asked.transfer_syntax or default_transfer_syntax(given) or "*")

    def _admits_syntax(self, given: MediaType, asked: str) -> bool:
        return given.transfer_syntax is None or asked in {"*", given.transfer_syntax}


@lru_cache(_REMEMBERED)
def read_media_type(text: str) -> MediaType:
    """Parse a media type; parameter values may be unquoted though they hold `/`, or in single quotes (both occur)."""
    essence = _ESSENCE.match(text) if len(text) <= _LONGEST_HEADER else None
    if essence is None:
        raise MalformedMediaType("a media type is not valid")
    return MediaType(essence[1].lower(), essence[2].lower(), _read_parameters(text, essence.end()))


def _read_parameters(text: str, position: int) -> dict[str, str]:
    parameters: dict[str, str] = {}
    while position < len(text):
        found = _PARAMETER.match(text, position)
        if found is None:
            raise MalformedMediaType("a parameter of a media type is not valid")
        if found[1]:
            value = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
            parameters.setdefault(found[1].lower(), _unquoted(found[1].lower(), value))
        position = found.end()
    return parameters


def _unquoted(name: str, value: str) -> str:
    """A single quote is an ordinary character of a token, but never the first and last one of a type or a UID."""
    return value.strip("'") if name in {"type", "transfer-syntax"} else value


@lru_cache(_REMEMBERED)
def read_accept(header: str) -> tuple[MediaRange, ...]:
    """The ranges of an Accept header (or `accept` parameter), best first; what is malformed is ignored (§8.7.7)."""
    ranges = [one for entry in _entries(header) if (one := _read_range(entry)) is not None]
    return tuple(sorted(ranges, key=lambda one: (-one.quality, -one.specificity)))


def _entries(header: str) -> Iterator[str]:
    if len(header) > _LONGEST_HEADER:
        header = header[:_LONGEST_HEADER].rpartition(",")[0]
    for count, entry in enumerate(_ENTRY.finditer(header)):
        if count >= _MOST_ENTRIES:
            return
        yield entry[0].strip()


def _read_range(entry: str) -> MediaRange | None:
    try:
        media_type = read_media_type(entry)
    except MalformedMediaType:
        return None
    parameters = dict(media_type.parameters)
    quality = parameters.pop("q", "1")
    if not _QUALITY.fullmatch(quality) or (media_type.type == "*" and media_type.subtype != "*"):
        return None
    admitted = MediaType(media_type.type, media_type.subtype, parameters)
    return MediaRange(admitted, float(quality)) if _SYNTAX.fullmatch(admitted.root.transfer_syntax or "*") else None


def choose(ranges: Sequence[MediaRange], offers: Sequence[MediaType]) -> MediaType | None:
    """The offer that `ranges` prefer, ties in the order of `offers`; `None` means 406 (PS3.18 §8.7.8.1).

    The first of `offers` is the default of the resource's category (§8.7.7), for which `*/*` stands.
    """
    qualities = [(_quality(ranges, offer), offer) for offer in offers]
    quality, best = max(qualities, key=lambda pair: pair[0], default=(0.0, None))
    return best if quality > 0 else None


def _quality(ranges: Sequence[MediaRange], offer: MediaType) -> float:
    """The weight of the narrowest range that admits `offer`."""
    admitting = [one for one in ranges if one.admits(offer)]
    return max(admitting, key=lambda one: one.specificity).quality if admitting else 0.0


def default_transfer_syntax(media_type: MediaType) -> str | None:
    """The transfer syntax implied where none is given (the one marked D in PS3.18 Tables 8.7.3-4 and 8.7.3-5)."""
    return next(iter(TRANSFER_SYNTAXES.get(media_type.canonical, ())), None)


def _media_types() -> dict[str, MediaType]:
    found: dict[str, MediaType] = {}
    for essence, syntaxes in TRANSFER_SYNTAXES.items():
        kind, _, subtype = essence.partition("/")
        for syntax in syntaxes:
            found.setdefault(syntax, MediaType(kind, subtype, {"transfer-syntax": syntax}))
    return found


_MEDIA_TYPES = _media_types()


def media_type_of(transfer_syntax: str) -> MediaType | None:
    """The media type of frames in `transfer_syntax`, with its parameter; `None` for one that may not be on the web."""
    return _MEDIA_TYPES.get(transfer_syntax)


def _essence_within(asked: MediaType, given: MediaType) -> bool:
    if asked.type == "*":
        return True
    if asked.subtype == "*":
        return asked.type == given.type
    return asked.canonical == given.canonical


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
