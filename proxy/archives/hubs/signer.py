"""Says to another exchange on whose behalf it is asked: an assertion, signed for one question (RFC 7523 §3, IHE IUA).

It has the form of an access token (RFC 9068, ITI-71 §3.71.4.2.2.1), and is good once, for a minute, there alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from proxy.archives.authorization.assertion import PrivateKey
from proxy.errors import ConfigurationError
from proxy.passage import Passage, Person
from proxy.settings.linking import Linking, SigningKey
from proxy.settings.secrets import read_secret

SECONDS: Final = 60
"""How long an assertion is good: it is made for a question that is asked at once."""

_ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


class Signer:
    """Signs for the exchange at `issuer`, which others know by `pseudonym`. `clock` gives Unix seconds."""

    def __init__(
        self,
        keys: Sequence[PrivateKey],
        issuer: str,
        pseudonym: str,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._keys = tuple(keys)
        self._issuer = issuer
        self._pseudonym = pseudonym
        self._clock = clock
        self._new_id = new_id

    @property
    def public_keys(self) -> list[Mapping[str, str]]:
        """All that signatures may be verified by, the one in use first (RFC 7517 §5)."""
        return [key.public for key in self._keys]

    def sign(self, passage: Passage, person: Person, audience: str, kind: str) -> str:
        """That `person` asks `audience`, by way of all exchanges of `passage`; `kind` is the JWT's type."""
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "sub": person.subject,
            "aud": audience,
            "client_id": self._issuer,
            "iat": now,
            "exp": now + SECONDS,
            "jti": self._new_id(),
            "sid": person.session,
            "act": _actors((*passage.via, self._pseudonym)),
            "assurance": person.assurance,
            "extensions": {"ihe_iua": _iua(person)},
        }
        if person.patient is not None:
            claims["patient"] = dict(zip(("authority", "value"), person.patient, strict=True))
        return self._keys[0].sign(claims, kind)


def _iua(person: Person) -> dict[str, Any]:
    return {
        "subject_name": person.name,
        "subject_organization": person.organization,
        "subject_role": [{"code": role} for role in person.roles],
        "purpose_of_use": [{"system": _ACT_REASON, "code": person.purpose}],
    }


def _actors(names: Sequence[str]) -> dict[str, Any]:
    """Who acts for the person, the last one outermost (RFC 8693 §4.1)."""
    actor: dict[str, Any] = {}
    for name in names:
        actor = {"sub": name, "act": actor} if actor else {"sub": name}
    return actor


def read_signer(
    linking: Linking, issuer: str, pseudonym: str, clock: Callable[[], float], new_id: Callable[[], str]
) -> Signer | None:
    """The signer of the configuration; `None` where no key is. Raises `ConfigurationError` naming the key."""
    if not linking.keys:
        return None
    return Signer([_read_key(key) for key in linking.keys], issuer, pseudonym, clock, new_id)


def _read_key(key: SigningKey) -> PrivateKey:
    try:
        return PrivateKey(read_secret(key.secret), key.algorithm, key.id)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"linking key `{key.id}`: its secret cannot be read") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"linking key `{key.id}`: {error}") from None
