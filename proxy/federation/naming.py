"""How a search says whom or what it is for, which policy decides about before any archive is asked."""

import re
from typing import Final

from policy.searches import SearchKey
from proxy.access.asker import Named
from proxy.federation.query import Query
from proxy.patients.crossreference import is_plain
from proxy.resources import PatientIdentifier
from proxy.wire import tags

_DATE: Final = re.compile(r"\d{8}", re.ASCII)
_FILLING: Final = re.compile(r"[*?^=,.\-'\"\s]+")
"""What stands between and beside the words of a name (`names`), and is no part of any."""

_SHORTEST_NAME: Final = 2
_UIDS: Final = (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID)


def named_by(query: Query, patients: tuple[PatientIdentifier, ...]) -> Named:
    """By the most telling of the keys; `patients` are those whom an identifier may mean.

    What a wildcard leaves open names nobody: half a name, a range of birth dates, the beginning of a number.
    """
    if _is_plain(query.value_of(tags.PATIENT_ID)):
        return Named(SearchKey.IDENTIFIER, patients)
    if query.study is not None or any(query.value_of(tag) for tag in _UIDS):
        return Named(SearchKey.STUDY)
    if _is_plain(query.value_of(tags.ACCESSION_NUMBER)):
        return Named(SearchKey.ACCESSION)
    return Named(SearchKey.DEMOGRAPHICS if _has_demographics(query) else SearchKey.NOBODY)


def _is_plain(value: str | None) -> bool:
    return value is not None and is_plain(value) and value.strip('"') != ""


def _has_demographics(query: Query) -> bool:
    name, born = query.value_of(tags.PATIENT_NAME) or "", query.value_of(tags.PATIENT_BIRTH_DATE) or ""
    return len(_FILLING.sub("", name)) >= _SHORTEST_NAME and _DATE.fullmatch(born) is not None
