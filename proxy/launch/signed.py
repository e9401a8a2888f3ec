"""A launch that a portal has signed: a token of `typ` `launch+jwt` for a minute and one use (RFC 7519, RFC 8725).

| claim | |
|---|---|
| `iss`, `aud`, `iat`, `exp`, `jti` | of an issuer in the configuration; its life is 60 seconds at most |
| `sub` | for whom alone it is: whoever signs in must be that person |
| one of `patient`, `studies`, `accessions` | `{authority, value}`, UIDs, accession numbers |
"""

from collections.abc import Callable
from typing import Annotated, Final

from cachetools import TTLCache
import msgspec

from proxy.access.tokens import REFUSED, TokenVerifier
from proxy.errors import BadRequest, NotAuthenticated, Overloaded
from proxy.launch.authorities import Namespaces
from proxy.launch.launch import Launch, Way
from proxy.resources import read_uid

_MAXIMUM: Final = 100_000
_REMEMBERED: Final = 180


class _Patient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    authority: str
    value: str


_Accession = Annotated[str, msgspec.Meta(pattern=r"^[^*?\\\x00-\x1f\x7f]{1,16}$")]


class _Wanted(msgspec.Struct, frozen=True):
    """What the claims say is to be opened; others are the issuer's own."""

    patient: _Patient | None = None
    studies: Annotated[tuple[str, ...], msgspec.Meta(max_length=16)] = ()
    accessions: Annotated[tuple[_Accession, ...], msgspec.Meta(max_length=16)] = ()


class SignedLaunches:
    """Reads what `verifier` believes, each token once. `clock` gives Unix seconds."""

    def __init__(self, verifier: TokenVerifier, namespaces: Namespaces, clock: Callable[[], float]) -> None:
        self._verifier = verifier
        self._namespaces = namespaces
        self._used: TTLCache[tuple[str, str], None] = TTLCache(_MAXIMUM, _REMEMBERED, timer=clock)

    async def read(self, token: str) -> Launch:
        """Raises `NotAuthenticated` for every fault of the token, `BadRequest` for what it asks for."""
        verified = await self._verifier.verify_launch_token(token)
        key = verified.issuer.id, str(verified.claims["jti"])
        if key in self._used:
            raise NotAuthenticated(REFUSED)
        if len(self._used) >= _MAXIMUM:
            raise Overloaded("too many launches at once")
        self._used[key] = None
        try:
            wanted = msgspec.convert(dict(verified.claims), _Wanted)
        except msgspec.ValidationError:
            raise BadRequest("what the launch asks for is not valid") from None
        if sum(map(bool, (wanted.patient, wanted.studies, wanted.accessions))) != 1:
            raise BadRequest("a launch asks for a patient, for studies or for accession numbers")
        told = wanted.patient
        patient = None if told is None else self._namespaces.identifier(told.value, told.authority)
        studies = tuple(map(read_uid, wanted.studies))
        subject = verified.subject if "sub" in verified.claims else ""
        return Launch(Way.SIGNED, patient, studies, wanted.accessions, subject=subject)
