"""The whole service over its log: witnesses that are other services, a log in PostgreSQL, files from before."""

import asyncio

import httpx

from proxy.app import build_app
from proxy.attesting import signer_of
from proxy.audit.checkpoints.note import read_verifier
from proxy.audit.event import EventKind
from proxy.audit.verification import verify_log
from proxy.settings.audit import Audit, Witness
from proxy.settings.secrets import Secret
from proxy.storage.postgresql import PostgresqlEvents
from proxy.storage.sqlite import SqliteEvents
from proxy.storage.witnessed import SqliteSeen
from tests.exchange import ORIGIN, ct, opened_exchange, settings_of
from tests.proxy.audit.logs import MemoryEvents

STUDY = "1.2.840.1"
FRAME = f"/dicomweb/studies/{STUDY}/series/{STUDY}.1/instances/{STUDY}.1.1/frames/1/rendered"
ORIGIN_OF_THE_LOG = "127.0.0.1:8080/audit"


async def until(true) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.05)


async def test_two_services_are_witnesses_of_one_another(tmp_path):
    """One shows its checkpoints to the other, by its real door; a log that was cut afterwards is found out."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    key = str(signer_of(settings_of(here, ["general"])).verifier)
    watching = Audit(folder=there / "audit", origin="there.test/audit", witnessed=(key,))
    own = str(signer_of(settings_of(there, ["general"], audit=watching)).witness_verifier)
    async with opened_exchange(there, {"general": []}, audit=watching) as other:
        shown = Audit(
            folder=here / "audit",
            checkpoint_records=1,
            witnesses=(Witness(id="there", url=f"{ORIGIN}/audit/witness", key=own),),
        )
        transport = httpx.ASGITransport(build_app(other.services))
        outside = {"witness_transport": lambda _: transport}
        async with opened_exchange(here, {"general": [ct(STUDY)]}, audit=shown, outside=outside) as exchange:
            assert (await exchange.get(FRAME)).status_code == 200
            store = SqliteSeen(there / "audit")
            await until(lambda: (seen := store.newest(ORIGIN_OF_THE_LOG)) and seen.checkpoint.size >= 3)
            await until(lambda: not exchange.services.attesting.checkpoints.behind)
    seen = store.newest(ORIGIN_OF_THE_LOG)
    assert seen is not None
    log = SqliteEvents(here / "audit")
    assert verify_log(log, checkpoints=[seen.checkpoint]).valid
    shorter = MemoryEvents()
    shorter.kept = [*log.entries()][: seen.checkpoint.size - 1]
    assert verify_log(shorter).valid
    assert not verify_log(shorter, checkpoints=[seen.checkpoint]).valid
    assert read_verifier(key).name == ORIGIN_OF_THE_LOG


async def test_views_go_on_record_in_postgresql_and_stop_without_it(tmp_path, postgresql, monkeypatch):
    monkeypatch.setenv("VITRINE_TEST_DATABASE", postgresql.url)
    audit = Audit(folder=tmp_path / "audit", database=Secret(env="VITRINE_TEST_DATABASE"), origin=str(tmp_path))
    async with opened_exchange(tmp_path, {"general": [ct(STUDY), ct("1.2.840.2")]}, audit=audit) as exchange:
        assert (await exchange.get(FRAME)).status_code == 200
        await asyncio.to_thread(postgresql.stop, "immediate")
        refused = await exchange.get(FRAME.replace(STUDY, "1.2.840.2"))
        await asyncio.to_thread(postgresql.start)
        assert refused.status_code == 503
        assert "audit" in refused.json()["title"].lower()
        await until(lambda: exchange.services.journal.available)
        assert (await exchange.get(FRAME.replace(STUDY, "1.2.840.2"))).status_code == 200
    store = PostgresqlEvents(postgresql.url, str(tmp_path))
    assert verify_log(store).valid
    kinds = [entry.body for entry in store.entries()]
    assert sum(b'"view-opened"' in body for body in kinds) == 2
    assert not (tmp_path / "audit" / "audit.sqlite").exists()


async def test_a_log_from_before_goes_on_and_keeps_its_key(tmp_path):
    for _ in range(2):
        async with opened_exchange(tmp_path, {"general": [ct(STUDY)]}) as exchange:
            assert (await exchange.get(FRAME)).status_code == 200
            await exchange.services.attesting.checkpoints.sign()
    kinds = [event.kind for event in exchange.events()]
    assert kinds.count(EventKind.STARTED) == kinds.count(EventKind.CHECKPOINT) == 2
    assert verify_log(SqliteEvents(tmp_path / "audit")).valid
