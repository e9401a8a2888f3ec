"""Several exchanges in one process that ask each other, each with archives, a register and people of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
import httpx
from msgspec import structs
from starlette.applications import Starlette
from starlette.routing import Mount

from proxy.app import build_app
from proxy.archives.hubs.signer import Signer
from proxy.outside import Outside
from proxy.services.opening import open_services
from proxy.settings.archives import Archive as ArchiveSettings
from proxy.settings.archives import Institution, KnownDialect, Limits
from proxy.settings.linking import Hub, HubIssuer, Linking, SigningKey
from proxy.settings.secrets import Secret
from proxy.settings.server import Issuer, Server
from tests.exchange import Exchange, Holding, TokenIssuer, archives_of, settings_of
from tests.kept_workers import start_kept_worker

UNCAPPED = KnownDialect(results=0)
LIMITS = Limits(search_seconds=2, retrieve_seconds=3, connect_seconds=2)
PATIENT = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1001" }]
"""
TREATS = """
[[relationships]]
subject = "{subject}"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""


@dataclass(frozen=True)
class Member:
    """An exchange: what its institutions hold, whom it `asks`, whose assertions it `believes`, and who treats.

    `treats` are subjects as this exchange knows them, `patient` is in its register. `hub` and `issuer` change what is
    said of exchanges that are asked and believed, `linked` the archives that the former are here, `origins` the names
    of its own archives among exchanges.
    """

    holdings: Mapping[str, Holding] = field(default_factory=dict)
    asks: Sequence[str] = ()
    believes: Sequence[str] = ()
    treats: Sequence[str] = ("exchange:clinician",)
    hub: Mapping[str, Any] = field(default_factory=dict)
    linked: Mapping[str, Any] = field(default_factory=dict)
    issuer: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    patient: str = PATIENT
    sections: Mapping[str, Any] = field(default_factory=dict)


class ToApp(httpx.AsyncBaseTransport):
    """To an application that is there when it is first asked: exchanges that ask each other begin one by one."""

    def __init__(self, app: Callable[[], Starlette]) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        transport = httpx.ASGITransport(self._app(), raise_app_exceptions=False, client=("10.0.0.1", 4711))
        return await transport.handle_async_request(request)


def signer_of(exchange: Exchange) -> Signer:
    """Signs as `exchange` does."""
    signer = exchange.services.signer
    assert signer is not None
    return signer


def url_of(name: str) -> str:
    return f"https://{name}.test"


@asynccontextmanager
async def linked_exchanges(folder: Path, members: Mapping[str, Member]) -> AsyncIterator[dict[str, Exchange]]:
    """All of `members`, by name, until the context ends."""
    apps: dict[str, Starlette] = {}
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(_opened(folder / name, name, member, TokenIssuer(number), apps))
            for number, (name, member) in enumerate(members.items())
        }


@asynccontextmanager
async def _opened(
    folder: Path, name: str, member: Member, issuer: TokenIssuer, apps: dict[str, Starlette]
) -> AsyncIterator[Exchange]:
    folder.mkdir(parents=True)
    archives = archives_of(member.holdings)
    own = {
        f"{institution}-main": Starlette(routes=[Mount("/dicom-web", one.app)]) for institution, one in archives.items()
    }

    def to_archive(archive: ArchiveSettings) -> httpx.AsyncBaseTransport:
        return ToApp(lambda: own.get(archive.id) or apps[archive.id.removesuffix("-hub")])

    def to_provider(one: Issuer) -> httpx.AsyncBaseTransport:
        return ToApp(lambda: issuer.app if one.exchange is None else apps[one.id])

    outside = replace(
        Outside(), archive_transport=to_archive, provider_transport=to_provider, start_worker=start_kept_worker
    )
    async with open_services(_settings(folder, name, member), outside) as services:
        app = apps[name] = build_app(services)
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=url_of(name)) as client:
            yield Exchange(client, archives, issuer, services, folder)


def _settings(folder: Path, name: str, member: Member) -> Any:
    (folder / "key.pem").write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    register = member.patient + "".join(TREATS.format(subject=subject) for subject in member.treats)
    settings = settings_of(
        folder,
        list(member.holdings),
        server=Server(public_url=url_of(name), clinical_networks=("127.0.0.0/8",)),
        register=register,
        archives={
            one: {"origin": member.origins.get(one, ""), "assigning_authority": "GENERAL", "dialect": UNCAPPED}
            for one in member.holdings
        },
        **member.sections,
    )
    return structs.replace(
        settings,
        issuers=(*settings.issuers, *(_issuer(one, name, member.issuer) for one in member.believes)),
        institutions=(*settings.institutions, *(_institution(one, member.hub, member.linked) for one in member.asks)),
        linking=Linking(keys=(SigningKey(id="k1", secret=Secret(file=folder / "key.pem")),)),
    )


def _issuer(other: str, own: str, more: Mapping[str, Any]) -> Issuer:
    hub = HubIssuer(**{"network": "clinical", "purposes": ("TREAT", "ETREAT"), "hops": 3, **more})
    return Issuer(
        id=other,
        issuer=url_of(other),
        audience=url_of(own),
        algorithms=("ES256",),
        roles={"clinician": ("clinician",)},
        organizations={"General Hospital": f"{other} General Hospital"},
        exchange=hub,
    )


def _institution(other: str, more: Mapping[str, Any], linked: Mapping[str, Any]) -> Institution:
    archive = ArchiveSettings(
        id=f"{other}-hub",
        base_url=f"{url_of(other)}/dicomweb",
        hub=Hub(**{"audience": url_of(other), "hops": 3, **more}),
        limits=LIMITS,
        **linked,
    )
    return Institution(id=f"{other}-exchange", name=f"{other.title()} Exchange", archives=(archive,))
