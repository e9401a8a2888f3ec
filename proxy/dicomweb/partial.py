"""Parts of bulk data that an archive gives by byte range, passed on (RFC 9110 §14.2, §13.1.5)."""

from contextlib import AsyncExitStack
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from proxy.archives.client import ArchiveClient
from proxy.archives.retrieve.extents import PartialBody
from proxy.http.departure import StreamedResponse
from proxy.http.ranges import read_range
from proxy.resources import BulkdataRef

_OCTETS = "application/octet-stream"


async def passed_part(request: Request, archive: ArchiveClient, target: BulkdataRef, uri: str) -> Response | None:
    """The part of `target`, which is at `uri`, that `request` asks for; `None` where all of it is to be given.

    A range of another version than the archive has now counts as none.
    """
    asked = read_range(request)
    if not asked:
        return None
    async with AsyncExitStack() as stack:
        with archive.failing_at(target.of):
            body = await stack.enter_async_context(archive.extent(uri, asked))
        if body is None:
            return None
        validator = _to_validator(archive, target, body)
        if request.headers.get("if-range", validator) != validator:
            return None
        closing = stack.pop_all()
    headers = {
        "Vary": "Accept",
        "Accept-Ranges": "bytes",
        "Content-Length": str(body.stop - body.start),
        "Content-Range": f"bytes {body.start}-{body.stop - 1}/{body.length}",
        **({"ETag": validator} if validator else {}),
    }
    return StreamedResponse(body.pieces, _OCTETS, headers, closing, status=206)


def _to_validator(archive: ArchiveClient, target: BulkdataRef, body: PartialBody) -> str:
    """A strong entity tag where the archive vouches for one, in words that are not its own."""
    named = f"{archive.archive.id} {target} {body.tag}"
    return f'"{sha256(named.encode()).hexdigest()[:32]}"' if body.tag else ""
