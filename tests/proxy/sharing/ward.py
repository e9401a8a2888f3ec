"""An exchange in which studies may be shared: its clinician and its patient make links, strangers open them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import time
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from proxy.settings.receivers import SignedReceiver
from proxy.settings.secrets import Secret
from proxy.settings.sharing import Sharing
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.breakglass.hospital import PROOF_FREE, Receiver

LINKS: Final = "/portal/links"
RECIPIENT: Final = "Doctor.Haddad@example.org"
STUDY: Final = "1.2.1"
ROOT: Final = "/shared/dicomweb/studies"
RENDERED: Final = f"{ROOT}/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/rendered"
HOLDINGS: Final = {
    "general": [ct("1.2.1"), ct("1.2.1", series=2), ct("1.2.2")],
    "lakeside": [ct("1.2.4", patient="77-201")],
}
OUR_PAGE: Final = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}


@dataclass
class Ward:
    """`later` moves its clock; `codes` are those that were sent to recipients, with their addresses."""

    exchange: Exchange
    receiver: Receiver
    moved: list[float]

    def later(self, seconds: float) -> None:
        self.moved[0] += seconds

    def headers(self, **who: Any) -> dict[str, str]:
        now = int(time.time() + self.moved[0])
        return self.exchange.bearer(**{"iat": now, "exp": now + 600, **who})

    def patient(self, **who: Any) -> dict[str, Any]:
        own = {"authority": "LAKESIDE", "value": "77-201"}
        return {"sub": "adult", "role": "patient", "purpose": "PATRQT", "patient": own, **who}

    async def ask(self, method: str, path: str, body: Any = None, **who: Any) -> httpx.Response:
        return await self.exchange.client.request(method, path, json=body, headers=self.headers(**who))

    async def make(self, changes: Any = None, **who: Any) -> httpx.Response:
        return await self.ask("POST", LINKS, {"study": STUDY, "recipient": RECIPIENT, **(changes or {})}, **who)

    async def link(self, changes: Any = None, **who: Any) -> tuple[str, str]:
        """Id and token of a new link."""
        made = await self.make(changes, **who)
        assert made.status_code == 201, made.text
        return made.json()["link"]["id"], urlsplit(made.json()["address"]).fragment

    def stranger(self, address: str = "203.0.113.9") -> "Stranger":
        app = self.exchange.client._transport.app  # type: ignore[attr-defined]  # httpx tells nobody
        transport = httpx.ASGITransport(app, client=(address, 4711))
        return Stranger(self, httpx.AsyncClient(transport=transport, base_url=ORIGIN))

    async def opened(self, changes: Any = None, **who: Any) -> "Stranger":
        """Somebody who has opened a new link."""
        _, token = await self.link(changes, **who)
        stranger = self.stranger()
        assert (await stranger.open(token, await stranger.code(token))).status_code == 200
        return stranger


@dataclass
class Stranger:
    """A browser without an account."""

    ward: Ward
    client: httpx.AsyncClient

    async def ask_code(self, token: str, recipient: str = RECIPIENT) -> httpx.Response:
        return await self.client.post("/shared/code", json={"token": token, "recipient": recipient}, headers=OUR_PAGE)

    async def code(self, token: str, recipient: str = RECIPIENT) -> str:
        """The code that the page of a demo shows."""
        return str((await self.ask_code(token, recipient)).json()["code"])

    async def open(self, token: str, code: str) -> httpx.Response:
        return await self.client.post("/shared/open", json={"token": token, "code": code}, headers=OUR_PAGE)

    async def see(self, path: str = RENDERED) -> int:
        return (await self.client.get(path)).status_code


@asynccontextmanager
async def ward(folder: Path, *, shows: bool = True, **more: Any) -> AsyncIterator[Ward]:
    """`more` are entries of `sharing`, and sections of the configuration. Without `shows` codes go by the webhook."""
    moved, receiver = [0.0], Receiver()
    (folder / "secret").write_text("k" * 32)
    webhook = SignedReceiver(id="messages", url="https://messages.test/", secret=Secret(file=folder / "secret"))
    names = ("register", "issuer", "allows_sharing", "policy")
    sections = {name: more.pop(name) for name in names if name in more}
    told = {"show_code": True} if shows else {"webhook": webhook}
    async with opened_exchange(
        folder,
        HOLDINGS,
        sharing=Sharing(**{**told, **more}),
        outside={"clock": lambda: time.time() + moved[0], "receiver_transport": lambda _: receiver},
        **{"issuer": PROOF_FREE, "allows_sharing": ("general", "lakeside"), **sections},
    ) as exchange:
        yield Ward(exchange, receiver, moved)


def body_of(request: httpx.Request) -> dict[str, Any]:
    return dict(json.loads(request.content))
