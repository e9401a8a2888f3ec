"""What a process confined like the service can still do: `python -m proxy.doctor.service_trial AUDIT OUTSIDE`.

It confines itself as `vitrine serve` does, tries what must not succeed, and prints what did as JSON. `OUTSIDE` is a
folder that everybody may write to before. Nothing that it makes is left.
"""

from collections.abc import Callable, Iterator
import ctypes
from functools import partial
import json
import os
from pathlib import Path
import resource
import subprocess
import sys
from uuid import uuid4

from proxy.serving import confine
from rendering.sandbox.wiping import overwrite_freed_memory

_PR_GET_DUMPABLE = 3
_ELSEWHERE = ("/tmp", "/var/tmp", "/dev/shm", "/run", os.environ.get("HOME", "/"), ".")  # noqa: S108 - tried, never used
_WRITING = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(b'')"


def main() -> None:
    audit, outside = map(Path, sys.argv[1:])
    name = f".vitrine-doctor-{uuid4().hex}"
    (outside / "kept").write_bytes(b"as it was")
    level = confine(audit)
    found = {
        "level": level,
        "audit": _succeeds(lambda: _write(audit / name)),
        "done": [what for what, act in _forbidden(audit, outside, name) if _succeeds(act)],
        "core": _leaves_a_core() or resource.getrlimit(resource.RLIMIT_CORE)[0] != 0,
        "dumpable": ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 0,
        "memory": _succeeds(_share_memory),
        "wiped": overwrite_freed_memory(),
    }
    print(json.dumps(found))  # noqa: T201 - this is what the process is asked for


def _forbidden(audit: Path, outside: Path, name: str) -> Iterator[tuple[str, Callable[[], object]]]:
    for folder in (str(outside), *_ELSEWHERE):
        if Path(folder).resolve().is_relative_to(audit.resolve()):
            continue
        yield f"write a file in `{folder}`", partial(_write, Path(folder) / name)
    kept = outside / "kept"
    yield "overwrite a file", lambda: kept.write_bytes(b"")
    yield "cut a file short", lambda: os.truncate(kept, 0)
    yield "remove a file", kept.unlink
    yield "make a folder", (outside / "below").mkdir
    yield "move a file out of the audit folder", lambda: _move(audit / name, outside / name)
    yield "write a file by another program", lambda: _write_by_another(outside / name)


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _write(path: Path) -> None:
    path.write_bytes(b"")
    path.unlink()


def _move(source: Path, target: Path) -> None:
    source.write_bytes(b"")
    try:
        source.rename(target)
    finally:
        source.unlink(missing_ok=True)


def _write_by_another(path: Path) -> None:
    command = (sys.executable, "-I", "-S", "-c", _WRITING, str(path))
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - our own interpreter and program


def _share_memory() -> None:
    os.close(os.memfd_create("frame"))


def _leaves_a_core() -> bool:
    """Whether a crash is dumped: a child dies of one, and the kernel tells."""
    child = os.fork()
    if child == 0:
        os.abort()
    _, status = os.waitpid(child, 0)
    return os.WCOREDUMP(status)


if __name__ == "__main__":
    main()
