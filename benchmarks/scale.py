"""Many viewers at once: what they wait for more than the archive itself would take, and what they cost it and us.

`python -m benchmarks.scale [--rounds N] [--seconds S] [--pace P] [--long]`. N viewers scroll through one CT series of
200 slices, each turning to the next image P times in a second: rendered and in full fidelity through Vitrine, held to
one core with its rendering workers, and as frames from the archive (nginx over files) directly. The service is started
anew for each N and each way, so that the archive is asked as for a series that nobody has looked at.

Then images that nobody has seen before are rendered, 2,000 of them (10,000 with `--long`), through caches that are full
after a tenth, while the memory of the service and its workers is read; and 400 viewers leave in the middle of a frame.
"""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
import socket
from statistics import mean, median
import tempfile
import time

from benchmarks import archive, client, load, nginx, phantom, service
from benchmarks.processes import MEASURED_CORE, connections_to, free_port, resident_bytes
from benchmarks.report import conclude, print_table

SLICES = 200
VIEWERS = (1, 8, 64, 256)
_RENDERED = "/rendered?viewport=512,512&quality=90"
_VIEWS, _MANY_VIEWS, _READINGS = 2_000, 10_000, 10
_ABORTS = 400
_LANES = 8
_SMALL_CACHES = """
[retrieval]
frame_cache_bytes = 16777216
rendered_cache_bytes = 4194304
prepared_cache_bytes = 16777216
metadata_cache_bytes = 16777216
"""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to look at the series: its name, the paths of its images, and the headers they are asked for with."""

    name: str
    paths: tuple[str, ...]
    headers: tuple[str, ...]
    through_us: bool

    @property
    def fields(self) -> dict[str, str]:
        return dict(line.split(": ", 1) for line in self.headers)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The archive with a log of what it sent, and how its user identifies herself."""

    folder: Path
    origin: int
    log: Path
    generator: Path
    token: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one way of looking gave to so many viewers; the archive's share is for each image."""

    load: load.Load
    archive_requests: float
    archive_bytes: float


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round and each way")
    parser.add_argument("--pace", type=float, default=2.0, help="images a second for each viewer")
    parser.add_argument("--long", action="store_true", help=f"{_MANY_VIEWS:,} views instead of {_VIEWS:,}")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name, ExitStack() as stack:
        exchange = _open(Path(name), stack)
        scrolled = {n: _scroll(exchange, n, asked.rounds, asked.seconds, asked.pace) for n in VIEWERS}
        memory = _remember(exchange, _MANY_VIEWS if asked.long else _VIEWS)
        left = _abort(exchange)
    _report(scrolled, memory, left)


def _open(folder: Path, stack: ExitStack) -> Exchange:
    origin, slices, log = free_port(), phantom.ct(SLICES), folder / "sent.log"
    provider = service.write_provider(folder / "provider", origin)
    locations = archive.write_archive(folder / "archive", slices, whole=False) + provider.locations
    stack.enter_context(nginx.origin(folder, origin, locations, log))
    frames = tuple(map(archive.frame_path, slices))
    caller = f"Authorization: Bearer {provider.token}"
    accept = 'Accept: multipart/related; type="application/octet-stream"; transfer-syntax=*'
    ways = (
        Way("archive, frames", tuple(archive.ROOT + path for path in frames), (accept,), through_us=False),
        Way("Vitrine, frames", tuple(f"/dicomweb{path}" for path in frames), (accept, caller), through_us=True),
        Way(
            "Vitrine, rendered",
            tuple(f"/dicomweb{path}{_RENDERED}" for path in frames),
            ("Accept: image/jpeg", caller),
            through_us=True,
        ),
    )
    return Exchange(folder, origin, log, load.compile_generator(folder), provider.token, ways)


def _scroll(exchange: Exchange, viewers: int, rounds: int, seconds: float, pace: float) -> dict[str, Seen]:
    """What each way gave, in interleaved rounds; each has a service of its own all the while."""
    with ExitStack() as stack:
        ports = [_serve(exchange, way, f"{viewers} {way.name}", stack) for way in exchange.ways]
        found: dict[str, list[load.Load]] = {way.name: [] for way in exchange.ways}
        sent: dict[str, list[int]] = {way.name: [] for way in exchange.ways}
        for number in range(rounds):
            for way, (port, pid) in zip(exchange.ways, ports, strict=True):
                begun = _sent(exchange)
                path = "\n".join(_from(way.paths, number / rounds))
                one = load.ask(exchange.generator, port, path, way.headers, pid, viewers, seconds, pace, refusable=True)
                found[way.name].append(one)
                sent[way.name] += _sent(exchange)[len(begun) :]
        return {name: _seen(rows, sent[name]) for name, rows in found.items()}


def _from(paths: tuple[str, ...], part: float) -> tuple[str, ...]:
    """The same, beginning elsewhere: who scrolls alone has not seen what the last round showed."""
    first = int(len(paths) * part)
    return paths[first:] + paths[:first]


def _serve(exchange: Exchange, way: Way, name: str, stack: ExitStack) -> tuple[int, int]:
    """The port to ask, and the process that spends time on it; a series is opened by its metadata, as viewers do."""
    if not way.through_us:
        return exchange.origin, 0
    port, pid = stack.enter_context(_vitrine(exchange, name))
    series = way.paths[0].partition("/instances/")[0]
    client.get_all(port, [f"{series}/metadata"], {**way.fields, "Accept": "application/dicom+json"}, 1)
    return port, pid


@contextmanager
def _vitrine(exchange: Exchange, name: str, more: str = "") -> Iterator[tuple[int, int]]:
    port = free_port()
    with service.vitrine(exchange.folder / name, port, exchange.origin, MEASURED_CORE, more) as pid:
        yield port, pid


def _sent(exchange: Exchange) -> list[int]:
    """The bytes of each answer that the archive has given so far."""
    time.sleep(0.1)  # it is written down when it has been sent
    return [int(line) for line in exchange.log.read_text("ascii").split()]


def _seen(rows: list[load.Load], sent: list[int]) -> Seen:
    middle = load.Load(*(median(values) for values in zip(*(asdict(row).values() for row in rows), strict=True)))
    images = sum(row.requests for row in rows)
    return Seen(middle, len(sent) / images, sum(sent) / images)


def _remember(exchange: Exchange, views: int) -> list[tuple[int, int]]:
    """Memory after so many views, none of which is like another: each has a window of its own."""
    rendered = exchange.ways[-1]
    readings: list[tuple[int, int]] = []
    with _vitrine(exchange, "memory", _SMALL_CACHES) as (port, pid):
        for first in range(0, views // SLICES, views // SLICES // _READINGS):
            windows = range(first, first + views // SLICES // _READINGS)
            paths = [f"{path}&window={40 + n},400,linear" for n in windows for path in rendered.paths]
            client.get_all(port, paths, rendered.fields, _LANES)
            readings.append((windows.stop * SLICES, resident_bytes(pid)))
    return readings


def _abort(exchange: Exchange) -> tuple[int, int, float, float]:
    """Connections to the archive before and after viewers who left; milliseconds of a frame before and after."""
    frames = exchange.ways[1]
    with _vitrine(exchange, "aborts") as (port, pid):

        def frame() -> float:
            return load.ask(exchange.generator, port, frames.paths[0], frames.headers, pid, 1, 0.5).p50

        before, connections = frame(), connections_to(exchange.origin)
        for number in range(_ABORTS):
            _leave(port, frames.paths[number % SLICES], frames.headers)
        time.sleep(1)
        return connections, connections_to(exchange.origin), before, frame()


def _leave(port: int, path: str, headers: tuple[str, ...]) -> None:
    """Ask, take the first bytes of what comes, and hang up."""
    lines = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, "", ""])
    with socket.socket() as viewer, suppress(ConnectionError):
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        viewer.connect(("127.0.0.1", port))
        viewer.sendall(lines.encode("ascii"))
        viewer.recv(2048)


def _report(
    scrolled: Mapping[int, Mapping[str, Seen]], memory: list[tuple[int, int]], left: tuple[int, int, float, float]
) -> None:
    rows = [_row(viewers, name, seen, found) for viewers, found in scrolled.items() for name, seen in found.items()]
    head = ["viewers", "way", "images/s", "p50 ms", "p95 ms", "added p50", "added p95", "refused", "CPU µs"]
    print_table([*head, "requests/image", "kB/image"], rows)
    print()
    print_table(["views", "MB of memory"], [[f"{views:,}", f"{held / 1e6:,.0f}"] for views, held in memory])
    before, after, quick, still = left
    print(
        f"\n{_ABORTS} viewers left: {before} → {after} connections to the archive, a frame {quick:.1f} → {still:.1f} ms"
    )
    ours, theirs = (scrolled[64][name].load for name in ("Vitrine, frames", "archive, frames"))
    says = (
        f"of the archive's own median for a frame, 64 viewers scrolling ({ours.p50 - theirs.p50:.1f} ms more, "
        f"{ours.p95 - theirs.p95:.1f} ms at the 95th percentile; memory within {_spread(memory):.0%})"
    )
    found = {viewers: {name: asdict(seen) for name, seen in ways.items()} for viewers, ways in scrolled.items()}
    conclude("scale", ours.p50 / theirs.p50, says, {"viewers": found, "memory": memory, "left": left})


def _row(viewers: int, name: str, seen: Seen, found: Mapping[str, Seen]) -> list[str]:
    one, archives = seen.load, found["archive, frames"].load
    added = [f"{one.p50 - archives.p50:.1f}", f"{one.p95 - archives.p95:.1f}"]
    cost = [
        f"{one.failures / one.requests:.1%}",
        f"{one.cpu:,.0f}",
        f"{seen.archive_requests:.2f}",
        f"{seen.archive_bytes / 1e3:,.0f}",
    ]
    if one is archives:
        added, cost[:2] = ["–", "–"], ["–", "–"]
    return [f"{viewers}", name, f"{one.rate:,.0f}", f"{one.p50:.1f}", f"{one.p95:.1f}", *added, *cost]


def _spread(memory: list[tuple[int, int]]) -> float:
    """How far the readings lie from their mean, once the caches are full."""
    held = [bytes_ for _, bytes_ in memory[2:]]
    return max(abs(one - mean(held)) for one in held) / mean(held)


if __name__ == "__main__":
    main()
