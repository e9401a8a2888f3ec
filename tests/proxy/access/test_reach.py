"""Who may search what: decided before anybody is asked, once for all institutions that are alike, and recorded."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import policy
from policy.bundle import BundleFile, read_bundle, to_bundle
from policy.decision import Decision
from policy.engine import ALL_CAPABILITIES, CedarEngine
from policy.explain import NO_SEARCH, explain_search
from policy.request import AccessRequest, Capability, Network, PurposeOfUse
from policy.searches import SearchDecision, SearchKey, SearchRequest
from proxy.access.asker import BY_STUDY, Named
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement
from proxy.access.reach import Reach
from proxy.audit.event import EventKind, Outcome
from proxy.errors import NotPermitted
from proxy.patients.register import to_register
from proxy.resources import PatientIdentifier
from proxy.settings.archives import Archive, Institution
from tests.proxy.access.gate import Log, register
from tests.proxy.access.people import caller_of
from tests.proxy.access.signing import Clock

BUNDLE = Path(policy.__path__[0]) / "bundle"
ADULT = PatientIdentifier("LAKESIDE", "77-201")
CLOSED = """
@id("general-900-no-searches-from-outside")
@owner("institution:general")
@basis("a test")
@says("General Hospital is searched from the clinical network only.")
@user_says("General Hospital is searched from the clinical network only.")
forbid (principal, action == HIE::Action::"search", resource in HIE::Institution::"general")
when { context.network != HIE::Network::"clinical" };
"""


def institution(name: str, authority: str | None = None, **more: bool) -> Institution:
    assigned = name.upper() if authority is None else authority
    archive = Archive(id=f"{name}-main", base_url="http://archive.test", assigning_authority=assigned)
    return Institution(id=name, name=name, archives=(archive,), **more)


class Engine:
    """The exchange's policy and one rule of an institution, and what it was asked about searches."""

    def __init__(self) -> None:
        rule = BundleFile("institutions/general/searches.cedar", CLOSED)
        self._engine = CedarEngine(to_bundle([*read_bundle(BUNDLE).files, rule]))
        self.asked: list[SearchRequest] = []
        self.version = self._engine.version
        self.names = self._engine.names

    def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
        return self._engine.decide(request, capabilities)

    def decide_search(self, request: SearchRequest) -> SearchDecision:
        self.asked.append(request)
        return self._engine.decide_search(request)


class Desk:
    def __init__(self, *institutions: Institution) -> None:
        self.engine, self.log, self.clock = Engine(), Log(), Clock()
        at = institutions or tuple(map(institution, ("general", "lakeside", "university")))
        self.enforcement = Enforcement(self.engine, register(), self.log, self.clock, at)

    async def reach(self, caller: Caller, named: Named = BY_STUDY) -> Reach:
        return await self.enforcement.reach(caller, named)


def named(key: SearchKey, *patients: PatientIdentifier) -> Named:
    return Named(key, patients)


async def test_a_clinician_in_care_asks_everybody() -> None:
    reach = await Desk().reach(caller_of())
    assert reach.institutions == {"general", "lakeside", "university"}
    assert not reach.forbidden


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": frozenset()},
        {"roles": frozenset({"janitor"})},
        {"roles": frozenset({"privacy-officer"}), "purpose": PurposeOfUse.HOPERAT},
        {"purpose": PurposeOfUse.HRESCH},
    ],
)
async def test_whoever_no_rule_permits_anything_asks_nobody(changes: dict[str, object]) -> None:
    desk = Desk()
    for key in SearchKey:
        assert (await desk.reach(caller_of(**changes), named(key, ADULT))).institutions == frozenset()


async def test_a_suspended_person_asks_nobody_from_the_next_question_on() -> None:
    desk, caller = Desk(), caller_of()
    assert (await desk.reach(caller)).institutions
    desk.enforcement.adopt(register=to_register(b'[[users]]\nsubject = "exchange:4711"\nsuspended = true'))
    reach = await desk.reach(caller)
    assert reach.institutions == frozenset()
    assert reach.refusal is not None
    assert explain_search(reach.refusal)[:2] == [
        "The search may not be made.",
        "hie-009-suspended: The account is suspended.",
    ]


async def test_an_institution_may_close_itself_and_no_other() -> None:
    reach = await Desk().reach(caller_of(network=Network.INTERNET))
    assert reach.institutions == {"lakeside", "university"}
    assert reach.forbidden == {"general"}


async def test_nobody_lists_studies_without_naming_somebody_but_in_a_role_for_it() -> None:
    desk = Desk()
    assert not (await desk.reach(caller_of(), named(SearchKey.NOBODY))).institutions
    with_role = caller_of(roles=frozenset({"clinician", "quality-officer"}))
    assert (await desk.reach(with_role, named(SearchKey.NOBODY))).institutions
    alone = caller_of(roles=frozenset({"quality-officer"}))
    assert not (await desk.reach(alone, named(SearchKey.NOBODY))).institutions


def patient_caller(**changes: object) -> Caller:
    own = {"roles": frozenset({"patient"}), "purpose": PurposeOfUse.PATRQT, "patient": ADULT}
    return caller_of(**{**own, **changes})


async def test_a_patient_asks_where_the_patient_has_an_identifier() -> None:
    at = (institution("general"), institution("lakeside"), institution("university"), institution("shared", ""))
    desk = Desk(*at)
    for key in (SearchKey.STUDY, SearchKey.ACCESSION):
        reach = await desk.reach(patient_caller(), named(key))
        assert reach.institutions == {"general", "lakeside", "shared"}, "who assigns what shared has is not known"
        assert not reach.forbidden


async def test_a_patient_searches_by_own_identifiers_and_nobody_elses() -> None:
    desk = Desk()
    own = await desk.reach(patient_caller(), named(SearchKey.IDENTIFIER, PatientIdentifier("GENERAL", "G-1001")))
    assert own.institutions == {"general", "lakeside", "university"}
    for patients in ((PatientIdentifier("GENERAL", "G-9999"),), ()):
        assert not (await desk.reach(patient_caller(), named(SearchKey.IDENTIFIER, *patients))).institutions
    for key in (SearchKey.DEMOGRAPHICS, SearchKey.NOBODY):
        assert not (await desk.reach(patient_caller(), named(key))).institutions


async def test_a_patient_whom_the_exchange_does_not_know_asks_nobody() -> None:
    for patient in (None, PatientIdentifier("LAKESIDE", "unheard of")):
        assert not (await Desk().reach(patient_caller(patient=patient))).institutions


async def test_institutions_that_are_alike_are_decided_about_together_and_once() -> None:
    desk = Desk(*(institution(f"i{number}") for number in range(500)), institution("general"))
    for _ in range(3):
        assert len((await desk.reach(caller_of())).institutions) == 501
    assert len(desk.engine.asked) == 2, "general has a rule of its own"
    desk.clock.now += 61
    await desk.reach(caller_of())
    assert len(desk.engine.asked) == 4


async def test_policy_sees_how_the_search_says_whom_it_is_for() -> None:
    desk = Desk(institution("lakeside", allows_sharing=True))
    await desk.reach(caller_of(), named(SearchKey.IDENTIFIER, ADULT))
    (request,) = desk.engine.asked
    assert request.searching.relationship == "encounter"
    assert (request.searching.key, request.searching.own_identifier) == (SearchKey.IDENTIFIER, False)
    assert request.allows_sharing


async def test_a_refusal_is_recorded_with_its_rules_and_said_in_their_words() -> None:
    desk = Desk()
    with pytest.raises(NotPermitted, match="Search for somebody"):
        await desk.enforcement.require_reach(caller_of(), named(SearchKey.NOBODY), "studies")
    (event,) = desk.log.kept
    assert (event.kind, event.outcome) == (EventKind.SEARCH, Outcome.REFUSED)
    assert event.reasons == ("hie-022-search-without-a-patient",)
    assert event.policy == desk.engine.version
    assert event.detail == {"level": "studies", "key": "nobody", "errors": 0}


async def test_a_refusal_by_no_rule_has_words_too() -> None:
    desk = Desk()
    with pytest.raises(NotPermitted, match=NO_SEARCH):
        await desk.enforcement.require_reach(
            caller_of(roles=frozenset()), named(SearchKey.IDENTIFIER, ADULT), "studies", "|77-201"
        )
    assert (desk.log.kept[0].reasons, desk.log.kept[0].patient) == ((), "|77-201")


async def test_what_cannot_be_read_refuses() -> None:
    desk = Desk()
    reach = await desk.reach(caller_of(assurance=2**70))
    assert not reach.institutions
    assert reach.refusal is not None
    assert "could not be read" in explain_search(reach.refusal)[0]


@pytest.mark.parametrize(
    ("changes", "permitted"),
    [
        ({}, True),
        ({"purpose": PurposeOfUse.ETREAT}, True),
        ({"purpose": PurposeOfUse.HRESCH}, False),
        ({"network": Network.INTERNET}, False),
        ({"roles": frozenset({"patient"})}, False),
        ({"roles": frozenset({"quality-officer"})}, False),
    ],
)
async def test_who_looks_people_up_by_name(changes: dict[str, object], *, permitted: bool) -> None:
    assert Desk().enforcement.may_match(caller_of(**changes)).permitted is permitted
