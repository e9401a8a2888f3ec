"""`vitrine policy …`: the policy's life at the command line, with its words and its exit codes."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from getpass import getpass
import sys
from typing import Final

from policy.bundle import BundleFile, read_bundle, to_bundle
from policy.check import check as checked
from policy.check import refused
from policy.errors import InvalidBundle
from policy.life.history import Proposal
from policy.life.step import Step
from policy.replay.comparison import compare
from policy.replay.past import PastDecision, to_line
from policy.replay.report import report
from proxy.audit.reading import read_records
from proxy.audit.store import LogUnreadable
from proxy.errors import PolicyStepRefused
from proxy.office.desk import Desk, fit_of, open_desk, take
from proxy.policies.holes import count_holes, decided_since
from proxy.policies.intent import Approve, Intent, Propose, RollBack, Withdraw
from proxy.policies.keys import read_officers_key
from proxy.settings.file import read_settings

DONE: Final = 0
REFUSED: Final = 1
MOST_DECISIONS: Final = 100_000
_SHORT: Final = 12


def check(parsed: argparse.Namespace) -> int:
    """Whether a bundle may come into force, and would mean something here: no folder is for somebody unknown."""
    found = checked(parsed.folder)
    if found.valid:
        try:
            fit_of(read_settings(parsed.config)).require_all(read_bundle(parsed.folder))
        except InvalidBundle as error:
            found = refused(error)
    _print([str(found)])
    return DONE if found.valid else REFUSED


def status(parsed: argparse.Namespace) -> int:
    desk = _desk(parsed)
    enforced, scheduled = desk.history.in_force(desk.now), desk.history.scheduled(desk.now)
    alone = ", rolled back to by one officer" if enforced.by_one_person else ""
    since = f" since {_time(enforced.since)}" if enforced.step else ", as configured"
    _print([f"in force: {enforced.version}{since}{alone}"])
    if scheduled is not None:
        _print([f"scheduled: {scheduled.step.version} from {_time(scheduled.takes_effect or 0)}"])
    _print(_proposed(one) for one in desk.history.open_proposals())
    return DONE


def history(parsed: argparse.Namespace) -> int:
    _print(_told(step) for step in _desk(parsed).history.steps)
    return DONE


def export(parsed: argparse.Namespace) -> int:
    desk = _desk(parsed)
    files = desk.store.files_of(_version(desk, parsed.version))
    try:
        parsed.folder.mkdir(parents=True)
        for file in files:
            place = parsed.folder / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.text, "utf-8")
    except OSError as error:
        raise PolicyStepRefused(f"`{parsed.folder}` cannot be written: {error.strerror}") from None
    _print([f"{len(files)} files written to {parsed.folder}"])
    return DONE


def replay(parsed: argparse.Namespace) -> int:
    desk = _desk(parsed)
    before = to_bundle(desk.store.files_of(desk.history.in_force(desk.now).version))
    try:
        after = read_bundle(parsed.folder)
    except InvalidBundle as error:
        raise PolicyStepRefused(f"the policy may not come into force: {error}") from None
    since = desk.now - parsed.days * 86_400
    past = desk.decisions.since(since, MOST_DECISIONS)
    _print([*report(compare(past, before, after)), *_holes(desk, past, since)])
    return DONE


def _holes(desk: Desk, past: Sequence[PastDecision], since: int) -> Iterator[str]:
    """What is on record and could not be decided again."""
    asked = decided_since(datetime.fromtimestamp(since, UTC), MOST_DECISIONS)
    try:
        records = [one for query in asked for one in read_records(desk.events, query)]
    except LogUnreadable:
        yield "the audit log cannot be read, so that it is not known whether decisions are missing here"
        return
    holes = count_holes(records, past)
    if holes:
        yield f"decisions on record of which the facts are not kept, and nothing is said here: {holes}"


def facts(parsed: argparse.Namespace) -> int:
    desk = _desk(parsed)
    for one in desk.decisions.since(desk.now - parsed.days * 86_400, MOST_DECISIONS):
        _print([to_line(one).decode()])
    return DONE


def propose(parsed: argparse.Namespace) -> int:
    try:
        files: tuple[BundleFile, ...] = read_bundle(parsed.folder).files
    except InvalidBundle as error:
        raise PolicyStepRefused(f"the policy may not come into force: {error}") from None
    step = _take(parsed, lambda _: Propose(files, parsed.note, parsed.effective))
    _print([f"proposal {step.number}: {step.version}", "another officer has to approve it"])
    return DONE


def approve(parsed: argparse.Namespace) -> int:
    step = _take(parsed, lambda _: Approve(parsed.proposal, parsed.effective, parsed.note))
    _print([f"approved: {step.version} comes into force at {_time(step.effective)}"])
    return DONE


def withdraw(parsed: argparse.Namespace) -> int:
    step = _take(parsed, lambda _: Withdraw(parsed.proposal, parsed.note))
    _print([f"withdrawn: proposal {step.proposal}"])
    return DONE


def roll_back(parsed: argparse.Namespace) -> int:
    step = _take(parsed, lambda desk: RollBack(_version(desk, parsed.version), parsed.note))
    _print([f"rolled back: {step.version} is in force"])
    return DONE


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "status": status,
    "history": history,
    "export": export,
    "replay": replay,
    "facts": facts,
    "propose": propose,
    "approve": approve,
    "withdraw": withdraw,
    "rollback": roll_back,
}


def _take(parsed: argparse.Namespace, wanted: Callable[[Desk], Intent]) -> Step:
    desk = _desk(parsed)
    key = read_officers_key(parsed.key, lambda: getpass("passphrase of the key: ").encode())
    return take(desk, wanted(desk), key)


def _desk(parsed: argparse.Namespace) -> Desk:
    return open_desk(read_settings(parsed.config))


def _version(desk: Desk, named: str) -> str:
    """The version of which `named` is the beginning, or the one in force."""
    if named == "current":
        return desk.history.in_force(desk.now).version
    found = [version for version in desk.history.versions() if version.startswith(named)]
    if len(found) != 1:
        raise PolicyStepRefused(f"{'no' if not found else 'more than one'} version begins with `{named}`")
    return found[0]


def _proposed(one: Proposal) -> str:
    step = one.step
    begins = f", not before {_time(step.effective)}" if step.effective else ""
    return f"proposal {one.number}: {step.version[:_SHORT]} by {step.officer}{begins}{step.note and f': {step.note}'}"


def _told(step: Step) -> str:
    about = f" (proposal {step.proposal})" if step.proposal else ""
    return (
        f"{step.number:4}  {_time(step.at)}  {step.kind:11}  {step.version[:_SHORT]}{about}  {step.officer}"
        f"{step.note and f': {step.note}'}"
    )


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _print(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
