"""Whatever archives say, a report is a document that is right in form, or refused in safe words."""

from contextlib import suppress
import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rendering.documents.blocks import Document
from rendering.documents.plain import to_plain
from rendering.errors import RenderingError
from rendering.reports import tags
from rendering.reports.document import to_document
from tests.rendering.documents.pages import checked
from tests.rendering.reports.test_document import everything
from tests.rendering.reports.test_values import cell, named, table

BASE = "https://proxy.example/dicomweb"
TYPES = [
    *("TEXT", "NUM", "CODE", "DATE", "TIME", "DATETIME", "PNAME", "UIDREF", "COMPOSITE", "IMAGE", "WAVEFORM"),
    *("SCOORD", "SCOORD3D", "TCOORD", "TABLE", "CONTAINER", "", "MAGIC", "\0"),
]
WORDS = [
    *("CONTINUOUS", "SEPARATE", "CONTAINS", "INFERRED FROM", "HAS CONCEPT MOD", "HAS OBS CONTEXT", "HAS PROPERTIES"),
    *("1.2.3", "1.2.840.10008.5.1.4.1.1.2", "20010213", "184746", "POLYLINE", "UCUM", "{a}/b", "1\\2", "9" * 5000, "۳"),
]
TAGS = sorted({value for name, value in vars(tags).items() if name.isupper()} | {"00080100", "00080102", "00080104"})
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=5),
    st.text(st.characters(), max_size=5),
    st.sampled_from(TYPES + WORDS),
    st.fixed_dictionaries({}, optional={"Alphabetic": st.text(max_size=4) | st.none(), "Ideographic": st.integers()}),
)


def elements(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An element as it should be, or not."""
    right = st.fixed_dictionaries({"vr": st.just("XX"), "Value": st.lists(values, max_size=4)})
    wrong = [
        values,
        st.fixed_dictionaries({"Value": values}),
        st.fixed_dictionaries({"BulkDataURI": st.text(max_size=3)}),
        st.fixed_dictionaries({"InlineBinary": st.integers() | st.text(max_size=3)}),
    ]
    return st.one_of(right, right, right, *wrong)


DATASETS = st.recursive(
    LEAVES,
    lambda held: st.dictionaries(st.sampled_from(TAGS), elements(held), max_size=6),
    max_leaves=10,
)


def item(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    structure = {
        tags.VALUE_TYPE: elements(st.sampled_from(TYPES)),
        tags.CONTENT_SEQUENCE: elements(below),
        tags.CONTINUITY_OF_CONTENT: elements(st.sampled_from(WORDS)),
        tags.RELATIONSHIP_TYPE: elements(st.sampled_from(WORDS)),
    }
    more = st.dictionaries(st.sampled_from(TAGS), elements(DATASETS), max_size=3)
    return st.builds(lambda held, named: held | named, more, st.fixed_dictionaries(structure))


ITEMS = st.recursive(LEAVES, item, max_leaves=8)
LIMITS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def is_document_or_refused(dataset: Any) -> None:
    with suppress(RenderingError):
        check(to_document(dataset, BASE), len(json.dumps(dataset)))


def check(document: Document, size: int) -> None:
    page = checked(document, "mark")
    plain = to_plain(document, "mark")
    assert len(page.said) < 10_000 + 20 * size
    assert page.said.count("mark") >= 2 <= plain.count("mark")


@LIMITS
@given(dataset=st.dictionaries(st.sampled_from(TAGS), elements(DATASETS), max_size=8))
def test_any_elements(dataset: Any) -> None:
    is_document_or_refused(dataset)


@LIMITS
@given(dataset=item(ITEMS))
def test_any_tree(dataset: Any) -> None:
    is_document_or_refused(dataset)


def whole() -> dict[str, Any]:
    made = everything()
    values = cell(1, 1, ReferencedContentItemIdentifier=[1, 2])
    made.ContentSequence.append(table(values, columns=[named("Left")], lines=[named("Upper")], size=(1, 1)))
    return dict(made.to_json_dict())


def places(value: Any) -> list[tuple[Any, Any]]:
    """Everything within `value`, as what holds it and where."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *places(value[key]))]


WHOLE = whole()


@LIMITS
@given(data=st.data())
def test_a_damaged_report(data: st.DataObject) -> None:
    damaged = copy.deepcopy(WHOLE)
    for _ in range(data.draw(st.integers(1, 3))):
        held = places(damaged)
        holder, key = held[data.draw(st.integers(0, len(held) - 1))]
        holder[key] = data.draw(st.one_of(LEAVES, DATASETS, st.lists(LEAVES, max_size=3)))
    is_document_or_refused(damaged)


def test_what_is_nested_without_end_is_no_value() -> None:
    """Deep values cost no more than flat ones, wherever they are."""
    deep: Any = "x"
    for level in range(5000):
        deep = [deep] if level % 2 else {"00080104": deep}
    for tag in TAGS:
        with suppress(RenderingError):
            to_document({tags.VALUE_TYPE: {"Value": ["TEXT"]}, tag: {"Value": [deep]}})
