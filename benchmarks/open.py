"""From the click to the first image: looking through Vitrine, and copying the study first.

`python -m benchmarks.open [--rounds N]`. A CT of 120 slices, 512×512×16 bits. Through Vitrine, started anew for each
round so that nothing is in memory: the list of series, the series' metadata, one rendered frame. Copying: one WADO-RS
request for all instances, straight from the archive (nginx over files), until the last byte. Both over one connection,
on loopback and on simulated lines (`benchmarks/line.py`); TLS would add the same round trips to both.
"""

import argparse
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
import tempfile
import time

from benchmarks import archive, nginx, phantom, service
from benchmarks.line import Line, relayed
from benchmarks.phantom import STUDY
from benchmarks.processes import free_port
from benchmarks.report import conclude, print_table

SLICES = 120
LINES = (Line("loopback", 1e5, 0), Line("50 Mb/s, 30 ms", 50, 30), Line("10 Mb/s, 80 ms", 10, 80))
_VIEWERS_CONNECTIONS = 6
_OBJECTS = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds from the click, and bytes that came down the line until then."""

    seconds: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """The archive, the files around it, and how its user identifies herself."""

    folder: Path
    origin: int
    slices: list[phantom.Slice]
    headers: Mapping[str, str]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name, ExitStack() as stack:
        folder, origin = Path(name), free_port()
        provider = service.write_provider(folder / "provider", origin)
        slices = phantom.ct(SLICES)
        locations = archive.write_archive(folder / "archive", slices) + provider.locations
        stack.enter_context(nginx.origin(folder, origin, locations))
        exchange = Exchange(folder, origin, slices, {"Authorization": f"Bearer {provider.token}"})
        measured = {line.name: _measure(exchange, line, rounds) for line in LINES}
    _report(measured)


def _measure(exchange: Exchange, line: Line, rounds: int) -> dict[str, Opening]:
    found: dict[str, list[Opening]] = {"first image": [], "all images": [], "copied": []}
    for number in range(rounds):
        with _vitrine(exchange, f"{line.name} {number}") as port:
            first, whole = _look(exchange, line, port)
        found["first image"].append(first)
        found["all images"].append(whole)
        found["copied"].append(_copy(exchange, line))
    return {
        what: Opening(median(one.seconds for one in rows), median(one.bytes for one in rows))
        for what, rows in found.items()
    }


@contextmanager
def _vitrine(exchange: Exchange, name: str) -> Iterator[int]:
    """A fresh service on a port of its own; the token's issuer has been met, as by a person who has signed in."""
    port, folder = free_port(), exchange.folder / name.replace("/", "-")
    with service.vitrine(folder, port, exchange.origin):
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            _get(connection, "/portal/patients", exchange.headers)
        yield port


def _look(exchange: Exchange, line: Line, port: int) -> tuple[Opening, Opening]:
    series = f"/dicomweb/studies/{STUDY}/series"
    caller = {**exchange.headers, "Host": f"127.0.0.1:{port}"}  # the service's own, whatever port the relay has
    image = {**caller, "Accept": "image/jpeg"}
    paths = [f"/dicomweb{archive.frame_path(one)}/rendered?viewport=512,512&quality=90" for one in exchange.slices]
    with relayed(line, port) as relay:
        begun = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", relay.port, timeout=300)) as connection:
            _get(connection, series, caller)
            _get(connection, f"{series}/{exchange.slices[0].series}/metadata", caller)
            jpeg = _get(connection, paths[0], image)
        first = Opening(time.monotonic() - begun, relay.down_bytes)
        if not jpeg.startswith(b"\xff\xd8"):
            raise RuntimeError("no JPEG came")
        _scroll(relay.port, paths[1:], image)
        return first, Opening(time.monotonic() - begun, relay.down_bytes)


def _scroll(port: int, paths: list[str], headers: Mapping[str, str]) -> None:
    """The rest of the stack as a browser over HTTP/1.1 gets it: six connections, in viewing order."""

    def lane(mine: list[str]) -> None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=300)) as connection:
            for path in mine:
                _get(connection, path, headers)

    lanes = [paths[number::_VIEWERS_CONNECTIONS] for number in range(_VIEWERS_CONNECTIONS)]
    with ThreadPoolExecutor(_VIEWERS_CONNECTIONS) as pool:
        list(pool.map(lane, lanes))


def _copy(exchange: Exchange, line: Line) -> Opening:
    with relayed(line, exchange.origin) as relay:
        begun = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", relay.port, timeout=600)) as connection:
            body = _get(connection, f"{archive.ROOT}/studies/{STUDY}", _OBJECTS)
        if len(body) < SLICES * exchange.slices[0].pixels.nbytes:
            raise RuntimeError("the copy is not whole")
        return Opening(time.monotonic() - begun, relay.down_bytes)


def _get(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> bytes:
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"status {answer.status}: {body[:500]!r}")
    return body


def _report(measured: Mapping[str, Mapping[str, Opening]]) -> None:
    rows = []
    for line, found in measured.items():
        copied = found["copied"]
        for what, one in found.items():
            ratio = [f"{one.seconds / copied.seconds:.3f}", f"{one.bytes / copied.bytes:.4f}"]
            rows.append([line, what, f"{one.seconds:.2f}", f"{one.bytes / 1e6:.2f}", *ratio])
    print_table(["line", "until", "seconds", "MB", "× copy, time", "× copy, bytes"], rows)
    main_line = measured[LINES[1].name]
    first, copied = main_line["first image"], main_line["copied"]
    says = (
        f"of the time to copy the study first, until the first image, on {LINES[1].name} "
        f"({first.bytes / copied.bytes:.2g} of the bytes)"
    )
    cases = {line: {what: asdict(one) for what, one in found.items()} for line, found in measured.items()}
    conclude("open", first.seconds / copied.seconds, says, {"slices": SLICES, "lines": cases})


if __name__ == "__main__":
    main()
