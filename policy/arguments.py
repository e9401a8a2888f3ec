"""The arguments of the commands about bundles as such; what carries them out is loaded when one is run."""

import argparse
from collections.abc import Callable
from pathlib import Path

Adder = Callable[..., argparse.ArgumentParser]


def add_bundle_arguments(add: Adder) -> argparse.ArgumentParser:
    """Add `check`, `test` and `prove` by `add`, which makes a parser for each; `bundle_command` then names it.

    Gives the parser of `check`, for those who know more to check a bundle against.
    """
    checking = add("check", help="say whether a bundle may come into force, and what it says")
    _add_folder(checking, "check")
    _add_folder(add("test", help="try the decision cases of a bundle, and say what became of each"), "test")
    proving = add("prove", help="say what a bundle can never permit or refuse that another one does")
    _add_folder(proving, "prove")
    proving.add_argument("--before", type=Path, metavar="FOLDER", help="the bundle that it is compared with")
    return checking


def add_replay_arguments(add: Adder) -> None:
    """Add `replay`, of decisions in a file."""
    replaying = add("replay", help="decide past decisions again, and say what would be otherwise")
    _add_folder(replaying, "replay")
    replaying.add_argument("--before", type=Path, required=True, metavar="FOLDER", help="the bundle in force")
    replaying.add_argument(
        "--log", type=Path, required=True, metavar="FILE", help="as `vitrine policy facts` writes it"
    )


def run_bundle_command(parsed: argparse.Namespace) -> int:
    """Run what was parsed and print its report; 0 when it is in order, 1 when it is not."""
    from policy.commands import COMMANDS  # noqa: PLC0415 - loaded when it is needed

    report = COMMANDS[parsed.bundle_command](parsed)
    print(report)  # noqa: T201 - a command prints
    return 0 if report.valid else 1


def _add_folder(parser: argparse.ArgumentParser, command: str) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="schema, rules and decision cases")
    parser.set_defaults(run=run_bundle_command, bundle_command=command)
