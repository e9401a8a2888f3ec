"""What a process locked down like a rendering worker can still do: `python -m proxy.doctor.worker_trial`.

It locks itself down as workers do, tries what must not succeed, and writes what did as JSON to standard output.
"""

from collections.abc import Callable, Iterator
import json
import mmap
import os
from pathlib import Path
import socket

from rendering.sandbox.lockdown import lock_down

_MEMORY_BYTES = 2**30
_CPU_SECONDS = 10


def main() -> None:
    level = lock_down(_MEMORY_BYTES, _CPU_SECONDS)
    done = [what for what, act in _forbidden() if _succeeds(act)]
    os.write(1, json.dumps({"level": level, "done": done}).encode())


def _forbidden() -> Iterator[tuple[str, Callable[[], object]]]:
    yield "read a file", lambda: Path("/proc/self/status").read_bytes()
    yield "write a file", _write
    yield "open a connection", lambda: socket.socket().connect(("127.0.0.1", 9))
    yield "start a process", _fork
    yield "make memory that can be executed", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)
    yield "take more memory than it may", lambda: mmap.mmap(-1, 2 * _MEMORY_BYTES)


def _write() -> None:
    path = Path("/dev/shm/.vitrine-doctor")  # noqa: S108 - must not succeed
    path.touch()
    path.unlink()


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except ConnectionRefusedError:
        return True  # that nobody listens there was found out by asking
    except (OSError, MemoryError):
        return False
    return True


if __name__ == "__main__":
    main()
