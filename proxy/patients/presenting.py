"""One person, one PatientID: what answers say instead of the archives' own identifiers, which are kept beside it.

OtherPatientIDsSequence (0010,1002) holds the identifier that was replaced, with its issuer (PS3.3 C.7.1.1).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from cachetools import TTLCache

from proxy.patients.authorities import Authorities
from proxy.patients.people import People
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.settings.patients import Patients
from proxy.wire import dicomjson, tags

_REMEMBERED: Final = 50_000
_SECONDS: Final = 8 * 3600.0
"""How long it is remembered by which identifier somebody searched for a person: a working day."""


class Presenting:
    """Chooses the identifier: the one that the caller searched by, else that of a preferred authority, else none.

    A caller is told apart by any key, such as account and sign-in. `timer` gives seconds.
    """

    def __init__(self, people: People, settings: Patients, timer: Callable[[], float]) -> None:
        self._people = people
        self._preferred = settings.preferred_authorities
        self._authorities = Authorities(settings.index.authorities if settings.index else ())
        self._searched: TTLCache[Hashable, PatientIdentifier] = TTLCache(_REMEMBERED, _SECONDS, timer)

    def searched(self, caller: Hashable, identifier: PatientIdentifier) -> None:
        """From now on `caller` sees the person under `identifier`."""
        self._searched[caller, self._people.person_of(identifier)] = identifier

    def shown(self, caller: Hashable, attributes: Mapping[str, Any], held: Sequence[HeldStudy]) -> dict[str, Any]:
        """A row or an instance's attributes under the identifier chosen; `held` are the parts that it may belong to.

        What names no patient stays as it is.
        """
        original = _original(attributes, held)
        if original is None:
            return dict(attributes)
        chosen = self._searched_by(caller, original) or self._preferred_of(original) or original
        return self._under(chosen, original, attributes)

    def original(self, attributes: Mapping[str, Any], held: Sequence[HeldStudy]) -> dict[str, Any]:
        """What `shown` is given, under the archive's own identifier with its issuer: for those who know people too."""
        original = _original(attributes, held)
        return dict(attributes) if original is None else self._under(original, original, attributes)

    def shown_locked(self, caller: Hashable, attributes: Mapping[str, Any], held: HeldStudy) -> dict[str, Any]:
        """Of a study that may not be opened no identifier is told that the caller did not search by."""
        original = _original(attributes, [held])
        chosen = original and self._searched_by(caller, original)
        return self._under(chosen, original, attributes) if chosen and original else dict(attributes)

    def _searched_by(self, caller: Hashable, identifier: PatientIdentifier) -> PatientIdentifier | None:
        return self._searched.get((caller, self._people.person_of(identifier)))

    def _preferred_of(self, identifier: PatientIdentifier) -> PatientIdentifier | None:
        known = self._people.identifiers_of(identifier)
        named = (one for authority in self._preferred for one in known if one.authority == authority)
        return next(named, None)

    def _under(
        self, chosen: PatientIdentifier, original: PatientIdentifier, attributes: Mapping[str, Any]
    ) -> dict[str, Any]:
        issued = {**attributes, **self._element_of(chosen)}
        if chosen == original:
            return dict(attributes) if dicomjson.text(attributes, tags.ISSUER_OF_PATIENT_ID) else issued
        replaced: dict[str, Any] = {**self._element_of(original), tags.TYPE_OF_PATIENT_ID: _text("CS", "TEXT")}
        qualifiers = attributes.get(tags.ISSUER_OF_PATIENT_ID_QUALIFIERS)
        if qualifiers is not None:
            replaced[tags.ISSUER_OF_PATIENT_ID_QUALIFIERS] = qualifiers
            issued.pop(tags.ISSUER_OF_PATIENT_ID_QUALIFIERS)
            issued |= self._element_of(chosen)
        others = dicomjson.values(attributes, tags.OTHER_PATIENT_IDS_SEQUENCE)
        kept = [one for one in others if isinstance(one, dict) and _differs(one, chosen, original)]
        return issued | {tags.OTHER_PATIENT_IDS_SEQUENCE: {"vr": "SQ", "Value": [replaced, *kept]}}

    def _element_of(self, identifier: PatientIdentifier) -> dict[str, Any]:
        elements: dict[str, Any] = {tags.PATIENT_ID: _text("LO", identifier.value)}
        if identifier.authority:
            elements[tags.ISSUER_OF_PATIENT_ID] = _text("LO", identifier.authority)
        oid = self._authorities.oid(identifier.authority)
        if oid:
            item = {tags.UNIVERSAL_ENTITY_ID: _text("UT", oid), tags.UNIVERSAL_ENTITY_ID_TYPE: _text("CS", "ISO")}
            elements[tags.ISSUER_OF_PATIENT_ID_QUALIFIERS] = {"vr": "SQ", "Value": [item]}
        return elements


def _original(attributes: Mapping[str, Any], held: Iterable[HeldStudy]) -> PatientIdentifier | None:
    """The identifier in `attributes`; where they name no issuer, that of the part which has the same PatientID."""
    value, issuer = (dicomjson.text(attributes, tag) for tag in (tags.PATIENT_ID, tags.ISSUER_OF_PATIENT_ID))
    known = [one for part in held for one in (part.patient, *part.aliases)]
    if not value:
        return None
    if issuer:
        return PatientIdentifier(issuer, value)
    return next((one for one in known if one.value == value), None)


def _differs(item: Mapping[str, Any], *identifiers: PatientIdentifier) -> bool:
    said = PatientIdentifier(dicomjson.text(item, tags.ISSUER_OF_PATIENT_ID), dicomjson.text(item, tags.PATIENT_ID))
    return said not in identifiers


def _text(vr: str, text: str) -> dict[str, Any]:
    return {"vr": vr, "Value": [text]}
