"""From a verified token's claims to a caller, by each issuer's own mapping (OpenID, IHE IUA §3.71.4.2.2.1, SMART)."""

from collections.abc import Mapping, Sequence
import re
from typing import Any, Final

from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.tokens import VerifiedToken
from proxy.errors import NotPermitted
from proxy.resources import PatientIdentifier

_IUA: Final = "extensions.ihe_iua"
_MAXIMUM_CODES = 32
_MAXIMUM_TEXT = 128
_FHIR_USER = re.compile(
    r"(?:https?://[^\s?#]{1,255}/)?(Patient|Practitioner|PractitionerRole|RelatedPerson|Person)/([A-Za-z0-9\-.]{1,64})",
    re.ASCII,
)


def to_caller(token: VerifiedToken, purpose: PurposeOfUse, network: Network, address: str) -> Caller:
    """The caller behind `token`, asking for `purpose`. Unknown roles are kept; policy knows only its own."""
    claims, paths = token.claims, token.issuer.claims
    kind, record = _fhir_user(claims, paths.fhir_user)
    return Caller(
        subject=token.subject,
        name=_words(claims, paths.name) or _words(claims, f"{_IUA}.subject_name") or claims["sub"],
        roles=frozenset(_roles(token, kind)),
        organization=_organization(token),
        purpose=purpose,
        network=network,
        token_id=claims["jti"],
        expires=claims["exp"],
        address=address,
        assurance=_assurance(token),
        patient=_patient(_words(claims, paths.patient_authority), _words(claims, paths.patient_value))
        or _patient(token.issuer.fhir_authority, record if kind == "Patient" else ""),
        organization_id=_organization_id(token),
        person_id=_first_words(claims, paths.person, f"{_IUA}.national_provider_identifier", f"{_IUA}.person_id"),
        sign_in=str(claims.get("sid", "")),
        authenticated=_moment(claims.get("auth_time")),
        issued=claims["iat"],
        bound_to=token.bound_to,
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


def _roles(token: VerifiedToken, kind: str) -> Sequence[str]:
    """The caller's roles. Where the configuration translates them, what it does not know is none.

    The kind of record that a SMART server has of the person can then mean a role too.
    """
    claims, issuer = token.claims, token.issuer
    told = _codes(claims, issuer.claims.roles) or _codes(claims, f"{_IUA}.subject_role")
    if not issuer.roles:
        return told
    return [role for word in (*told, kind) for role in issuer.roles.get(word, ())]


def _organization(token: VerifiedToken) -> str:
    """For whom the caller acts, in the exchange's own words where the configuration gives them."""
    claims, paths = token.claims, token.issuer.claims
    told = _first_words(claims, paths.organization, f"{_IUA}.subject_organization")
    known = token.issuer.organizations
    return known.get(_organization_id(token)) or known.get(told, "") if known else told


def _organization_id(token: VerifiedToken) -> str:
    return _first_words(token.claims, token.issuer.claims.organization_id, f"{_IUA}.subject_organization_id")


def _fhir_user(claims: Mapping[str, Any], path: str) -> tuple[str, str]:
    """Kind and id of the FHIR resource that a SMART server knows the person by (SMART App Launch §2.1.4)."""
    value = _find(claims, path)
    found = _FHIR_USER.fullmatch(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found else ("", "")


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


def _first_words(claims: Mapping[str, Any], *paths: str) -> str:
    return next((words for path in paths if (words := _words(claims, path))), "")


def _words(claims: Mapping[str, Any], path: str) -> str:
    """Text for a screen or a watermark: one line, printable, bounded."""
    value = _find(claims, path)
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value if character.isprintable())[:_MAXIMUM_TEXT].strip()


def _assurance(token: VerifiedToken) -> int:
    """How surely the person was identified: a level, or what the configuration says of an `acr` (RFC 9470 §4)."""
    levels = token.issuer.assurance_levels
    for value in (_find(token.claims, token.issuer.claims.assurance), token.claims.get("acr")):
        if type(value) is int and 1 <= value <= 3:
            return value
        if isinstance(value, str) and value in levels:
            return levels[value]
    return 1


def _moment(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


def _patient(authority: str, value: str) -> PatientIdentifier | None:
    return PatientIdentifier(authority, value) if authority and value else None
