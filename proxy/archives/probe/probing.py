"""One probe of an archive, from the handshake to the frame: each step needs what the one before it found."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
import time

import httpx

from proxy.archives.channel import Channel
from proxy.archives.probe.findings import Findings
from proxy.archives.probe.handshake import look_at_tls
from proxy.archives.probe.questions import Allowance, ProbeEnded, Questions
from proxy.archives.probe.report import Report, to_timing
from proxy.archives.probe.retrieval import (
    look_at_frames,
    look_at_metadata,
    look_at_objects,
    look_at_whole,
    repeat,
)
from proxy.archives.probe.samples import find_images
from proxy.archives.probe.searches import look_at_search
from proxy.errors import VitrineError
from proxy.settings.archives import Archive


async def probe(
    archive: Archive,
    channel: Channel,
    allowance: Allowance | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """What `archive` is like, asked by `channel`. `clock` gives Unix seconds."""
    questions = Questions(
        channel, allowance or Allowance(), archive.limits.retrieve_seconds, asyncio.get_running_loop().time, sleep
    )
    findings = Findings(archive, questions)
    ended = ""
    try:
        await _look(findings)
    except (ProbeEnded, VitrineError, httpx.HTTPError) as error:
        ended = str(error)
    return Report(
        url=archive.base_url,
        at=datetime.fromtimestamp(clock(), UTC).isoformat(timespec="seconds"),
        requests=questions.asked,
        bytes=questions.bytes,
        facts=findings.facts,
        seen=findings.seen,
        timings={name: to_timing(seconds) for name, seconds in findings.seconds.items()},
        ended=ended,
    )


async def _look(findings: Findings) -> None:
    await look_at_tls(findings)
    studies = await look_at_search(findings)
    images = await find_images(findings, studies)
    if not images:
        raise ProbeEnded("no image was found among the first studies, so that only searching was tried")
    metadata = await look_at_metadata(findings, images[0])
    await look_at_frames(findings, images, metadata)
    await look_at_whole(findings, images[0], metadata)
    await look_at_objects(findings, images[0])
    await repeat(findings, images[0])
