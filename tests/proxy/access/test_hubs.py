"""People of whom another exchange speaks: bounded, each question once, and nothing of one for another."""

from dataclasses import replace
from typing import Any

from msgspec import structs
import pytest

from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.hubs import LONGEST_SECONDS, Assertions, bounded
from proxy.access.tokens import VerifiedToken
from proxy.errors import NotAuthenticated, NotFound, NotPermitted, Overloaded
from proxy.passage import Passage, Person, passing
from proxy.resources import PatientIdentifier, StudyRef
from proxy.settings.linking import HubIssuer
from proxy.settings.server import Issuer
from tests.proxy.access.gate import HELD, gate_of
from tests.proxy.access.people import caller_of

ISSUER = Issuer(
    id="south",
    issuer="https://south.test",
    audience="north",
    roles={"clinician": ("clinician",)},
    organizations={"General": "South General"},
    exchange=HubIssuer(),
)
PERSON = Caller(
    subject="south:exchange:clinician",
    name="The clinician",
    roles=frozenset({"clinician"}),
    organization="South General",
    purpose=PurposeOfUse.TREAT,
    network=Network.CLINICAL,
    token_id="one-assertion",
    expires=100,
    assurance=3,
    patient=PatientIdentifier("GENERAL", "1"),
    sign_in="s-1",
)


def token(name: str = "1", **more: Any) -> VerifiedToken:
    return VerifiedToken(ISSUER, {"jti": name, "iat": 0, "exp": 60, "sid": "s-1", **more})


def test_an_assertion_is_used_once_and_forgotten_when_it_would_not_be_believed() -> None:
    now = [0.0]
    assertions = Assertions(lambda: now[0])
    assertions.use(token())
    assertions.use(token("2"))
    with pytest.raises(NotAuthenticated):
        assertions.use(token())
    now[0] = 1000.0
    assertions.use(token())


def test_an_exchange_that_asks_too_much_takes_nothing_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.access.hubs.MOST_ASSERTIONS", 2)
    assertions = Assertions(lambda: 0.0)
    for name in ("1", "2"):
        assertions.use(token(name))
    with pytest.raises(Overloaded):
        assertions.use(token("3"))
    with pytest.raises(NotAuthenticated):
        assertions.use(token("1"))
    assertions.use(VerifiedToken(structs.replace(ISSUER, id="west"), token("1").claims))


@pytest.mark.parametrize("more", [{"exp": LONGEST_SECONDS + 1}, {"sid": ""}, {"sid": None}])
def test_what_was_not_made_for_one_question_of_a_sign_in_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        Assertions(lambda: 0.0).use(token(**more))


def test_of_a_person_nothing_is_believed_that_is_not_said_to_be() -> None:
    narrow = bounded(PERSON, HubIssuer())
    assert (narrow.network, narrow.assurance, narrow.patient, narrow.hops) == (Network.INTERNET, 1, None, 1)
    assert narrow.token_id == "s-1", "one sign-in is one view session, however many assertions it needs"
    wide = HubIssuer(patient_authorities=("GENERAL",), assurance=2, network="clinical", hops=2)
    broad = bounded(PERSON, wide)
    assert (broad.network, broad.assurance, broad.patient, broad.hops) == (
        *(Network.CLINICAL, 2, PERSON.patient),
        2,
    )
    for purpose in set(PurposeOfUse) - {PurposeOfUse.TREAT}:
        with pytest.raises(NotPermitted):
            bounded(replace(PERSON, purpose=purpose), HubIssuer())


@pytest.mark.parametrize("lacking", ["roles", "organizations"])
def test_another_exchange_is_not_believed_without_saying_what_it_may(lacking: str) -> None:
    known = {"roles": {"a": ("a",)}, "organizations": {"b": "b"}}
    with pytest.raises(ValueError, match="organizations"):
        Issuer(id="south", issuer="https://south.test", audience="north", exchange=HubIssuer(), **known | {lacking: {}})
    with pytest.raises(ValueError, match="client_id"):
        Issuer(id="south", issuer="https://south.test", audience="north", exchange=HubIssuer(), client_id="x", **known)


async def test_what_another_exchange_said_for_somebody_gives_nobody_else_a_permit() -> None:
    gate, passage = gate_of(), Passage()
    passage.begin(Person("exchange:4711", "One", "", ("clinician",), "TREAT", 1, "s-1"))
    treating = caller_of()
    with passing(passage):
        held = replace(HELD, circle=passage.circle)
        assert (await gate.enforcement.admit(treating, held, StudyRef(held.study))).held is held
        await gate.refuses(treating, NotFound, replace(HELD, circle="of somebody else"))
    with passing(Passage()):
        await gate.refuses(treating, NotFound, held)
