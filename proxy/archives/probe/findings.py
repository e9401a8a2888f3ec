"""What a probe has found so far, and with what it finds the rest."""

from dataclasses import dataclass, field
import re

import httpx

from proxy.archives.addresses import Addresses
from proxy.archives.probe.questions import Questions, Reply
from proxy.resources import InstanceRef
from proxy.settings.archives import Archive
from proxy.wire.dicomjson import Dataset, read_datasets
from proxy.wire.errors import WireError

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_TOKEN = 60


@dataclass(frozen=True, slots=True)
class Image:
    """An instance with pixels, how many frames it has, and how it is stored as far as the archive tells."""

    ref: InstanceRef
    frames: int
    available: str = ""


@dataclass(slots=True)
class Findings:
    """`facts` and `seen` as `report.Report` has them; `seconds` to heads of answers, by what was asked for."""

    archive: Archive
    questions: Questions
    facts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def addresses(self) -> Addresses:
        one = self.archive
        return Addresses(one.base_url, one.search_url, one.retrieve_url, [other.url for other in one.bulkdata_urls])

    async def timed(self, what: str, url: httpx.URL, accept: str, most: int) -> Reply:
        """A reply whose time counts among those of `what`."""
        reply = await self.questions.get(url, accept, most)
        if reply.is_success:
            self.seconds.setdefault(what, []).append(reply.seconds)
        return reply


def rows_of(reply: Reply) -> list[Dataset] | None:
    """The data sets of a whole answer in DICOM JSON, `None` where it is something else."""
    if reply.status == 204:
        return []
    if reply.status != 200 or not reply.whole:
        return None
    try:
        return read_datasets(reply.body) if reply.body.strip() else []
    except WireError:
        return None


def plain(text: str) -> str:
    """A name that the archive gives itself, made fit for a line of text."""
    return _UNPRINTABLE.sub("", text)[:_LONGEST_TOKEN]
