"""What it costs to be on record: how long callers wait for their commit, in files and in PostgreSQL, and how one reads.

`python -m benchmarks.audit [--seconds N] [--events N]`. Events come at a steady rate, each from a caller of its own who
waits for it, while checkpoints are signed. The peer is a plain table in SQLite that commits each event by itself. Then
people scroll, and what they see goes on record frame by frame, in seconds of their own that pass as fast as they can.
"""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
import sqlite3
from statistics import quantiles
import tempfile
import time

import uvloop

from benchmarks.report import conclude, print_table
from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.permit import Obligations, Permit
from proxy.access.views.shown import frames
from proxy.access.views.views import Views
from proxy.audit.canonical import to_body, to_event_json
from proxy.audit.chain import GENESIS, Entry, extend
from proxy.audit.checkpoints.keys import read_signer
from proxy.audit.checkpoints.signing import Checkpoints
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery
from proxy.audit.verification import verify_log
from proxy.audit.views.view import Ended, views_of
from proxy.resources import ArchiveId, FramesRef, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.settings.audit import Audit
from proxy.storage.postgresql import PostgresqlEvents
from proxy.storage.sqlite import SqliteEvents
from tests.peers.postgresql import running
from tests.proxy.audit.logs import NOON

RATES = (100, 500, 2000)
_PATIENTS = 5_000
_BATCH = 1_000
_PEOPLE, _FRAMES, _SECONDS, _SLICES = 600, 2_000, 120, 400
_CALLER = Caller(
    *("general:17", "A. Clinician", frozenset({"clinician"}), "general", PurposeOfUse.TREAT, Network.CLINICAL),
    *("17", 0),
)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="for each rate (default: 5)")
    parser.add_argument("--events", type=int, default=200_000, help="in the log that is read (default: 200000)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as made, running() as server:
        folder = Path(made)
        waits: dict[tuple[str, int], list[float]] = {}
        for rate in RATES:
            place = folder / str(rate)
            for name, store in (
                ("SQLite", SqliteEvents(place)),
                ("PostgreSQL", PostgresqlEvents(server.url, str(rate))),
            ):
                waits[name, rate] = uvloop.run(_wait(store, place, rate, arguments.seconds))
        most = uvloop.run(_most(SqliteEvents(folder / "most"), arguments.seconds))
        one_by_one = _one_by_one(folder / "peer.sqlite", arguments.seconds)
        reading = _reading(folder / "long", arguments.events)
        viewing = uvloop.run(_viewing(SqliteEvents(folder / "views")))
    _report(waits, most, one_by_one, reading, viewing)


def _event(number: int) -> Event:
    """About as large as a view that is opened."""
    return Event(
        EventKind.VIEW_OPENED,
        Outcome.SUCCESS,
        subject=f"general:{number % 400}",
        name="A. Clinician",
        organization="general",
        roles=("clinician",),
        purpose="TREAT",
        address="192.0.2.17",
        token_id=f"{number:032x}",
        institution="general",
        archive="general-main",
        patient=f"GENERAL|{number % _PATIENTS}",
        study=f"1.2.826.0.1.3680043.8.498.{number}",
        view_session=f"{number:032x}",
        reasons=("hie-treating", "hie-clinical-network"),
        policy=f"{number:064x}",
        detail={"rendered-only": 1, "watermarked": 1, "modality": "CT", "frames": 480},
    )


async def _wait(store: SqliteEvents | PostgresqlEvents, folder: Path, rate: int, seconds: float) -> list[float]:
    """Each caller's wait in milliseconds, at `rate` events a second."""
    journal = Journal(store, time.time)
    await journal.start()
    signer = read_signer(None, folder, "bench.test/audit")
    audit = Audit(folder=folder)
    checkpoints = Checkpoints(store, journal, signer, audit, [], None, time.time, time.monotonic)
    waits: list[float] = []

    async def caller(number: int) -> None:
        began = time.perf_counter()
        await journal.record(_event(number))
        waits.append(1000 * (time.perf_counter() - began))

    began = time.perf_counter()
    async with checkpoints.running(), asyncio.TaskGroup() as callers:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            callers.create_task(caller(number))
    await journal.close()
    return waits


async def _most(store: SqliteEvents, seconds: float) -> float:
    """Events a second when two hundred callers ask again as soon as they were answered."""
    journal = Journal(store, time.time)
    await journal.start()
    until, done = time.perf_counter() + seconds, 0

    async def caller(number: int) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await journal.record(_event(number))
            done += 1

    await asyncio.gather(*map(caller, range(200)))
    await journal.close()
    return done / seconds


def _one_by_one(path: Path, seconds: float) -> float:
    body = to_body(NOON, to_event_json(_event(1)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE event (number INTEGER PRIMARY KEY, body BLOB)")
        until, done = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            connection.execute("INSERT INTO event (body) VALUES (?)", (body,))
            done += 1
    return done / seconds


def _reading(folder: Path, events: int) -> dict[str, float]:
    """Verifying a long log, and finding one patient's records in it."""
    store = SqliteEvents(folder)
    store.open()
    for batch in _batches(events):
        store.append(batch)
    began = time.perf_counter()
    if not verify_log(store).valid:
        raise SystemExit("the log is not what was written")
    verified = events / (time.perf_counter() - began)
    times = []
    for patient in range(50):
        began = time.perf_counter()
        found = store.find(EventQuery(patient=f"GENERAL|{patient * 97}", limit=10_000))
        times.append(1000 * (time.perf_counter() - began))
        if len(found) != events // _PATIENTS:
            raise SystemExit("a patient's records are not all found")
    store.close()
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {"verified": verified, "patient": sorted(times)[-3], "bytes": size / events}


async def _viewing(store: SqliteEvents) -> dict[str, float]:
    """`_PEOPLE` who see `_FRAMES` frames a second between them, each through slices of a study, for `_SECONDS`."""
    journal = Journal(store, time.time)
    await journal.start()
    now, shown = 0.0, 0
    views = Views(journal, lambda: now)
    permits = [[_permit(person, slice_) for slice_ in range(_SLICES)] for person in range(_PEOPLE)]
    began = time.process_time()
    for _ in range(_SECONDS):
        for _ in range(_FRAMES):
            permit = permits[shown % _PEOPLE][shown // _PEOPLE % _SLICES]
            views.admitted(_CALLER, permit)
            views.show(_CALLER, frames(permit, permit.target.frames))
            views.sent(permit.view_session, 20_000)
            shown += 1
        now += 1
        await views.look()
    spent = time.process_time() - began
    views.end_all(lambda _: True, Ended.STOPPED)
    await views.look()
    await journal.close()
    records = [read_record(entry) for entry in store.entries()]
    if sum(view.delivered for view in views_of(records)) != shown:
        raise SystemExit("not every frame is on record")
    told = sum(record.event.kind is EventKind.VIEW_PROGRESS for record in records)
    size = sum(len(entry.body) for entry in store.entries())
    return {"events": told / _SECONDS, "microseconds": 1e6 * spent / shown, "bytes": size / shown}


def _permit(person: int, slice_: int) -> Permit[FramesRef]:
    study = Uid(f"1.2.826.0.1.3680043.8.498.{person}")
    held = HeldStudy(
        *(study, ArchiveId("general-main"), InstitutionId("general")),
        *(PatientIdentifier("GENERAL", f"{person}"), ("CT",), "20260314"),
    )
    target = FramesRef(study, Uid(f"{study}.1"), Uid(f"{study}.1.{slice_}"), (1,))
    return Permit(target, held, Obligations(), f"{person:032x}", ("hie-treating",), f"{person:064x}")


def _batches(events: int) -> Iterator[list[Entry]]:
    head = GENESIS
    for start in range(0, events, _BATCH):
        batch = list(extend(head, (to_body(NOON, to_event_json(_event(one))) for one in range(start, start + _BATCH))))
        head = batch[-1].head
        yield batch


def _report(
    waits: dict[tuple[str, int], list[float]],
    most: float,
    one_by_one: float,
    reading: dict[str, float],
    viewing: dict[str, float],
) -> None:
    rows, measured = [], {}
    for (store, rate), times in waits.items():
        cuts = quantiles(times, n=100)
        rows.append([store, str(rate), f"{cuts[49]:.2f}", f"{cuts[98]:.2f}", f"{max(times):.1f}"])
        measured[f"{store} {rate}/s"] = {"p50_ms": round(cuts[49], 3), "p99_ms": round(cuts[98], 3)}
    print_table(["store", "events/s", "p50 ms", "p99 ms", "longest ms"], rows)
    print(f"at most {most:.0f} events/s; each committed by itself: {one_by_one:.0f}/s")
    print(f"verified: {reading['verified']:.0f} events/s; an event takes {reading['bytes']:.0f} bytes")
    print(f"one patient's records among all: {reading['patient']:.1f} ms (95th percentile)")
    print(
        f"{_PEOPLE} people at {_FRAMES} frames/s: {viewing['events']:.1f} events/s, {viewing['microseconds']:.1f} µs of"
        f" CPU time and {viewing['bytes']:.0f} bytes of the log for each frame"
    )
    conclude(
        "audit",
        most / one_by_one,
        "events on record a second, over a table that commits each by itself",
        {
            "waits": measured,
            "most": round(most),
            "one_by_one": round(one_by_one),
            "reading": reading,
            "viewing": viewing,
        },
    )


if __name__ == "__main__":
    main()
