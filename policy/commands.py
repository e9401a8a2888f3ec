"""What officers type about bundles as such, with or without a service: check, test, replay and prove."""

import argparse
from collections.abc import Callable, Iterator, Mapping

from policy.bundle import read_bundle
from policy.check import Report, check, refused, try_all
from policy.errors import InvalidBundle
from policy.replay.comparison import compare
from policy.replay.past import UnreadableFacts, read_lines
from policy.replay.report import report

NO_SOLVER = "proofs need the solver: install the extra `proofs`"


def replay(parsed: argparse.Namespace) -> Report:
    """What `parsed.folder` would have decided otherwise than `parsed.before`, of the past decisions in a file."""
    try:
        before, after = read_bundle(parsed.before), read_bundle(parsed.folder)
        with parsed.log.open("rb") as file:
            comparison = compare(read_lines(file), before, after)
    except InvalidBundle as invalid:
        return refused(invalid)
    except OSError as error:
        return Report(False, (f"{parsed.log}: cannot be read: {error.strerror}",))
    except UnreadableFacts as error:
        return Report(False, (f"{parsed.log}: {error}",))
    return Report(True, tuple(report(comparison)))


def prove(parsed: argparse.Namespace) -> Report:
    """Proofs about `parsed.folder`, and about the change from `parsed.before` where that is given."""
    try:
        from policy.proofs import questions  # noqa: PLC0415 - the solver is an extra, and large
        from policy.proofs.report import idle_report  # noqa: PLC0415 - the same
        from policy.proofs.report import report as told  # noqa: PLC0415 - the same
    except ModuleNotFoundError:
        return Report(False, (NO_SOLVER,))

    def lines() -> Iterator[str]:
        bundle = read_bundle(parsed.folder)
        if parsed.before is not None:
            yield from told(questions.compare(read_bundle(parsed.before), bundle))
        yield from told(questions.narrowing(bundle))
        yield from idle_report(questions.idle(bundle))

    try:
        return Report(True, tuple(lines()))
    except InvalidBundle as invalid:
        return refused(invalid)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], Report]] = {
    "check": lambda parsed: check(parsed.folder),
    "test": lambda parsed: try_all(parsed.folder),
    "prove": prove,
    "replay": replay,
}
