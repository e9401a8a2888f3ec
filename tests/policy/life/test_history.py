"""What is in force at any moment, whatever officers do, and what they may not do."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
import pytest

from policy.bundle import BundleFile
from policy.life.admission import LATEST_SECONDS, StepRefused, require_admissible
from policy.life.history import History
from policy.life.officers import Officer, changes, owners_of
from policy.life.step import GENESIS, LONGEST_NOTE, MalformedStep, SignedStep, Step, StepKind, read_body, to_body

NOW = 1_795_521_600
VERSIONS = {
    "0" * 63 + str(number): [BundleFile("hie/a.cedar", f"rule {number}"), *own]
    for number, own in enumerate(
        [[], [], [], [BundleFile("institutions/general/b.cedar", "own")], [BundleFile("cases/c.toml", "case")]], start=1
    )
}
FIRST, SECOND, THIRD, *_ = VERSIONS
OWN = "f" * 64
VERSIONS[OWN] = [*VERSIONS[FIRST], BundleFile("institutions/general/b.cedar", "own")]
ANA, BEN, CAM = Officer("x:ana"), Officer("x:ben"), Officer("x:cam", "general")


def files_of(version: str) -> Sequence[BundleFile]:
    return VERSIONS[version]


class Life:
    """A history that grows by the steps that may be taken."""

    def __init__(self) -> None:
        self.history = History(FIRST)
        self.now = NOW

    def take(self, officer: Officer, kind: StepKind, version: str, **more: object) -> int:
        step = self.step(officer, kind, version, **more)
        require_admissible(self.history, step, officer, files_of, self.now)
        self.history = self.history.with_step(step, SignedStep(to_body(step), "k", b"s"))
        return step.number

    def step(self, officer: Officer, kind: StepKind, version: str, **more: object) -> Step:
        told = {
            "number": self.history.next_number,
            "previous": self.history.digest,
            "officer": officer.subject,
            "at": self.now,
            "base": self.force,
        }
        return Step(kind=kind, version=version, **{**told, **more})  # type: ignore[arg-type]  # each test gives its own

    def propose(self, officer: Officer, version: str, **more: object) -> int:
        return self.take(officer, StepKind.PROPOSED, version, **more)

    def approve(self, officer: Officer, number: int, effective: int | None = None) -> int:
        proposal = self.history.proposals[number].step
        begins = self.now if effective is None else effective
        more = {"proposal": number, "effective": begins, "base": proposal.base}
        return self.take(officer, StepKind.APPROVED, proposal.version, **more)

    def withdraw(self, officer: Officer, number: int) -> int:
        version = self.history.proposals[number].step.version
        return self.take(officer, StepKind.WITHDRAWN, version, proposal=number)

    def roll_back(self, officer: Officer, version: str, note: str = "locked out", effective: int | None = None) -> int:
        begins = self.now if effective is None else effective
        return self.take(officer, StepKind.ROLLED_BACK, version, effective=begins, note=note)

    @property
    def force(self) -> str:
        return self.history.in_force(self.now).version


@pytest.fixture
def life() -> Life:
    return Life()


def test_two_people_change_it_and_one_takes_it_back(life: Life) -> None:
    number = life.propose(ANA, SECOND)
    assert life.force == FIRST
    life.approve(BEN, number)
    assert life.force == SECOND
    assert not life.history.in_force(life.now).by_one_person
    life.now += 10
    life.roll_back(ANA, FIRST)
    assert life.force == FIRST
    assert life.history.in_force(life.now).by_one_person
    assert life.history.in_force(life.now - 1).version == SECOND


def test_rolling_back_cancels_what_was_to_come(life: Life) -> None:
    life.approve(BEN, life.propose(ANA, SECOND))
    life.now += 10
    number = life.propose(ANA, THIRD, effective=life.now + 100)
    life.approve(BEN, number, life.now + 100)
    life.now += 10
    life.roll_back(BEN, FIRST)
    assert life.history.in_force(life.now + 1000).version == FIRST
    assert life.history.scheduled(life.now) is None


@pytest.mark.parametrize("officer", [ANA, CAM])
def test_nobody_approves_the_own_proposal(life: Life, officer: Officer) -> None:
    number = life.propose(officer, OWN)
    with pytest.raises(StepRefused, match="two people"):
        life.approve(officer, number)


def test_an_institution_decides_about_its_own_part(life: Life) -> None:
    number = life.propose(ANA, OWN)
    life.approve(CAM, number)
    assert life.force == OWN
    with pytest.raises(StepRefused, match="that institution only"):
        life.propose(CAM, SECOND)
    life.now += 1
    life.roll_back(CAM, FIRST)


def test_decision_cases_of_the_exchange_are_the_exchanges() -> None:
    versions = list(VERSIONS.values())
    assert owners_of(changes(versions[0], versions[4])) == {"hie"}
    assert owners_of(changes(versions[0], VERSIONS[OWN])) == {"institution:general"}
    assert changes(versions[0], versions[0]) == []


def test_a_change_is_made_on_what_is_in_force(life: Life) -> None:
    late = life.propose(ANA, THIRD)
    life.approve(BEN, life.propose(ANA, SECOND))
    with pytest.raises(StepRefused, match="no longer in force"):
        life.approve(BEN, late)


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (StepKind.PROPOSED, {"number": 5}, "something else"),
        (StepKind.PROPOSED, {"previous": "1" * 64}, "something else"),
        (StepKind.PROPOSED, {"at": NOW - 301}, "dated too far"),
        (StepKind.PROPOSED, {"at": NOW + 301}, "dated too far"),
        (StepKind.PROPOSED, {"officer": "x:ben"}, "somebody else's name"),
        (StepKind.PROPOSED, {"base": THIRD}, "no longer in force"),
        (StepKind.PROPOSED, {"version": FIRST}, "in force already"),
        (StepKind.PROPOSED, {"effective": NOW + LATEST_SECONDS + 1}, "more than a year"),
        (StepKind.APPROVED, {"proposal": 1}, "no such proposal"),
        (StepKind.WITHDRAWN, {"proposal": 1}, "no such proposal"),
        (StepKind.ROLLED_BACK, {"effective": NOW, "note": "x"}, "has been in force"),
        (StepKind.ROLLED_BACK, {"version": FIRST, "effective": NOW, "note": "x"}, "in force already"),
    ],
)
def test_what_may_not_be_done_is_refused(life: Life, kind: StepKind, more: dict[str, object], words: str) -> None:
    step = structs.replace(life.step(ANA, kind, SECOND), **more)
    with pytest.raises(StepRefused, match=words):
        require_admissible(life.history, step, ANA, files_of, NOW)


def test_times_are_kept(life: Life) -> None:
    number = life.propose(ANA, SECOND, effective=NOW + 100)
    for effective, words in ((NOW + 99, "earlier than proposed"), (NOW + LATEST_SECONDS + 1, "more than a year")):
        with pytest.raises(StepRefused, match=words):
            life.approve(BEN, number, effective)
    life.approve(BEN, number, NOW + 200)
    assert [life.history.in_force(NOW + after).version for after in (0, 199, 200)] == [FIRST, FIRST, SECOND]
    life.withdraw(BEN, number)
    assert life.history.in_force(NOW + 500).version == FIRST
    with pytest.raises(StepRefused, match="not yet in force"):
        life.withdraw(BEN, number)


def test_rolling_back_says_why(life: Life) -> None:
    life.approve(BEN, life.propose(ANA, SECOND))
    life.now += 1
    with pytest.raises(StepRefused, match="reason"):
        life.roll_back(BEN, FIRST, "  ")


@pytest.mark.parametrize(("effective", "words"), [(-1, "before what it replaces"), (51, "at once"), (300, "at once")])
def test_rolling_back_has_its_effect_at_once_or_is_refused(life: Life, effective: int, words: str) -> None:
    begun = life.now
    life.approve(BEN, life.propose(ANA, SECOND))
    life.roll_back(ANA, FIRST)
    life.approve(BEN, life.propose(ANA, SECOND))
    life.roll_back(ANA, FIRST)
    life.now += 50
    with pytest.raises(StepRefused, match=words):
        life.roll_back(BEN, SECOND, effective=begun + effective)
    life.roll_back(BEN, SECOND, effective=begun)
    assert life.force == SECOND


def test_what_is_approved_replaces_what_is_in_force(life: Life) -> None:
    life.approve(BEN, life.propose(ANA, SECOND))
    life.now += 100
    life.roll_back(ANA, FIRST)
    number = life.propose(ANA, THIRD)
    with pytest.raises(StepRefused, match="before what it replaces"):
        life.approve(BEN, number, life.now - 1)
    life.approve(BEN, number, life.now)
    assert life.force == THIRD


moves = st.lists(
    st.tuples(
        st.sampled_from(["propose", "approve", "withdraw", "back", "wait"]),
        st.sampled_from([ANA, BEN, CAM]),
        st.integers(0, 6),
        st.integers(0, 200),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(moves)
def test_whatever_is_tried_nothing_is_in_force_that_two_have_not_agreed_on(
    tried: list[tuple[str, Officer, int, int]],
) -> None:
    life, agreed = Life(), {FIRST}
    versions = list(VERSIONS)
    for what, officer, which, seconds in tried:
        before = life.history
        try:
            match what:
                case "propose":
                    life.propose(officer, versions[which % len(versions)], effective=life.now + seconds)
                case "approve":
                    life.approve(officer, which, life.now + seconds)
                    proposal = life.history.proposals[which].step
                    assert proposal.officer != officer.subject
                    agreed.add(proposal.version)
                case "withdraw":
                    life.withdraw(officer, which)
                case "back":
                    life.roll_back(officer, versions[which % len(versions)])
                case _:
                    life.now += seconds
        except (StepRefused, KeyError):
            assert life.history is before
        assert life.force in agreed
        assert all(life.history.in_force(life.now + ahead).version in agreed for ahead in (0, 50, 500))


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_a_step_or_none(body: bytes) -> None:
    with pytest.raises(MalformedStep):
        read_body(body)


def test_a_step_has_one_form_only() -> None:
    step = Step(number=1, previous=GENESIS, kind=StepKind.PROPOSED, officer="x:ana", at=NOW, version=SECOND, note="ü")
    body = to_body(step)
    assert read_body(body) == step
    for other in (body.replace(b":1,", b":1 ,"), b" " + body, body.replace("ü".encode(), b"\\u00fc"), body[:-1]):
        with pytest.raises(MalformedStep):
            read_body(other)
    with pytest.raises(MalformedStep):
        read_body(body.replace("ü".encode(), b"x" * (LONGEST_NOTE + 1)))
