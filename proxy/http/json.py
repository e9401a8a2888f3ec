"""JSON answers, compressed where the client can take it: metadata of a long series shrinks to a twentieth."""

from collections.abc import Mapping
import zlib

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from proxy.http.conditional import is_current, not_modified, to_validator

_SMALLEST_COMPRESSED = 1024
_encoder = msgspec.json.Encoder()


def json_response(
    request: Request,
    document: object,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    *,
    validated: bool = False,
) -> Response:
    """`document` as JSON in UTF-8, gzip-coded when that is accepted and worth it (RFC 9110 §8.4.1.3).

    With `validated` it has an entity tag, and is not sent to a client that has it.
    """
    body = _encoder.encode(document)
    own = {**(headers or {}), "Vary": "Accept, Accept-Encoding, Authorization, Cookie"}
    packed = len(body) >= _SMALLEST_COMPRESSED and accepts_gzip(request.headers.get("accept-encoding", ""))
    if validated:
        own["ETag"] = to_validator(body, "gzip" if packed else "")
        if is_current(request, own["ETag"]):
            return not_modified(own["ETag"], own)
    if packed:
        body = zlib.compress(body, level=1, wbits=31)
        own["Content-Encoding"] = "gzip"
    return Response(body, headers=own, media_type=media_type)


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header admits gzip: named with a weight other than zero (RFC 9110 §12.5.3)."""
    for entry in header.split(","):
        coding, _, weight = entry.partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
