"""Answers to HL7 v2 messages: acknowledgement in original mode (HL7 v2.5.1 §2.9.2, §2.14.8 MSA, §2.14.5 ERR)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from proxy.wire.hl7 import Delimiters, Header

_PLAIN = Delimiters("|", "^", "~", "\\", "&")
_VERSION = "2.5.1"


class Code(StrEnum):
    """HL7 table 0008."""

    ACCEPT = "AA"
    ERROR = "AE"
    REJECT = "AR"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not accepted, in plain words; `number` is of HL7 table 0357.

    `again` where the same message may be accepted later.
    """

    words: str
    number: int
    again: bool = False

    @property
    def code(self) -> Code:
        return Code.ERROR if self.again or self.number in {101, 102, 204, 207} else Code.REJECT


def to_acknowledgement(header: Header | None, refusal: Refusal | None, identifier: str, moment: datetime) -> bytes:
    """The answer to the message of `header`; None when that could not be read. `identifier` is the answer's own."""
    marks = header.delimiters if header else _PLAIN
    control_id = header.control_id if header else ""
    code = refusal.code if refusal else Code.ACCEPT
    lines = [_to_header(header, marks, identifier, moment), ["MSA", code.value, control_id]]
    if refusal is not None:
        number = marks.component.join([str(refusal.number), "", "HL70357"])
        lines.append(["ERR", "", "", number, "E", "", "", "", _plain(refusal.words, marks)])
    return "".join(f"{marks.field.join(line)}\r" for line in lines).encode("ascii", "replace")


def _to_header(header: Header | None, marks: Delimiters, identifier: str, moment: datetime) -> list[str]:
    """MSH with sender and receiver changed about."""
    encoding = header.field(2) if header else "^~\\&"
    told = [header.field(number) if header else "" for number in (5, 6, 3, 4)]
    kind = marks.component.join(["ACK", header.event[1] if header else "", "ACK"])
    time = moment.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
    processing = (header.field(11) if header else "") or "P"
    return ["MSH", encoding, *told, time, "", kind, identifier[:20], processing, _VERSION]


def _plain(words: str, marks: Delimiters) -> str:
    """Our own words without anything that would delimit."""
    return "".join(one for one in words if one not in {marks.field, marks.component, marks.repetition, marks.escape})
