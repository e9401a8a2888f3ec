"""A FHIR server with Consents, asked as IHE PCF has it; whatever it answers is an answer or silence."""

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.consents import ConsentRegister
from policy.consent.directive import Identity
from proxy.consents.source import ConsentsSilent
from tests.policy.consent.consents import PATIENT
from tests.proxy.consents.registers import asking, deny, permit, register

PERSON = frozenset({PATIENT})
OTHERS = {"patient": {"identifier": {"system": PATIENT.system, "value": "G-9999"}}}


def answering(body: Any, status: int = 200) -> Starlette:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(_: Request) -> Response:
        return Response(content, status, media_type="application/fhir+json")

    return Starlette(routes=[Route("/{path:path}", answer)])


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources], **more}


async def test_a_person_has_the_consents_that_are_in_force() -> None:
    over = permit("over") | {"status": "inactive"}
    found = await asking(register(permit(), deny(), over).app).consents_of(PERSON)
    assert ([one.id for one in found.directives], found.unreadable) == (["permit", "deny"], ())


async def test_nobody_has_those_of_somebody_else() -> None:
    found = await asking(register(permit() | OTHERS).app).consents_of(PERSON)
    assert (found.directives, found.unreadable) == ((), ())


async def test_all_pages_are_read() -> None:
    many = [permit(f"consent-{number}") for number in range(7)]
    found = await asking(register(*many, page=2).app).consents_of(PERSON)
    assert [one.id for one in found.directives] == [one["id"] for one in many]


async def test_a_patient_who_is_referred_to_is_known_by_the_patient_that_comes_along() -> None:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"system": PATIENT.system, "value": PATIENT.value}]}
    referring = permit() | {"patient": {"reference": "Patient/p"}}
    found = await asking(ConsentRegister([referring], [patient]).app).consents_of(PERSON)
    assert [one.id for one in found.directives] == ["permit"]


async def test_identifiers_with_separators_are_asked_for_as_they_are() -> None:
    odd = Identity("urn:oid:2.25.1", "a,b|c$d\\e")
    told = permit() | {"patient": {"identifier": {"system": odd.system, "value": odd.value}}}
    found = await asking(register(told, permit("other")).app).consents_of(frozenset({odd}))
    assert [one.id for one in found.directives] == ["permit"]


@pytest.mark.parametrize("whose", [OTHERS, {"patient": {"reference": "Patient/unknown"}}])
async def test_a_server_that_does_not_search_by_patient_gives_nothing_that_is_understood(whose: dict[str, Any]) -> None:
    found = await asking(answering(bundle(permit() | whose, deny()))).consents_of(PERSON)
    assert [one.id for one in found.directives] == ["deny"]
    assert [(one.about, one.words) for one in found.unreadable] == [
        ("Consent/permit", "patient: not one of the person's identifiers")
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, b""),
        (404, b"<html>"),
        (401, b""),
        (302, b""),
        (200, b""),
        (200, b"[]"),
        (200, {"resourceType": "Patient"}),
        (200, {"resourceType": "Bundle", "entry": {}}),
        (200, {"resourceType": "Bundle", "entry": [{}]}),
        (200, bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]})),
        (200, bundle(link=[{"relation": "next", "url": "http://elsewhere.test/Consent?page=2"}])),
        (200, bundle(link=[{"relation": "next", "url": "http://consents.test.evil/Consent?page=2"}])),
        (200, bundle(link=[{"relation": "next", "url": 7}])),
        (200, bundle(link=[{"relation": "next", "url": "http://consents.test/Consent?same=for-ever"}])),
        (200, b"[" * 100_000),
        (200, b'{"resourceType": "Bundle", "entry": [' + b"{}," * 100_000 + b"{}]}"),
        (200, b'"' + b"x" * 2**21 + b'"'),
        (200, b"\xff\xfe"),
    ],
)
async def test_what_is_no_answer_is_silence(status: int, body: Any) -> None:
    with pytest.raises(ConsentsSilent) as silence:
        await asking(answering(body, status)).consents_of(PERSON)
    assert "G-1001" not in str(silence.value)


async def test_a_server_that_refuses_an_unknown_parameter_is_told_to() -> None:
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response(json.dumps(bundle()), media_type="application/fhir+json")

    await asking(Starlette(routes=[Route("/Consent", answer)])).consents_of(PERSON)
    assert [one.headers["prefer"] for one in asked] == ["handling=strict"]
    assert asked[0].query_params["patient.identifier"] == f"{PATIENT.system}|{PATIENT.value}"
