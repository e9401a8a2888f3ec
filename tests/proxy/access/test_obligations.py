"""What a refused capability obliges to: each is carried out, or the view is refused."""

from datetime import datetime, timedelta, timezone

import pytest

from policy.decision import Decision
from policy.request import Capability
from proxy.access.obligations import REDUCED_SIDE, missing, to_obligations, to_watermark
from proxy.access.permit import Obligations
from tests.proxy.access.people import caller_of

OPENED = datetime(2026, 11, 24, 14, 5, 59, tzinfo=timezone(timedelta(hours=2)))
MARK = "Treating Clinician · 2026-11-24 12:05 UTC"
EVERYTHING = frozenset(Capability)


def decision(permitted: frozenset[Capability], **parameters: str) -> Decision:
    return Decision(permitted, (), parameters, "policy")


def test_nothing_is_owed_where_everything_is_permitted() -> None:
    assert to_obligations(decision(EVERYTHING), caller_of(), OPENED) == Obligations(
        rendered_only=False, transient=False
    )


@pytest.mark.parametrize(
    ("refused", "owed"),
    [
        (Capability.VIEW_LOSSLESS, Obligations(transient=False)),
        (Capability.VIEW_FULL_SIZE, Obligations(maximum_side=REDUCED_SIDE, transient=False)),
        (Capability.VIEW_UNMARKED, Obligations(watermark=MARK, transient=False)),
        (Capability.VIEW_IDENTIFIED, Obligations(masked=True)),
        (Capability.KEEP, Obligations(rendered_only=False)),
    ],
)
def test_each_refused_capability_is_an_obligation(refused: Capability, owed: Obligations) -> None:
    assert to_obligations(decision(EVERYTHING - {refused}), caller_of(), OPENED) == owed


def test_a_rule_may_set_the_size() -> None:
    smaller = decision(EVERYTHING - {Capability.VIEW_FULL_SIZE}, maximum_side="512")
    assert to_obligations(smaller, caller_of(), OPENED).maximum_side == 512
    assert to_obligations(decision(EVERYTHING, maximum_side="512"), caller_of(), OPENED).maximum_side is None


@pytest.mark.parametrize(("name", "shown"), [("山田^太郎", "山田^太郎"), ("", "exchange:4711")])
def test_the_watermark_says_who_and_since_when(name: str, shown: str) -> None:
    assert to_watermark(caller_of(name=name), OPENED) == f"{shown} · 2026-11-24 12:05 UTC"


@pytest.mark.parametrize("capability", [Capability.VIEW, Capability.VIEW_LOSSLESS, Capability.SHARE])
@pytest.mark.parametrize("refused", list(Capability))
def test_whatever_is_needed_and_refused_is_missing(capability: Capability, refused: Capability) -> None:
    needed = {Capability.KNOW_EXISTS, Capability.VIEW, capability}
    if capability is Capability.VIEW_LOSSLESS:  # stored values carry no mark, are not reduced and may name somebody
        needed |= {Capability.VIEW_UNMARKED, Capability.VIEW_FULL_SIZE, Capability.VIEW_IDENTIFIED}
    if capability is Capability.SHARE:
        needed |= {Capability.VIEW_IDENTIFIED}
    expected = refused if refused in needed else None
    assert missing(decision(EVERYTHING - {refused}), capability) is expected


def test_another_exchange_is_told_whose_it_is_or_nothing() -> None:
    refused = decision(EVERYTHING - {Capability.VIEW_IDENTIFIED})
    assert missing(refused, Capability.VIEW) is None
    assert missing(refused, Capability.VIEW, elsewhere=True) is Capability.VIEW_IDENTIFIED


def test_that_the_study_exists_is_asked_first() -> None:
    assert missing(decision(frozenset()), Capability.VIEW_LOSSLESS) is Capability.KNOW_EXISTS
