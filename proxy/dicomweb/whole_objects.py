"""Whole DICOM objects are not handed out: a PS3.10 file is a copy, and this service makes none (docs/decisions)."""

from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import NotPermitted
from proxy.http.identity import caller_of


async def refuse_copying(request: Request) -> Response:
    """The same refusal for every study, whether it exists or not."""
    await caller_of(request)
    raise NotPermitted("whole objects are not handed out: this service shows studies and does not copy them")
