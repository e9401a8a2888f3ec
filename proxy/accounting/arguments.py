"""The arguments of `vitrine audit disclosures` and `vitrine accounting verify`."""

import argparse
from datetime import date, timedelta
from pathlib import Path
import re
from typing import Final

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


def add_disclosures_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `commands.audit_disclosures` reads."""
    parser.add_argument("--institution", required=True, metavar="ID", help="whose disclosures")
    parser.add_argument("--month", required=True, type=_month, metavar="YYYY-MM", help="of which month (UTC)")
    parser.add_argument("--refused", action="store_true", help="list refusals too")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where the files are written")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint the officer has kept (the last)")


def add_verify_account_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `commands.accounting_verify` reads."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the PDF, the bundle, the proof, or the table")
    parser.add_argument("--key", required=True, metavar="KEY", help="the log's key, as `vitrine audit key` prints it")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="checkpoints of this log that were kept")
    parser.add_argument("--proof", type=Path, metavar="FILE", help="what proves a table (CSV), which carries no proof")


def _month(text: str) -> tuple[date, date]:
    found = _MONTH.fullmatch(text)
    if found is None or int(found[1]) == 0 or int(found[1]) > 9000:
        raise argparse.ArgumentTypeError(f"`{text}` is not a month such as 2026-10")
    first = date(int(found[1]), int(found[2]), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
