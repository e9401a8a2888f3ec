"""What a frame that came from an archive really is: its label, corrected by what its bytes show (PS3.18 §8.7.3)."""

from proxy.wire.codestreams import may_be, settle_transfer_syntax
from proxy.wire.media import (
    EXPLICIT_LITTLE_ENDIAN,
    TRANSFER_SYNTAXES,
    MediaType,
    default_transfer_syntax,
    media_type_of,
)

_OCTETS = MediaType("application", "octet-stream")
_NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.1.99"})
"""Syntaxes of files whose pixels, as frames, are the plain little-endian octets of Explicit VR Little Endian."""


def is_frame(part: MediaType | None, outer: MediaType | None) -> bool:
    """Whether the media types declared can be those of a frame; an error page or a whole file is none."""
    declared = _declared_type(part, outer).canonical
    return declared in TRANSFER_SYNTAXES and declared != "application/dicom"


def frame_transfer_syntax(part: MediaType | None, outer: MediaType | None, available: str, data: bytes) -> str:
    """The transfer syntax of a frame.

    `part` and `outer` are the media types of the part and of the whole answer, `available` the instance's
    AvailableTransferSyntaxUID (0008,3002) or empty, `data` the frame's first bytes at least.
    """
    declared = _declared_syntax(part, outer) or _stored_syntax(available, data)
    return settle_transfer_syntax(data, declared) or EXPLICIT_LITTLE_ENDIAN


def frame_media_type(part: MediaType | None, outer: MediaType | None, available: str, data: bytes) -> MediaType:
    """The media type of a frame under its registered name, with its transfer syntax."""
    syntax = frame_transfer_syntax(part, outer, available, data)
    return media_type_of(syntax) or MediaType(_OCTETS.type, _OCTETS.subtype, {"transfer-syntax": syntax})


def _declared_type(part: MediaType | None, outer: MediaType | None) -> MediaType:
    declared = part or (outer.root if outer else None)
    return declared if declared is not None and declared.type != "*" else _OCTETS


def _declared_syntax(part: MediaType | None, outer: MediaType | None) -> str | None:
    declared = _declared_type(part, outer)
    for syntax in (declared.transfer_syntax, outer.root.transfer_syntax if outer else None):
        if syntax not in {None, "*"}:
            return EXPLICIT_LITTLE_ENDIAN if syntax in _NATIVE else syntax
    if declared.canonical != _OCTETS.essence:
        return default_transfer_syntax(declared)
    return None


def _stored_syntax(available: str, data: bytes) -> str | None:
    """The syntax that the instance is stored in, unless the bytes show that the archive decoded them on the way."""
    return available if media_type_of(available) and may_be(available, data) else None
