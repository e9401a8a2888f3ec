"""What other exchanges verify our assertions by: who signs, and the public keys (RFC 8414, RFC 7517, IHE ITI-103)."""

from collections.abc import Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

_FRESH = {"Cache-Control": "public, max-age=3600"}
"""A key that is new is asked for at once, as it is unknown; one that is gone is believed for an hour."""


def routes(issuer: str, keys: Callable[[], Sequence[Mapping[str, str]]]) -> list[BaseRoute]:
    """Of the exchange at `issuer`, whose public `keys` these are; it gives no tokens to anybody."""

    async def describe(_: Request) -> Response:
        document = {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/hubs/keys",
            "response_types_supported": [],
            "access_token_format": "ihe-jwt",
        }
        return JSONResponse(document, headers=_FRESH)

    async def publish(_: Request) -> Response:
        return JSONResponse({"keys": list(keys())}, headers=_FRESH, media_type="application/jwk-set+json")

    return [Route("/.well-known/oauth-authorization-server", describe), Route("/hubs/keys", publish)]
