"""Other exchanges: how they are asked on a person's behalf, and what they may say of those on whose behalf they ask."""

import re
from typing import Annotated, Literal

import msgspec

from proxy.settings.entries import Section
from proxy.settings.secrets import Secret

ORIGIN = re.compile(r"[A-Za-z0-9._:/-]{0,200}", re.ASCII)
"""What an archive's name among exchanges may be."""

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

Hops = Annotated[int, msgspec.Meta(ge=0, le=8)]


class Hub(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Makes an archive another exchange, or a hub of several institutions, which decides about each person itself.

    `person` is how it learns who asks: by an assertion of this service as the bearer token (RFC 9068, IHE IUA), by a
    token that its authorization server gives for such an assertion (RFC 7523 §2.1, RFC 8693), or not at all. It may
    pass a question on `hops` times.
    """

    audience: str = ""
    person: Literal["bearer", "jwt-bearer", "token-exchange", "none"] = "bearer"
    hops: Hops = 1

    def __post_init__(self) -> None:
        if (self.person == "none") != (self.audience == ""):
            raise ValueError("`audience` says for whom assertions about a person are, and is empty for `none` alone")


class HubIssuer(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Makes an issuer another exchange that asks on behalf of its people, and bounds what it may say of them.

    They may have `purposes`, are as surely identified as `assurance` at most, and count as being on `network`, wherever
    they are. About patients' own records it is believed under `patient_authorities` alone. What its roles and
    organizations mean here, the issuer's own tables say.
    """

    purposes: tuple[Literal["TREAT", "ETREAT", "HPAYMT", "HOPERAT", "PATRQT", "HRESCH", "COVERAGE"], ...] = ("TREAT",)
    patient_authorities: tuple[str, ...] = ()
    assurance: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    network: Literal["clinical", "internet"] = "internet"
    hops: Hops = 1


class SigningKey(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A private key of this service in PEM, by reference; `id` is its `kid`."""

    id: str
    secret: Secret
    algorithm: Literal["ES256", "ES384", "RS256", "RS384"] = "ES256"

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id):
            raise ValueError("a key's `id` is made of letters, digits and `._-`, and not longer than 64")


class Linking(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By which keys other exchanges know this one: the first signs, the public parts of all are published."""

    keys: tuple[SigningKey, ...] = ()

    def __post_init__(self) -> None:
        names = [key.id for key in self.keys]
        if len(set(names)) < len(names):
            raise ValueError("two keys share an id")
