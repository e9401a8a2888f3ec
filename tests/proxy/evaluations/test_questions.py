"""Evaluation requests as portals write them, and everything that is none."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.request import Capability, PurposeOfUse
from proxy.errors import BadRequest
from proxy.evaluations.questions import MAXIMUM_QUESTIONS, Person, Question, Semantic, read_batch, to_metadata

SUBJECT = {"type": "user", "id": "4711"}
WHOLE: dict[str, Any] = {
    "subject": SUBJECT,
    "action": {"name": "view"},
    "resource": {"type": "study", "id": "1.2"},
}


def read(document: object, *, many: bool = True) -> Any:
    return read_batch(json.dumps(document).encode(), many=many)


def test_one_question() -> None:
    batch = read(WHOLE, many=False)
    assert (batch.single, list(batch.questions)) == (True, [Question(Person("4711"), Capability.VIEW, "1.2")])
    assert read({**WHOLE, "evaluations": []}).single


def test_many_questions_share_what_they_do_not_say() -> None:
    document = {
        **WHOLE,
        "context": {"purpose": "TREAT", "time": "now"},
        "evaluations": [
            {},
            {"resource": {"type": "study", "id": "1.3"}},
            {"action": {"name": "viewLossless", "properties": {"x": 1}}, "context": {"purpose": "ETREAT"}},
            {"subject": {"type": "user", "id": "x:1", "properties": {"roles": ["clinician"], "organization": "GH"}}},
        ],
        "options": {"evaluations_semantic": "deny_on_first_deny"},
    }
    batch = read(document)
    me = Person("4711")
    assert (batch.single, batch.semantic) == (False, Semantic.FIRST_DENY)
    assert list(batch.questions) == [
        Question(me, Capability.VIEW, "1.2", PurposeOfUse.TREAT),
        Question(me, Capability.VIEW, "1.3", PurposeOfUse.TREAT),
        Question(me, Capability.VIEW_LOSSLESS, "1.2", PurposeOfUse.ETREAT),
        Question(Person("x:1", ("clinician",), "GH"), Capability.VIEW, "1.2", PurposeOfUse.TREAT),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        None,
        {name: value for name, value in WHOLE.items() if name != "subject"},
        {name: value for name, value in WHOLE.items() if name != "action"},
        {name: value for name, value in WHOLE.items() if name != "resource"},
        {**WHOLE, "subject": {"type": "group", "id": "4711"}},
        {**WHOLE, "subject": {"type": "user", "id": ""}},
        {**WHOLE, "subject": {"type": "user", "id": "4711\n"}},
        {**WHOLE, "subject": {"type": "user", "id": "x" * 400}},
        {**WHOLE, "subject": {"type": "user"}},
        {**WHOLE, "action": {"name": "destroy"}},
        {**WHOLE, "action": {"name": ["view"]}},
        {**WHOLE, "resource": {"type": "patient", "id": "1.2"}},
        {**WHOLE, "resource": {"type": "study", "id": "1.2/../1.3"}},
        {**WHOLE, "resource": {"type": "study", "id": "1.02"}},
        {**WHOLE, "context": {"purpose": "HMARKT"}},
        {**WHOLE, "options": {"evaluations_semantic": "all"}},
        {**WHOLE, "evaluations": [{}] * (MAXIMUM_QUESTIONS + 1)},
        {**WHOLE, "evaluations": {}},
        {**WHOLE, "evaluations": [{"action": {"name": "x"}}]},
    ],
)
def test_what_is_no_question(document: object) -> None:
    with pytest.raises(BadRequest):
        read(document)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 20_000, b'{"subject": NaN}'])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_batch(body, many=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["user", "study", "view", "1.2"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "name", "purpose", "properties", "roles"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    document=st.fixed_dictionaries(
        {}, optional=dict.fromkeys((*WHOLE, "context", "evaluations", "options"), json_values)
    ),
    many=st.booleans(),
)
def test_whatever_comes_is_questions_or_refused(document: object, many: bool) -> None:
    try:
        batch = read(document, many=many)
    except BadRequest:
        return
    assert 1 <= len(batch.questions) <= MAXIMUM_QUESTIONS


def test_metadata_says_where_to_ask() -> None:
    assert to_metadata("https://view.test")["access_evaluations_endpoint"] == "https://view.test/access/v1/evaluations"
