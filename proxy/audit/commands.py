"""`vitrine audit list`, `views` and `verify`: their arguments, their words and their exit codes."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
import re
import sys
from typing import Final, TextIO

from proxy.audit.chain import DIGEST_BYTES, Head
from proxy.audit.checkpoints.checkpoint import Checkpoint
from proxy.audit.checkpoints.commands import read_checkpoints
from proxy.audit.checkpoints.growth import recorded
from proxy.audit.checkpoints.note import Verifier
from proxy.audit.event import EventKind
from proxy.audit.listing import to_json_lines, to_table
from proxy.audit.store import EventQuery, EventReader, LogDamaged, LogUnreadable
from proxy.audit.verification import Verdict, verify_log
from proxy.audit.views.listing import to_json_lines as views_to_json
from proxy.audit.views.listing import to_table as views_to_table
from proxy.audit.views.newest import newest_views
from proxy.errors import ConfigurationError

VALID: Final = 0
INVALID: Final = 1
UNREADABLE: Final = 2

_END: Final = re.compile(rf"([1-9][0-9]{{0,17}}):([0-9a-f]{{{2 * DIGEST_BYTES}}})", re.ASCII)


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `audit_list` reads."""
    _add_filters(parser)
    parser.add_argument("--kind", type=EventKind, choices=list(EventKind), help="of this kind")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, bodies as they were hashed")


def add_views_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `audit_views` reads."""
    _add_filters(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line, which names every frame")


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `audit_verify` reads."""
    parser.add_argument("--kept", type=_end, metavar="RECORD:DIGEST", help="an end of this log that was noted earlier")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="checkpoints of this log that a witness kept")


def audit_list(reader: EventReader, arguments: argparse.Namespace, out: TextIO | None = None) -> int:
    """Print the records asked for, oldest first. Returns 0, or 2 when the log or a record cannot be read."""
    try:
        entries = reader.find(replace(_asked(arguments), kind=arguments.kind))
        _print(to_json_lines(entries) if arguments.json else to_table(entries), out or sys.stdout)
    except (LogUnreadable, LogDamaged) as error:
        return _complain(error)
    return VALID


def audit_views(reader: EventReader, arguments: argparse.Namespace, out: TextIO | None = None) -> int:
    """Print the views asked for, oldest first. Returns 0, or 2 when the log or a record cannot be read."""
    try:
        views = newest_views(reader, _asked(arguments), arguments.limit)
        _print(views_to_json(views) if arguments.json else views_to_table(views), out or sys.stdout)
    except (LogUnreadable, LogDamaged) as error:
        return _complain(error)
    return VALID


def audit_verify(
    reader: EventReader,
    arguments: argparse.Namespace,
    out: TextIO | None = None,
    verifier: Verifier | None = None,
) -> int:
    """Print whether the log is sound. Returns 0 when it is, 1 with what is wrong and where, 2 when it is unreadable."""
    try:
        checkpoints = _checkpoints(reader, verifier, arguments.checkpoint)
        verdict = verify_log(reader, arguments.kept, checkpoints)
    except (LogUnreadable, LogDamaged) as error:
        return _complain(error)
    _print([*_sentences(verdict), *_compared(verdict, checkpoints)], out or sys.stdout)
    return VALID if verdict.valid else INVALID


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patient", metavar="AUTHORITY|ID", help="about this patient")
    parser.add_argument("--subject", metavar="ISSUER:SUB", help="by this user")
    parser.add_argument("--study", metavar="UID", help="about this study")
    parser.add_argument(
        "--since", type=_time, metavar="TIME", help="from this time on (ISO 8601; UTC if it says no zone)"
    )
    parser.add_argument("--until", type=_time, metavar="TIME", help="before this time")
    parser.add_argument("--limit", type=_positive, default=50, metavar="N", help="at most the last N (default: 50)")


def _asked(arguments: argparse.Namespace) -> EventQuery:
    return EventQuery(
        patient=arguments.patient,
        subject=arguments.subject,
        study=arguments.study,
        since=arguments.since,
        until=arguments.until,
        limit=arguments.limit,
        newest=True,
    )


def _sentences(verdict: Verdict) -> list[str]:
    end = f"{verdict.head.sequence}:{verdict.head.digest.hex()}"
    if verdict.problem is not None:
        return [f"invalid: {verdict.problem.says}", f"sound up to: {end}"]
    if verdict.head.sequence == 0:
        return ["valid: the log is empty"]
    whole = f"{verdict.head.sequence} records"
    rest = f"records {verdict.removed + 1} to {verdict.head.sequence}; those before were removed after their time"
    return [
        f"valid: {rest if verdict.removed else whole}",
        f"end: {end}",
        "Keep this end elsewhere: `--kept` will show whether the log was cut short or written anew since.",
    ]


def _compared(verdict: Verdict, checkpoints: Sequence[Checkpoint]) -> list[str]:
    here = [one for one in checkpoints if one.size >= verdict.removed]
    if not verdict.valid or not here:
        return []
    count = "1 checkpoint" if len(here) == 1 else f"{len(here)} checkpoints"
    return [f"as in {count}, the last of {max(one.size for one in here)} records"]


def _checkpoints(reader: EventReader, verifier: Verifier | None, kept: Path | None) -> list[Checkpoint]:
    """Those in the log, and those in the file `kept`."""
    if verifier is None:
        if kept is not None:
            raise ConfigurationError("there is no key of this log to read a checkpoint with")
        return []
    told = [] if kept is None else [checkpoint for _, checkpoint in read_checkpoints(kept, verifier)]
    return [*dict.fromkeys([*_recorded(reader, verifier), *told])]


def _recorded(reader: EventReader, verifier: Verifier) -> list[Checkpoint]:
    """None where the log cannot be searched: what is wrong with it, verifying will say."""
    try:
        return recorded(reader, verifier)
    except LogDamaged:
        return []


def _print(lines: Iterable[str], out: TextIO) -> None:
    out.writelines(f"{line}\n" for line in lines)


def _complain(error: Exception) -> int:
    place = error.place if isinstance(error, LogUnreadable) else ""
    sys.stderr.write(f"vitrine: {error}{place and f' (`{place}`)'}\n")
    return UNREADABLE


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time such as 2026-11-01 or 2026-11-01T08:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number above zero")
    return int(text)


def _end(text: str) -> Head:
    match = _END.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("an end is RECORD:DIGEST, as `vitrine audit verify` prints it")
    return Head(int(match[1]), bytes.fromhex(match[2]))
