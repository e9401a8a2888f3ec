"""`python -m policy COMMAND FOLDER`: may this bundle come into force, what does it say, and what would it change?"""

import argparse
from collections.abc import Sequence
import sys

from policy.arguments import add_bundle_arguments, add_replay_arguments, run_bundle_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when the bundle is valid, 1 when it is refused, 2 when the command is not understood."""
    parser = argparse.ArgumentParser(prog="python -m policy", description="Policy bundles for officers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_bundle_arguments(commands.add_parser)
    add_replay_arguments(commands.add_parser)
    return run_bundle_command(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
