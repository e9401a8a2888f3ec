"""Authorization requests and the codes that answer them: once, briefly, and for who asked (RFC 6749 §4.1, RFC 7636)."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import hashlib
import hmac
import re
import secrets
from typing import Any

from cachetools import TTLCache

CHOOSING_SECONDS = 600
CODE_SECONDS = 30
_MOST = 1000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asked for, checked; the answer goes to `redirect_uri`."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    openid: bool


class RequestRefused(Exception):
    """The request is wrong; `error` is the code of RFC 6749 §4.1.2.1."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def read_request(parameters: Mapping[str, str]) -> AuthorizationRequest:
    """Parse the parameters of a known client. Raises `RequestRefused`."""
    if parameters.get("response_type") != "code":
        raise RequestRefused("unsupported_response_type")
    challenge = parameters.get("code_challenge", "")
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise RequestRefused("invalid_request")
    scopes = parameters.get("scope", "").split()
    return AuthorizationRequest(
        parameters["redirect_uri"],
        parameters.get("state", ""),
        parameters.get("nonce", ""),
        challenge,
        "openid" in scopes,
    )


class Tickets:
    """Requests that wait for somebody to choose, and codes that wait to be redeemed; each counts once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._waiting: TTLCache[str, AuthorizationRequest] = TTLCache(_MOST, CHOOSING_SECONDS, timer=clock)
        self._codes: TTLCache[str, tuple[AuthorizationRequest, str]] = TTLCache(_MOST, CODE_SECONDS, timer=clock)

    def wait(self, request: AuthorizationRequest) -> str:
        """A name for a request that is shown to a person."""
        return _put(self._waiting, request)

    def chosen(self, name: str) -> AuthorizationRequest | None:
        """The request of that name, for the only time."""
        return self._waiting.pop(name, None)

    def issue(self, request: AuthorizationRequest, subject: str) -> str:
        """A code with which the client learns that `subject` signed in."""
        return _put(self._codes, (request, subject))

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> tuple[AuthorizationRequest, str] | None:
        """What the code stands for; None when it is unknown, used, too old, or not this client's. It is used up."""
        found = self._codes.pop(code, None)
        if found is None:
            return None
        request, _ = found
        proven = hmac.compare_digest(request.challenge, _challenge(verifier))
        return found if proven and request.redirect_uri == redirect_uri else None


def _put(cache: "TTLCache[str, Any]", value: object) -> str:
    name = secrets.token_urlsafe(24)
    cache[name] = value
    return name


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
