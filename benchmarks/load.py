"""Asking for resources as fast as they come or as viewers do, by a generator that leaves the machine to the others."""

from collections.abc import Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
import subprocess

from benchmarks.processes import OTHER_CORE, cpu_seconds

SOURCE = Path(__file__).with_name("blast.c")


@dataclass(frozen=True, slots=True)
class Load:
    """One round: requests and megabytes each second, milliseconds, CPU microseconds for each request.

    Of all `requests` that were answered, `failures` are those with another status than 200.
    """

    rate: float
    megabytes: float
    p50: float
    p95: float
    p99: float
    cpu: float
    requests: float
    failures: float


def compile_generator(folder: Path) -> Path:
    """Build the generator; needs a C compiler."""
    program = folder / "blast"
    subprocess.run(["gcc", "-O2", "-o", str(program), str(SOURCE)], check=True)
    return program


def ask(
    generator: Path,
    port: int,
    path: str,
    headers: Sequence[str],
    pid: int,
    connections: int,
    seconds: float,
    pace: float = 0,
    *,
    refusable: bool = False,
) -> Load:
    """Load `port` for `seconds` and account the CPU time of the tree below `pid`.

    `path` may be several, in lines, which each connection asks for in turn; `pace` is how often in a second it does.
    RuntimeError on any failure, unless requests are `refusable`.
    """
    pinned = ["taskset", "--cpu-list", str(OTHER_CORE)] if shutil.which("taskset") else []
    command = [*pinned, str(generator), str(port), path, str(connections), str(seconds), str(pace), *headers]
    before = cpu_seconds(pid)
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    spent = cpu_seconds(pid) - before
    if (answer["failures"] and not refusable) or not answer["requests"]:
        raise RuntimeError(f"{answer['failures']} of {answer['requests']} requests to {path[:300]} failed")
    return Load(
        rate=answer["requests"] / answer["seconds"],
        megabytes=answer["bytes"] / answer["seconds"] / 1e6,
        p50=answer["p50"],
        p95=answer["p95"],
        p99=answer["p99"],
        cpu=spent / answer["requests"] * 1e6,
        requests=answer["requests"],
        failures=answer["failures"],
    )
