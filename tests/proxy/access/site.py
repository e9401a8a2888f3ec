"""This service beside a provider in memory: what signing in needs of both."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from policy.request import PurposeOfUse
from proxy.access.networks import Networks
from proxy.access.providers.provider import Provider as Asked
from proxy.access.signin.login import Departure, Login
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier
from proxy.audit.event import Event, EventKind
from proxy.errors import AuditUnavailable, NotAuthenticated
from proxy.settings.server import Issuer
from tests.proxy.access.provider import Provider
from tests.proxy.access.signing import Clock

CALLBACK = "https://portal.test/auth/callback"
HOME = "https://portal.test/portal"
CLINIC = "10.1.2.3"
ISSUER = Issuer(
    id="exchange",
    issuer="https://login.exchange.test",
    audience="vitrine",
    algorithms=("ES256",),
    client_id="vitrine-web",
)


class Events:
    """An audit log in memory that can fail."""

    def __init__(self) -> None:
        self.kept: list[Event] = []
        self.failing = False

    async def record(self, event: Event) -> int:
        if self.failing:
            raise AuditUnavailable("the disk is full")
        self.kept.append(event)
        return len(self.kept)

    @property
    def causes(self) -> list[str]:
        return [str(event.detail["cause"]) for event in self.kept if event.kind is EventKind.LOGIN_FAILED]


@dataclass
class Site:
    """This service's side: a login over real verification and sessions, and the provider that it trusts."""

    login: Login
    provider: Provider
    sessions: Sessions
    events: Events
    clock: Clock

    async def begin(self, purpose: PurposeOfUse = PurposeOfUse.TREAT, back: str = "/portal") -> Departure:
        return await self.login.begin(purpose, back)

    async def answer(self, departure: Departure) -> dict[str, str]:
        return await self.provider.sign_in(departure.address)

    async def refuses(self, answer: dict[str, str], departure: Departure) -> None:
        with pytest.raises(NotAuthenticated) as refusal:
            await self.login.complete(answer, departure.binding, CLINIC)
        assert (type(refusal.value), str(refusal.value)) == (NotAuthenticated, REFUSED)
        assert len(self.sessions._sessions) == 0


def site_of(*issuers: Issuer, **provider: Any) -> Site:
    clock = Clock()
    there, events, sessions = Provider(clock, **provider), Events(), Sessions(clock)
    asked = [Asked(issuer, there.transport(), clock) for issuer in issuers or (ISSUER,)]
    verifier = TokenVerifier([one.trusted for one in asked], clock)
    login = Login(asked, verifier, sessions, Networks(["10.0.0.0/8"]), events, CALLBACK, HOME, clock)
    return Site(login, there, sessions, events, clock)


def parameters(departure: Departure) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(departure.address).query).items()}


def replace_issuer(**changes: Any) -> Issuer:
    return Issuer(**{name: getattr(ISSUER, name) for name in ISSUER.__struct_fields__} | changes)
