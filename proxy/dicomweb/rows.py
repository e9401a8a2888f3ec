"""Search results with every attribute that they must have, empty where it is not known (PS3.18 §10.6.3.3)."""

from proxy.federation.query import Level, Query
from proxy.federation.sources import Row
from proxy.wire import tags

_STUDY = {
    tags.STUDY_DATE: "DA",
    tags.STUDY_TIME: "TM",
    tags.ACCESSION_NUMBER: "SH",
    tags.MODALITIES_IN_STUDY: "CS",
    tags.REFERRING_PHYSICIAN_NAME: "PN",
    tags.PATIENT_NAME: "PN",
    tags.PATIENT_ID: "LO",
    tags.PATIENT_BIRTH_DATE: "DA",
    tags.PATIENT_SEX: "CS",
    tags.STUDY_ID: "SH",
    tags.NUMBER_OF_STUDY_RELATED_SERIES: "IS",
    tags.NUMBER_OF_STUDY_RELATED_INSTANCES: "IS",
}
_SERIES = {tags.MODALITY: "CS", tags.SERIES_NUMBER: "IS", tags.NUMBER_OF_SERIES_RELATED_INSTANCES: "IS"}
_INSTANCE = {tags.SOP_CLASS_UID: "UI", tags.INSTANCE_NUMBER: "IS"}


def completed(row: Row, query: Query) -> Row:
    """`row` with the attributes marked R in Tables 10.6.3-3 to 10.6.3-5, and the UIDs that the path names."""
    known = {
        tag: {"vr": "UI", "Value": [uid]}
        for tag, uid in ((tags.STUDY_INSTANCE_UID, query.study), (tags.SERIES_INSTANCE_UID, query.series))
        if uid is not None
    }
    return {**{tag: {"vr": vr} for tag, vr in _required(query).items()}, **known, **row}


def _required(query: Query) -> dict[str, str]:
    """Those of the level searched, and of each level above it that the path does not name."""
    required: dict[str, str] = {}
    if query.study is None:
        required |= _STUDY
    if query.level is Level.SERIES or (query.level is Level.INSTANCES and query.series is None):
        required |= _SERIES
    return required | _INSTANCE if query.level is Level.INSTANCES else required
