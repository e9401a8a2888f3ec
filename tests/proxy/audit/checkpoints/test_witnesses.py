"""Witnesses: another service over HTTP, a file, a log daemon; what they keep, and what they refuse."""

import asyncio
from contextlib import suppress
import socket
import subprocess
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import httpx
from hypothesis import given
from hypothesis import strategies as st
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from proxy.audit.checkpoints.checkpoint import sign_checkpoint
from proxy.audit.checkpoints.commands import read_checkpoints
from proxy.audit.checkpoints.note import Signer
from proxy.audit.checkpoints.remote import RemoteWitness
from proxy.audit.checkpoints.witnesses import Delivery, FileWitness, SyslogWitness, WitnessRefuses, WitnessSilent
from proxy.audit.checkpoints.witnessing import MalformedSubmission, Seen, UnknownLog, WitnessDesk
from proxy.audit.event import EventKind
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery
from proxy.audit.verification import verify_log
from proxy.errors import VitrineError
from proxy.http.context import RequestContext
from proxy.http.problems import to_response
from proxy.operations import witness as door
from proxy.settings.audit import Witness as WitnessSettings
from proxy.storage.witnessed import SqliteSeen
from tests.proxy.audit.checkpoints.running import SIGNER, Clock, log_in

OTHER = Signer("witness.test/audit", Ed25519PrivateKey.from_private_bytes(bytes(32)))
URL = "http://127.0.0.1:9/audit/witness"


class Records:
    def __init__(self) -> None:
        self.kinds: list[EventKind] = []

    async def record(self, event) -> int:
        self.kinds.append(event.kind)
        return len(self.kinds)


async def problem(request, error):
    return to_response(request, error)


class Elsewhere:
    """Another service, as far as it is a witness, and how it is reached."""

    def __init__(self, folder) -> None:
        self.store, self.records = SqliteSeen(folder), Records()
        self.desk = WitnessDesk({SIGNER.name: SIGNER.verifier}, self.store, OTHER, lambda: 1_700_000_000.0)
        self.app = Starlette(
            routes=door.routes(self.desk, self.records),
            middleware=[Middleware(RequestContext, new_id=lambda: "id", observe=lambda *_: None)],
            exception_handlers={VitrineError: problem},
        )

    def witness(self, key: str | None = None) -> RemoteWitness:
        settings = WitnessSettings(id="elsewhere", url=URL)
        verifier = OTHER.witness_verifier if key is None else None
        return RemoteWitness(settings, httpx.ASGITransport(self.app), verifier)


@pytest.fixture
def elsewhere(tmp_path) -> Elsewhere:
    return Elsewhere(tmp_path / "elsewhere")


async def test_another_service_keeps_the_newest_checkpoint(tmp_path, elsewhere):
    witness = elsewhere.witness()
    async with log_in(tmp_path / "log") as log:
        for number in (3, 8, 1, 200):
            await log.record(number)
            signed = await log.checkpoints.sign()
            await witness.take(signed, log.checkpoints.consistency)
            assert elsewhere.store.newest(SIGNER.name) == Seen(signed.checkpoint, signed.note)
    assert [one.checkpoint for one in elsewhere.store.all()] == [signed.checkpoint]
    assert verify_log(log.store, checkpoints=[signed.checkpoint]).valid


async def test_a_restarted_service_goes_on_where_the_witness_is(tmp_path, elsewhere):
    for _ in range(3):
        async with log_in(tmp_path / "log") as log:
            await log.record(5)
            signed = await log.checkpoints.sign()
            await elsewhere.witness().take(signed, log.checkpoints.consistency)
    newest = elsewhere.store.newest(SIGNER.name)
    assert newest is not None
    assert newest.checkpoint == signed.checkpoint


async def test_a_log_written_anew_is_refused(tmp_path, elsewhere):
    async with log_in(tmp_path / "log") as log:
        await log.record(20)
        await elsewhere.witness().take(await log.checkpoints.sign(), log.checkpoints.consistency)
    for number in (10, 40):  # shorter than what the witness has, and longer
        async with log_in(tmp_path / f"anew{number}", clock=Clock(now=1.0)) as anew:
            await anew.record(number)
            with pytest.raises(WitnessRefuses):
                await elsewhere.witness().take(await anew.checkpoints.sign(), anew.checkpoints.consistency)
    assert elsewhere.records.kinds == [EventKind.CHECKPOINT_REFUSED]


async def test_a_witness_without_the_key_it_should_have_is_not_believed(tmp_path, elsewhere):
    elsewhere.desk._signer = Signer(OTHER.name, Ed25519PrivateKey.generate())
    async with log_in(tmp_path / "log") as log:
        await log.record(2)
        with pytest.raises(WitnessSilent):
            await elsewhere.witness().take(await log.checkpoints.sign(), log.checkpoints.consistency)


async def test_the_door_answers_as_the_specification_says(tmp_path, elsewhere):
    async with log_in(tmp_path / "log") as log:
        await log.record(2)
        note = (await log.checkpoints.sign()).note
    stranger = Signer("stranger.test/audit", SIGNER.key)
    forged = Signer(SIGNER.name, Ed25519PrivateKey.generate())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(elsewhere.app), base_url=URL) as client:

        async def status(body: str) -> int:
            return (
                await client.post(URL + "/add-checkpoint", content=body, headers={"content-type": "text/plain"})
            ).status_code

        checkpoint = elsewhere.desk._opened(note)[1]
        assert await status("nothing") == 400
        assert await status(f"old 0\n\n{sign_checkpoint(checkpoint, forged)}") == 403
        unknown = sign_checkpoint(type(checkpoint)(stranger.name, 2, bytes(32)), stranger)
        assert await status(f"old 0\n\n{unknown}") == 404
        answer = await client.post(
            URL + "/add-checkpoint", content=f"old 7\n\n{note}", headers={"content-type": "text/plain"}
        )
        assert (answer.status_code, answer.headers["content-type"], answer.text) == (409, "text/x.tlog.size", "0\n")
        assert await status(f"old 0\n\n{note}") == 200


def test_a_service_that_is_a_witness_for_nobody_has_no_door(tmp_path):
    assert door.routes(WitnessDesk({}, SqliteSeen(tmp_path), OTHER, lambda: 0.0), Records()) == []


@given(st.text(max_size=300) | st.builds("old {}\n{}\n\n{}".format, st.integers(0), st.text(), st.text(max_size=200)))
def test_whatever_is_shown_to_a_witness_is_judged(text):
    desk = WitnessDesk({}, None, OTHER, lambda: 0.0)
    with pytest.raises((MalformedSubmission, UnknownLog)):
        desk.take(text)


async def test_a_file_keeps_every_checkpoint(tmp_path):
    witness = FileWitness("worm", tmp_path / "worm.txt")
    async with log_in(tmp_path / "log") as log:
        for _ in range(3):
            await log.record(4)
            await witness.take(await log.checkpoints.sign(), log.checkpoints.consistency)
    await witness.close()
    kept = [checkpoint for _, checkpoint in read_checkpoints(tmp_path / "worm.txt", SIGNER.verifier)]
    assert [one.size for one in kept] == [4, 9, 14]
    assert verify_log(log.store, checkpoints=kept).valid


def test_a_confined_service_writes_the_file_of_its_witness_and_no_other(tmp_path):
    """Landlock, where the kernel has it, is given the file before it closes the rest (0001, `serving.confine`)."""
    script = (
        "import sys; from pathlib import Path; from proxy.serving import confine;"
        "from proxy.audit.checkpoints.witnesses import FileWitness;"
        "folder = Path(sys.argv[1]); level = confine(folder / 'audit', [folder / 'worm.txt']);"
        "FileWitness('worm', folder / 'worm.txt')._append(b'kept'); print(level);"
        "(folder / 'other.txt').write_text('')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (tmp_path / "worm.txt").read_text() == "kept"
    assert (tmp_path / "other.txt").exists() == done.stdout.startswith("none")


async def test_a_log_daemon_gets_the_checkpoint_in_one_message(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(tmp_path / "log.socket"))
        async with log_in(tmp_path / "log") as log:
            await log.record(4)
            signed = await log.checkpoints.sign()
            await SyslogWitness("daemon", tmp_path / "log.socket", log.clock.clock).take(
                signed, log.checkpoints.consistency
            )
        message = daemon.recv(8192).decode()
    assert message.startswith("<109>1 2026-11-24T12:00:00.000000Z ")
    assert message.endswith(signed.note.rstrip("\n").replace("\n", "\\n"))


class Moody:
    """A witness that does what it is told to."""

    id = "moody"

    def __init__(self) -> None:
        self.mood: type[Exception] | None = WitnessSilent
        self.taken: list[int] = []
        self.asked = 0

    async def take(self, signed, consistency) -> None:
        self.asked += 1
        if self.mood is not None:
            raise self.mood
        self.taken.append(signed.checkpoint.size)

    async def close(self) -> None:
        pass


async def test_a_witness_that_was_away_is_shown_the_newest_when_it_is_back(tmp_path):
    moody = Moody()
    async with log_in(tmp_path) as log:
        delivery = Delivery(moody, log.journal, log.checkpoints.consistency, pause=0.01)
        working = asyncio.create_task(delivery.work())
        for _ in range(3):
            await log.record(3)
            delivery.send(signed := await log.checkpoints.sign())
        await until(lambda: moody.asked > 3)
        assert delivery.behind
        moody.mood = WitnessRefuses
        await until(lambda: log.journal.recorded > signed.checkpoint.size + 1)
        moody.mood = None
        await until(lambda: not delivery.behind)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        (refused,) = log.store.find(EventQuery(kind=EventKind.CHECKPOINT_REFUSED))
    assert moody.taken == [signed.checkpoint.size]
    assert read_record(refused).event.detail == {"witness": "moody"}


async def until(true) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)
