"""No copy, proven: after people have looked at everything there is, no pixel and no name is anywhere but with them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import secrets
import shutil
import signal
import time

import httpx
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import EncapsulatedPDFStorage, JPEG2000Lossless, JPEGLSLossless
import pytest

from tests.exchange import ct
from tests.journeys.traces import found_in, of_body, of_pixels, of_text, traces, written_by, written_places
from tests.proxy.dicomweb.test_papers import PDF
from tests.rendering.presentation.states import area_item, image_item, item, state
from tests.service import Service, family, running_exchange
from tests.videos import stored_video, video

SIZE = 64
CT = "1.2.840.10008.5.1.4.1.1.2"
OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
HTJ2K = 'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.201'
STUDY = "/dicomweb/studies/1.2.1"
IMAGE = STUDY + "/series/1.2.1.{}/instances/1.2.1.{}.1"
ASKED = (
    (f"{STUDY}/metadata", "application/dicom+json"),
    (f"{STUDY}/series?includefield=all", "application/dicom+json"),
    (f"{STUDY}/thumbnail", "image/png"),
    *((f"{IMAGE.format(n, n)}/frames/1/rendered", accept) for n in (1, 2, 3) for accept in ("image/png", "image/jpeg")),
    *((f"{IMAGE.format(n, n)}/frames/1", OCTETS) for n in (1, 2, 3)),
    *((f"{IMAGE.format(n, n)}/frames/1", HTJ2K) for n in (1, 2)),
    *((f"{IMAGE.format(n, n)}/thumbnail", "image/jpeg") for n in (1, 2, 3)),
    (f"{IMAGE.format(1, 1)}/frames/1/rendered?viewport=32,32&window=100,200,linear", "image/webp"),
    (f"{IMAGE.format(1, 1)}/bulkdata/7FE00010", "application/octet-stream"),
    *((f"{IMAGE.format(4, 4)}/rendered", accept) for accept in ("image/gif", "video/mp4")),
    (f"{IMAGE.format(5, 5)}/rendered", "application/pdf"),
    (f"{IMAGE.format(5, 5)}/bulkdata/00420011", "application/octet-stream"),
    (f"{IMAGE.format(6, 6)}/rendered", "video/mp4"),
    (f"{IMAGE.format(6, 6)}/frames/3/rendered", "image/jpeg"),
    (f"{IMAGE.format(9, 9)}/rendered", 'multipart/related; type="image/png"'),
)


@dataclass
class Canary:
    """A patient and a picture that are nowhere else in the world, and what of them would be recognised."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))
    pixels: NDArray[np.uint8] = field(
        default_factory=lambda: np.frombuffer(secrets.token_bytes(SIZE * SIZE), np.uint8).reshape(SIZE, SIZE)
    )
    answers: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"Kanari{self.token}^Émile"

    @property
    def marks(self) -> Mapping[str, bytes]:
        return {**of_pixels(self.pixels), **of_text(f"Kanari{self.token}"), **self.answers}

    def holdings(self) -> dict[str, list[Dataset]]:
        """Native and encoded images, a cine, a document, a video and a presentation state of this patient."""
        return {"general": [self._with_name(one) for one in self._datasets()]}

    def _datasets(self) -> Sequence[Dataset]:
        native = self.pixels.astype("<u2")
        cine = {"NumberOfFrames": 8, "FrameTime": "50", "PixelData": native.tobytes() * 8}
        paper = ct("1.2.1", 5, SOPClassUID=EncapsulatedPDFStorage, MIMETypeOfEncapsulatedDocument="application/pdf")
        for tag in [element.tag for element in paper if element.tag.group in {0x0028, 0x7FE0}]:
            del paper[tag]
        name = f"Kanari{self.token}".encode()
        written = PDF + b"\n%" + name
        paper.EncapsulatedDocument = written + b"\n" * (len(written) % 2)
        film = video() + (len(name) + 8).to_bytes(4, "big") + b"free" + name
        return (
            self._image(1, PixelData=native.tobytes()),
            self._encoded(
                2, JPEG2000Lossless, imagecodecs.jpeg2k_encode(native, level=0, codecformat="j2k", reversible=True)
            ),
            self._encoded(3, JPEGLSLossless, imagecodecs.jpegls_encode(native)),
            self._image(4, **cine),
            paper,
            stored_video("1.2.1", data=film, SeriesInstanceUID="1.2.1.6", SOPInstanceUID="1.2.1.6.1"),
            self._state(),
        )

    def _image(self, series: int, **more: object) -> Dataset:
        return ct("1.2.1", series, Rows=SIZE, Columns=SIZE, **more)

    def _encoded(self, series: int, syntax: str, frame: bytes) -> Dataset:
        made = self._image(series, PixelData=encapsulate([frame]))
        made.file_meta.TransferSyntaxUID = syntax
        self.answers[f"the encoded frame {series}"] = frame[len(frame) // 2 :][:32]
        return made

    def _state(self) -> Dataset:
        shown = item(SeriesInstanceUID="1.2.1.1", ReferencedImageSequence=[image_item("1.2.1.1.1", (), CT)])
        made = state(
            "1.2.840.10008.5.1.4.1.1.11.1",
            StudyInstanceUID="1.2.1",
            SeriesInstanceUID="1.2.1.9",
            SOPInstanceUID="1.2.1.9.1",
            PatientID="G-1001",
            ReferencedSeriesSequence=[shown],
            SoftcopyVOILUTSequence=[item(WindowCenter="100", WindowWidth="301")],
            DisplayedAreaSelectionSequence=[area_item(1, 1, SIZE, SIZE)],
        )
        made.file_meta.MediaStorageSOPInstanceUID = "1.2.1.9.1"
        return made

    def _with_name(self, dataset: Dataset) -> Dataset:
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.PatientName = self.name
        return dataset


async def look_at_everything(client: httpx.AsyncClient, canary: Canary) -> None:
    """Search by name, open, scroll, play, read; then as somebody without a right, and with requests that are wrong."""
    rows = await client.get(f"/dicomweb/studies?PatientName={canary.name.partition('^')[0]}*")
    assert canary.token in rows.text
    for path, accept in ASKED:
        answer = await client.get(path, headers={"Accept": accept})
        assert answer.status_code == 200, (path, accept, answer.text[:300])
        if "/thumbnail" not in path and answer.headers["content-type"].startswith(("image/", "multipart/")):
            canary.answers |= of_body(f"{path} as {accept}", answer.content)
    for path in (f"/dicomweb/studies?StudyDate={canary.name}", f"{STUDY}/{canary.name}", f"{STUDY}?x={canary.name}"):
        assert (await client.get(path)).status_code >= 400


@asynccontextmanager
async def shown(folder: Path, canary: Canary) -> AsyncIterator[Service]:
    async with running_exchange(folder, canary.holdings()) as (service, _), service.client() as client:
        await look_at_everything(client, canary)
        yield service


async def test_no_pixel_and_no_name_is_anywhere_while_the_service_runs(tmp_path: Path) -> None:
    canary, since = Canary(), time.time() - 1
    async with shown(tmp_path, canary) as service:
        held = {place for pid in family(service.process.pid) for place in written_places(pid, (tmp_path,))}
        found = await asyncio.to_thread(traces, since, canary.marks)
        async with service.client() as client:
            said = service.output.encode() + (await client.get("/metrics")).content
    assert held == set()
    assert found == {}
    assert found_in(said, canary.marks) == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGSEGV])
async def test_nothing_is_left_when_it_has_ended_well_or_badly(tmp_path: Path, number: signal.Signals) -> None:
    canary, since = Canary(), time.time() - 1
    async with shown(tmp_path, canary) as service:
        for pid in reversed(family(service.process.pid)):
            os.kill(pid, number)
        assert await asyncio.wait_for(service.process.wait(), 20) == (0 if number is signal.SIGTERM else -number)
    assert await asyncio.to_thread(traces, since, canary.marks) == {}


@pytest.mark.parametrize(
    ("place", "form"),
    [
        ("/dev/shm", lambda canary: canary.pixels.astype("<u2").tobytes()),
        ("/var/tmp", lambda canary: b"x" * 2**23 + canary.pixels.tobytes()),
        (".", lambda canary: canary.name.encode("utf-16-le")),
        ("~", lambda canary: b'{"Alphabetic": "' + canary.name.encode() + b'"}'),
    ],
)
def test_what_is_planted_is_found(tmp_path: Path, place: str, form: Callable[[Canary], bytes]) -> None:
    """Also in a file that claims to be old."""
    canary, since = Canary(), time.time() - 1
    path = (tmp_path if place == "." else Path(place).expanduser()) / f"planted-{canary.token}"
    path.write_bytes(form(canary))
    os.utime(path, (0, 0))
    try:
        assert list(traces(since, canary.marks)) == [str(path)]
    finally:
        path.unlink()


def test_a_file_that_is_held_is_found_though_it_has_no_name(tmp_path: Path) -> None:
    with (tmp_path / "spooled").open("wb") as file:
        (tmp_path / "spooled").unlink()
        assert written_places(os.getpid(), (tmp_path / "audit",)) >= {f"{tmp_path}/spooled (deleted)"}
        assert not file.closed


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_no_call_writes_elsewhere_even_for_a_moment(tmp_path: Path) -> None:
    """Every system call that opens, makes, moves or links a file, by server and workers, while all is looked at."""
    canary = Canary()
    trace = tmp_path.parent / f"{canary.token}.strace"
    async with running_exchange(tmp_path, canary.holdings()) as (service, _), service.client() as client:
        pids = [part for pid in family(service.process.pid) for part in ("-p", str(pid))]
        command = ("strace", "-f", "-qq", "-s", "300", "-e", "trace=%file,fdatasync,fsync", "-o", str(trace), *pids)
        strace = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        await asyncio.sleep(1)
        if strace.returncode is not None:
            pytest.skip("this machine lets nobody trace a process")
        await look_at_everything(client, canary)
        strace.send_signal(signal.SIGINT)
        await strace.wait()
    text = trace.read_text("utf-8", "replace")
    trace.unlink()
    assert "sync(" in text, "the log was written meanwhile, and seen to be"
    assert written_by(text, (tmp_path / "audit",)) == set()


def test_a_call_that_writes_is_recognised() -> None:
    text = """
17 openat(AT_FDCWD, "/tmp/a", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5
17 openat(AT_FDCWD, "/tmp/b", O_RDONLY|O_CLOEXEC) = 5
17 openat(AT_FDCWD, "/tmp", O_RDWR|O_EXCL|O_TMPFILE, 0600) = 6
17 openat(AT_FDCWD, "/tmp/c", O_RDWR|O_CREAT, 0600) = -1 EACCES (Permission denied)
17 rename("/audit/log", "/tmp/d") = 0
17 openat(AT_FDCWD, "/audit/log", O_RDWR|O_CREAT, 0600) = 5
"""
    found = written_by(text, (Path("/audit/log"),))
    assert found == {"openat /tmp/a", "openat /tmp", "rename /audit/log /tmp/d"}
