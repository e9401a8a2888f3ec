"""What came of a fault: status, time, and what whoever asked gets to see; one row of the page."""

from dataclasses import dataclass
from io import BytesIO
import re

import httpx
import numpy as np
from PIL import Image

from tests.faults.scenarios import Wanted
from tests.faults.ways import PIXELS


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answer` is `None`, and `status` what it was, when the connection was cut before the end of the body."""

    status: int
    seconds: float
    seen: str
    cut: bool = False

    @property
    def said(self) -> str:
        """The status as the page has it."""
        return f"{self.status}, cut" if self.cut else str(self.status)


def row(fault: str, wanted: str, outcome: Outcome) -> str:
    return f"| {fault} | {wanted} | {outcome.said} | {outcome.seconds:.1f} s | {outcome.seen} |"


def timeless(line: str) -> str:
    """A row without what differs from run to run: its time, and how much longer an archive is left alone."""
    bare = re.sub(r"\| [0-9.]+ s \|", "| |", line)
    return re.sub(r"(left alone for a while\. Worth trying again after) \d+ s", r"\1", bare)


def seen_in(answer: httpx.Response, wanted: Wanted, institution: str, others: frozenset[str]) -> str:
    """What the user gets to see, in words. Raises AssertionError for an image or bytes that are not the right ones, and
    for a search without the studies of the `others`.
    """
    if answer.headers["content-type"] == "application/problem+json":
        return problem_in(answer)
    match wanted:
        case Wanted.SEARCH:
            return _search(answer, institution, others)
        case Wanted.IMAGE:
            image = np.asarray(Image.open(BytesIO(answer.content)).convert("L"))
            assert set(np.unique(image)) == {PIXELS[0]}, "another image than the right one"
            return "The image."
        case Wanted.FRAME | Wanted.BULKDATA:
            assert PIXELS in answer.content, "other bytes than the right ones"
            return "The right bytes."
        case Wanted.METADATA:
            return "The metadata."


def problem_in(answer: httpx.Response) -> str:
    """The words of a problem document, and when to try again."""
    told = answer.json()
    again = f" Worth trying again after {answer.headers['retry-after']} s." if "retry-after" in answer.headers else ""
    return f"{told['title']}: {told['detail'].rstrip('.')}.{again}"


def _search(answer: httpx.Response, institution: str, others: frozenset[str]) -> str:
    found = {one["0020000D"]["Value"][0] for one in answer.json()}
    assert found >= others, "the studies of others are missing"
    warning = re.search(rf"{institution} ([^,]*)", answer.headers.get("warning", ""))
    return "The others' studies" + (f", and: “The institution {warning[1]}”." if warning else ".")
