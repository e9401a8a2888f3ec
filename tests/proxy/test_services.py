"""The service as it is put together: what it records of its archives at the start, and while it runs."""

from collections.abc import Sequence
import logging
from pathlib import Path

import httpx
from msgspec.structs import replace
import pytest

from proxy.archives.probe.rounds import Rounds
from proxy.audit.canonical import read_body
from proxy.audit.event import Event
from proxy.errors import ArchiveFailed
from proxy.outside import Outside
from proxy.reporting import reporting_to
from proxy.resources import ArchiveId
from proxy.services.opening import open_services
from proxy.settings.credentials import Credentials
from proxy.settings.file import Settings
from proxy.settings.secrets import Secret
from proxy.storage.sqlite import SqliteEvents
from tests.exchange import settings_of
from tests.proxy.archives.probe.probing import Ill, no_pause


def with_credentials(folder: Path, base_url: str) -> Settings:
    """An exchange with one archive, at `base_url`, that wants a password."""
    settings = settings_of(folder, ["general"])
    (institution,) = settings.institutions
    credentials = Credentials(kind="basic", username="vitrine", secret=Secret(env="ARCHIVE_PASSWORD"))
    archive = replace(institution.archives[0], base_url=base_url, credentials=credentials)
    return replace(settings, institutions=(replace(institution, archives=(archive,)),))


def recorded(settings: Settings) -> Sequence[Event]:
    return [read_body(entry.body).event for entry in SqliteEvents(settings.audit.folder).entries()]


@pytest.mark.parametrize(
    ("base_url", "exposed"),
    [
        ("http://archive.test/dicom-web", True),
        ("https://archive.test/dicom-web", False),
        ("http://127.0.0.1:8042/dicom-web", False),
    ],
)
async def test_credentials_that_others_can_read_are_warned_of_and_on_record(
    tmp_path: Path,
    base_url: str,
    exposed: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("ARCHIVE_PASSWORD", "canary")
    settings = with_credentials(tmp_path, base_url)
    async with open_services(settings, Outside()):
        pass
    started = recorded(settings)[0]
    assert started.kind == "started"
    assert started.detail.get("cleartext") == ("general-main" if exposed else None)
    warnings = [record.msg for record in caplog.records if record.levelno == logging.WARNING]
    assert any("without TLS" in words for words in warnings) is exposed
    assert "canary" not in caplog.text


async def test_what_would_lead_out_of_an_archive_is_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_PASSWORD", "canary")
    settings = with_credentials(tmp_path, "http://127.0.0.1:8042/dicom-web")
    async with open_services(settings, Outside()) as services:
        archive = services.rooms.objects._archives[ArchiveId("general-main")]
        with pytest.raises(ArchiveFailed, match="links to another place"):
            await archive.table("http://169.254.169.254/latest/meta-data/canary")
    (refused,) = [event for event in recorded(settings) if event.kind == "egress-refused"]
    assert (refused.outcome, refused.institution, refused.archive) == ("refused", "general", "general-main")
    assert refused.detail == {"what": "link", "host": "169.254.169.254"}


async def test_a_change_of_an_archive_is_on_record(tmp_path: Path) -> None:
    """Facts about the archive, by their names; it was probed twice, and had lost its frames in between."""
    settings, lost = settings_of(tmp_path, ["general"]), False
    ill = Ill(instead=lambda one: httpx.Response(404) if lost and "/frames/" in one.url.path else None)
    async with open_services(settings, Outside(archive_transport=lambda _: ill)) as services:
        rounds = Rounds(services.archives, reporting_to(services.journal), sleep=no_pause)
        (client,) = services.archives
        await rounds.look(client)
        lost = True
        await rounds.look(client)
    changed = [event for event in recorded(settings) if event.kind == "archive-changed"]
    assert {(one.archive, one.institution, one.outcome) for one in changed} == {("general-main", "general", "success")}
    assert {"what": "frames: as stored", "before": "yes", "now": "no (404)"} in [one.detail for one in changed]
