"""`python -m demo.outage CONFIG INSTITUTION`: an archive of the running demo goes down, or comes up again.

What is down is noted by an empty file beside the demo's configuration, which the archives look at with every request.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

INSTITUTIONS = ("general", "lakeside", "university")
STATES = ("down", "silent", "up")
_FOLDER = "outages"


class Outage:
    """In front of an archive: 503 while `institution` is down, no answer at all while it is silent.

    `folder` is that of the demo's configuration.
    """

    def __init__(self, app: ASGIApp, folder: Path, institution: str) -> None:
        self._app = app
        self._files = {state: _file(folder, institution, state) for state in ("down", "silent")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._files["silent"].exists():
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if self._files["down"].exists():
            await PlainTextResponse("the archive is down", 503)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def note(folder: Path, institution: str, state: str) -> None:
    """Let `institution` be `down`, `silent` or `up` from now on."""
    for one in ("down", "silent"):
        _file(folder, institution, one).unlink(missing_ok=True)
    if state != "up":
        file = _file(folder, institution, state)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch()


def end_outages(folder: Path) -> None:
    """Everybody is up again, as at the beginning."""
    for institution in INSTITUTIONS:
        note(folder, institution, "up")


def _file(folder: Path, institution: str, state: str) -> Path:
    return folder / _FOLDER / f"{institution}.{state}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.outage", description="let an archive of the demo fail")
    parser.add_argument("config", type=Path, help="the demo's configuration file")
    parser.add_argument("institution", choices=INSTITUTIONS)
    parser.add_argument("state", choices=STATES, nargs="?", default="down", help="default: down")
    parsed = parser.parse_args(arguments)
    if not parsed.config.is_file():
        parser.error(f"there is no `{parsed.config}`: is the demo running?")
    note(parsed.config.parent, parsed.institution, parsed.state)
    print(f"{parsed.institution} is {parsed.state}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
