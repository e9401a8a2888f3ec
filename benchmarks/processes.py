"""Starting peers, waiting until they answer, and what they cost: CPU time, memory, connections (proc(5))."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
import os
from pathlib import Path
import shutil
import socket
import subprocess
import time

_TICKS = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
MEASURED_CORE = _CORES[0]
OTHER_CORE = _CORES[-1]


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int, log: Path, core: int | None = None) -> Iterator[int]:
    """`command` while the context lasts, once `port` accepts connections; its process id.

    With `core` the process and all it starts stay on that core. Raises RuntimeError with the end of `log`.
    """
    pinned = ["taskset", "--cpu-list", str(core)] if core is not None and shutil.which("taskset") else []
    with log.open("wb") as output:
        process = subprocess.Popen([*pinned, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await_listening(process, port, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_listening(process: "subprocess.Popen[bytes]", port: int, log: Path, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"a peer did not start\n{log.read_text(errors='replace')[-2000:]}")


def cpu_seconds(root: int) -> float:
    """User and system time of the process `root` and everything below it, so far."""
    return sum(_family(root).values())


def resident_bytes(root: int) -> int:
    """Memory of the process `root` and everything below it; what they share counts for each (VmRSS)."""
    return sum(_resident(Path("/proc") / str(pid)) for pid in _family(root))


def connections_to(port: int) -> int:
    """Connections of this machine that are established to `port` of loopback, seen from those who opened them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(line[2] == f"0100007F:{port:04X}" and line[3] == "01" for line in lines)


def _family(root: int) -> dict[int, float]:
    """The process `root` and everything below it, each with its CPU seconds."""
    parents = {int(entry.name): _stat(entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    family, grown = {root}, True
    while grown:
        more = {pid for pid, (parent, _) in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return {pid: parents[pid][1] for pid in family if pid in parents}


def _stat(entry: Path) -> tuple[int, float]:
    """Parent, and CPU seconds with those of children that have ended; a process that has just gone has none."""
    try:
        fields = (entry / "stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0, 0.0
    return int(fields[1]), sum(map(int, fields[11:15])) / _TICKS


def _resident(entry: Path) -> int:
    with suppress(OSError):
        for line in (entry / "status").read_text("ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0
