"""From the click to the first image and to the last: through Vitrine, by copying first, and frame by frame without us.

`python -m benchmarks.open [--rounds N]`. A CT of 200 slices, a mammogram of 12 megapixels, a cine of 120 frames.
Through Vitrine, started anew for each round so that nothing is in memory: the list of series, the series' metadata, one
rendered frame; then the others over six connections, as a browser gets them. Copying is one WADO-RS request for all
instances, straight from the archive (nginx over files), until the last byte. Frame by frame is what a viewer does that
asks the archive itself: list, metadata, and the frames as they are stored. All on loopback and on simulated lines
(`benchmarks/line.py`); TLS would add the same round trips to all. What the archive alone takes is up to the line, and
measured once. At last 30 images of a CT of 1,000 are looked at, of which only the bytes are of interest.
"""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
import tempfile
import time

from benchmarks import archive, nginx, phantom, service
from benchmarks.client import get, get_all
from benchmarks.line import Line, Relay, relayed
from benchmarks.phantom import STUDY
from benchmarks.processes import free_port
from benchmarks.report import conclude, print_table

LINES = (Line("loopback", 1e5, 0), Line("50 Mb/s, 30 ms", 50, 30), Line("10 Mb/s, 80 ms", 10, 80))
_VIEWERS_CONNECTIONS = 6
_LOOKED_AT = 30
_JSON = {"Accept": "application/dicom+json"}
_OBJECTS = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
_FRAMES = {"Accept": 'multipart/related; type="application/octet-stream"; transfer-syntax=*'}


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds from the click, and bytes that came down the line until then."""

    seconds: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What is opened: instances of one series, and how large their images are shown."""

    name: str
    instances: list[phantom.Slice]
    viewport: str = "512,512"

    @property
    def series(self) -> str:
        return f"/studies/{STUDY}/series/{self.instances[0].series}"

    @property
    def images(self) -> list[str]:
        """The frames in viewing order."""
        return [archive.frame_path(one, number + 1) for one in self.instances for number in range(len(one.frames))]

    @property
    def bytes(self) -> int:
        """What a copy weighs."""
        return sum(len(archive.part10(one)) for one in self.instances)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The archive, the files around it, and how its user identifies herself."""

    folder: Path
    origin: int
    headers: Mapping[str, str]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    measured: dict[str, dict[str, dict[str, Opening]]] = {}
    for scene in _scenes():
        with _exchange(scene) as exchange:
            measured[scene.name] = {line.name: _measure(exchange, scene, line, rounds) for line in LINES}
    _report(measured, _shares())


def _scenes() -> Iterator[Scene]:
    yield Scene("CT, 200 slices", phantom.ct(200))
    yield Scene("mammogram, 12 megapixels", [phantom.mammogram()], "2048,2048")
    yield Scene("cine, 120 frames", [phantom.cine(120)])


@contextmanager
def _exchange(scene: Scene, *, whole: bool = True) -> Iterator[Exchange]:
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name, ExitStack() as stack:
        folder, origin = Path(name), free_port()
        provider = service.write_provider(folder / "provider", origin)
        locations = archive.write_archive(folder / "archive", scene.instances, whole=whole) + provider.locations
        stack.enter_context(nginx.origin(folder, origin, locations))
        yield Exchange(folder, origin, {"Authorization": f"Bearer {provider.token}"})


def _measure(exchange: Exchange, scene: Scene, line: Line, rounds: int) -> dict[str, Opening]:
    first: list[Opening] = []
    last: list[Opening] = []
    for number in range(rounds):
        with _vitrine(exchange, f"{line.name} {number}") as port:
            for found, one in zip((first, last), _look(exchange, scene, line, port), strict=True):
                found.append(one)
    alone = _frame_by_frame(exchange, scene, line)
    return {
        "first image": _median(first),
        "all images": _median(last),
        "first frame, without us": alone[0],
        "all frames, without us": alone[1],
        "copied": _copy(exchange, scene, line),
    }


def _median(rows: list[Opening]) -> Opening:
    return Opening(median(one.seconds for one in rows), median(one.bytes for one in rows))


@contextmanager
def _vitrine(exchange: Exchange, name: str) -> Iterator[int]:
    """A fresh service on a port of its own; the token's issuer has been met, as by a person who has signed in."""
    port, folder = free_port(), exchange.folder / name.replace("/", "-")
    with service.vitrine(folder, port, exchange.origin):
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            get(connection, "/portal/patients", exchange.headers)
        yield port


def _look(exchange: Exchange, scene: Scene, line: Line, port: int) -> tuple[Opening, Opening]:
    caller = {**exchange.headers, "Host": f"127.0.0.1:{port}"}  # the service's own, whatever port the relay has
    images = [f"{path}/rendered?viewport={scene.viewport}&quality=90" for path in scene.images]
    with relayed(line, port) as relay:
        return _open(relay, "/dicomweb", scene, images, caller, {**caller, "Accept": "image/jpeg"})


def _frame_by_frame(exchange: Exchange, scene: Scene, line: Line) -> tuple[Opening, Opening]:
    with relayed(line, exchange.origin) as relay:
        return _open(relay, archive.ROOT, scene, scene.images, _JSON, _FRAMES)


def _open(
    relay: Relay, root: str, scene: Scene, images: list[str], caller: Mapping[str, str], image: Mapping[str, str]
) -> tuple[Opening, Opening]:
    """Until the first of `images`, and until all of them."""
    begun = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", relay.port, timeout=300)) as connection:
        get(connection, f"{root}/studies/{STUDY}/series", caller)
        get(connection, f"{root}{scene.series}/metadata", caller)
        get(connection, root + images[0], image)
    first = Opening(time.monotonic() - begun, relay.down_bytes)
    get_all(relay.port, [root + path for path in images[1:]], image, _VIEWERS_CONNECTIONS)
    return first, Opening(time.monotonic() - begun, relay.down_bytes)


def _copy(exchange: Exchange, scene: Scene, line: Line) -> Opening:
    with relayed(line, exchange.origin) as relay:
        begun = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", relay.port, timeout=600)) as connection:
            body = get(connection, f"{archive.ROOT}/studies/{STUDY}", _OBJECTS)
        if len(body) < scene.bytes:
            raise RuntimeError("the copy is not whole")
        return Opening(time.monotonic() - begun, relay.down_bytes)


def _shares() -> dict[str, float]:
    """What part of a CT of 1,000 images comes down the line when 30 of them are looked at."""
    scene, line = Scene("CT, 1,000 slices", phantom.long_ct(1000)), LINES[0]
    shares: dict[str, float] = {}
    with _exchange(scene, whole=False) as exchange:
        images = scene.images[:_LOOKED_AT]
        rendered = [f"{path}/rendered?viewport={scene.viewport}&quality=90" for path in images]
        for name, paths, accept in (("rendered", rendered, {"Accept": "image/jpeg"}), ("lossless", images, _FRAMES)):
            with _vitrine(exchange, name) as port, relayed(line, port) as relay:
                caller = {**exchange.headers, "Host": f"127.0.0.1:{port}"}
                _, whole = _open(relay, "/dicomweb", scene, paths, caller, {**caller, **accept})
            shares[name] = whole.bytes / scene.bytes
    return shares


def _report(measured: Mapping[str, Mapping[str, Mapping[str, Opening]]], shares: Mapping[str, float]) -> None:
    rows = [
        [scene, line, *_row(what, one, found["copied"])]
        for scene, lines in measured.items()
        for line, found in lines.items()
        for what, one in found.items()
    ]
    print_table(["scene", "line", "until", "seconds", "MB", "× copy, time", "× copy, bytes"], rows)
    for name, share in shares.items():
        print(f"{_LOOKED_AT} images of a CT of 1,000, {name}: {share:.2%} of the study (at most 4 % is wanted)")
    main_line = measured["CT, 200 slices"][LINES[1].name]
    first, copied = main_line["first image"], main_line["copied"]
    says = (
        f"of the time to copy a CT first, until the first image, on {LINES[1].name} "
        f"({first.bytes / copied.bytes:.2g} of the bytes)"
    )
    scenes = {
        scene: {line: {what: asdict(one) for what, one in found.items()} for line, found in lines.items()}
        for scene, lines in measured.items()
    }
    conclude("open", first.seconds / copied.seconds, says, {"scenes": scenes, "30 of 1,000": dict(shares)})


def _row(what: str, one: Opening, copied: Opening) -> list[str]:
    ratios = [f"{one.seconds / copied.seconds:.3f}", f"{one.bytes / copied.bytes:.4f}"]
    return [what, f"{one.seconds:.2f}", f"{one.bytes / 1e6:.2f}", *ratios]


if __name__ == "__main__":
    main()
