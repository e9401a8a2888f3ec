"""What a report's header says of it: whose it is, who stands for it, and how far it may be believed (PS3.3 C.17.2)."""

from collections.abc import Iterator

from rendering.documents.blocks import Fact, Facts, Words
from rendering.reading.codes import code_value, joined, language, names
from rendering.reading.elements import Dataset, items, text
from rendering.reading.moments import to_date, to_date_time, to_time
from rendering.reports import tags
from rendering.reports.references import References

_KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59"
_LANGUAGE = "121049"  # DCM: Language of Content Item and Descendants


def notices(dataset: Dataset) -> tuple[str, ...]:
    """What nobody may overlook: that a report is not complete, not final, or not attested (C.17.2).

    Key objects have no such flags (C.17.6.2).
    """
    if text(dataset, tags.SOP_CLASS_UID) == _KEY_OBJECT_SELECTION:
        return ()
    completion, verification = text(dataset, tags.COMPLETION_FLAG), text(dataset, tags.VERIFICATION_FLAG)
    found = []
    if completion != "COMPLETE":
        found.append("PARTIAL: this report is not complete." if completion == "PARTIAL" else "Not said to be complete.")
    if text(dataset, tags.PRELIMINARY_FLAG) == "PRELIMINARY":
        found.append("PRELIMINARY: this report is not final.")
    if verification != "VERIFIED":
        found.append("UNVERIFIED: nobody has attested that this report is accurate.")
    return tuple(found)


def facts(dataset: Dataset, references: References) -> Facts:
    """The header as facts; what is not known is left out."""
    return Facts(tuple(Fact(name, words) for name, words in _facts(dataset, references) if any(words)))


def _facts(dataset: Dataset, references: References) -> Iterator[tuple[str, Words]]:
    yield "Patient", (names(dataset, tags.PATIENT_NAME),)
    yield "Patient ID", (text(dataset, tags.PATIENT_ID),)
    yield "Born", (to_date(text(dataset, tags.PATIENT_BIRTH_DATE)),)
    yield "Sex", (text(dataset, tags.PATIENT_SEX),)
    yield "Study", (text(dataset, tags.STUDY_DESCRIPTION),)
    yield "Institution", (text(dataset, tags.INSTITUTION_NAME),)
    yield "Written", (_moment(dataset),)
    yield "Observed", (to_date_time(text(dataset, tags.OBSERVATION_DATE_TIME)),)
    yield "Authors", ("; ".join(_observers(dataset, tags.AUTHOR_OBSERVER_SEQUENCE)),)
    yield "Completion", (_completion(dataset),)
    yield "Verified by", ("; ".join(_verifiers(dataset)),)
    yield "Follows on", references.of_documents(dataset, tags.PREDECESSOR_DOCUMENTS_SEQUENCE)


def language_of(dataset: Dataset) -> str:
    """The language that the root's concept modifier names (PS3.16 TID 1204); empty when there is none."""
    for item in items(dataset, tags.CONTENT_SEQUENCE):
        concept = next(iter(items(item, tags.CONCEPT_NAME_CODE_SEQUENCE)), {})
        if code_value(concept) == _LANGUAGE:
            return next((language(code) for code in items(item, tags.CONCEPT_CODE_SEQUENCE)), "")
    return ""


def _moment(dataset: Dataset) -> str:
    day, time = to_date(text(dataset, tags.CONTENT_DATE)), to_time(text(dataset, tags.CONTENT_TIME))
    return f"{day} {time}".strip()


def _completion(dataset: Dataset) -> str:
    flag, why = text(dataset, tags.COMPLETION_FLAG), joined(dataset, tags.COMPLETION_FLAG_DESCRIPTION)
    return f"{flag}: {why}" if flag and why else flag or why


def _verifiers(dataset: Dataset) -> Iterator[str]:
    for observer in items(dataset, tags.VERIFYING_OBSERVER_SEQUENCE):
        yield ", ".join(
            filter(
                None,
                (
                    names(observer, tags.VERIFYING_OBSERVER_NAME),
                    text(observer, tags.VERIFYING_ORGANIZATION),
                    to_date_time(text(observer, tags.VERIFICATION_DATE_TIME)),
                ),
            )
        )


def _observers(dataset: Dataset, sequence: str) -> Iterator[str]:
    for observer in items(dataset, sequence):
        said = (names(observer, tags.PERSON_NAME), text(observer, tags.INSTITUTION_NAME))
        yield ", ".join(filter(None, said))
