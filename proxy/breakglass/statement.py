"""What somebody states to declare an emergency: the attestations of COMAR 10.25.18.11, and its nature (42 CFR 2.51)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from proxy.errors import BadRequest
from proxy.resources import PatientIdentifier


class Attestation(StrEnum):
    """What is attested, each by itself."""

    EMERGENCY = "emergency-exists"
    NO_CONSENT = "patient-cannot-consent"
    RELEVANT = "information-may-be-relevant"
    POLICY = "policy-is-met"
    PROCESS = "organization-attests"
    LAWFUL = "no-law-on-sensitive-information-is-broken"


WORDS: Final[Mapping[Attestation, str]] = {
    Attestation.EMERGENCY: "In my professional opinion this patient is in an emergency.",
    Attestation.NO_CONSENT: "The patient cannot consent, and nobody who may consent instead can be reached in time.",
    Attestation.RELEVANT: "Images of the patient at other institutions may be relevant to the treatment.",
    Attestation.POLICY: "The exchange's policy on emergency access is met.",
    Attestation.PROCESS: "My organization has a process for attesting emergencies, and I follow it.",
    Attestation.LAWFUL: "No law on sensitive health information is broken by this access.",
}


def _plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set("*?\\")


_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`opinion` is the nature of the emergency in the declarer's own words, which go on record."""

    authority: _Key
    identifier: _Key
    opinion: Annotated[str, msgspec.Meta(min_length=10, max_length=1000)]
    attested: frozenset[Attestation]

    def __post_init__(self) -> None:
        for name, text in (("authority", self.authority), ("identifier", self.identifier)):
            if text != text.strip() or not _plain(text):
                raise ValueError(f"`{name}` is not valid")
        if len(self.opinion.strip()) < 10:
            raise ValueError("`opinion` has to say what the emergency is")
        if self.attested != frozenset(Attestation):
            raise ValueError("every attestation is needed")

    @property
    def patient(self) -> PatientIdentifier:
        return PatientIdentifier(self.authority, self.identifier)


def read_statement(body: bytes) -> Statement:
    """Raises `BadRequest`, which repeats nothing of what was written."""
    try:
        return msgspec.json.decode(body, type=Statement)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the emergency is not declared: {_safe(error)}") from None


def _safe(error: Exception) -> str:
    """The parser quotes values in one message only, which may be anybody's."""
    text = str(error)
    return "not one of the known attestations" if text.startswith("Invalid enum value") else text


def attestations() -> list[dict[str, Any]]:
    """All of them, as a form shows them."""
    return [{"code": one.value, "words": words} for one, words in WORDS.items()]
