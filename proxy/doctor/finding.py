"""One line of what the doctor says."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`MISSING` is what protects and does not; `NOTE` is worth knowing and protects nothing."""

    GOOD = "good"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, in two or three words, and a sentence that names no secret."""

    verdict: Verdict
    about: str
    words: str

    def __str__(self) -> str:
        return f"{self.verdict:<8} {self.about:<17} {self.words}"


def good(about: str, words: str) -> Finding:
    return Finding(Verdict.GOOD, about, words)


def note(about: str, words: str) -> Finding:
    return Finding(Verdict.NOTE, about, words)


def missing(about: str, words: str) -> Finding:
    return Finding(Verdict.MISSING, about, words)


def either(about: str, words: str, *, otherwise: str) -> Finding:
    """Good with `words`, unless there is something to say `otherwise`."""
    return missing(about, otherwise) if otherwise else good(about, words)
