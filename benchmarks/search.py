"""What it takes to search 1 to 500 archives as one, against asking them oneself: one by one, or all at once unmerged.

`python -m benchmarks.search [--rounds N]`. The archives (`benchmarks/crowd.py`) are another process and answer after 20
to 100 ms; each has a patient under an identifier of its own, with 3 or with 20 studies, every tenth of which is a copy.
Vitrine is asked for the first 101, as work lists ask, or for all of them in a stream; with token, policy and audit, and
held to one core. How many rows an archive gives at once is known (`dialect`), else each would be asked a second time.
*Overhead* is what is waited for beyond the slowest archive. At last three archives are ill: one refuses connections,
one answers far too late, one is silent.
"""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
import json
from pathlib import Path
from statistics import median
import sys
import tempfile
import time

from benchmarks import crowd, service
from benchmarks.processes import MEASURED_CORE, OTHER_CORE, cpu_seconds, free_port, resident_bytes, running
from benchmarks.report import conclude, print_table

_CASES = ((1, 20), (5, 20), (50, 20), (500, 3), (500, 20))
"""Archives, and the studies that each of them has."""

_GOALS = {5: 0.02, 50: 0.05, 500: 0.2}
"""Seconds of overhead that are wanted at most, by the number of archives."""

_ONE_BY_ONE_AT_MOST = 50
_WORK_LIST = 101
_DEADLINE = 1.0
_GENTLENESS = "gentleness = { requests_per_second = 1e6, burst = 1000000, daily_bytes = 1125899906842624 }"


@dataclass(frozen=True, slots=True)
class Searched:
    """Seconds until the first row and until all, rows, and CPU seconds of whoever searched."""

    first: float
    whole: float
    rows: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """Vitrine, its process, and how its user identifies herself."""

    port: int
    pid: int
    headers: Mapping[str, str]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    measured = {f"{count} × {rows}": _measure(count, rows, rounds) for count, rows in _CASES}
    _report(measured, _ill(50, 20))


def _measure(count: int, rows: int, rounds: int) -> dict[str, Searched | float]:
    """Each way by its name, and what Vitrine needed of memory."""
    with _crowd(rows) as (origin, provider), _vitrine(origin, provider, list(range(count))) as exchange:
        empty = resident_bytes(exchange.pid)
        _search(exchange)  # who the token's issuer is, and how much there is of copies, is known from then on
        found: dict[str, list[Searched]] = {"first 101": [], "all, streamed": [], "all at once, unmerged": []}
        for _ in range(rounds):
            found["first 101"].append(_search(exchange))
            found["all, streamed"].append(_search(exchange, streamed=True))
            found["all at once, unmerged"].append(asyncio.run(_unmerged(origin, count)))
        if count <= _ONE_BY_ONE_AT_MOST:
            found["one by one, unmerged"] = [_one_by_one(origin, count)]
        megabytes = (resident_bytes(exchange.pid) - empty) / 2**20
    return {**{name: _median(several) for name, several in found.items()}, "MB": megabytes}


def _median(several: list[Searched]) -> Searched:
    figures = zip(*((one.first, one.whole, one.rows, one.cpu) for one in several), strict=True)
    first, whole, rows, cpu = map(median, figures)
    return Searched(first, whole, int(rows), cpu)


@contextmanager
def _crowd(rows: int) -> Iterator[tuple[int, service.Provider]]:
    """The archives' port, and the OpenID provider that is among them."""
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        folder, origin = Path(name), free_port()
        provider = service.write_provider(folder / "provider", origin)
        files = json.dumps({path: str(file) for path, file in provider.files.items()})
        command = [sys.executable, "-m", "benchmarks.crowd", str(origin), str(rows), files]
        with running(command, origin, folder / "crowd.log", OTHER_CORE):
            yield origin, provider


@contextmanager
def _vitrine(
    origin: int, provider: service.Provider, archives: list[int], refusing: int | None = None
) -> Iterator[Exchange]:
    """Vitrine before `archives`; nobody listens where the one that is `refusing` should be."""
    port, closed = free_port(), free_port()
    institutions = f"[federation]\ndeadline_seconds = {_DEADLINE if refusing is not None else 10.0}\n"
    institutions += "".join(_institution(one, closed if one == refusing else origin) for one in archives)
    known = ", ".join(f'{{ authority = "{a}", value = "{v}" }}' for a, v in map(crowd.identifier_of, archives))
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        serving = service.exchange(Path(name) / "vitrine", port, origin, institutions, known, MEASURED_CORE)
        with serving as pid:
            headers = {"Authorization": f"Bearer {provider.token}", "Accept": "application/dicom+json"}
            yield Exchange(port, pid, headers)


def _institution(number: int, port: int) -> str:
    return f"""
[[institutions]]
id = "i{number}"
name = "Institution {number}"

[[institutions.archives]]
id = "a{number}"
base_url = "http://{crowd.address_of(number)}:{port}{crowd.ROOT}"
assigning_authority = "{crowd.identifier_of(number)[0]}"
own_patients_only = true
dialect = {{ results = 0 }}
{_GENTLENESS}
"""


def _search(exchange: Exchange, *, streamed: bool = False) -> Searched:
    """All studies of the patient, by the identifier of the first archive."""
    authority, value = crowd.identifier_of(0)
    path = f"/dicomweb/studies?PatientID={value}&IssuerOfPatientID={authority}"
    path += "" if streamed else f"&limit={_WORK_LIST}"
    headers = {**exchange.headers, **({"Prefer": "streaming"} if streamed else {})}
    with closing(HTTPConnection("127.0.0.1", exchange.port, timeout=60)) as connection:
        connection.connect()
        spent, began = cpu_seconds(exchange.pid), time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read(1)
        first = time.perf_counter() - began
        body += answer.read()
        whole = time.perf_counter() - began
        spent = cpu_seconds(exchange.pid) - spent
    if answer.status != 200:
        raise RuntimeError(f"status {answer.status}: {body[:500]!r}")
    return Searched(first, whole, len(json.loads(body)), spent)


async def _unmerged(origin: int, count: int) -> Searched:
    """As a viewer asks several servers: all at once, the rows put behind each other; its connections are new."""
    began, spent = time.perf_counter(), time.process_time()
    first: list[float] = []

    async def ask(number: int) -> list[object]:
        reader, writer = await asyncio.open_connection(crowd.address_of(number), origin)
        writer.write(_question(number))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        rows = json.loads(await reader.readexactly(length))
        first.append(time.perf_counter() - began)
        writer.close()
        return list(rows)

    answers = await asyncio.gather(*map(ask, range(count)))
    whole = time.perf_counter() - began
    return Searched(min(first), whole, sum(map(len, answers)), time.process_time() - spent)


def _one_by_one(origin: int, count: int) -> Searched:
    began, spent, rows, first = time.perf_counter(), time.process_time(), 0, 0.0
    for number in range(count):
        with closing(HTTPConnection(crowd.address_of(number), origin, timeout=60)) as connection:
            connection.request("GET", _path(number))
            rows += len(json.loads(connection.getresponse().read()))
        first = first or time.perf_counter() - began
    return Searched(first, time.perf_counter() - began, rows, time.process_time() - spent)


def _path(number: int) -> str:
    return f"{crowd.ROOT}/studies?PatientID={crowd.identifier_of(number)[1]}&limit={_WORK_LIST}"


def _question(number: int) -> bytes:
    return f"GET {_path(number)} HTTP/1.1\r\nHost: {crowd.address_of(number)}\r\n\r\n".encode("ascii")


def _ill(count: int, rows: int) -> dict[str, Searched]:
    """How soon an answer comes when three archives are ill, and whether every other one is in it."""
    archives = [*range(count), count, crowd.SLOW, crowd.SILENT]
    found: dict[str, Searched] = {}
    with ExitStack() as stack:
        origin, provider = stack.enter_context(_crowd(rows))
        well = stack.enter_context(_vitrine(origin, provider, list(range(count))))
        ill = stack.enter_context(_vitrine(origin, provider, archives, refusing=count))
        _search(well)
        complete = _search(well, streamed=True)
        for name in ("at first", "once more", "when they are known to be ill"):
            found[name] = _search(ill, streamed=True)
            if found[name].rows != complete.rows:
                raise RuntimeError(f"{complete.rows - found[name].rows} rows of healthy archives are missing")
            time.sleep(0.2)
    return found


def _report(measured: Mapping[str, Mapping[str, Searched | float]], ill: Mapping[str, Searched]) -> None:
    print_table(
        ["archives × studies", "way", "first row ms", "all ms", "overhead ms", "rows", "CPU ms"],
        [
            [case, way, *_figures(one)]
            for case, ways in measured.items()
            for way, one in ways.items()
            if isinstance(one, Searched)
        ],
    )
    for (count, _), case in zip(_CASES, measured, strict=True):
        one, wanted = measured[case]["first 101"], _GOALS.get(count)
        if wanted is not None and isinstance(one, Searched):
            overhead = one.whole - crowd.SLOWEST
            verdict = "met" if overhead <= wanted else "missed"
            print(f"{case}: {overhead * 1e3:.0f} ms of overhead, at most {wanted * 1e3:.0f} are wanted: {verdict}")
    for case, ways in measured.items():
        print(f"{case}: {ways['MB']:.0f} MB more than before the first search")
    for name, one in ill.items():
        over = (one.whole - _DEADLINE) * 1e3
        print(
            f"three of 53 ill, {name}: {one.whole * 1e3:.0f} ms, {over:+.0f} to the deadline (at most +100 is wanted)"
        )
    ours, theirs = measured["50 × 20"]["first 101"], measured["50 × 20"]["all at once, unmerged"]
    assert isinstance(ours, Searched) and isinstance(theirs, Searched)  # noqa: PT018 - for the type checker
    documents = {
        case: {way: asdict(one) if isinstance(one, Searched) else one for way, one in ways.items()}
        for case, ways in measured.items()
    }
    says = (
        "of the time to ask 50 archives at once without merging, in which they are merged, decided about and recorded"
    )
    outcome = {"searches": documents, "three of 53 ill": {name: asdict(one) for name, one in ill.items()}}
    conclude("search", ours.whole / theirs.whole, says, outcome)


def _figures(one: Searched) -> list[str]:
    overhead = one.whole - crowd.SLOWEST
    times = (one.first, one.whole, overhead)
    return [*(f"{seconds * 1e3:.0f}" for seconds in times), f"{one.rows:,}", f"{one.cpu * 1e3:.0f}"]


if __name__ == "__main__":
    main()
