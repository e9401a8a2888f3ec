"""The command line of dicomweb-client, as an operator tries a service with it."""

import asyncio
from collections.abc import Awaitable, Callable
import json
from pathlib import Path
import sys

import numpy as np

from tests.exchange import ct
from tests.service import Service, running_exchange

COMMAND = Path(sys.executable).with_name("dicomweb_client")
HOLDINGS = {"general": [ct("1.2.1", 1, number) for number in (1, 2, 3)], "lakeside": [ct("1.2.1", 2, 1, "77-201")]}
INSTANCE = ("--study", "1.2.1", "--series", "1.2.1.1", "--instance", "1.2.1.1.2")

Run = Callable[..., Awaitable[tuple[int, str, str]]]


def command_of(service: Service) -> Run:
    async def run(*arguments: str) -> tuple[int, str, str]:
        """Exit status, output and error output."""
        process = await asyncio.create_subprocess_exec(
            *(str(COMMAND), "--url", f"{service.origin}/dicomweb", "--bearer-token", service.issuer.token()),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode or 0, output.decode(), errors.decode()

    return run


async def test_search_metadata_and_frames(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _):
        run = command_of(service)
        _, found, _ = await run("search", "studies", "--filter", "PatientID=G-1001", "--limit", "5")
        assert [row["0020000D"]["Value"] for row in json.loads(found)] == [["1.2.1"]]
        _, metadata, _ = await run("retrieve", "studies", "--study", "1.2.1", "metadata")
        assert len(json.loads(metadata)) == 4
        saved = ("frames", "--numbers", "1", "--save", "--output-dir", str(tmp_path))
        status, _, errors = await run("retrieve", "instances", *INSTANCE, *saved)
        assert status == 0, errors
        (file,) = tmp_path.glob("1.2.1.1.2_1.*")
        assert file.read_bytes() == np.full(256, 102, "<u2").tobytes()


async def test_a_whole_instance_is_refused_and_nothing_is_saved(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, archives):
        full = ("full", "--save", "--output-dir", str(tmp_path))
        status, _, errors = await command_of(service)("retrieve", "instances", *INSTANCE, *full)
        assert status != 0
        assert "403" in errors
        assert not list(tmp_path.glob("*.dcm"))
        assert archives["general"].counts()["objects"] == 0
