"""A FHIR patient index, asked as IHE PIXm and PDQm have it; whatever it answers is an answer or a failure."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest
from starlette.applications import Starlette

from demo.archive.credentials import Credentials
from demo.index import PEOPLE, SYSTEMS, index_app
from proxy.patients.crossreference import CrossReferenceFailed, Demographics
from proxy.patients.index import MOST_CANDIDATES, Traits
from proxy.resources import PatientIdentifier
from tests.proxy.patients.indexes import answering, asking, outcome, parameters
from tests.proxy.patients.sources import one, some

BUC = one("GENERAL|G-1001")
GENERAL = SYSTEMS["GENERAL"]


async def test_the_other_identifiers_of_a_person() -> None:
    assert await asking(index_app(PEOPLE)).known_as(BUC) == some("LAKESIDE|77-201", "UNIVERSITY|U-20417")


async def test_what_the_index_says_of_a_person() -> None:
    assert await asking(index_app(PEOPLE)).demographics_of(BUC) == Demographics("19610312", "M")


@pytest.mark.parametrize("identifier", ["GENERAL|nobody", "ELSEWHERE|G-1001", "GENERAL|G-1001&targetSystem=x"])
async def test_nobody_is_known_by_it(identifier: str) -> None:
    assert await asking(index_app(PEOPLE)).known_as(one(identifier)) == frozenset()


async def test_an_authority_that_the_index_does_not_know_tells_nothing() -> None:
    index = asking(index_app(PEOPLE, systems=[SYSTEMS["LAKESIDE"]]))
    assert await index.known_as(BUC) == frozenset()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>no such page</html>"),
        (404, outcome("not-supported")),
        (404, outcome("code-invalid")),
        (400, outcome("invalid")),
        (400, b"no"),
        (401, outcome("login")),
        (403, outcome("code-invalid")),
        (429, b""),
        (500, outcome("exception")),
        (502, b"<html>"),
        (302, b""),
        (200, b""),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"resourceType": "Bundle"}'),
        (200, b"[" * 100_000),
        (200, b'{"resourceType": "Parameters", "parameter": [' + b"{}," * 30_000 + b"{}]}"),
        (200, b'"' + b"x" * 2**21 + b'"'),
        (200, b"\xff\xfe"),
    ],
)
async def test_what_is_no_answer_is_a_failure(status: int, body: Any) -> None:
    with pytest.raises(CrossReferenceFailed) as failure:
        await asking(answering(body, status)).known_as(BUC)
    assert "G-1001" not in str(failure.value)


@pytest.mark.parametrize(
    "odd",
    [
        (GENERAL, None),
        (None, "1"),
        (GENERAL, ["1"]),
        (GENERAL, "1*"),
        (GENERAL, "a\\b"),
        (GENERAL, "a\r\nb"),
        (GENERAL, "x" * 65),
        (GENERAL, ""),
        ("urn:oid:9.9.9", "1"),
        ({"a": 1}, "1"),
    ],
)
async def test_identifiers_that_nobody_can_be_asked_for_are_passed_over(odd: tuple[Any, Any]) -> None:
    index = asking(answering(parameters(odd, (SYSTEMS["LAKESIDE"], "77-201"))))
    assert await index.known_as(BUC) == some("LAKESIDE|77-201")


async def test_identifiers_that_are_no_longer_used_are_passed_over() -> None:
    body = parameters((SYSTEMS["LAKESIDE"], "77-201"))
    body["parameter"][0]["valueIdentifier"]["use"] = "old"
    assert await asking(answering(body)).known_as(BUC) == frozenset()


async def test_an_index_that_does_not_answer_in_time_has_failed() -> None:
    slow = answering(parameters(), before=lambda: asyncio.sleep(5))
    with pytest.raises(CrossReferenceFailed, match="in time"):
        await asking(slow, seconds=0.05).known_as(BUC)


async def times_asked(status: int, *moments: float) -> list[float]:
    """When an index that always answers `status` was really asked, of the moments at which it was to be."""
    asked, now = [], [0.0]

    async def note() -> None:
        asked.append(now[0])

    index = asking(answering(b"", status, note), timer=lambda: now[0])
    for now[0] in moments:
        with pytest.raises(CrossReferenceFailed):
            await index.known_as(BUC)
    return asked


async def test_an_index_that_is_away_is_left_alone_longer_each_time() -> None:
    assert await times_asked(503, 0, 0.1, 0.2, 0.3, 1.1, 1.3, 3.2, 3.4, 5.3) == [0, 0.1, 0.2, 1.3, 3.4]


async def test_what_one_question_fails_for_does_not_close_the_index_to_others() -> None:
    moments = [number / 10 for number in range(12)]
    assert await times_asked(500, *moments) == moments
    assert await times_asked(400, *moments) == moments


async def test_nobody_who_stands_in_line_waits_for_an_index_that_has_just_failed() -> None:
    asked = []

    async def black_hole() -> None:
        asked.append(True)
        await asyncio.Event().wait()

    index = asking(answering(parameters(), before=black_hole), connections=3, seconds=0.1, timer=lambda: 0.0)
    people = [PatientIdentifier("GENERAL", str(number)) for number in range(60)]
    silences = await asyncio.gather(*map(index.known_as, people), return_exceptions=True)
    assert {type(one) for one in silences} == {CrossReferenceFailed}
    assert 3 <= len(asked) <= 5, "after the third failure nobody who stood in line is asked for"


async def test_only_so_many_questions_are_asked_at_once() -> None:
    running, most = 0, 0

    async def count() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    index = asking(answering(parameters(), before=count), connections=3)
    await asyncio.gather(*(index.known_as(PatientIdentifier("GENERAL", str(number))) for number in range(12)))
    assert most == 3


@pytest.mark.parametrize("resources", [[], [{"id": "1"}], [{}, {}]])
async def test_demographics_are_those_of_the_one_person_who_has_the_identifier(resources: list[Any]) -> None:
    """An index that ignores what it is asked gives the demographics of somebody else."""
    born = {"resourceType": "Patient", "birthDate": "2001-01-01", "gender": "female"}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {**born, **more}} for more in resources]}
    assert await asking(answering(bundle)).demographics_of(BUC) == Demographics()


async def test_a_birth_date_without_a_day_is_not_compared() -> None:
    patient = {"resourceType": "Patient", "identifier": [{"system": GENERAL, "value": "G-1001"}], "birthDate": "1961"}
    index = asking(answering({"resourceType": "Bundle", "entry": [{"resource": patient}]}))
    assert await index.demographics_of(BUC) == Demographics()


async def test_candidates_come_with_their_likeness_the_likeliest_first() -> None:
    first, *others = await asking(index_app(PEOPLE)).match(Traits("Buc", "Jérôme", "19610312", "M"))
    assert first.identifiers == (one("GENERAL|G-1001"), one("LAKESIDE|77-201"), one("UNIVERSITY|U-20417"))
    assert (first.family, first.demographics, first.grade) == ("Buc", Demographics("19610312", "M"), "certain")
    assert all((first.score or 0) >= (other.score or 0) for other in others)


async def test_nobody_like_it_is_an_empty_answer() -> None:
    assert await asking(index_app(PEOPLE)).match(Traits("Nobody", "", "19000101")) == ()


async def test_no_more_candidates_than_a_person_can_compare() -> None:
    found = [
        {"resource": {"resourceType": "Patient", "identifier": [{"system": GENERAL, "value": str(number)}]}}
        for number in range(50)
    ]
    index = asking(answering({"resourceType": "Bundle", "entry": found}))
    assert len(await index.match(Traits("Buc", "", "19610312"))) == MOST_CANDIDATES


async def test_who_certainly_is_not_meant_is_no_candidate() -> None:
    grade = {"url": "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode": "certainly-not"}
    entry = {
        "resource": {"resourceType": "Patient", "identifier": [{"system": GENERAL, "value": "G-1001"}]},
        "search": {"extension": [grade]},
    }
    assert (
        await asking(answering({"resourceType": "Bundle", "entry": [entry]})).match(Traits("Buc", "", "19610312")) == ()
    )


async def test_an_index_that_wants_credentials_and_gets_none_has_failed() -> None:
    with pytest.raises(CrossReferenceFailed):
        await asking(index_app(PEOPLE, Credentials("secret"))).known_as(BUC)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "parameter",
                    "name",
                    "valueIdentifier",
                    "system",
                    "value",
                    "entry",
                    "resource",
                    "search",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_whatever_json_comes_is_an_answer_or_a_failure(document: Any) -> None:
    async def ask(app: Starlette) -> None:
        index = asking(app)
        for question in (index.known_as(BUC), index.demographics_of(BUC), index.match(Traits("Buc", "", "19610312"))):
            try:
                await question
            except CrossReferenceFailed:
                index = asking(app)

    for kind in ("Parameters", "Bundle"):
        whole = {**document, "resourceType": kind} if isinstance(document, dict) else document
        asyncio.run(ask(answering(whole)))
