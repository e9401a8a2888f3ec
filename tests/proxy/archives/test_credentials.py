"""Credentials: sent as the archive wants them, read by reference, and never shown."""

import asyncio
import base64
from pathlib import Path
from typing import Any, Literal

import pytest

from proxy.archives.authorization.stored import StoredSecret
from proxy.archives.credentials import goes_in_the_clear
from proxy.archives.transport import archive_transport
from proxy.errors import ArchiveFailed, ConfigurationError
from proxy.settings.archives import Archive, BulkdataUrl
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from tests.proxy.archives.fakes import EMPTY_LIST, Line, archive, asking, listening, sending


def with_secret(kind: Literal["none", "basic", "bearer"], secret: Secret | None, username: str = "") -> Archive:
    return archive(credentials=Credentials(kind=kind, username=username, secret=secret))


def fields(line: Line) -> list[str | None]:
    """The Authorization fields that came, by request."""
    lines = [[one for one in head.split(b"\r\n") if one.lower().startswith(b"authorization: ")] for head in line.heads]
    return [found[0].split(b": ", 1)[1].decode("ascii") if found else None for found in lines]


async def sent(settings: Archive) -> str | None:
    async with listening(sending(EMPTY_LIST)) as line:
        own = archive(line.base_url, credentials=settings.credentials)
        async with asking(own, archive_transport(own)) as asked:
            await asked.client.search("studies")
    (field,) = fields(line)
    return field


async def test_an_archive_that_asks_for_nothing_is_given_nothing() -> None:
    assert await sent(archive()) is None


@pytest.mark.parametrize("username", ["vitrine", "Jérôme"])
async def test_basic_from_a_file(tmp_path: Path, username: str) -> None:
    (tmp_path / "secret").write_text("pass:wörd\n", "utf-8")
    header = await sent(with_secret("basic", Secret(file=tmp_path / "secret"), username))
    assert header is not None
    scheme, _, value = header.partition(" ")
    assert (scheme, base64.b64decode(value).decode("utf-8")) == ("Basic", f"{username}:pass:wörd")


async def test_bearer_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_TOKEN", "  abc.def-123\n")
    assert await sent(with_secret("bearer", Secret(env="ARCHIVE_TOKEN"))) == "Bearer abc.def-123"


@pytest.mark.parametrize("secret", ["", " \n", "canary\r\nX: y", "canary\x00", "canary\x7f", "canary-ключ"])
def test_a_secret_that_cannot_be_sent_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setattr("os.environ", {"ARCHIVE_TOKEN": secret})
    with pytest.raises(ConfigurationError, match="archive `main`") as caught:
        archive_transport(with_secret("bearer", Secret(env="ARCHIVE_TOKEN")))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("kind", ["basic", "bearer"])
def test_a_missing_secret_is_named(tmp_path: Path, kind: Literal["basic", "bearer"]) -> None:
    for secret in (None, Secret(env="VITRINE_TEST_UNSET"), Secret(file=tmp_path / "none"), Secret(file=tmp_path)):
        with pytest.raises(ConfigurationError, match="archive `main`"):
            archive_transport(with_secret(kind, secret))


def test_a_secret_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfecanary")
    with pytest.raises(ConfigurationError) as caught:
        archive_transport(with_secret("bearer", Secret(file=tmp_path / "secret")))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_authorization_does_not_show_itself() -> None:
    authorization = StoredSecret(lambda: "Bearer canary")
    assert "canary" not in f"{authorization!r}{authorization}"


@pytest.mark.parametrize("kind", ["basic", "bearer"])
async def test_a_secret_that_was_exchanged_is_read_when_the_old_one_is_refused(
    tmp_path: Path, kind: Literal["basic", "bearer"]
) -> None:
    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        accepted = head.lower().count(wanted.lower().encode()) == 1
        writer.write(EMPTY_LIST if accepted else b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")

    secret = tmp_path / "secret"
    secret.write_text("old")
    async with listening(talk) as line:
        own = archive(line.base_url, credentials=Credentials(kind=kind, username="v", secret=Secret(file=secret)))
        async with asking(own, archive_transport(own)) as asked:
            wanted = field_of(kind, "old")
            await asked.client.search("studies")
            wanted = field_of(kind, "new")
            with pytest.raises(ArchiveFailed, match="does not accept this service's credentials"):
                await asked.client.search("studies")
            secret.write_text("new\n")
            await asked.client.search("studies")
            await asked.client.search("studies")
            secret.unlink()
            wanted = field_of(kind, "newest")
            with pytest.raises(ArchiveFailed, match="does not accept this service's credentials"):
                await asked.client.search("studies")
    old, new = field_of(kind, "old"), field_of(kind, "new")
    assert fields(line) == [old, old, old, new, new, new]


def field_of(kind: str, secret: str) -> str:
    return f"Bearer {secret}" if kind == "bearer" else f"Basic {base64.b64encode(f'v:{secret}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("urls", "exposed"),
    [
        pytest.param({"base_url": "https://archive.test"}, False, id="TLS"),
        pytest.param({"base_url": "http://archive.test"}, True, id="none"),
        pytest.param({"base_url": "http://127.0.0.1:8042/dicom-web"}, False, id="this machine"),
        pytest.param({"base_url": "http://[::1]:8042/dicom-web"}, False, id="this machine by IPv6"),
        pytest.param({"base_url": "https://archive.test", "search_url": "http://archive.test/qido"}, True, id="search"),
        pytest.param(
            {"base_url": "https://archive.test", "bulkdata_urls": (BulkdataUrl(url="http://bulk.test"),)},
            False,
            id="place that is not told",
        ),
        pytest.param(
            {
                "base_url": "https://archive.test",
                "bulkdata_urls": (BulkdataUrl(url="http://bulk.test", send_credentials=True),),
            },
            True,
            id="place that is told",
        ),
    ],
)
def test_which_archives_let_others_read_what_identifies_us(urls: dict[str, Any], exposed: bool) -> None:
    credentials = Credentials(kind="bearer", secret=Secret(env="X"))
    assert goes_in_the_clear(Archive(id="main", credentials=credentials, **urls)) is exposed
    assert not goes_in_the_clear(Archive(id="main", **urls))
