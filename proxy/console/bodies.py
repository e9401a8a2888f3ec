"""What the console's page sends: JSON of one form, small, and refused with words where it is another."""

from typing import Final, TypeVar

import msgspec
from starlette.requests import Request

from proxy.errors import BadRequest
from proxy.http.bodies import body_of

_JSON: Final = frozenset({"application/json"})
_LARGEST: Final = 64 * 1024
_Read = TypeVar("_Read", bound=msgspec.Struct)


async def read_body(request: Request, kind: type[_Read], largest: int = _LARGEST) -> _Read:
    """The body of `request` as a `kind`. Raises `BadRequest`."""
    try:
        return msgspec.json.decode(await body_of(request, _JSON, largest), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not what is expected here: {error}") from None
