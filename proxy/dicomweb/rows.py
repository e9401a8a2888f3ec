"""Search results with the attributes they must have and those that were asked for, no others (PS3.18 §10.6.3.3)."""

from collections.abc import Iterable
from typing import Final

from proxy.federation.levels import is_below
from proxy.federation.merge import Found
from proxy.federation.origins import INSTITUTIONS, LOCKED, ORIGINS, Origin, each_once
from proxy.federation.query import Level, Query
from proxy.federation.sources import Row
from proxy.wire import dicomjson, tags
from proxy.wire.deidentified import deidentified

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
_WHERE_KNOWN = frozenset(
    {
        tags.SPECIFIC_CHARACTER_SET,
        tags.INSTANCE_AVAILABILITY,
        tags.TIMEZONE_OFFSET_FROM_UTC,
        tags.PATIENT_IDENTITY_REMOVED,
        tags.DEIDENTIFICATION_METHOD,
        tags.STUDY_INSTANCE_UID,
        tags.SERIES_INSTANCE_UID,
        tags.SOP_INSTANCE_UID,
        tags.STUDY_DESCRIPTION,
        tags.ISSUER_OF_PATIENT_ID,
        tags.ISSUER_OF_PATIENT_ID_QUALIFIERS,
        tags.SERIES_DESCRIPTION,
        tags.PERFORMED_PROCEDURE_STEP_START_DATE,
        tags.PERFORMED_PROCEDURE_STEP_START_TIME,
        tags.REQUEST_ATTRIBUTES_SEQUENCE,
        tags.ROWS,
        tags.COLUMNS,
        tags.BITS_ALLOCATED,
        tags.NUMBER_OF_FRAMES,
        tags.AVAILABLE_TRANSFER_SYNTAX_UID,
    }
)
"""Marked C in the tables, UIDs, and what tells studies and patients apart: given unasked where archives give it."""

CREATOR: Final = "00990010"
COUNTED: Final = "00991002"
DISPUTED: Final = "00991003"
"""Private elements of a row, which `docs/reference/search.md` describes."""

_INSTITUTION_NAME = "00080080"


def shown(found: Found, query: Query) -> Row:
    """The row of `found`: of its own and higher levels what Tables 10.6.3-3 to -5 require, what was asked for, and
    the private elements that tell where it comes from.
    """
    given = deidentified(found.row) if found.masked else found.row
    row = {tag: element for tag, element in given.items() if _is_wanted(tag, query)}
    known = {
        tag: {"vr": "UI", "Value": [uid]}
        for tag, uid in ((tags.STUDY_INSTANCE_UID, query.study), (tags.SERIES_INSTANCE_UID, query.series))
        if uid is not None
    }
    return {**{tag: {"vr": vr} for tag, vr in _required(query).items()}, **known, **row, **_origin(found, query, row)}


def _is_wanted(tag: str, query: Query) -> bool:
    if is_below(tag, query.level):
        return False
    if "all" in query.fields or tag in _WHERE_KNOWN or tag in _STUDY or tag in _SERIES or tag in _INSTANCE:
        return True
    return tag in query.fields or any(key.partition(".")[0] == tag for key, _ in query.matches)


def _origin(found: Found, query: Query, row: Row) -> Row:
    names = [*dict.fromkeys(one.name for one in _origins(found))]
    origin: Row = {CREATOR: {"vr": "LO", "Value": ["VITRINE"]}, INSTITUTIONS: {"vr": "LO", "Value": names}}
    if found.counted:
        origin[COUNTED] = {"vr": "CS", "Value": [found.counted.upper()]}
    if found.disputed:
        origin[DISPUTED] = {"vr": "CS", "Value": ["PATIENTS DIFFER"]}
        origin[tags.INSTANCE_AVAILABILITY] = {"vr": "CS", "Value": ["UNAVAILABLE"]}
    if {"all", _INSTITUTION_NAME} & {*query.fields} and not dicomjson.text(row, _INSTITUTION_NAME):
        origin[_INSTITUTION_NAME] = {"vr": "LO", "Value": names[:1]}
    return origin


def origins(found: Found) -> Row:
    """What another exchange is told of a row: whose it is, so that none counts twice, and why it may not be opened."""
    each = _origins(found)
    row = {
        INSTITUTIONS: {"vr": "LO", "Value": [one.name for one in each]},
        ORIGINS: {"vr": "UC", "Value": [one.id for one in each]},
    }
    if any(part.visibility.viewable for part in found.parts):
        return row
    return row | {LOCKED: {"vr": "UT", "Value": [found.parts[0].visibility.reason]}}


def _origins(found: Found) -> tuple[Origin, ...]:
    return each_once(one for part in found.parts for one in part.origins)


def _required(query: Query) -> dict[str, str]:
    """Those of the level searched, and of each level above it that the path does not name."""
    required: dict[str, str] = {}
    if query.study is None:
        required |= _STUDY
    if query.level is Level.SERIES or (query.level is Level.INSTANCES and query.series is None):
        required |= _SERIES
    return required | _INSTANCE if query.level is Level.INSTANCES else required


def row_warnings(page: Iterable[Found]) -> list[str]:
    """What is to be said of rows that several archives gave."""
    rows = tuple(page)
    disputed, estimated = sum(one.disputed for one in rows), sum(one.counted == "maximum" for one in rows)
    words = []
    if disputed:
        words.append(f"{disputed} results have a Study Instance UID that is used for several patients; none is merged")
    if estimated:
        words.append(f"The numbers of series and instances of {estimated} results are those of one of several archives")
    return words
