"""Ways in which archives answer badly, each what a bare socket writes after a request's head."""

import asyncio
from collections.abc import Callable, Coroutine
import gzip
from typing import Any

import httpx
import imagecodecs
import numpy as np

from tests.peers.bare_archive import BareArchive

Way = Callable[[BareArchive, bytes, asyncio.StreamWriter], Coroutine[Any, Any, None]]
Change = Callable[[httpx.Response], tuple[dict[str, str], bytes]]

PIXELS = bytes((101, 0)) * 256
"""What is stored: 16 × 16 times the value 101, which an image shows as it is."""

JSON = "application/dicom+json"
_LONG_SILENCE = 60


def saying(status: int, body: bytes = b"", media_type: str = "text/plain", **headers: str) -> Way:
    """An answer with this status; `_` stands for `-` in the names of headers."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(_head(status, {"Content-Type": media_type, "Content-Length": str(len(body)), **fields}) + body)


def raw(*pieces: bytes, forever: bytes = b"", every: float = 0.0, closes: bool = False) -> Way:
    """Exactly these bytes; then `forever` again and again, or a closed connection, or silence."""

    async def way(_: BareArchive, __: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while forever:
            writer.write(forever)
            await writer.drain()
            await asyncio.sleep(every)
        if closes:
            writer.close()

    return way


async def silent(_: BareArchive, __: bytes, ___: asyncio.StreamWriter) -> None:
    await asyncio.sleep(_LONG_SILENCE)


def changed(change: Change) -> Way:
    """The right answer, with other headers or another body."""

    async def way(archive: BareArchive, head: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await archive.answer(head)
        headers, body = change(answer)
        writer.write(_head(answer.status_code, {**headers, "Content-Length": str(len(body))}) + body)
        await writer.drain()

    return way


def cut(share: float, *, silently: bool = False) -> Way:
    """The right answer up to this share of its body; then the connection breaks, or nothing more comes."""

    async def way(archive: BareArchive, head: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await archive.answer(head)
        whole = {"Content-Type": answer.headers["content-type"], "Content-Length": str(len(answer.content))}
        writer.write(_head(answer.status_code, whole) + answer.content[: int(len(answer.content) * share)])
        await writer.drain()
        if silently:
            await asyncio.sleep(_LONG_SILENCE)
        writer.close()

    return way


def once(way: Way) -> Way:
    """The first request is answered in this way, those after it well."""
    asked = 0

    async def first(archive: BareArchive, head: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await (way(archive, head, writer) if asked == 1 else archive.answer_well(head, writer))

    return first


def dripping(every: float = 0.05) -> Way:
    """The right answer, a byte at a time."""

    async def way(archive: BareArchive, head: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await archive.answer(head)
        whole = {"Content-Type": answer.headers["content-type"], "Content-Length": str(len(answer.content))}
        for byte in _head(answer.status_code, whole) + answer.content:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(every)

    return way


def headers_of(answer: httpx.Response, **others: str) -> dict[str, str]:
    return {"Content-Type": answer.headers["content-type"], **others}


def replacing(before: bytes, after: bytes) -> Way:
    """The right answer with other words in its body."""
    return changed(lambda answer: (headers_of(answer), answer.content.replace(before, after)))


def typed(media_type: str) -> Way:
    """The right body under another name."""
    return changed(lambda answer: ({"Content-Type": media_type}, answer.content))


def compressed(answer: httpx.Response) -> tuple[dict[str, str], bytes]:
    return headers_of(answer, **{"Content-Encoding": "gzip"}), gzip.compress(b"[" + b" " * 2**24 + b"]")


def single(answer: httpx.Response) -> tuple[dict[str, str], bytes]:
    """The first part's payload alone, without its wrapping."""
    payload = answer.content.split(b"\r\n\r\n", 1)[1].rpartition(b"\r\n--")[0]
    return {"Content-Type": "application/octet-stream"}, payload


def multipart(fields: list[str], payload: bytes = PIXELS, count: int = 1, boundary: str = "b") -> Way:
    """Parts with these header fields; what the head says of the boundary is `boundary`."""
    part = b"--b\r\n" + "".join(f"{field}\r\n" for field in fields).encode() + b"\r\n" + payload + b"\r\n"
    told = f'multipart/related; type="application/octet-stream"{f"; boundary={boundary}" if boundary else ""}'
    return saying(200, part * count + b"--b--", told)


def j2k_of(size: int) -> bytes:
    """A JPEG 2000 code stream of 16 × 16 pixels whose header claims this many rows and columns, in one tile."""
    made = bytearray(imagecodecs.jpeg2k_encode(np.zeros((16, 16), np.uint16), level=0, codecformat="j2k"))
    for place in (8, 12, 24, 28):  # Xsiz, Ysiz, XTsiz, YTsiz (ISO/IEC 15444-1 A.5.1)
        made[place : place + 4] = size.to_bytes(4, "big")
    return bytes(made)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} As it is", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
