"""The enforcement point under the exchange's own policy, with a log in memory and a clock that a test turns."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import policy
from policy.bundle import read_bundle
from policy.decision import Decision
from policy.engine import ALL_CAPABILITIES, CedarEngine
from policy.request import AccessRequest, Capability, PurposeOfUse
from policy.searches import SearchDecision, SearchRequest
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement
from proxy.audit.event import Event
from proxy.errors import AuditUnavailable, NotPermitted
from proxy.patients.register import Register, to_register
from proxy.resources import (
    ArchiveId,
    FramesRef,
    HeldStudy,
    InstitutionId,
    PatientIdentifier,
    StudyRef,
    Uid,
)
from proxy.settings.archives import Institution
from tests.proxy.access.people import caller_of
from tests.proxy.access.signing import Clock

STUDY, SERIES, INSTANCE = Uid("1.2"), Uid("1.2.3"), Uid("1.2.3.4")
HELD = HeldStudy(
    STUDY, ArchiveId("pacs-1"), InstitutionId("lakeside"), PatientIdentifier("LAKESIDE", "77-201"), ("CT",), "20261112"
)
FRAME = FramesRef(STUDY, SERIES, INSTANCE, (1,))
STRANGER = caller_of(subject="exchange:0815", token_id="token-2")
OFFICER = caller_of(subject="exchange:9001", roles=frozenset({"privacy-officer"}), purpose=PurposeOfUse.HOPERAT)
REGISTER = """
[[patients]]
id = "p-adult"
consent = "{consent}"
identifiers = [ {{ authority = "LAKESIDE", value = "77-201" }}, {{ authority = "GENERAL", value = "G-1001" }} ]

[[relationships]]
subject = "exchange:4711"
patient = "p-adult"
kind = "encounter"
from = 2026-11-24T00:00:00Z
until = {until}

[[studies]]
study = "1.2"
institution = "lakeside"
state = "{state}"
"""


def register(consent: str = "optin", until: str = "2099-01-01T00:00:00Z", state: str = "final") -> Register:
    return to_register(REGISTER.format(consent=consent, until=until, state=state).encode())


class CountingEngine:
    """The exchange's own policy, and how often it was asked."""

    def __init__(self) -> None:
        self._engine = CedarEngine(read_bundle(Path(policy.__path__[0]) / "bundle"))
        self.asked: list[AccessRequest] = []

    @property
    def version(self) -> str:
        return self._engine.version

    def names(self, institution: str) -> bool:
        return self._engine.names(institution)

    def decide_search(self, request: SearchRequest) -> SearchDecision:
        return self._engine.decide_search(request)

    def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
        self.asked.append(request)
        return self._engine.decide(request, capabilities)


class Log:
    """An audit log in memory; `failing` fails, and `committing` runs before each commit."""

    def __init__(self) -> None:
        self.kept: list[Event] = []
        self.failing = False
        self.committing: Callable[[], None] = lambda: None

    async def record(self, event: Event) -> int:
        await asyncio.sleep(0)
        self.committing()
        if self.failing:
            raise AuditUnavailable("the disk is full")
        self.kept.append(event)
        return len(self.kept)


@dataclass
class Gate:
    enforcement: Enforcement
    engine: CountingEngine
    log: Log
    clock: Clock

    async def refuses(self, caller: Caller, error: type[Exception] = NotPermitted, held: HeldStudy = HELD) -> str:
        with pytest.raises(error) as refusal:
            await self.enforcement.admit(caller, held, StudyRef(held.study))
        assert type(refusal.value) is error
        return str(refusal.value)


def gate_of(institutions: Sequence[Institution] = (), **facts: Any) -> Gate:
    engine, log, clock = CountingEngine(), Log(), Clock()
    return Gate(Enforcement(engine, register(**facts), log, clock, institutions), engine, log, clock)
