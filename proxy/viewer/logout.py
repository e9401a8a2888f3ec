"""The door for providers that say a sign-in is over (OpenID Connect Back-Channel Logout 1.0 §2.5)."""

from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from proxy.errors import BadRequest, NotAuthenticated
from proxy.http.bodies import body_of

MAXIMUM_BYTES: Final = 16 * 1024
_FORM: Final = frozenset({"application/x-www-form-urlencoded"})


class Notices(Protocol):
    """What taking a logout token needs of `access`."""

    async def take(self, token: str) -> None:
        """Raises `NotAuthenticated` for one that cannot be believed."""
        ...


@dataclass(frozen=True, slots=True)
class LogoutDoor:
    """A server speaks here, so there is neither cookie nor token of a caller: the form itself is signed."""

    notices: Notices

    async def take(self, request: Request) -> Response:
        """200 once everything has ended; one 400 for whatever is wrong (§2.8)."""
        try:
            await self.notices.take(_token(await body_of(request, _FORM, MAXIMUM_BYTES)))
        except (BadRequest, NotAuthenticated):
            return JSONResponse({"error": "invalid_request"}, 400)
        return Response(status_code=200)


def _token(body: bytes) -> str:
    """The one `logout_token` of the form. Raises `BadRequest`."""
    try:
        fields = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
    except ValueError:
        raise BadRequest("the form cannot be read") from None
    tokens = [value for name, value in fields if name == "logout_token"]
    if len(tokens) != 1:
        raise BadRequest("the form must bring one `logout_token`")
    return tokens[0]
