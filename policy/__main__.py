"""`python -m policy check FOLDER`: may this bundle come into force, and what does it say?"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from policy.check import check


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when the bundle is valid, 1 when it is refused, 2 when the command is not understood."""
    parser = argparse.ArgumentParser(prog="python -m policy", description="Policy bundles for officers.")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="check a bundle and print its rules as sentences")
    checking.add_argument("folder", type=Path)
    report = check(parser.parse_args(arguments).folder)
    print(report)
    return 0 if report.valid else 1


if __name__ == "__main__":
    sys.exit(main())
