"""Headers that every response carries: nothing is stored on the way, framed, sniffed, or leaked by referrer."""

from collections.abc import Iterable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(form_targets: Sequence[str] = (), ancestors: Sequence[str] = ()) -> str:
    """Our pages run their own scripts and styles, and talk to their own origin (CSP Level 3).

    `form_targets` are the origins a sign-in redirect may end at: browsers apply `form-action` to redirects too.
    `ancestors` are the origins whose pages may frame ours; without any, nobody's may.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            " ".join(("frame-ancestors", *(ancestors or ("'none'",)))),
            "base-uri 'none'",
            " ".join(("form-action 'self'", *form_targets)),
            "require-trusted-types-for 'script'",
        )
    )


class SecurityHeaders:
    """Pure ASGI middleware; a route's own `Cache-Control` and policy win, everything else is the same everywhere."""

    def __init__(self, app: ASGIApp, *, policy: str, secure: bool) -> None:
        self._app = app
        self._fixed = {
            b"x-content-type-options": b"nosniff",
            b"referrer-policy": b"no-referrer",
            b"cross-origin-opener-policy": b"same-origin",
            b"cross-origin-resource-policy": b"same-origin",
            b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        if secure:
            self._fixed[b"strict-transport-security"] = b"max-age=31536000"
        self._default = {b"cache-control": b"private, no-store", b"content-security-policy": policy.encode("latin-1")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._complete(message["headers"])
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _complete(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = [field for field in headers if field[0] not in self._fixed]
        names = {name for name, _ in own}
        defaults = [field for field in self._default.items() if field[0] not in names]
        return [*own, *self._fixed.items(), *defaults]
