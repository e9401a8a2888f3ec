"""Debian's Orthanc, probed as it is found: what is suggested connects it."""

from collections.abc import Generator
from pathlib import Path
import shutil

from pydicom import dcmread
from pydicom.encaps import generate_frames
import pytest

from proxy.archives.channel import Channel
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.probe.probing import probe
from proxy.archives.probe.report import Report
from proxy.archives.probe.suggestion import suggest
from proxy.archives.transport import archive_transport
from proxy.resources import FramesRef, Uid
from proxy.settings.archives import Archive
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from tests.peers.orthanc import start_orthanc, upload
from tests.proxy.archives.fakes import archive, asking, one_frame
from tests.proxy.archives.probe.probing import FILES, no_pause, suggested

pytestmark = pytest.mark.orthanc

USER = ("vitrine", "a password")
STORED = ["SC_rgb_rle_2frame.dcm", "MR_small_jpeg_ls_lossless.dcm", "CT_small.dcm", "rtplan.dcm"]


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    folder = tmp_path_factory.mktemp("orthanc")
    with start_orthanc(folder, USER) as url:
        upload(url, [FILES / name for name in STORED], USER)
        yield f"{url}/dicom-web"
    shutil.rmtree(folder, ignore_errors=True)


async def probed(own: Archive) -> Report:
    transport = archive_transport(own)
    report = await probe(own, Channel(transport, Turnstile(own, "General").apart(), "General"), sleep=no_pause)
    await transport.aclose()
    return report


def credentials(folder: Path) -> Credentials:
    (folder / "password").write_text(USER[1], "utf-8")
    return Credentials(kind="basic", username=USER[0], secret=Secret(file=folder / "password"))


async def test_a_stranger_learns_how_to_sign_in(orthanc: str) -> None:
    report = await probed(archive(orthanc))
    assert report.facts["http: authentication"] == "Basic"
    assert report.requests == 1
    assert suggested(report, archive(orthanc)).credentials.kind == "basic"


async def test_a_wrong_password_is_not_taken_for_another_kind(orthanc: str, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("another password", "utf-8")
    wrong = Credentials(kind="basic", username=USER[0], secret=Secret(file=tmp_path / "wrong"))
    own = archive(orthanc, credentials=wrong)
    report = await probed(own)
    assert report.facts["http: authentication"] == "Basic"
    assert "not those that it has, it asks for Basic" in suggest(report, own)
    assert "another password" not in str(report) + suggest(report, own)


async def test_its_ways_are_found(orthanc: str, tmp_path: Path) -> None:
    facts = (await probed(archive(orthanc, credentials=credentials(tmp_path)))).facts
    told = {
        "http: authentication": "accepted",
        "search: StudyInstanceUID": "matched",
        "search: limit": "honoured",
        "search: offset": "honoured",
        "metadata: AvailableTransferSyntaxUID": "left out",
        "metadata: link to pixels": "none",
        "frames: as stored": "yes",
        "frames: list of types": "no (400)",
        "frames: label": "right",
        "frames: several": "yes",
        "pixels: by bulk": "yes",
        "pixels: by pixeldata": "no (404)",
        "object: rendered": "yes",
    }
    assert {name: facts[name] for name in told} == told


async def test_what_is_suggested_shows_the_first_frame(orthanc: str, tmp_path: Path) -> None:
    own = archive(orthanc, credentials=credentials(tmp_path))
    known = suggested(await probed(own), own).dialect
    stored = dcmread(FILES / "MR_small_jpeg_ls_lossless.dcm")
    uids = stored.StudyInstanceUID, stored.SeriesInstanceUID, stored.SOPInstanceUID
    settled = archive(orthanc, credentials=own.credentials, dialect=known)
    async with asking(settled, archive_transport(settled)) as asked:
        data, syntax = await one_frame(asked.client, FramesRef(*map(Uid, uids), (1,)))
    [frame] = generate_frames(stored.PixelData, number_of_frames=1)
    assert (data.rstrip(b"\0"), syntax) == (frame.rstrip(b"\0"), "1.2.840.10008.1.2.4.80")
    assert len(asked.requests) == 1
