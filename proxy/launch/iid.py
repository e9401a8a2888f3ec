"""Invoke Image Display (IHE RAD TF-2, RAD-106): the parameters of a link in an EHR or a portal, read strictly.

What narrows a patient's studies is taken; a name and a birth date are for people to compare and are not kept. Key
images are shown as part of their study and not by themselves.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
import re
from typing import Final

from proxy.errors import BadRequest, NotAcceptable
from proxy.launch.authorities import Namespaces
from proxy.launch.launch import Launch, Narrowing, Way
from proxy.resources import read_uid

VIEWER_TYPES: Final = frozenset({"", "IHE_BIR"})
_KNOWN: Final = frozenset(
    {
        "requestType", "studyUID", "accessionNumber", "patientID", "patientName", "patientBirthDate", "lowerDateTime",
        "upperDateTime", "mostRecentResults", "modalitiesInStudy", "viewerType", "diagnosticQuality", "keyImagesOnly",
    }
)  # fmt: skip
_OF_PATIENTS: Final = _KNOWN - {
    "requestType",
    "studyUID",
    "accessionNumber",
    "viewerType",
    "diagnosticQuality",
    "keyImagesOnly",
}
_MOST: Final = 16
_ACCESSION: Final = re.compile(r"[^*?\\\x00-\x1f\x7f]{1,16}")
_MODALITY: Final = re.compile(r"[A-Z0-9_ ]{1,16}", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{8}", re.ASCII)
_COUNT: Final = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


def read_iid(parameters: Sequence[tuple[str, str]], namespaces: Namespaces) -> Launch:
    """What is to be opened. Parameters of other systems are passed over.

    Raises `BadRequest` for what breaks the grammar, `NotFound` for an authority that nobody knows, `NotAcceptable` for
    a viewer or a quality that is not given here.
    """
    told = {name: value for name, value in parameters if name in _KNOWN}
    if len(told) < sum(name in _KNOWN for name, _ in parameters):
        raise BadRequest("a parameter stands twice")
    _require_deliverable(told)
    match told.get("requestType"):
        case "PATIENT":
            return _read_patient(told, namespaces)
        case "STUDY":
            return _read_studies(told)
        case _:
            raise BadRequest("`requestType` is PATIENT or STUDY")


def _read_patient(told: Mapping[str, str], namespaces: Namespaces) -> Launch:
    if {"studyUID", "accessionNumber"} & told.keys():
        raise BadRequest("a request for a patient names no study")
    birth = told.get("patientBirthDate", "")
    if birth and not _DATE.fullmatch(birth):
        raise BadRequest("`patientBirthDate` is YYYYMMDD")
    patient = namespaces.read_cx(told.get("patientID", ""))
    most = told.get("mostRecentResults", "")
    if most and not _COUNT.fullmatch(most):
        raise BadRequest("`mostRecentResults` is a number from 1 to 999")
    narrowing = Narrowing(
        since=_moment(told, "lowerDateTime"),
        until=_moment(told, "upperDateTime"),
        modalities=_list(told.get("modalitiesInStudy", ""), _MODALITY, "modalitiesInStudy"),
        most=int(most) if most else None,
    )
    return Launch(Way.IID, patient=patient, narrowing=narrowing)


def _read_studies(told: Mapping[str, str]) -> Launch:
    if _OF_PATIENTS & told.keys():
        raise BadRequest("a request for studies has no parameters of a request for a patient")
    if ("studyUID" in told) == ("accessionNumber" in told):
        raise BadRequest("a request for studies has either `studyUID` or `accessionNumber`")
    if "studyUID" in told:
        uids = told["studyUID"].split(",")
        if len(uids) > _MOST:
            raise BadRequest("`studyUID` names too many studies")
        return Launch(Way.IID, studies=tuple(dict.fromkeys(map(read_uid, uids))))
    accessions = _list(told["accessionNumber"], _ACCESSION, "accessionNumber")
    if not accessions:
        raise BadRequest("`accessionNumber` is empty")
    return Launch(Way.IID, accessions=accessions)


def _require_deliverable(told: Mapping[str, str]) -> None:
    for name in ("diagnosticQuality", "keyImagesOnly"):
        if told.get(name, "false") not in {"true", "false"}:
            raise BadRequest(f"`{name}` is true or false")
    if told.get("diagnosticQuality") == "true":
        raise NotAcceptable("images are not shown for diagnosis here")
    if told.get("viewerType", "") not in VIEWER_TYPES:
        raise NotAcceptable("there is no viewer of that type here", ["IHE_BIR"])


def _moment(told: Mapping[str, str], name: str) -> datetime | None:
    """An XML dateTime; without a zone it is UTC."""
    text = told.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"`{name}` is a date and time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _list(text: str, form: re.Pattern[str], name: str) -> tuple[str, ...]:
    values = [value.strip() for value in text.split(",")] if text else []
    if len(values) > _MOST or not all(map(form.fullmatch, values)):
        raise BadRequest(f"`{name}` is not valid")
    return tuple(dict.fromkeys(values))
