"""Which representation an Accept header asks for (PS3.18 §8.7): media types, multipart or not, transfer syntaxes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import re

from starlette.exceptions import HTTPException

from demo.archive.objects import StoredObject

EXPLICIT = "1.2.840.10008.1.2.1"
OCTETS = "application/octet-stream"
DICOM = "application/dicom"
_RLE = "1.2.840.10008.1.2.5"
_DEFLATED = "1.2.840.10008.1.2.8.1"
_BASE = "1.2.840.10008.1.2.4."
_SYNTAXES = {
    "image/jpeg": ("70", "50", "51", "57"),
    "image/jls": ("80", "81"),
    "image/jp2": ("90", "91"),
    "image/jpx": ("92", "93"),
    "image/jphc": ("201", "202", "203"),
    "image/jxl": ("110", "111", "112"),
    "video/mpeg": ("101", "100"),
    "video/mp4": ("102", "103", "104", "105", "106"),
    "video/H265": ("107", "108"),
}
MEDIA_TYPES = {EXPLICIT: OCTETS, _RLE: "image/dicom-rle", _DEFLATED: "application/x-deflate"} | {
    f"{_BASE}{ending}": media_type for media_type, endings in _SYNTAXES.items() for ending in endings
}
"""The media type of frames in a transfer syntax (PS3.18 Tables 8.7.3-4 and 8.7.3-5)."""

_DEFAULTS = {media_type.lower(): f"{_BASE}{endings[0]}" for media_type, endings in _SYNTAXES.items()} | {
    OCTETS: EXPLICIT,
    DICOM: EXPLICIT,
    "image/dicom-rle": _RLE,
    "application/x-deflate": _DEFLATED,
}
_OLD_NAMES = {"image/x-dicom-rle": "image/dicom-rle", "image/x-jls": "image/jls"}
_ENTRY = re.compile(r'(?:[^,"]|"[^"]*")+')
_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*(?:"([^"]*)"|([^;"]*))')


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry of an Accept header: the media type of the parts, in a multipart or alone; "" for no syntax named."""

    media_type: str
    multipart: bool
    syntax: str
    quality: float

    @property
    def implied_syntax(self) -> str:
        return self.syntax or _DEFAULTS.get(self.media_type, "")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is given: the media type of the parts, their transfer syntax, and whether they come in a multipart."""

    media_type: str
    syntax: str
    multipart: bool

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; transfer-syntax={self.syntax}"


def read_accept(header: str | None) -> list[Wanted]:
    """Best first. Without the header nothing is acceptable (PS3.18 §8.7.5)."""
    if header is None:
        raise HTTPException(406, "the Accept header is missing")
    wanted = [one for entry in _ENTRY.findall(header) if (one := _read_entry(entry)) is not None]
    return sorted((one for one in wanted if one.quality > 0), key=lambda one: -one.quality)


def _read_entry(entry: str) -> Wanted | None:
    essence = entry.partition(";")[0].strip().lower()
    found = {name.lower(): quoted or plain.strip() for name, quoted, plain in _PARAMETER.findall(entry)}
    multipart = essence == "multipart/related"
    media_type = found.get("type", "*/*").lower() if multipart else essence
    try:
        quality = float(found.get("q", "1"))
    except ValueError:
        return None
    return Wanted(_OLD_NAMES.get(media_type, media_type), multipart, found.get("transfer-syntax", ""), quality)


def require_json(header: str | None) -> None:
    """Searches and metadata come in DICOM JSON alone."""
    admitted = {"application/dicom+json", "application/json", "application/*", "*/*"}
    if not any(one.media_type in admitted and not one.multipart for one in read_accept(header)):
        raise HTTPException(406, "only application/dicom+json is available")


def choose_pixels(header: str | None, stored: StoredObject, *, single: bool) -> Chosen:
    """For frames or pixel data: as they are stored, or native where that is cheap. `single` allows a lone body."""
    for wanted in read_accept(header):
        syntax = _pixel_syntax(wanted, stored)
        if syntax and (wanted.multipart or wanted.media_type == "*/*" or single):
            return Chosen(_media_type(syntax), syntax, wanted.multipart or wanted.media_type == "*/*")
    raise HTTPException(406, f"available is {_media_type(stored.web_syntax)}")


def _pixel_syntax(wanted: Wanted, stored: StoredObject) -> str:
    """The transfer syntax that answers `wanted`, or "" when none does."""
    own, any_type = _media_type(stored.web_syntax).lower(), wanted.media_type in {OCTETS, "*/*"}
    if wanted.syntax == "*":
        return stored.web_syntax if any_type or wanted.media_type == own else ""
    asked = wanted.syntax if any_type and wanted.syntax else wanted.implied_syntax or stored.web_syntax
    if asked == stored.web_syntax and (any_type or wanted.media_type == own):
        return stored.web_syntax
    return EXPLICIT if asked == EXPLICIT and any_type and _is_cheaply_native(stored) else ""


def _media_type(syntax: str) -> str:
    """Octets with a name, where the tables of PS3.18 §8.7.3 have no media type for a syntax, as for retired ones."""
    return MEDIA_TYPES.get(syntax, OCTETS)


def _is_cheaply_native(stored: StoredObject) -> bool:
    return stored.transfer_syntax == _RLE and stored.attributes.get("SamplesPerPixel") == 1


def choose_octets(header: str | None) -> Chosen:
    """For bulk data other than pixels."""
    for wanted in read_accept(header):
        if wanted.media_type in {OCTETS, "*/*", "application/*"} and wanted.syntax in {"", "*", EXPLICIT}:
            return Chosen(OCTETS, EXPLICIT, wanted.multipart)
    raise HTTPException(406, "available is application/octet-stream")


def choose_files(header: str | None, objects: Sequence[StoredObject]) -> bool:
    """For whole instances: whether in a multipart. Stored files are not decompressed."""
    for wanted in read_accept(header):
        admitted = wanted.media_type in {DICOM, "*/*"} and (wanted.multipart or wanted.media_type == "*/*")
        alone = wanted.media_type == DICOM and not wanted.multipart and len(objects) == 1
        if (admitted or alone) and set(_file_syntaxes(objects)) <= _admitted(wanted, objects):
            return not alone
    raise HTTPException(406, "available is multipart/related; type=application/dicom; transfer-syntax=*")


def _file_syntaxes(objects: Sequence[StoredObject]) -> Iterator[str]:
    return (one.web_syntax for one in objects)


def _admitted(wanted: Wanted, objects: Sequence[StoredObject]) -> set[str]:
    return set(_file_syntaxes(objects)) if wanted.syntax == "*" else {wanted.syntax or EXPLICIT}
