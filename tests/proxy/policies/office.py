"""An exchange whose policy officers can change: two of the exchange, and one each of two hospitals."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from msgspec.structs import replace

from policy.bundle import read_bundle
from policy.life.signature import SigningKey, new_key
from proxy.settings.officers import Officer
from proxy.settings.server import Policy
from tests.exchange import BUNDLE, EXCHANGE_ISSUER, REGISTER, Exchange, ct, opened_exchange

ROOT: Final = "/console/api/policies"
ANA, BEN, CAM, DORA = "exchange:ana", "exchange:ben", "exchange:cam", "exchange:dora"
FRAME: Final = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"
TREATMENT: Final = "hie/treatment.cedar"
FILES: Final[Mapping[str, str]] = {file.path: file.text for file in read_bundle(BUNDLE).files}
NARROW: Final = FILES[TREATMENT].replace(
    'context.relationship != HIE::Relationship::"none"', 'context.relationship == HIE::Relationship::"referral"'
)
"""Only whoever was referred to sees: the clinician with an encounter does not."""

CASES: Final = "cases/treatment.toml"
"""The decision cases would rightly fail: the change that narrows takes them along."""

OWN: Final = "institutions/general/behavioural-health.cedar"
OWN_RULE: Final = """
@id("general-002-nothing")
@owner("institution:general")
@basis("a test")
@says("General Hospital shows nothing.")
@user_says("General Hospital shows nothing.")
forbid (
  principal,
  action in [HIE::Action::"view", HIE::Action::"viewLossless"],
  resource in HIE::Institution::"general"
);
"""


def narrowed() -> dict[str, str | None]:
    """The change that shuts out the clinician with an encounter; no case contradicts it."""
    gone: dict[str, str | None] = {path: None for path in FILES if path.startswith("cases/")}
    return {**gone, TREATMENT: NARROW}


def officers(folder: Path) -> tuple[dict[str, SigningKey], tuple[Officer, ...]]:
    """Their keys for the command line, and their entries in the configuration."""
    keys: dict[str, SigningKey] = {}
    entries = []
    for subject, institution in ((ANA, ""), (BEN, ""), (CAM, "general"), (DORA, "university")):
        name = subject.partition(":")[2]
        keys[subject], pem = new_key()
        (folder / f"{name}.pem").write_bytes(pem)
        (folder / f"{name}.pub").write_bytes(keys[subject].public.to_pem())
        entries.append(Officer(subject=subject, institution=institution, key=folder / f"{name}.pub"))
    return keys, tuple(entries)


@asynccontextmanager
async def opened_office(folder: Path, **sections: Any) -> AsyncIterator[Exchange]:
    """The exchange with one study at General Hospital, and officers who may change its policy."""
    register = folder / "register.toml"
    _, entries = officers(folder)
    policy = Policy(folder=BUNDLE, register=register, officers=entries, **sections.pop("policy_more", {}))
    told = {"policy": policy, "issuer": replace(EXCHANGE_ISSUER, proof="never"), "register": REGISTER, **sections}
    holdings = told.pop("holdings", {"general": [ct("1.2.1")]})
    async with opened_exchange(folder, holdings, **told) as exchange:
        yield exchange


async def get(exchange: Exchange, path: str = "", who: str = "ana", **more: Any) -> Any:
    response = await exchange.client.get(f"{ROOT}{path}", headers=as_officer(exchange, who), **more)
    assert response.status_code == 200, response.text
    return response.json()


async def post(exchange: Exchange, path: str, body: object, who: str = "ana") -> httpx.Response:
    return await exchange.client.post(f"{ROOT}{path}", json=body, headers=as_officer(exchange, who))


async def propose(exchange: Exchange, changes: Mapping[str, str | None], who: str = "ana", **more: Any) -> int:
    response = await post(exchange, "/proposals", {"changes": changes, **more}, who)
    assert response.status_code == 201, response.text
    return int(response.json()["proposal"])


def as_officer(exchange: Exchange, who: str, role: str = "privacy-officer") -> dict[str, str]:
    return exchange.bearer(sub=who, role=role, purpose="HOPERAT")
