"""The versions kept and what may replace what is in force: steps by other processes, tampering, a log that fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
import sqlite3

from msgspec import structs
import pytest

from policy.bundle import Bundle, BundleFile, read_bundle, to_bundle
from policy.life.history import History
from policy.life.signature import SigningKey, new_key
from policy.life.step import SignedStep, Step, to_body
from proxy.audit.event import Event, EventKind, Outcome
from proxy.errors import AuditUnavailable, ConfigurationError, PolicyStepRefused
from proxy.policies.intent import Approve, Intent, Propose, RollBack, to_step
from proxy.policies.keys import read_officers, read_own_key
from proxy.policies.usable import Fit
from proxy.policies.versions import Versions
from proxy.settings.officers import Officer
from proxy.storage.policies import FILE_NAME, SqliteVersions
from tests.exchange import BUNDLE
from tests.proxy.policies.office import ANA, BEN, CAM, FILES, TREATMENT, narrowed, officers

NOW = 1_795_521_600


@dataclass
class Log:
    """The audit log as a list; `broken` refuses everything."""

    events: list[Event] = field(default_factory=list)
    broken: bool = False

    async def record(self, event: Event) -> int:
        if self.broken:
            raise AuditUnavailable("the audit log cannot commit")
        self.events.append(event)
        return len(self.events)

    def kinds(self) -> list[tuple[str, str]]:
        return [(event.kind.value, event.outcome.value) for event in self.events]


@dataclass
class Office:
    """One process's view of the versions in `folder`."""

    folder: Path
    keys: dict[str, SigningKey]
    entries: tuple[Officer, ...]
    log: Log = field(default_factory=Log)
    now: float = NOW
    require: Callable[[Bundle], None] = lambda _: None
    suspended: frozenset[str] = frozenset()

    @property
    def store(self) -> SqliteVersions:
        return SqliteVersions(self.folder)

    async def opened(self) -> Versions:
        key, known = read_own_key(None, self.folder), read_officers(self.entries)
        versions = Versions(
            *(self.store, self.log, known, key, lambda: self.now),
            Fit(self.require, suspended=lambda subject: subject in self.suspended),
        )
        await versions.open(read_bundle(BUNDLE))
        return versions

    async def take(self, versions: Versions, who: str, intent: Intent) -> int:
        officer = versions.officers.by_subject[who]
        told = Event(EventKind.POLICY_PROPOSED, Outcome.SUCCESS, subject=who)
        return (await versions.take(officer, intent, told)).number

    def submit(self, history: History, who: str, intent: Intent, signer: str | None = None) -> int:
        """Leave a step in the store as the command line does, signed by `signer` if that is another."""
        files = intent.files if isinstance(intent, Propose) else None
        return self.leave(signer or who, to_step(intent, history, who, int(self.now)), files)

    def leave(self, signer: str, step: Step, files: Sequence[BundleFile] | None = None) -> int:
        body, key = to_body(step), self.keys[signer]
        return self.store.submit(SignedStep(body, key.public.id, key.sign(body)), files)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    keys, entries = officers(tmp_path)
    return Office(tmp_path, keys, entries)


def changed(extra: str = "") -> Sequence[BundleFile]:
    return [BundleFile(path, text + extra) for path, text in {**FILES, **narrowed()}.items() if text is not None]


async def approve(office: Office, versions: Versions) -> str:
    number = await office.take(versions, ANA, Propose(changed()))
    await office.take(versions, BEN, Approve(number))
    return versions.bundle.hash


async def test_every_process_takes_what_another_has_approved(office: Office) -> None:
    first, second = await office.opened(), await office.opened()
    adopted: list[str] = []
    second.when_adopted(lambda bundle: adopted.append(bundle.hash))
    version = await approve(office, first)
    await second.look()
    await second.look()
    assert adopted == [version]
    assert second.bundle.hash == version == to_bundle(changed()).hash


async def test_two_processes_do_not_take_the_same_step(office: Office) -> None:
    first, second = await office.opened(), await office.opened()
    number = await office.take(first, ANA, Propose(changed()))
    assert await office.take(second, BEN, Approve(number)) == number + 1
    with pytest.raises(PolicyStepRefused, match="no longer open"):
        await office.take(first, BEN, Approve(number))


async def test_steps_signed_elsewhere_are_taken_in_their_order(office: Office) -> None:
    versions = await office.opened()
    proposed = office.submit(versions.history, ANA, Propose(changed(), "by hand"))
    await versions.look()
    assert office.store.outcome_of(proposed) == ""
    approved = office.submit(versions.history, BEN, Approve(1))
    await versions.look()
    assert office.store.outcome_of(approved) == ""
    assert versions.bundle.hash == to_bundle(changed()).hash
    told = [(event.kind, event.subject, event.detail["key"]) for event in office.log.events[:2]]
    assert told == [
        ("policy-proposed", ANA, office.keys[ANA].public.id),
        ("policy-approved", BEN, office.keys[BEN].public.id),
    ]


async def test_nobody_signs_for_somebody_else(office: Office) -> None:
    versions = await office.opened()
    office.submit(versions.history, ANA, Propose(changed()))
    await versions.look()
    disguised = office.submit(versions.history, BEN, Approve(1), signer=ANA)
    office.keys["stranger"], _ = new_key()
    strange = office.submit(versions.history, BEN, Approve(1), signer="stranger")
    await versions.look()
    assert "somebody else's name" in (office.store.outcome_of(disguised) or "")
    assert "no officer" in (office.store.outcome_of(strange) or "")
    assert versions.bundle.hash == read_bundle(BUNDLE).hash


async def test_a_step_that_was_taken_is_not_taken_again(office: Office) -> None:
    versions = await office.opened()
    before = versions.history
    await approve(office, versions)
    back = RollBack(before.first, "locked out")
    first = office.submit(versions.history, BEN, back)
    await versions.look()
    assert (office.store.outcome_of(first), versions.bundle.hash) == ("", before.first)
    replayed = office.submit(before, ANA, Propose(changed()))
    await versions.look()
    assert "something else has happened" in (office.store.outcome_of(replayed) or "")


async def test_without_the_audit_log_nothing_changes(office: Office) -> None:
    versions = await office.opened()
    number = await office.take(versions, ANA, Propose(changed()))
    office.log.broken = True
    with pytest.raises(AuditUnavailable):
        await office.take(versions, BEN, Approve(number))
    await versions.look()
    office.log.broken = False
    assert versions.bundle.hash == read_bundle(BUNDLE).hash
    assert office.store.steps(1) == []
    await office.take(versions, BEN, Approve(number))
    assert versions.bundle.hash == to_bundle(changed()).hash


async def test_what_could_not_be_recorded_is_not_in_force_until_it_is(office: Office) -> None:
    first, second = await office.opened(), await office.opened()
    second._audit = broken = Log(broken=True)
    version = await approve(office, first)
    await second.look()
    assert second.bundle.hash == second.history.first
    broken.broken = False
    await second.look()
    assert (second.bundle.hash, broken.kinds()) == (version, [("policy-loaded", "success")])


async def test_a_bad_version_never_replaces_a_good_one(office: Office) -> None:
    first, second = await office.opened(), await office.opened()

    def refuse(_: Bundle) -> None:
        raise ConfigurationError("the register uses labels that the policy does not know: HIV")

    second._fit = Fit(refuse)
    version = await approve(office, first)
    await second.look()
    await second.look()
    assert second.bundle.hash == second.history.first != version
    assert office.log.kinds().count(("policy-loaded", "failed")) == 1
    office.require = refuse
    with pytest.raises(ConfigurationError, match="labels that the policy does not know"):
        await office.opened()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE version SET files = replace(files, 'referral', 'encounter')", "not what it was when it was kept"),
        ("DELETE FROM version", "is missing"),
        (
            "UPDATE step SET body = CAST(replace(CAST(body AS TEXT), 'exchange:ben', 'exchange:ana') AS BLOB)",
            "not sealed",
        ),
        ("UPDATE step SET seal = zeroblob(64)", "not sealed"),
        ("DELETE FROM step WHERE number = 1", "do not follow"),
        ("UPDATE step SET body = x'7b7d'", "cannot be read"),
    ],
)
async def test_what_was_tampered_with_never_comes_into_force(office: Office, statement: str, words: str) -> None:
    running, other = await office.opened(), await office.opened()
    await approve(office, other)
    with sqlite3.connect(office.folder / FILE_NAME) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
    connection.close()
    await running.look()
    assert running.bundle.hash == read_bundle(BUNDLE).hash
    with pytest.raises(ConfigurationError, match=words):
        await office.opened()


def test_what_is_kept_is_not_changed_by_accident(office: Office) -> None:
    office.store.keep("a" * 64, [BundleFile("x", "y")])
    with (
        sqlite3.connect(office.folder / FILE_NAME) as connection,
        pytest.raises(sqlite3.IntegrityError, match="never removed"),
    ):
        connection.execute("DELETE FROM version")
    connection.close()


async def test_another_key_of_the_service_believes_nothing_that_it_has_not_sealed(office: Office) -> None:
    await approve(office, await office.opened())
    (office.folder / "policy.key").unlink()
    with pytest.raises(ConfigurationError, match="not sealed by this service's key"):
        await office.opened()


async def test_an_institutions_officer_rolls_back_the_own_rules_only(office: Office) -> None:
    versions = await office.opened()
    await approve(office, versions)
    with pytest.raises(PolicyStepRefused, match="that institution only"):
        await office.take(versions, CAM, RollBack(versions.history.first, "mine"))


async def test_a_folder_that_changes_is_not_in_force_once_officers_have_decided(office: Office) -> None:
    versions = await office.opened()
    version = await approve(office, versions)
    again = Versions(office.store, office.log, versions.officers, read_own_key(None, office.folder), lambda: NOW, Fit())
    other = [BundleFile(path, text + "\n" * (path == TREATMENT)) for path, text in FILES.items()]
    await again.open(to_bundle(other))
    assert again.bundle.hash == version


async def test_a_clock_that_went_back_before_a_restart_takes_nothing_back(office: Office) -> None:
    version = await approve(office, await office.opened())
    office.now -= 3600
    again = await office.opened()
    await again.look()
    assert again.bundle.hash == version
    await office.take(again, ANA, RollBack(again.history.first, "locked out"))
    assert again.bundle.hash == again.history.first


async def test_whoever_is_suspended_signs_nothing(office: Office) -> None:
    office.suspended = frozenset({BEN})
    versions = await office.opened()
    await office.take(versions, ANA, Propose(changed()))
    signed = office.submit(versions.history, BEN, Approve(1))
    await versions.look()
    assert office.store.outcome_of(signed) == "the account is suspended"
    assert versions.bundle.hash == versions.history.first
    assert office.log.kinds() == [("policy-proposed", "success"), ("policy-approved", "refused")]


async def test_a_step_on_a_version_that_there_is_not_keeps_no_other_waiting(office: Office) -> None:
    versions = await office.opened()
    await office.take(versions, ANA, Propose(changed()))
    step = structs.replace(to_step(Approve(1), versions.history, BEN, NOW), base="d" * 64)
    odd = office.leave(BEN, step)
    after = office.submit(versions.history, BEN, Approve(1))
    await versions.look()
    assert "version that there is not" in (office.store.outcome_of(odd) or "")
    assert office.store.outcome_of(after) == ""
    assert versions.bundle.hash == to_bundle(changed()).hash
