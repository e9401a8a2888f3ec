"""Look, don't take: while images are shown, nothing is written but the audit log, by anybody."""

from collections.abc import Iterator
import os
from pathlib import Path
import sys
from typing import Any

import pytest

from demo.archive.app import Archive
from tests.exchange import ct, opened_exchange
from tests.service import family, open_files, running_exchange

HOLDINGS = {"general": [ct("1.2.1", 1, number) for number in range(1, 41)]}
SERIES = "/dicomweb/studies/1.2.1/series/1.2.1.1"


def frames() -> Iterator[str]:
    return (f"{SERIES}/instances/1.2.1.1.{number}/frames/1/rendered" for number in range(1, 41))


class Watch:
    """Everything that this process opens for writing while it watches; an audit hook cannot be removed, only idle."""

    def __init__(self) -> None:
        self.watching = False
        self.written: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        if event == "open":
            path, mode, flags = arguments
            writing = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) or bool(set(str(mode or "")) & set("wax+"))
            if writing and not isinstance(path, int):
                self.written.append(str(path))
        elif event in {"tempfile.mkstemp", "tempfile.mkdtemp", "os.mkdir", "os.rename", "os.link", "os.symlink"}:
            self.written.append(f"{event} {arguments[0]}")


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


async def test_no_file_is_opened_for_writing_outside_the_audit_folder(watch: Watch, tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        watch.watching = True
        try:
            for path in frames():
                assert (await exchange.get(path)).status_code == 200
            assert (await exchange.get(f"{SERIES}/metadata")).status_code == 200
            assert (await exchange.get(f"{SERIES}/rendered", 'multipart/related; type="image/png"')).status_code == 200
            frame = await exchange.get(f"{SERIES}/instances/1.2.1.1.1/frames/1", "application/octet-stream")
            assert frame.status_code == 200
        finally:
            watch.watching = False
    allowed = (str(tmp_path / "audit"), "/dev/null")
    assert [path for path in watch.written if not path.startswith(allowed)] == []


async def test_the_watch_itself_notices_a_file(watch: Watch, tmp_path: Path) -> None:
    watch.watching = True
    try:
        (tmp_path / "copy.dcm").write_bytes(b"pixels")
    finally:
        watch.watching = False
    assert str(tmp_path / "copy.dcm") in watch.written


async def test_the_running_service_has_nothing_open_for_writing_but_the_audit_log(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _), service.client() as client:
        writable: set[str] = set()
        processes: set[int] = set()
        for path in frames():
            assert (await client.get(path)).status_code == 200
            for pid in family(service.process.pid):
                processes.add(pid)
                writable |= {target for target, writes in open_files(pid).items() if writes}
        assert len(processes) == 2, "the server and its worker"
        assert {target for target in writable if not _harmless(target, tmp_path)} == set()
        assert {path.name for path in tmp_path.iterdir()} == {"audit", "register.toml", "vitrine.toml", "output.log"}


def _harmless(target: str, folder: Path) -> bool:
    kernel = target.startswith(("socket:", "pipe:", "anon_inode:", "/memfd:", "/dev/null"))
    return kernel or target.startswith(str(folder / "audit")) or target == str(folder / "output.log")


async def test_the_kernel_refuses_to_write_elsewhere_and_the_log_says_so(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _), service.client() as client:
        assert (await client.get(next(frames()))).status_code == 200
        limits = Path(f"/proc/{service.process.pid}/limits").read_text("ascii")
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
    log = (tmp_path / "audit" / "audit.sqlite").read_bytes()
    assert b'"confinement":"' in log
    assert b"without the threads" not in log, "confined before any thread was started"


async def test_the_archive_is_asked_with_get_for_what_is_shown_and_nothing_else(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        archive: Archive = exchange.archives["general"]
        for path in list(frames())[:5]:
            await exchange.get(path)
        assert archive.counts()["frames"] == 5
        assert archive.counts()["objects"] == 0
        assert archive.counts()["bulkdata"] == 0
