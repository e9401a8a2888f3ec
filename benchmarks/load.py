"""Asking for one resource as fast as it comes, with a generator that leaves the machine to those who are measured."""

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
    """One round: requests and megabytes each second, milliseconds, CPU microseconds for each request."""

    rate: float
    megabytes: float
    p50: float
    p99: float
    cpu: float


def compile_generator(folder: Path) -> Path:
    """Build the generator; needs a C compiler."""
    program = folder / "blast"
    subprocess.run(["gcc", "-O2", "-o", str(program), str(SOURCE)], check=True)
    return program


def ask(
    generator: Path, port: int, path: str, headers: Sequence[str], pid: int, connections: int, seconds: float
) -> Load:
    """Load `port` for `seconds` and account the CPU time of the tree below `pid`. RuntimeError on any failure."""
    pinned = ["taskset", "--cpu-list", str(OTHER_CORE)] if shutil.which("taskset") else []
    command = [*pinned, str(generator), str(port), path, str(connections), str(seconds), *headers]
    before = cpu_seconds(pid)
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    spent = cpu_seconds(pid) - before
    if answer["failures"] or not answer["requests"]:
        raise RuntimeError(f"{answer['failures']} of {answer['requests']} requests to {path} failed")
    return Load(
        rate=answer["requests"] / answer["seconds"],
        megabytes=answer["bytes"] / answer["seconds"] / 1e6,
        p50=answer["p50"],
        p99=answer["p99"],
        cpu=spent / answer["requests"] * 1e6,
    )
