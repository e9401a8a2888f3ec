"""An exchange in which an emergency clinician, whom nothing connects with any patient, may declare emergencies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import time
from typing import Any, Final

import httpx
from msgspec.structs import replace

from proxy.breakglass.statement import Attestation
from proxy.settings.emergencies import Emergencies, Notified
from proxy.settings.secrets import Secret
from tests.exchange import EXCHANGE_ISSUER, Exchange, ct, opened_exchange

PATH: Final = "/portal/emergencies"
REVIEWS: Final = "/console/api/reviews"
OUT: Final = {"authority": "LAKESIDE", "identifier": "77-300"}
"""Who has opted out, so that nothing of the person is known to anybody."""

STATEMENT: Final[dict[str, Any]] = {
    **OUT,
    "opinion": "Unconscious after a fall, anticoagulated, no history",
    "attested": [one.value for one in Attestation],
}
STUDY: Final = "/dicomweb/studies/1.2.4"
RENDERED: Final = f"{STUDY}/series/1.2.4.1/instances/1.2.4.1.1/rendered"
HOLDINGS: Final = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.4", patient="77-300"), ct("1.2.5", patient="77-300")]}
PROOF_FREE: Final = replace(EXCHANGE_ISSUER, proof="never")
"""Of tokens that are bound to no key, as those of these tests are."""


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """Takes every notice."""

    notices: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.notices.append(request)
        return httpx.Response(204)


@dataclass
class Hospital:
    """`later` moves its clock."""

    exchange: Exchange
    receiver: Receiver
    moved: list[float]

    def later(self, seconds: float) -> None:
        self.moved[0] += seconds

    def headers(self, **who: Any) -> dict[str, str]:
        """Of the emergency clinician, unless `who` says otherwise."""
        now = int(time.time() + self.moved[0])
        usual = {"sub": "er", "role": "emergency-clinician", "purpose": "ETREAT", "assurance": 2}
        return self.exchange.bearer(**{**usual, "iat": now, "exp": now + 600, **who})

    async def ask(self, method: str, path: str, body: Any = None, **who: Any) -> httpx.Response:
        return await self.exchange.client.request(method, path, json=body, headers=self.headers(**who))

    async def see(self, path: str = RENDERED, **who: Any) -> int:
        return (await self.ask("GET", path, **who)).status_code

    async def declare(self, **changes: Any) -> httpx.Response:
        return await self.ask("POST", PATH, {**STATEMENT, **changes})

    def officer(self, organization: str = "Lakeside Imaging", role: str = "institution-officer") -> dict[str, Any]:
        return {"sub": f"{role}-{organization[:4]}", "role": role, "organization": organization, "purpose": "HOPERAT"}


@asynccontextmanager
async def hospital(folder: Path, moved: list[float] | None = None, **more: Any) -> AsyncIterator[Hospital]:
    """`more` are entries of `emergencies`, and sections of the configuration."""
    moved = moved if moved is not None else [0.0]
    receiver = Receiver()
    (folder / "secret").write_text("k" * 32)
    secret = Secret(file=folder / "secret")
    notified = (
        Notified(id="lakeside-privacy", url="https://lakeside.test/", secret=secret, institutions=("lakeside",)),
        Notified(id="exchange-privacy", url="https://exchange.test/", secret=secret),
    )
    sections = {name: more.pop(name) for name in ("register", "issuer", "policy") if name in more}
    async with opened_exchange(
        folder,
        HOLDINGS,
        emergencies=Emergencies(**{"notified": notified, **more}),
        outside={"clock": lambda: time.time() + moved[0], "receiver_transport": lambda _: receiver},
        **{"issuer": PROOF_FREE, **sections},
    ) as exchange:
        yield Hospital(exchange, receiver, moved)
