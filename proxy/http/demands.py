"""What a route may demand beyond a caller: a key's proof (RFC 9449), and a surer or newer sign-in (RFC 9470).

Whoever lets something be declared, given on or changed asks here first.
"""

from starlette.requests import Request

from proxy.access.caller import Caller
from proxy.errors import InsufficientAuthentication, ProofRequired
from proxy.http.identity import caller_of
from proxy.settings.server import Issuer


async def demand_proof(request: Request) -> Caller:
    """The caller, once the request is shown to come from whoever signed in, and not from a thief or another site.

    A browser's session is bound to its cookie, and the request must come from this site's own pages; an access token
    must be bound to a key, unless its issuer cannot do that (`issuers.proof`). Raises `NotAuthenticated`.
    """
    caller = await caller_of(request)
    bearer = "authorization" in request.headers
    if bearer and not caller.bound_to and issuer_of(request, caller).proof != "never":
        raise ProofRequired("this is done with a token that is bound to a key, and a proof of that key")
    return caller


async def demand_assurance(request: Request, level: int, seconds: int | None = None) -> Caller:
    """The caller, once it is known at least as surely as `level`, and proved it no more than `seconds` ago.

    Raises `InsufficientAuthentication`, which tells clients how to go on, and `NotAuthenticated`.
    """
    caller = await caller_of(request)
    now = request.app.state.clock()
    if caller.assurance < level or (seconds is not None and now - caller.authenticated > seconds):
        raise InsufficientAuthentication("prove again who you are, and then go on here", level, seconds)
    return caller


def issuer_of(request: Request, caller: Caller) -> Issuer:
    """The issuer who vouches for `caller`; every caller has one of the configuration."""
    issuers: tuple[Issuer, ...] = request.app.state.settings.issuers
    return next(issuer for issuer in issuers if issuer.id == caller.issuer)


def challenge_of(request: Request, error: InsufficientAuthentication) -> str:
    """The challenge that says what would suffice (RFC 9470 §3)."""
    caller: Caller = request.state.caller
    values = issuer_of(request, caller).levels_from(error.assurance)
    told = {
        "realm": "vitrine",
        "error": "insufficient_user_authentication",
        "error_description": "a surer or newer sign-in is needed",
        **({"acr_values": " ".join(values)} if values else {}),
        **({} if error.seconds is None else {"max_age": str(error.seconds)}),
    }
    scheme = "DPoP" if caller.bound_to else "Bearer"
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in told.items())
