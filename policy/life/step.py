"""One step in the life of a policy, who took it, and the signature under it; each step names the one before it."""

from dataclasses import dataclass
from enum import StrEnum
import hashlib
import json
from typing import Annotated, Final

import msgspec

GENESIS: Final = "0" * 64
"""What the first step names as the one before it."""

LONGEST_NOTE: Final = 1000

_Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Moment = Annotated[int, msgspec.Meta(ge=0, lt=2**40)]
_Number = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class StepKind(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    ROLLED_BACK = "rolled-back"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`number` counts from 1, `previous` is the digest of the step before, `officer` the subject who took it.

    `version` is the hash of the bundle that it is about. A proposal is made on `base`, the version in force then;
    approving and withdrawing name the number of the `proposal`. `at` and `effective` are Unix seconds; what is proposed
    with no `effective` comes into force when it is approved.
    """

    number: _Number
    previous: _Hash
    kind: StepKind
    officer: Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
    at: _Moment
    version: _Hash
    base: _Hash = GENESIS
    proposal: _Number = 0
    effective: _Moment = 0
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)] = ""


@dataclass(frozen=True, slots=True)
class SignedStep:
    """A step as it was signed. `body` is the only form of a step that is signed (`to_body`); `key` names the key."""

    body: bytes
    key: str
    signature: bytes

    @property
    def digest(self) -> str:
        """What the next step names as the one before it."""
        return hashlib.sha256(b"vitrine-step-1\0" + self.signature + self.body).hexdigest()


class MalformedStep(ValueError):
    """Bytes that are not a step in its one form."""


def to_body(step: Step) -> bytes:
    """`step` as JSON with one spelling only (RFC 8785)."""
    return json.dumps(msgspec.to_builtins(step), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def read_body(body: bytes) -> Step:
    """Parse the body of a step, or raise `MalformedStep`."""
    try:
        step = msgspec.json.decode(body, type=Step)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedStep("not a step") from None
    if to_body(step) != body:
        raise MalformedStep("not a step in its one form")
    return step
