"""Starting, stopping and refusing to start: plain words, clean ends, and a second start that works."""

import asyncio
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

from proxy.audit.reading import read_record
from proxy.audit.views.view import Ended, views_of
from proxy.storage.sqlite import SqliteEvents
from tests.exchange import ct
from tests.service import TREE, Service, alive, family, free_port, running_exchange, running_service

HOLDINGS = {"general": [ct("1.2.1", 1, number) for number in range(1, 11)]}
FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{}/frames/1/rendered"


async def show(service: Service) -> None:
    async with service.client() as client:
        for number in (1, 2):
            assert (await client.get(FRAME.format(number))).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_everything_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _):
        await show(service)
        processes = family(service.process.pid)
        started = time.monotonic()
        service.process.send_signal(number)
        assert await asyncio.wait_for(service.process.wait(), 15) == 0
        assert time.monotonic() - started < 10
        assert not [pid for pid in processes if alive(pid)]
        assert "Traceback" not in service.output
        assert "faults" not in service.output


async def test_a_second_start_goes_on_with_the_same_log(tmp_path: Path) -> None:
    for _ in range(2):
        async with running_exchange(tmp_path, HOLDINGS) as (service, _):
            await show(service)
    command = [sys.executable, "-m", "proxy", "audit", "verify", "--config", str(tmp_path / "vitrine.toml")]
    verdict = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert verdict.stdout.startswith("valid: ")
    command[4] = "list"
    listing = subprocess.run([*command, "--json"], cwd=TREE, capture_output=True, text=True, check=True).stdout
    assert listing.count('"view-opened"') == 2
    assert listing.count('"kind":"stopped"') == 2


async def test_a_killed_service_has_recorded_what_it_showed(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _):
        await show(service)
        workers = family(service.process.pid)[1:]
        service.process.kill()
        await service.process.wait()
        await asyncio.sleep(0.5)
        assert not [pid for pid in workers if alive(pid)], "workers end with their server"
    command = [sys.executable, "-m", "proxy", "audit", "list", "--config", str(tmp_path / "vitrine.toml"), "--json"]
    listing = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=True).stdout
    assert '"view-opened"' in listing


async def test_the_start_after_a_kill_closes_the_views_that_were_open(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _):
        await show(service)
        service.process.kill()
        await service.process.wait()
    async with running_exchange(tmp_path, HOLDINGS) as (service, _):
        await show(service)
    killed, stopped = views_of(map(read_record, SqliteEvents(tmp_path / "audit").entries()))
    assert (killed.ended, stopped.ended) == (Ended.INTERRUPTED, Ended.STOPPED)
    assert killed.seen <= stopped.seen == stopped.delivered == 2
    assert stopped.rendered == {"1.2.1.1": {f"1.2.1.1.{number}": ((1, 1),) for number in (1, 2)}}
    assert stopped.octets > 0


async def test_a_taken_port_says_so(tmp_path: Path) -> None:
    async with running_service(tmp_path, {"general": f"http://127.0.0.1:{free_port()}/dicom-web"}) as service:
        command = [sys.executable, "-m", "proxy", "serve", "--config", str(tmp_path / "vitrine.toml")]
        second = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False, timeout=30)
        assert second.returncode == 1
        assert f"port {service.origin.rpartition(':')[2]}" in second.stderr
        assert "in use" in second.stderr
        assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("port = ", "prot = "), "prot"),
        (('folder = "audit"', 'folder = "/proc/nowhere"'), "audit"),
        (("register.toml", "absent.toml"), "absent.toml"),
        (("[server]", "[server"), "not valid TOML"),
        (('base_url = "http', 'base_url = "ftp'), "base_url"),
    ],
)
async def test_a_configuration_that_cannot_be_used_is_one_plain_line(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    async with running_service(tmp_path, {"general": f"http://127.0.0.1:{free_port()}/dicom-web"}):
        pass
    path = tmp_path / "vitrine.toml"
    path.write_text(path.read_text("utf-8").replace(*change), "utf-8")
    command = [sys.executable, "-m", "proxy", "serve", "--config", str(path)]
    answer = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False, timeout=30)
    assert answer.returncode == 1
    assert words in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_nobody_looks_into_the_memory_of_the_service(tmp_path: Path) -> None:
    """Neither a debugger of the same account nor a program that collects dumps (PR_GET_DUMPABLE)."""
    code = f"""
import ctypes, pathlib
from proxy.serving import confine
confine(pathlib.Path({str(tmp_path / "audit")!r}))
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
    found = subprocess.run([sys.executable, "-c", code], cwd=TREE, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "0"
