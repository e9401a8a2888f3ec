"""What it costs to carry a frame: through Vitrine, with token, policy and audit, and through nginx as a reverse proxy.

`python -m benchmarks.frames [--rounds N] [--seconds S]`. Both carry the same answers of the same archive (nginx over
files), each held to the same core, while archive and load share another; rounds are interleaved and medians are given.
A third is Vitrine on httpx's own transport. At last a rendered image that is in memory, against nginx carrying the
frame that it was made of.
"""

import argparse
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
import tempfile

from benchmarks import archive, client, load, nginx, phantom, service
from benchmarks.processes import MEASURED_CORE, free_port
from benchmarks.report import conclude, print_table

_ACCEPT = 'Accept: multipart/related; type="application/octet-stream"; transfer-syntax=*'
_JPEG = b"\xff\xd8"


@dataclass(frozen=True, slots=True)
class Case:
    """A frame of a size, and how many viewers ask for it at one time."""

    name: str
    frame: phantom.Slice
    connections: int
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who carries frames: where, below which root, with which headers, and whose CPU time it is."""

    name: str
    port: int
    root: str
    headers: tuple[str, ...]
    pid: int
    renders: bool = False

    def request(self, case: Case) -> tuple[str, tuple[str, ...]]:
        """The path to ask for, and with which headers."""
        path = self.root + archive.frame_path(case.frame)
        if case.rendered and self.renders:
            return f"{path}/rendered?viewport=512,512&quality=90", ("Accept: image/jpeg", *self.headers)
        return path, (_ACCEPT, *self.headers)


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
        Case("5 kB, 200 viewers", small, 200),
        Case("rendered, 8 viewers", slice_, 8, rendered=True),
    ]
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        targets = _start(folder, [small, slice_, large], stack)
        generator = load.compile_generator(folder)
        for case in cases:
            for target in targets:
                _require_right(target, case)
        measured = {case.name: _measure(case, targets, generator, asked.rounds, asked.seconds) for case in cases}
    _report(measured)


def _start(folder: Path, frames: list[phantom.Slice], stack: ExitStack) -> list[Target]:
    origin, port, stock, peer = (free_port() for _ in range(4))
    provider = service.write_provider(folder / "provider", origin)
    locations = archive.write_archive(folder / "archive", frames) + provider.locations
    stack.enter_context(nginx.origin(folder, origin, locations))
    ours = stack.enter_context(service.vitrine(folder / "vitrine", port, origin, MEASURED_CORE))
    on_httpx = stack.enter_context(
        service.vitrine(folder / "stock", stock, origin, MEASURED_CORE, program="benchmarks.stock")
    )
    theirs = stack.enter_context(nginx.reverse_proxy(folder, peer, origin, MEASURED_CORE))
    caller = (f"Authorization: Bearer {provider.token}",)
    return [
        Target("nginx", peer, archive.ROOT, (), theirs),
        Target("Vitrine", port, "/dicomweb", caller, ours, renders=True),
        Target("Vitrine on httpx", stock, "/dicomweb", caller, on_httpx, renders=True),
    ]


def _require_right(target: Target, case: Case) -> None:
    """The frame that comes is the frame that was asked for, bit by bit; an image is one."""
    path, headers = target.request(case)
    with closing(HTTPConnection("127.0.0.1", target.port, timeout=60)) as connection:
        body = client.get(connection, path, dict(line.split(": ", 1) for line in headers))
    right = body.startswith(_JPEG) if case.rendered and target.renders else case.frame.pixels.tobytes() in body
    if not right:
        raise RuntimeError(f"{target.name} does not give the frame: {body[:300]!r}")


def _measure(case: Case, targets: list[Target], generator: Path, rounds: int, seconds: float) -> dict[str, load.Load]:
    """Medians by target; the first round warms up and does not count."""
    found: dict[str, list[load.Load]] = {target.name: [] for target in targets}
    for number in range(rounds + 1):
        for target in targets:
            path, headers = target.request(case)
            one = load.ask(generator, target.port, path, headers, target.pid, case.connections, seconds)
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
    main_case, small = "525 kB, 8 viewers", "5 kB, 32 viewers"
    faster = {case: found["Vitrine"].rate / found["Vitrine on httpx"].rate for case, found in measured.items()}
    crowd = measured["5 kB, 200 viewers"]["Vitrine"].rate / measured[small]["Vitrine"].rate
    print(f"200 viewers: {crowd:.2f} of the rate for 32")
    print(f"httpx's own transport: 1/{faster[main_case]:.1f} of ours for 525 kB, 1/{faster[small]:.1f} for 5 kB")
    says = (
        f"of nginx's rate for 525 kB frames with token, policy and audit ({rates[small]:.2g} for 5 kB, "
        f"{rates['15 MB, 3 viewers']:.2g} for 15 MB, {rates['rendered, 8 viewers']:.2g} for a rendered image in memory)"
    )
    cases = {case: {target: asdict(one) for target, one in found.items()} for case, found in measured.items()}
    conclude("frames", rates[main_case], says, {"cases": cases, "ours over httpx's": faster, "200 over 32": crowd})


if __name__ == "__main__":
    main()
