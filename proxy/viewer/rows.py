"""A history as the portal reads it: a row for each study, and one for each archive with how it answered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.access.enforcement import Visibility
from proxy.federation.origins import named
from proxy.federation.sources import SourceState, SourceStatus
from proxy.patients.mismatch import Trait
from proxy.settings.archives import Institution
from proxy.wire import dicomjson, tags
from proxy.wire.deidentified import deidentified


def to_study_row(visibility: Visibility, institution: str, traits: Sequence[Trait]) -> dict[str, Any]:
    """What a locked study is of stays with its institution; that it exists is what is known.

    `traits` are those in which the institution differs from the patient index. Counts are null where they are not told.
    Of a study that is shown de-identified nothing says whose it is.
    """
    held = visibility.held
    attributes = deidentified(held.attributes) if visibility.masked else held.attributes
    row = {
        "study": held.study,
        "institution": held.institution,
        "institution_name": named(held.attributes, institution) if held.circle else institution,
        "date": held.date,
        "modalities": list(held.modalities),
        "patient_id": "" if visibility.masked else held.patient.value,
        "authority": "" if visibility.masked else held.patient.authority,
        "viewable": visibility.viewable,
        "deidentified": visibility.masked,
        "reason": visibility.reason,
        "differing": list(traits) if visibility.viewable and not visibility.masked else [],
        "notices": list(visibility.notices),
    }
    nameless = {"patient_name": ""} if visibility.masked else {}  # all who are de-identified have the same name
    return row | _description(attributes if visibility.viewable else {}) | nameless


def _description(attributes: Mapping[str, Any]) -> dict[str, Any]:
    name = dicomjson.person_name(attributes, tags.PATIENT_NAME)
    return {
        "time": dicomjson.text(attributes, tags.STUDY_TIME),
        "description": dicomjson.text(attributes, tags.STUDY_DESCRIPTION),
        "body_parts": _body_parts(attributes),
        "series": dicomjson.integer(attributes, tags.NUMBER_OF_STUDY_RELATED_SERIES),
        "instances": dicomjson.integer(attributes, tags.NUMBER_OF_STUDY_RELATED_INSTANCES),
        "patient_name": f"{name.alphabetic}={name.ideographic}={name.phonetic}".rstrip("="),
        "birth_date": dicomjson.text(attributes, tags.PATIENT_BIRTH_DATE),
        "sex": dicomjson.text(attributes, tags.PATIENT_SEX),
    }


def _body_parts(attributes: Mapping[str, Any]) -> list[str]:
    """The regions as the archive names them, of the study (PS3.4 C.6.2.1.2) or else of a series that it tells of."""
    items = dicomjson.values(attributes, tags.ANATOMIC_REGIONS_IN_STUDY)
    regions = [dicomjson.text(item, tags.CODE_MEANING) for item in items if isinstance(item, Mapping)]
    return [one for one in regions if one] or list(dicomjson.texts(attributes, tags.BODY_PART_EXAMINED))


def to_archive_rows(institutions: Sequence[Institution]) -> Iterator[dict[str, Any]]:
    """Every archive of the exchange, whoever is searched for."""
    for institution in institutions:
        for archive in institution.archives:
            yield {"institution": institution.id, "name": institution.name, "archive": archive.id}


def to_source_rows(institutions: Sequence[Institution], asked: Sequence[SourceStatus]) -> Iterator[dict[str, Any]]:
    """How every archive answered.

    One that was not asked, because it cannot know the patient, has none of the studies; it is listed like one that
    answered so, because which institutions know a patient is itself something to know about the patient.
    """
    told: dict[str, dict[str, Any]] = {source.archive: to_source_row(source) for source in asked if not source.beyond}
    for row in to_archive_rows(institutions):
        yield told.get(row["archive"]) or {**row, "state": SourceState.ANSWERED.value, "studies": 0}
    yield from (to_source_row(source) for source in asked if source.beyond)


def to_source_row(source: SourceStatus) -> dict[str, Any]:
    """How an archive that was asked answered, and how many studies this caller was given of it.

    One behind another exchange has a name of its own below that one's.
    """
    beyond = f"{source.archive}/{source.name}" if source.beyond else ""
    who = {
        "institution": beyond or source.institution,
        "name": source.name,
        "archive": beyond or source.archive,
    }
    return {**who, "state": source.state.value, "studies": source.rows}


def may_be_told_early(source: SourceStatus) -> bool:
    """Whether the end of `source` says no more than what the caller has been given, or is told at the end in any case.

    The moment at which an archive without studies answers would tell that it was asked, and so knows the patient.
    """
    return source.rows > 0 or not source.state.complete
