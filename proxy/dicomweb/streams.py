"""Search results sent as archives answer, for clients that say `Prefer: streaming` (RFC 7240): a DICOM JSON array."""

from collections.abc import AsyncGenerator, Callable, Sequence
import contextlib
from dataclasses import dataclass, field

import msgspec
from starlette.requests import Request

from proxy.dicomweb.queries import Asked
from proxy.federation.merge import Found
from proxy.federation.sources import Row, SourceStatus
from proxy.http.departure import StreamedResponse

STREAMED = "streaming"

_encoder = msgspec.json.Encoder()


def is_wanted(request: Request, asked: Asked) -> bool:
    """Pages are cut from an order that is not known before everybody has answered, and are never streamed."""
    preferences = request.headers.get("prefer", "").split(",")
    paged = asked.cursor or asked.query.limit is not None or asked.query.offset
    return not paged and STREAMED in {one.partition(";")[0].strip().lower() for one in preferences}


@dataclass(slots=True)
class Stream:
    """A search of which the first rows have come, or that ended without any."""

    arriving: AsyncGenerator[Sequence[Found] | SourceStatus]
    first: Sequence[Found] = ()
    sources: list[SourceStatus] = field(default_factory=list)

    def response(
        self, to_row: Callable[[Found], Row], media_type: str, headers: dict[str, str], end: Callable[["Stream"], None]
    ) -> StreamedResponse:
        """The rows as they come; `end` is told when all archives have answered or failed."""
        closing = contextlib.AsyncExitStack()
        closing.push_async_callback(self.arriving.aclose)
        return StreamedResponse(self._array(to_row, end), media_type, headers, closing)

    async def _array(self, to_row: Callable[[Found], Row], end: Callable[["Stream"], None]) -> AsyncGenerator[bytes]:
        yield b"[" + _joined(self.first, to_row)
        async for arrival in self.arriving:
            if isinstance(arrival, SourceStatus):
                self.sources.append(arrival)
            else:
                yield b"," + _joined(arrival, to_row)
        end(self)
        yield b"]"


def _joined(rows: Sequence[Found], to_row: Callable[[Found], Row]) -> bytes:
    """What came at once, in one piece: to hand over each row by itself takes longer than all else."""
    return b",".join(_encoder.encode(to_row(found)) for found in rows)


async def opened(arriving: AsyncGenerator[Sequence[Found] | SourceStatus]) -> Stream:
    """Wait for the first rows; raises what the search raises when none comes because nobody answers."""
    stream = Stream(arriving)
    async for arrival in arriving:
        if not isinstance(arrival, SourceStatus):
            stream.first = arrival
            break
        stream.sources.append(arrival)
    return stream
