"""What `vitrine archive probe` is told, and how it ends; apart from it, so that other commands start fast."""

import argparse
from pathlib import Path

CHANGED = 3
"""The exit status when an archive is not what it was."""


def add_probe_arguments(parser: argparse.ArgumentParser) -> None:
    """What `vitrine archive probe` is told."""
    parser.add_argument("target", metavar="URL|ID", help="an archive's DICOMweb root, or its id in the configuration")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration (TOML) that has the id")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the report, to compare with later")
    parser.add_argument(
        *("--against", "--again"),
        type=Path,
        metavar="FILE",
        help=f"say what changed since that report; exit status {CHANGED} when something has",
    )
