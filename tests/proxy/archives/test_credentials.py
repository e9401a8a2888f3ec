"""Credentials: sent as the archive wants them, read by reference, and never shown."""

import base64
from pathlib import Path
from typing import Literal

import pytest

from proxy.archives.credentials import read_authorization
from proxy.errors import ConfigurationError
from proxy.settings import Archive, Credentials, Secret
from tests.proxy.archives.fakes import archive, asking_app, dicom_json


def with_secret(kind: Literal["none", "basic", "bearer"], secret: Secret | None, username: str = "") -> Archive:
    return archive(credentials=Credentials(kind=kind, username=username, secret=secret))


async def sent(settings: Archive) -> str | None:
    async with asking_app(lambda _: dicom_json(), credentials=settings.credentials) as asked:
        await asked.client.search("studies")
    value: str | None = asked.requests[0].headers.get("authorization")
    return value


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
        read_authorization(with_secret("bearer", Secret(env="ARCHIVE_TOKEN")))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("kind", ["basic", "bearer"])
def test_a_missing_secret_is_named(tmp_path: Path, kind: Literal["basic", "bearer"]) -> None:
    for secret in (None, Secret(env="VITRINE_TEST_UNSET"), Secret(file=tmp_path / "none"), Secret(file=tmp_path)):
        with pytest.raises(ConfigurationError, match="archive `main`"):
            read_authorization(with_secret(kind, secret))


def test_a_secret_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfecanary")
    with pytest.raises(ConfigurationError) as caught:
        read_authorization(with_secret("bearer", Secret(file=tmp_path / "secret")))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_authorization_does_not_show_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_TOKEN", "canary")
    authorization = read_authorization(with_secret("bearer", Secret(env="ARCHIVE_TOKEN")))
    assert "canary" not in repr(authorization)
    assert "canary" not in str(authorization)
