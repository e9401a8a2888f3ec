"""How long an account takes: one patient's among all that is on record, and an institution's month, with its proofs.

`python -m benchmarks.accounting [--events N]`. The log covers a year, in files and in PostgreSQL. The peer is the log
read from its beginning to its end, which is what whoever has no index does.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
import tempfile
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.report import conclude, print_table
from proxy.accounting.documents import Press
from proxy.accounting.proofs import prove
from proxy.accounting.question import Format, Question
from proxy.accounting.reading import Accountant, Scope
from proxy.audit.canonical import to_body, to_event_json
from proxy.audit.chain import GENESIS, extend
from proxy.audit.checkpoints.checkpoint import Checkpoint, sign_checkpoint
from proxy.audit.checkpoints.growth import Signed, to_event
from proxy.audit.checkpoints.merkle import EMPTY
from proxy.audit.checkpoints.note import Signer
from proxy.audit.event import Event, EventKind, Outcome
from proxy.repositories.naming import Naming
from proxy.storage.postgresql import PostgresqlEvents
from proxy.storage.sqlite import SqliteEvents
from tests.peers.postgresql import running

_PATIENTS = 5_000
_BATCH = 1_000
_ASKED = 50
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=360)
_NAMING = Naming(
    "An exchange", "https://bench.test", {}, {}, {f"i{number}": f"Hospital {number}" for number in range(5)}
)
_WHOLE = {"since": date(2026, 1, 1), "to": date(2026, 12, 31)}


@dataclass(frozen=True)
class _Log:
    """A store that holds everything, and what makes accounts of it."""

    store: SqliteEvents | PostgresqlEvents
    accountant: Accountant
    press: Press
    note: str

    def account(self, scope: Scope, question: Question) -> int:
        """Make an account and write it down; its views."""
        found = self.accountant.find(scope, question)
        account = self.accountant.account(scope, scope.patients or (), question, found, self.note)
        proof = None
        if question.format not in {Format.JSON, Format.CSV}:
            numbers = {record.sequence for record in found.records}
            proof = prove(self.store, self.press.signer.verifier, numbers, self.note, None, withheld=False)
        self.press.write(question.format, account, found.records, proof)
        return len(account.views)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accounting", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000, help="in the log (default: 200000)")
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as made, running() as server:
        stores = {
            "SQLite": SqliteEvents(Path(made) / "log"),
            "PostgreSQL": PostgresqlEvents(server.url, "accounting"),
        }
        measured = {name: _measure(_filled(store, events), events) for name, store in stores.items()}
    _report(measured, events)


def _filled(store: SqliteEvents | PostgresqlEvents, events: int) -> _Log:
    """With a checkpoint behind each thousand events, as the service makes them."""
    store.open()
    signer = Signer("bench.test/audit", Ed25519PrivateKey.generate())
    head, frontier, note = GENESIS, EMPTY, ""
    for start in range(0, events, _BATCH):
        numbers = range(start, start + _BATCH)
        bodies = [to_body(_BEGIN + _YEAR * (number / events), to_event_json(_event(number))) for number in numbers]
        batch = list(extend(head, bodies))
        frontier = frontier.grown(entry.digest for entry in batch)
        checkpoint = Checkpoint(signer.name, frontier.size, frontier.root)
        note = sign_checkpoint(checkpoint, signer)
        told = to_event_json(to_event(Signed(checkpoint, frontier, note)))
        batch += extend(batch[-1].head, [to_body(_BEGIN + _YEAR * (start / events), told)])
        frontier, head = frontier.grown([batch[-1].digest]), batch[-1].head
        store.append(batch)
    accountant = Accountant(store, "An exchange", _NAMING.institutions, dict, time.time)
    return _Log(store, accountant, Press(signer, _NAMING), note)


def _measure(log: _Log, events: int) -> dict[str, float]:
    """Milliseconds: the 95th percentile for patients, once for what takes long."""
    times = []
    for number in range(_ASKED):
        scope = Scope((f"GENERAL|{number * 97 % _PATIENTS}",))
        taken, views = _timed(lambda scope=scope: log.account(scope, Question(**_WHOLE)))
        if views != events // _PATIENTS // 4:
            raise SystemExit("a patient's account is not whole")
        times.append(taken)
    patient = Scope(("GENERAL|97",))
    month = {"since": date(2026, 5, 1), "to": date(2026, 5, 31)}
    return {
        "patient_json": sorted(times)[-3],
        "patient_proof": _timed(lambda: log.account(patient, Question(**_WHOLE, format=Format.PROOF)))[0],
        "patient_pdf": _timed(lambda: log.account(patient, Question(**_WHOLE, format=Format.PDF)))[0],
        "month_json": _timed(lambda: log.account(Scope(institution="i3"), Question(**month)))[0],
        "month_proof": _timed(lambda: log.account(Scope(institution="i3"), Question(**month, format=Format.PROOF)))[0],
        "whole_log": _timed(lambda: sum(1 for _ in log.store.entries()))[0],
    }


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    answer = work()
    return 1000 * (time.perf_counter() - began), answer


def _event(number: int) -> Event:
    """Every fourth is a view; the rest are what a patient's records are among: searches and decisions."""
    patient, what = number // 4 % _PATIENTS, number % 4
    return Event(
        EventKind.VIEW_OPENED if what == 0 else EventKind.SEARCH,
        Outcome.SUCCESS,
        subject=f"general:{number % 400}",
        name="A. Clinician",
        organization="General Hospital",
        roles=("clinician",),
        purpose="TREAT",
        address="192.0.2.17",
        token_id=f"{number:032x}",
        institution=f"i{patient % 5}" if what == 0 else "",
        archive="general-main",
        patient=f"GENERAL|{patient}",
        study=f"1.2.826.0.1.3680043.8.498.{number}",
        view_session=f"{number:032x}" if what == 0 else "",
        reasons=("hie-treating", "hie-clinical-network"),
        policy=f"{number:064x}",
        detail={"rendered-only": 1, "study-date": "20260314", "modalities": "CT"},
    )


def _report(measured: dict[str, dict[str, float]], events: int) -> None:
    print(f"among {events} events, milliseconds:")
    names = list(next(iter(measured.values())))
    print_table(
        ["store", *names], [[store, *(f"{one[name]:.1f}" for name in names)] for store, one in measured.items()]
    )
    sqlite = measured["SQLite"]
    ratio = sqlite["whole_log"] / sqlite["patient_json"]
    conclude("accounting", ratio, "one patient's account, over reading the whole log", dict(measured))


if __name__ == "__main__":
    main()
