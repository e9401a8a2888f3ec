"""The `vitrine` command."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from proxy.errors import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors of configuration are one plain line and exit status 1."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed) or 0)
    except ConfigurationError as error:
        print(f"vitrine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitrine", description="look at imaging studies where they are")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_demo(commands)
    _add_audit(commands)
    _add_policy(commands)
    return parser


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_serve(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="run the proxy")
    serve.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration (TOML)")
    serve.set_defaults(run=_serve)


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser("demo", help="run an embedded exchange: three archives, a provider, this proxy")
    demo.add_argument("--port", type=int, default=8080)
    demo.set_defaults(run=_demo)


def _serve(parsed: argparse.Namespace) -> None:
    from proxy.serving import serve
    from proxy.settings import read_settings

    serve(read_settings(parsed.config))
