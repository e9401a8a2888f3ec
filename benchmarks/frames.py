"""What it costs to carry a frame: through Vitrine, with token, policy and audit, and through nginx as a reverse proxy.

`python -m benchmarks.frames [--rounds N] [--seconds S]`. Both carry the same answers of the same archive (nginx over
files), each held to the same core, while archive and load share another; rounds are interleaved and medians are given.
"""

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
import tempfile

from benchmarks import archive, load, nginx, phantom, service
from benchmarks.processes import MEASURED_CORE, free_port
from benchmarks.report import conclude, print_table


@dataclass(frozen=True, slots=True)
class Case:
    """A frame of a size, and how many viewers ask for it at one time."""

    name: str
    frame: phantom.Slice
    connections: int


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who carries frames: where, below which root, with which headers, and whose CPU time it is."""

    name: str
    port: int
    root: str
    headers: tuple[str, ...]
    pid: int


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frames", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round and each target")
    asked = parser.parse_args()
    small, slice_, large = phantom.blank(2, 50, 50), phantom.blank(3, 512, 512), phantom.blank(4, 2740, 2740)
    cases = [
        Case("5 kB, 1 viewer", small, 1),
        Case("5 kB, 32 viewers", small, 32),
        Case("525 kB, 1 viewer", slice_, 1),
        Case("525 kB, 8 viewers", slice_, 8),
        Case("15 MB, 3 viewers", large, 3),
    ]
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        targets = _start(folder, [small, slice_, large], stack)
        generator = load.compile_generator(folder)
        for case in cases:
            for target in targets:
                _require_right(target, case.frame)
        measured = {case.name: _measure(case, targets, generator, asked.rounds, asked.seconds) for case in cases}
    _report(measured)


def _start(folder: Path, frames: list[phantom.Slice], stack: ExitStack) -> list[Target]:
    origin, port, peer = free_port(), free_port(), free_port()
    provider = service.write_provider(folder / "provider", origin)
    locations = archive.write_archive(folder / "archive", frames) + provider.locations
    stack.enter_context(nginx.origin(folder, origin, locations))
    ours = stack.enter_context(service.vitrine(folder / "vitrine", port, origin, MEASURED_CORE))
    theirs = stack.enter_context(nginx.reverse_proxy(folder, peer, origin, MEASURED_CORE))
    accept = 'Accept: multipart/related; type="application/octet-stream"; transfer-syntax=*'
    return [
        Target("nginx", peer, archive.ROOT, (accept,), theirs),
        Target("Vitrine", port, "/dicomweb", (accept, f"Authorization: Bearer {provider.token}"), ours),
    ]


def _require_right(target: Target, frame: phantom.Slice) -> None:
    """The frame that comes is the frame that was asked for, bit by bit."""
    connection = HTTPConnection("127.0.0.1", target.port, timeout=60)
    headers = dict(line.split(": ", 1) for line in target.headers)
    connection.request("GET", target.root + archive.frame_path(frame), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200 or frame.pixels.tobytes() not in body:
        raise RuntimeError(f"{target.name} does not give the frame: status {answer.status}, {body[:300]!r}")


def _measure(case: Case, targets: list[Target], generator: Path, rounds: int, seconds: float) -> dict[str, load.Load]:
    """Medians by target; the first round warms up and does not count."""
    found: dict[str, list[load.Load]] = {target.name: [] for target in targets}
    for number in range(rounds + 1):
        for target in targets:
            path = target.root + archive.frame_path(case.frame)
            took = seconds if number else 0.5
            one = load.ask(generator, target.port, path, target.headers, target.pid, case.connections, took)
            found[target.name] += [one] if number else []
    return {name: _median(rows) for name, rows in found.items()}


def _median(rows: list[load.Load]) -> load.Load:
    return load.Load(*(median(values) for values in zip(*(asdict(row).values() for row in rows), strict=True)))


def _report(measured: Mapping[str, Mapping[str, load.Load]]) -> None:
    rows = []
    for case, found in measured.items():
        for target, one in found.items():
            ratio = one.rate / found["nginx"].rate
            latency = [f"{one.p50:.2f}", f"{one.p99:.2f}", f"{one.cpu:,.0f}"]
            rows.append([case, target, f"{one.rate:,.0f}", f"{one.megabytes:,.0f}", *latency, f"{ratio:.2f}"])
    print_table(["frame", "carried by", "req/s", "MB/s", "p50 ms", "p99 ms", "CPU µs", "× nginx"], rows)
    rates = {case: found["Vitrine"].rate / found["nginx"].rate for case, found in measured.items()}
    main_case = "525 kB, 8 viewers"
    says = (
        f"of nginx's rate for 525 kB frames with token, policy and audit ({rates['5 kB, 32 viewers']:.2g} for 5 kB, "
        f"{rates['15 MB, 3 viewers']:.2g} for 15 MB)"
    )
    cases = {case: {target: asdict(one) for target, one in found.items()} for case, found in measured.items()}
    conclude("frames", rates[main_case], says, {"cases": cases})


if __name__ == "__main__":
    main()
