"""From a verified token's claims to a caller, by each issuer's own mapping (OpenID Connect, IHE IUA §3.71.4.2.2.1)."""

from collections.abc import Mapping
from typing import Any, Final

from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.tokens import VerifiedToken
from proxy.errors import NotPermitted
from proxy.resources import PatientIdentifier

_IUA: Final = "extensions.ihe_iua"
_MAXIMUM_CODES = 32
_MAXIMUM_TEXT = 128


def to_caller(token: VerifiedToken, purpose: PurposeOfUse, network: Network, address: str) -> Caller:
    """The caller behind `token`, asking for `purpose`. Unknown roles are kept; policy knows only its own."""
    claims, paths = token.claims, token.issuer.claims
    return Caller(
        subject=token.subject,
        name=_words(claims, paths.name) or _words(claims, f"{_IUA}.subject_name") or claims["sub"],
        roles=frozenset(_codes(claims, paths.roles) or _codes(claims, f"{_IUA}.subject_role")),
        organization=_words(claims, paths.organization) or _words(claims, f"{_IUA}.subject_organization"),
        purpose=purpose,
        network=network,
        token_id=claims["jti"],
        expires=claims["exp"],
        address=address,
        assurance=_assurance(_find(claims, paths.assurance)),
        patient=_patient(_words(claims, paths.patient_authority), _words(claims, paths.patient_value)),
    )


def purpose_of(token: VerifiedToken) -> PurposeOfUse:
    """The purpose of use that `token` itself declares. Raises `NotPermitted` when it is not exactly one we know."""
    declared = purposes_of(token)
    if not declared:
        raise NotPermitted("the token declares no purpose of use; sign in and say why you ask")
    if len(declared) > 1:
        raise NotPermitted("the token declares several purposes of use; ask for one at a time")
    return next(iter(declared))


def purposes_of(token: VerifiedToken) -> frozenset[PurposeOfUse]:
    """All purposes of use that `token` declares and policy knows."""
    codes = _codes(token.claims, token.issuer.claims.purpose) or _codes(token.claims, f"{_IUA}.purpose_of_use")
    return frozenset(PurposeOfUse(code) for code in codes if code in set(PurposeOfUse))


def may_declare(token: VerifiedToken, purpose: PurposeOfUse) -> bool:
    """Whether a person may choose `purpose` at sign-in: any where the token is silent, else one that it declares."""
    places = (token.issuer.claims.purpose, f"{_IUA}.purpose_of_use")
    silent = all(_find(token.claims, place) is None for place in places)
    return silent or purpose in purposes_of(token)


def _find(claims: Mapping[str, Any], path: str) -> object:
    """The claim of that name, which may itself hold dots (RFC 7519 §4.2), or at the end of that dotted path."""
    if path in claims:
        return claims[path]
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _codes(claims: Mapping[str, Any], path: str) -> list[str]:
    """Codes written as a list of texts, as FHIR Codings, or as one text with spaces (RFC 8693 §4.2)."""
    value = _find(claims, path)
    entries = value.split() if isinstance(value, str) else value if isinstance(value, list) else [value]
    codes = [entry.get("code") if isinstance(entry, dict) else entry for entry in entries[:_MAXIMUM_CODES]]
    return [code for code in codes if isinstance(code, str) and 0 < len(code) <= _MAXIMUM_TEXT]


def _words(claims: Mapping[str, Any], path: str) -> str:
    """Text for a screen or a watermark: one line, printable, bounded."""
    value = _find(claims, path)
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value if character.isprintable())[:_MAXIMUM_TEXT].strip()


def _assurance(value: object) -> int:
    return value if type(value) is int and 1 <= value <= 3 else 1


def _patient(authority: str, value: str) -> PatientIdentifier | None:
    return PatientIdentifier(authority, value) if authority and value else None
