"""The arguments of `vitrine policy …`; what carries them out is loaded when one is run."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from policy.arguments import add_bundle_arguments, run_bundle_command

Commands = Callable[..., argparse.ArgumentParser]


def add_policy_arguments(add: Commands) -> None:
    """Add every command by `add`, which makes a parser for each."""
    checking = add_bundle_arguments(add)
    checking.add_argument("--config", type=Path, metavar="FILE", help="the configuration that it has to fit (TOML)")
    checking.set_defaults(run=_check)
    _add(add, "status", "say what is in force, what comes next and what waits for approval")
    _add(add, "history", "list every step in the policy's life")
    exporting = _add(add, "export", "write a version into a folder, to read or to change it")
    exporting.add_argument("version", metavar="VERSION", help="its hash, or the beginning of it; `current`")
    exporting.add_argument("folder", type=Path, metavar="FOLDER", help="made, and must not be there yet")
    _add_trying(add)
    _add_steps(add)


def _add_trying(add: Commands) -> None:
    replaying = _add(add, "replay", "say which past decisions a bundle would change")
    replaying.add_argument("folder", type=Path, metavar="FOLDER", help="schema, rules and decision cases")
    replaying.add_argument("--days", type=int, default=90, metavar="N", help="of the last so many days (default: 90)")
    facts = _add(add, "facts", "write the facts of past decisions, for `python -m policy replay --log`")
    facts.add_argument("--days", type=int, default=90, metavar="N", help="of the last so many days (default: 90)")


def _add_steps(add: Commands) -> None:
    proposing = _add_signed(add, "propose", "propose a bundle, for another officer to approve")
    proposing.add_argument("folder", type=Path, metavar="FOLDER", help="schema, rules and decision cases")
    proposing.add_argument("--from", dest="effective", type=_moment, default=0, metavar="TIME", help="not before this")
    approving = _add_signed(add, "approve", "approve what another officer has proposed")
    approving.add_argument("proposal", type=int, metavar="NUMBER", help="as `status` and `propose` say it")
    approving.add_argument("--from", dest="effective", type=_moment, default=0, metavar="TIME", help="not before this")
    withdrawing = _add_signed(add, "withdraw", "take back what is not yet in force")
    withdrawing.add_argument("proposal", type=int, metavar="NUMBER", help="as `status` and `propose` say it")
    returning = _add_signed(add, "rollback", "go back to a version that has been in force, at once")
    returning.add_argument("version", metavar="VERSION", help="its hash, or the beginning of it")


def _add(add: Commands, name: str, words: str) -> argparse.ArgumentParser:
    parser = add(name, help=words)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration (TOML)")
    parser.set_defaults(run=_run, policy_command=name)
    return parser


def _add_signed(add: Commands, name: str, words: str) -> argparse.ArgumentParser:
    parser = _add(add, name, words)
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="your Ed25519 private key (PEM)")
    parser.add_argument("--note", default="", metavar="WORDS", help="why, for the record and for other officers")
    return parser


def _run(parsed: argparse.Namespace) -> int:
    from proxy.office.commands import COMMANDS  # noqa: PLC0415 - loaded when it is needed

    return COMMANDS[parsed.policy_command](parsed)


def _check(parsed: argparse.Namespace) -> int:
    if parsed.config is None:
        return run_bundle_command(parsed)
    from proxy.office.commands import check  # noqa: PLC0415 - loaded when it is needed

    return check(parsed)


def _moment(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time such as 2026-12-01 or 2026-12-01T08:00Z") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
