"""The questions that a probe asks: GET only, one at a time, with a pause between, and no more than it says before."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx

from proxy.archives.channel import Answer, Channel
from proxy.archives.gate import Patience
from proxy.errors import ArchiveFailed, ArchiveResting, TooLarge
from proxy.wire.media import MediaType

_LARGEST_ANSWER = 2**40  # nothing is refused for its announced size: what is too much is not read
TELLING_BYTES = 64 * 2**10
"""As much of an answer as tells what it is."""


class ProbeEnded(Exception):
    """No further question may be asked; the words say why."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a probe may cost an archive at most. `bytes` are those of bodies."""

    requests: int = 64
    bytes: int = 96 * 2**20
    pause_seconds: float = 0.2

    def __str__(self) -> str:
        return (
            f"at most {self.requests} requests, GET only, one at a time, {self.pause_seconds:g} s apart, "
            f"and {self.bytes // 2**20} MiB"
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or `words` on why there is none and status 0. `seconds` to its head, `reading` for what was read."""

    status: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    media_type: MediaType | None = None
    http_version: str = ""
    body: bytes = b""
    whole: bool = False
    seconds: float = 0.0
    reading: float = 0.0
    words: str = ""

    @property
    def is_success(self) -> bool:
        return self.status in {200, 206}

    def __str__(self) -> str:
        if self.is_success:
            return "yes"
        return f"no ({self.status})" if self.status else f"no ({self.words})"


class Questions:
    """Asks by `channel`. `sleep` waits, `timer` gives growing seconds."""

    def __init__(
        self,
        channel: Channel,
        allowance: Allowance,
        seconds: float,
        timer: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._channel = channel
        self._allowance = allowance
        self._seconds = seconds
        self._timer = timer
        self._sleep = sleep
        self.asked = 0
        self.bytes = 0

    async def get(
        self, url: httpx.URL, accept: str, most: int = TELLING_BYTES, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """What `url` answers, read no further than `most`. Raises `ProbeEnded` when no question is left."""
        await self.count()
        most = min(most, self._allowance.bytes - self.bytes)
        began = self._timer()
        try:
            patience = Patience(self._seconds)
            async with self._channel.ask(url, accept, patience, _LARGEST_ANSWER, headers) as answer:
                return await self._read(answer, most, self._timer() - began)
        except ArchiveResting as resting:
            raise ProbeEnded(f"{resting}") from None
        except (ArchiveFailed, TooLarge) as failed:
            return Reply(words=str(failed))

    async def count(self) -> None:
        """One more question, after a pause. Raises `ProbeEnded` when none is left."""
        if self.asked >= self._allowance.requests or self.bytes >= self._allowance.bytes:
            raise ProbeEnded("the probe has asked as much as it may")
        if self.asked:
            await self._sleep(self._allowance.pause_seconds)
        self.asked += 1

    async def _read(self, answer: Answer, most: int, seconds: float) -> Reply:
        body, whole, words, began = bytearray(), False, "", self._timer()
        try:
            async with aclosing(answer.pieces()) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) >= most:
                        break
                else:
                    whole = True
        except ArchiveFailed as failed:
            words = str(failed)
        self.bytes += len(body)
        return Reply(
            status=answer.status,
            headers=answer.headers,
            media_type=answer.media_type,
            http_version=answer.http_version,
            body=bytes(body),
            whole=whole,
            seconds=seconds,
            reading=self._timer() - began,
            words=words,
        )
