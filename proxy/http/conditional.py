"""Conditional requests (RFC 9110 §13): whoever has an answer already is told that it is still the same.

They are admitted, and their look is recorded, like everybody's who has nothing yet: an entity tag is no key. It is made
of the bytes themselves, and so says nothing about a caller but what an obligation has written into the image.
"""

import asyncio
from collections.abc import Mapping
from hashlib import blake2b
import re

from starlette.requests import Request
from starlette.responses import Response

REVALIDATED = "private, no-cache"
"""A browser may keep the answer, and asks before each use of it (RFC 9111 §5.2.2.4)."""

NOT_KEPT = "private, no-store"

VARY = "Accept, Authorization, Cookie"
"""What an image depends on besides its address: who asks may owe it a mark (§12.5.5)."""

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_AT_ONCE = 2**20  # bytes; hashing more takes so long that nobody else may wait for it


async def validator_of(data: bytes) -> str:
    """The strong entity tag of `data` (§8.8.3)."""
    return to_validator(data) if len(data) <= _AT_ONCE else await asyncio.to_thread(to_validator, data)


def to_validator(data: bytes, coding: str = "") -> str:
    """The strong entity tag of `data` in a content `coding`, each of which is another representation (§8.8.3.3)."""
    return f'"{blake2b(data, digest_size=16).hexdigest()}{coding and "-"}{coding}"'


def is_current(request: Request, validator: str) -> bool:
    """Whether the client has what `validator` names (If-None-Match, §13.1.2)."""
    named = ",".join(request.headers.getlist("if-none-match")).strip()
    return named == "*" or validator in _TAG.findall(named)


def not_modified(validator: str, headers: Mapping[str, str]) -> Response:
    """The answer without its content; `headers` as they would be with it (§15.4.5)."""
    return Response(status_code=304, headers={**headers, "ETag": validator})


async def answer(request: Request, data: bytes, headers: Mapping[str, str], media_type: str, *, kept: bool) -> Response:
    """`data`, unless the client has it; browsers may keep it if `kept`."""
    validator = await validator_of(data)
    told = {**headers, "Cache-Control": REVALIDATED if kept else NOT_KEPT}
    if is_current(request, validator):
        return not_modified(validator, told)
    return Response(data, headers={**told, "ETag": validator}, media_type=media_type)
