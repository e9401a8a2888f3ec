"""Probing the demo's archive in process, well or with whatever is done to its requests and answers."""

from collections.abc import Callable
from pathlib import Path
import tomllib

import httpx
import msgspec
import pydicom.data

from demo.archive import Archive as DemoArchive
from proxy.archives.channel import Channel
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.probe.probing import probe
from proxy.archives.probe.questions import Allowance
from proxy.archives.probe.report import Report
from proxy.archives.probe.suggestion import suggest
from proxy.settings.archives import Archive
from tests.proxy.archives.fakes import archive

FILES = Path(pydicom.data.__file__).with_name("test_files")
SAMPLES = [FILES / name for name in ("CT_small.dcm", "SC_rgb_rle_2frame.dcm", "JPEG2000.dcm", "rtplan.dcm")]

Turn = Callable[[httpx.Request], httpx.Response | None]
"""Answers a request instead of the archive, or leaves it to it."""

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]
"""What becomes of an archive's answer."""


class Ill(httpx.AsyncBaseTransport):
    """The demo's archive over `files`, with what is done to it; counts what it was asked, and how much at once."""

    def __init__(
        self,
        files: list[Path] | None = None,
        instead: Turn = lambda _: None,
        change: Change = lambda _, answer: answer,
        most_results: int = 500,
    ) -> None:
        self._app = httpx.ASGITransport(
            DemoArchive(files or SAMPLES, most_results=most_results).app, root_path="/dicom-web"
        )
        self._instead = instead
        self._change = change
        self.requests: list[httpx.Request] = []
        self.at_once = 0
        self._open = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self._open += 1
        self.at_once = max(self.at_once, self._open)
        answer = self._instead(request)
        if answer is None:
            answer = await self._app.handle_async_request(request)
            body = await answer.aread()
            answer = self._change(request, httpx.Response(answer.status_code, headers=answer.headers, content=body))
        self._open -= 1
        return answer


async def no_pause(_: float) -> None:
    """Tests do not wait."""


async def probed(ill: Ill, allowance: Allowance | None = None, own: Archive | None = None) -> Report:
    own = own or archive()
    return await probe(own, Channel(ill, Turnstile(own, "General").apart(), "General"), allowance, sleep=no_pause)


def suggested(report: Report, own: Archive | None = None) -> Archive:
    """The suggestion, as the configuration would read it."""
    document = tomllib.loads(suggest(report, own or archive()))
    [entry] = document["institutions"]["archives"]
    return msgspec.convert(entry, Archive, dec_hook=lambda kind, value: kind(value))
