"""A credential that the archive insists on: basic (RFC 7617) or bearer (RFC 6750)."""

import base64
from dataclasses import dataclass
import hmac

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Credentials:
    """With a `username` the secret is a password, without one a bearer token."""

    secret: str
    username: str = ""

    @property
    def field(self) -> str:
        if not self.username:
            return f"Bearer {self.secret}"
        pair = f"{self.username}:{self.secret}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    @property
    def challenge(self) -> str:
        return 'Basic realm="archive"' if self.username else "Bearer"


class Insisting:
    """Refuses whoever does not show `credentials`."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self._app = app
        self._expected = credentials.field.encode("latin-1")
        self._challenge = credentials.challenge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_shown(scope):
            refusal = PlainTextResponse("who is asking?", 401, {"WWW-Authenticate": self._challenge})
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_shown(self, scope: Scope) -> bool:
        shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        return hmac.compare_digest(shown, self._expected)
