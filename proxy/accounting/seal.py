"""The seal on an account: the key of the log signs its bytes, so that a changed byte is seen by whoever has the key.

The signed text begins with a line that no log is named by, and so is never taken for a checkpoint.
"""

import base64
import hashlib
import json
from typing import Any, Final

from proxy.audit.checkpoints.note import NoteRefused, Signer, Verifier, open_note, split_note

_FIRST: Final = "vitrine accounting 1"
_TRAILER: Final = b"%vitrine-seal "
_LONGEST_TRAILER: Final = 2048


class SealBroken(ValueError):
    """The bytes are not those that the log's key sealed."""


def seal(content: bytes, signer: Signer) -> str:
    """A signed note over `content`."""
    return signer.sign(_text(content))


def check_seal(note: str, content: bytes, verifier: Verifier) -> None:
    """Raises `SealBroken`."""
    try:
        text, signatures = open_note(note, verifier), split_note(note)[1]
    except NoteRefused as error:
        raise SealBroken(f"the seal: {error}") from None
    if text != _text(content) or len(signatures) > 1:
        raise SealBroken("it was changed since it was sealed")


def to_content(document: dict[str, Any]) -> bytes:
    """What of a JSON document is sealed: all but the order of its members and its white space."""
    return json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def with_trailer(paper: bytes, signer: Signer) -> bytes:
    """A PDF with its seal behind it as a comment, which readers pass over (ISO 32000-1 §7.2.4)."""
    return paper + _TRAILER + to_base64(seal(paper, signer)).encode() + b"\n"


def open_trailer(paper: bytes, verifier: Verifier) -> bytes:
    """The PDF before its seal, once that holds. Raises `SealBroken`."""
    start = paper.rfind(_TRAILER, max(len(paper) - _LONGEST_TRAILER, 0))
    if start < 0 or not paper.endswith(b"\n"):
        raise SealBroken("there is no seal behind it")
    check_seal(read_base64(paper[start + len(_TRAILER) : -1]), paper[:start], verifier)
    return paper[:start]


def to_base64(note: str) -> str:
    return base64.b64encode(note.encode()).decode()


def read_base64(text: bytes) -> str:
    """The note that `to_base64` wrote so; no other spelling of it is taken. Raises `SealBroken`."""
    try:
        note = base64.b64decode(text, validate=True).decode()
    except ValueError:
        raise SealBroken("its seal cannot be read") from None
    if to_base64(note).encode() != text:
        raise SealBroken("its seal cannot be read")
    return note


def _text(content: bytes) -> str:
    return f"{_FIRST}\n{base64.b64encode(hashlib.sha256(content).digest()).decode()}\n"
