"""A decision case: who asks for what, and what the rules must answer; read from a file that an officer writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, cast

import msgspec

from policy.errors import Problem
from policy.request import AccessRequest, Capability, Circumstances, PatientFacts, StudyFacts, Subject
from policy.searches import Searching, SearchRequest
from policy.toml import read_toml

USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "who": {"id": "exchange:4711", "roles": ["clinician"], "organization": "Lakeside Imaging"},
    "patient": {"id": "p-adult", "consent": "optin"},
    "study": {"id": "1.2@lakeside", "institution": "lakeside", "modality": "CT", "age_days": 30},
    "asks": {"purpose": "TREAT", "relationship": "encounter", "network": "clinical", "now": 1795521600},
}
"""What a case means where it is silent: a clinician whom the patient visits asks from the clinical network.

The patient has opted in, the study is finished and a month old, and it is noon (UTC) of 24 November 2026.
"""

ABSENT: Final = "absent"
"""What a case writes for a fact that is not there."""

_PARTS: Final[Mapping[str, type]] = {
    "who": Subject,
    "patient": PatientFacts,
    "study": StudyFacts,
    "asks": Circumstances,
}


_SEARCHING: Final = frozenset(field.name for field in fields(Searching))


class Answer(StrEnum):
    """What becomes of the study: shown, listed but not shown, or as if it did not exist; or of a search."""

    VIEW = "view"
    KNOWN = "known"
    HIDDEN = "hidden"
    PERMITTED = "permitted"
    REFUSED = "refused"


_SEARCH_ANSWERS: Final = frozenset({Answer.PERMITTED, Answer.REFUSED})


@dataclass(frozen=True, slots=True)
class Case:
    """One question and its answer. `because` names the rules that decide it; none if none permitted it.

    Of a study, the rules are those that decide `view`. `refused` and `parameters` are None where a case does not care.
    """

    path: str
    name: str
    request: AccessRequest | SearchRequest
    answer: Answer
    because: frozenset[str] = frozenset()
    refused: frozenset[Capability] | None = None
    parameters: Mapping[str, str] | None = None


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A case as it is written; a misspelt word is refused."""

    name: str
    answer: Answer
    because: frozenset[str] = frozenset()
    refused: frozenset[Capability] | None = None
    parameters: dict[str, str] | None = None
    who: dict[str, Any] = {}
    patient: dict[str, Any] = {}
    study: dict[str, Any] = {}
    asks: dict[str, Any] = {}
    search: dict[str, Any] | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    case: tuple[_Written, ...]
    usual: dict[str, dict[str, Any]] = {}


def read_cases(text: str, path: str) -> tuple[list[Case], list[Problem]]:
    """The cases of one file (TOML), and what is wrong with those that cannot be read."""
    try:
        file = msgspec.convert(read_toml(text), _File)
    except (ValueError, msgspec.ValidationError) as error:
        return [], [Problem(path, str(error))]
    cases: list[Case] = []
    problems: list[Problem] = []
    for written in file.case:
        try:
            cases.append(_to_case(written, file.usual, path))
        except ValueError as error:
            problems.append(Problem(f"{path} `{written.name}`", str(error)))
    problems += [Problem(f"{path} `{name}`", "stands twice") for name in _repeated(cases)]
    return cases, problems


def to_request(
    changes: Mapping[str, Mapping[str, Any]], usual: Mapping[str, Mapping[str, Any]] = USUAL
) -> AccessRequest:
    """The usual request with `changes` to `who`, `patient`, `study` and `asks`. Raises `ValueError`."""
    strange = changes.keys() - _PARTS.keys()
    if strange:
        raise ValueError(f"nothing is called `{min(strange)}`")
    told = {part: {**usual.get(part, {}), **changes.get(part, {})} for part in _PARTS}
    patient = _facts(told["patient"], PatientFacts)
    return AccessRequest(
        _facts(told["who"], Subject),
        _facts({**told["study"], "patient": patient}, StudyFacts),
        _facts(told["asks"], Circumstances),
    )


def _to_case(written: _Written, usual: Mapping[str, Mapping[str, Any]], path: str) -> Case:
    strange = usual.keys() - _PARTS.keys()
    if strange:
        raise ValueError(f"nothing is called `usual.{min(strange)}`")
    ground = {part: {**USUAL[part], **usual.get(part, {})} for part in _PARTS}
    request: AccessRequest | SearchRequest
    if written.search is not None:
        request = _to_search(written, ground)
    else:
        changes = {"who": written.who, "patient": written.patient, "study": written.study, "asks": written.asks}
        request = to_request(changes, ground)
    if (written.answer in _SEARCH_ANSWERS) != (written.search is not None):
        raise ValueError(f"`{written.answer}` is no answer to what it asks")
    return Case(path, written.name, request, written.answer, written.because, written.refused, written.parameters)


def _to_search(written: _Written, ground: Mapping[str, Mapping[str, Any]]) -> SearchRequest:
    """A search: by whom and why as in other cases, and in `search` where and how it says whom it is for."""
    asked = {"action": "search", "institution": ground["study"]["institution"], "relationship": "none"}
    asked |= written.search or {}
    asks = {**ground["asks"], **written.asks, **{name: asked.pop(name) for name in _SEARCHING & asked.keys()}}
    context = {name: value for name, value in asks.items() if name in _SEARCHING}
    told = {
        **asked,
        "subject": _facts({**ground["who"], **written.who}, Subject),
        "searching": _facts(context, Searching),
    }
    return cast("SearchRequest", _facts(told, SearchRequest))


def _facts(told: Mapping[str, Any], kind: type) -> Any:
    """`told` as one of the facts' dataclasses; a fact that is written "absent" is none."""
    strange = told.keys() - {field.name for field in fields(kind)}
    if strange:
        raise ValueError(f"no fact is called `{min(strange)}`")
    stated = {name: None if value == ABSENT else value for name, value in told.items()}
    return msgspec.convert(stated, kind)


def _repeated(cases: list[Case]) -> Iterator[str]:
    names = [case.name for case in cases]
    yield from sorted({name for name in names if names.count(name) > 1})
