"""What access costs: a decision when a study is opened, and the look-up before every frame after that.

`python -m benchmarks.decide [--rounds N]`. The exchange's own rules, and as many more of a hundred institutions as make
12, 200 and 2000 of them. *Open* is one decision about all capabilities, from facts that were never asked about before,
by the rules that can reach the study's institution; *each* asks Cedar about each capability by itself, by the same
rules, and *unsliced* by all rules. *Frame* is what a permit costs in a view that is open: nothing is decided. The peer
asks Cedar before every frame whether it may be viewed, with rules that are parsed once (*peer*) or given as text each
time, as its shortest example has it (*plain*). All in CPU time, as nothing waits for anybody.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
import json
from pathlib import Path
from statistics import median
import time

import cedarpy
from pydicom.uid import ExplicitVRLittleEndian

from benchmarks import syntaxes
from benchmarks.report import conclude, print_table
import policy
from policy.bundle import Bundle, BundleFile, read_bundle, to_bundle
from policy.engine import ALL_CAPABILITIES, CedarEngine
from policy.entities import to_entities, to_queries
from policy.request import (
    AccessRequest,
    Capability,
    Circumstances,
    Consent,
    Network,
    PatientFacts,
    PurposeOfUse,
    RelationshipKind,
    StudyFacts,
    Subject,
)
from policy.rule import to_policy_set
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement
from proxy.audit.event import Event
from proxy.patients.register import to_register
from proxy.resources import ArchiveId, FramesRef, HeldStudy, InstitutionId, PatientIdentifier, Uid
from rendering.options import RenderOptions, Window
from rendering.render import render

_SIZES = 12, 200, 2000
_FEW = ("hie/treatment.cedar", "hie/standing.cedar", "hie/network.cedar", "hie/patients.cedar", "hie/emergency.cedar")
_INSTITUTIONS = 100
_PLACE = "i1"
_OPENED = 50
_NOON = 1795521600  # 24 November 2026, 12:00 UTC
_REGISTER = b"""
[[patients]]
id = "p"
consent = "optin"
identifiers = [{ authority = "A", value = "1" }]

[[relationships]]
subject = "exchange:4711"
patient = "p"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""
_RULE = """
@id("inst-{number}") @owner("institution:i{place}") @basis("a measurement")
@says("Not {number}.") @user_says("Not {number}.")
forbid (principal, action, resource is HIE::Study in HIE::Institution::"i{place}")
when {{ resource.modality == "M{number}" && context.relationship == HIE::Relationship::"none" }};
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Microseconds of each."""

    open: float
    each: float
    unsliced: float
    frame: float
    peer: float
    plain: float


class _Log:
    async def record(self, _event: Event) -> int:
        return 1


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decide", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    measured = {size: _measure(_bundle(size), rounds) for size in _SIZES}
    image = _microseconds(_render, 40, rounds)
    head = ["rules", "open", "each", "unsliced", "frame", "peer", "plain", "frame/peer", "share of a CT image"]
    print_table(head, [_row(size, one, image) for size, one in measured.items()])
    usual = measured[_SIZES[1]]
    conclude(
        "decide",
        usual.frame / usual.peer,
        f"times what asking Cedar before every frame costs, with {_SIZES[1]} rules",
        {"image": image, "microseconds": {size: _document(one) for size, one in measured.items()}},
    )


def _row(size: int, one: Measured, image: float) -> list[str]:
    numbers = [f"{value:.1f} µs" for value in (one.open, one.each, one.unsliced, one.frame, one.peer, one.plain)]
    return [str(size), *numbers, f"{one.frame / one.peer:.4f}", f"{one.frame / image:.2%}"]


def _document(one: Measured) -> dict[str, float]:
    return {name: getattr(one, name) for name in Measured.__dataclass_fields__}


def _bundle(size: int) -> Bundle:
    """The exchange's rules, all of them where there is room, and institutions'."""
    own = read_bundle(Path(policy.__path__[0]) / "bundle")
    few = {"schema.cedarschema", *_FEW}
    files = [file for file in own.files if file.path in few or (size > _SIZES[0] and file.path.startswith("hie/"))]
    rules = [rule for rule in own.rules if rule.path in {file.path for file in files}]
    more = range(size - len(rules))
    texts = {
        place: "".join(_RULE.format(number=number, place=place) for number in more if number % _INSTITUTIONS == place)
        for place in range(min(_INSTITUTIONS, len(more)))
    }
    return to_bundle(
        [*files, *(BundleFile(f"institutions/i{place}/rules.cedar", text) for place, text in texts.items())]
    )


def _measure(bundle: Bundle, rounds: int) -> Measured:
    """All of it in interleaved rounds, as medians."""
    schema = cedarpy.Schema.from_str(bundle.schema)
    everything = to_policy_set(bundle.rules)
    reaching = to_policy_set(rule for rule in bundle.rules if rule.institution in {None, _PLACE})
    text = "\n".join(file.text for file in bundle.files if file.path.endswith(".cedar"))
    roles = bundle.vocabulary["Role"]
    engine, requests = CedarEngine(bundle), _requests()

    def asked(policies: cedarpy.PolicySet | str, capabilities: Sequence[Capability]) -> Callable[[], object]:
        def ask() -> object:
            request = next(requests)
            entities = json.dumps(to_entities(request, roles))
            parsed = cedarpy.Entities.from_json_str(entities, schema=schema)
            return cedarpy.is_authorized_batch(to_queries(request, capabilities), policies, parsed, schema=schema)

        return ask

    few = max(3, 4000 // len(bundle.rules))
    found = [
        (
            _once(lambda: engine.decide(next(requests)), _OPENED),
            _once(asked(reaching, ALL_CAPABILITIES), _OPENED),
            _once(asked(everything, ALL_CAPABILITIES), few),
            asyncio.run(_per_frame(engine, 20_000)),
            _once(asked(everything, (Capability.VIEW,)), few),
            _once(asked(text, (Capability.VIEW,)), 3),
        )
        for _ in range(rounds)
    ]
    return Measured(*(median(one[at] for one in found) for at in range(6)))


async def _per_frame(engine: CedarEngine, frames: int) -> float:
    caller = Caller(
        *("exchange:4711", "Somebody", frozenset({"clinician"}), "Lakeside Imaging"),
        *(PurposeOfUse.TREAT, Network.CLINICAL, "token", 2 * _NOON),
    )
    held = HeldStudy(
        Uid("1.2"), ArchiveId("a"), InstitutionId(_PLACE), PatientIdentifier("A", "1"), ("CT",), "20261112"
    )
    target = FramesRef(Uid("1.2"), Uid("1.2.3"), Uid("1.2.3.4"), (1,))
    enforcement = Enforcement(engine, to_register(_REGISTER), _Log(), lambda: float(_NOON), ())
    await enforcement.admit(caller, held, target)
    began = time.process_time()
    for _ in range(frames):
        await enforcement.admit(caller, held, target)
    return (time.process_time() - began) / frames * 1e6


def _requests() -> Iterator[AccessRequest]:
    """Always at another moment, so that no answer is known already."""
    patient = PatientFacts("p", Consent.OPT_IN)
    circumstances = Circumstances(PurposeOfUse.TREAT, RelationshipKind.ENCOUNTER, Network.CLINICAL, _NOON)
    request = AccessRequest(
        Subject("exchange:4711", frozenset({"clinician"}), "Lakeside Imaging"),
        StudyFacts("1.2@a", _PLACE, patient, modality="CT", age_days=30),
        circumstances,
    )
    return (replace(request, circumstances=replace(circumstances, now=_NOON + n)) for n in count())


def _render() -> object:
    return render(syntaxes.ct(ExplicitVRLittleEndian).frame, RenderOptions(window=Window(40, 400)))


def _once(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1e6


def _microseconds(work: Callable[[], object], times: int, rounds: int) -> float:
    work()
    return median(_once(work, times) for _ in range(rounds))


if __name__ == "__main__":
    main()
