"""How a hub is told who asks: a token for each person from its own authorization server (RFC 7523 §2.1, RFC 8693)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import itertools
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
import httpx
from jose import jwt
import pytest
from starlette.responses import JSONResponse

from proxy.archives.authorization.assertion import PrivateKey
from proxy.archives.client import ArchiveClient
from proxy.archives.hubs.linked import Linked
from proxy.archives.hubs.signer import Signer
from proxy.archives.registry import open_archives
from proxy.archives.transport import archive_transport, token_way
from proxy.errors import ArchiveFailed, ArchiveRefused, ConfigurationError, NotPermitted
from proxy.passage import Passage, Person, passing
from proxy.settings.archives import Archive, Institution
from proxy.settings.credentials import ClientCredentials, Credentials
from proxy.settings.linking import Hub
from proxy.settings.secrets import Secret
from tests.proxy.archives.authorization.server import AuthorizationServer
from tests.service import served

GRANTS = ["jwt-bearer", "token-exchange"]


def signer() -> Signer:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = PrivateKey(pem.decode("ascii"), "ES256", "k1")
    ids = map(str, itertools.count())
    return Signer([key], "https://south.test", "vitrine-south.test", lambda: 1_900_000_000.0, ids.__next__)


def asked_by(subject: str = "exchange:clinician") -> Passage:
    passage = Passage()
    passage.begin(Person(subject, "The clinician", "General", ("clinician",), "TREAT", 2, "s-1", ("GENERAL", "1")))
    return passage


@dataclass
class Desk:
    client: ArchiveClient
    server: AuthorizationServer

    async def ask(self, subject: str) -> int:
        with passing(asked_by(subject)):
            return len(await self.client.search("studies"))


@asynccontextmanager
async def desk(folder: Path, grant: str) -> AsyncGenerator[Desk]:
    server = AuthorizationServer()
    (folder / "secret").write_text(server.secret, "utf-8")
    async with served(server.app) as origin:
        client = ClientCredentials(token_url=f"{origin}/token", client_id="vitrine")
        archive = Archive(
            id="hub",
            base_url=f"{origin}/dicom-web",
            hub=Hub(audience=f"{origin}/token", person=grant),
            credentials=Credentials(kind="oauth2", secret=Secret(file=folder / "secret"), oauth2=client),
        )
        linked = Linked("vitrine-south.test", signer(), token_way, lambda: 0.0)
        institution = Institution(id="hub", name="A hub", archives=(archive,))

        async def nobody(_: object) -> None:
            raise AssertionError("nothing is to be reported")

        async with open_archives([institution], archive_transport, nobody, linked=linked) as archives:
            yield Desk(next(iter(archives)), server)


@pytest.mark.parametrize("grant", GRANTS)
async def test_each_person_has_a_token_that_is_fetched_once(tmp_path: Path, grant: str) -> None:
    async with desk(tmp_path, grant) as opened:
        for subject in ("exchange:one", "exchange:two", "exchange:one", "exchange:two"):
            assert await opened.ask(subject) == 1
        assert len(opened.server.forms) == 2
        name = {"jwt-bearer": "assertion", "token-exchange": "subject_token"}[grant]
        claims = [jwt.get_unverified_claims(form[name]) for form in opened.server.forms]
        assert [one["sub"] for one in claims] == ["exchange:one", "exchange:two"]
        assert {form["grant_type"].rpartition(":")[2] for form in opened.server.forms} == {grant}
        (first, _) = claims
        assert first["aud"].endswith("/token")
        assert first["exp"] - first["iat"] == 60
        assert first["patient"] == {"authority": "GENERAL", "value": "1"}
        told = first["extensions"]["ihe_iua"]
        assert told["subject_name"] == "The clinician"
        assert [one["code"] for one in told["purpose_of_use"]] == ["TREAT"]


async def test_a_token_that_is_refused_is_renewed_and_not_one_after_another(tmp_path: Path) -> None:
    async with desk(tmp_path, "jwt-bearer") as opened:
        await opened.ask("exchange:one")
        opened.server.revoke()
        assert await opened.ask("exchange:one") == 1
        assert len(opened.server.forms) == 2
        for _ in range(3):
            opened.server.revoke()
            with pytest.raises(ArchiveFailed, match="credentials"):
                await opened.ask("exchange:one")
        assert len(opened.server.forms) == 2


@pytest.mark.parametrize(("status", "error"), [(400, NotPermitted), (403, NotPermitted), (401, ArchiveFailed)])
async def test_a_person_who_is_given_no_token_is_refused(tmp_path: Path, status: int, error: type[Exception]) -> None:
    async with desk(tmp_path, "jwt-bearer") as opened:
        opened.server.answer = JSONResponse({"error": "invalid_grant"}, status)
        with pytest.raises(error):
            await opened.ask("exchange:one")
        opened.server.answer = None
        assert await opened.ask("exchange:two") == 1


async def test_nobody_is_not_spoken_for(tmp_path: Path) -> None:
    async with desk(tmp_path, "jwt-bearer") as opened:
        with pytest.raises(ArchiveRefused, match="people only"):
            await opened.client.search("studies")
        assert opened.server.forms == []


def test_without_a_key_no_hub_is_told_who_asks() -> None:
    archive = Archive(id="hub", base_url="https://hub.test/dicomweb", hub=Hub(audience="hub"))
    linked = Linked("vitrine-south.test", None, token_way, lambda: 0.0)
    with pytest.raises(ConfigurationError, match="`hub`"):
        linked.authorization(archive)


async def test_the_assertion_goes_to_the_hub_alone() -> None:
    """`bulkdata_urls` and plain HTTP are refused where the configuration is read."""
    for more in (
        {"base_url": "http://hub.test/dicomweb"},
        {"bulkdata_urls": ({"url": "https://elsewhere.test/"},)},
        {"credentials": Credentials(kind="bearer", secret=Secret(env="X"))},
        {"probe_hours": 1.0},
    ):
        with pytest.raises(ValueError, match="hub"):
            Archive(**{"id": "hub", "base_url": "https://hub.test/dicomweb", "hub": Hub(audience="hub"), **more})
    assert httpx.URL(Archive(id="a", base_url="https://hub.test/x", hub=Hub(audience="h")).status_url).path == (
        "/federation/status"
    )
