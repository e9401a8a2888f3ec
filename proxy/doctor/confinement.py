"""Whether the kernel holds service and workers to what they promise, found in child processes that try to break it."""

from collections.abc import Iterator, Sequence
import json
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

from proxy.doctor.finding import Finding, either, missing

_SERVICE, _WORKER = "proxy.doctor.service_trial", "proxy.doctor.worker_trial"
_SECONDS = 60


def service_findings(audit: Path | None) -> Iterator[Finding]:
    """What a process confined like the service can do; `audit` is the folder of the log, if there is one yet."""
    with TemporaryDirectory() as outside, TemporaryDirectory() as instead:
        found = _trial(_SERVICE, str(audit or instead), outside)
    if found is None:
        yield missing("files", "a process confined like the service did not start")
        return
    yield _refused("files", found, "every attempt to write outside the audit folder was refused")
    if audit is not None:
        refusal = "" if found["audit"] else f"the log in `{audit}` cannot be written by this account"
        yield either("audit log", "can be written while everything else is refused", otherwise=refusal)
    yield either("core dumps", "a crash leaves no core", otherwise="a crash leaves a core" if found["core"] else "")
    dumpable = "others of the same account may look into its memory" if found["dumpable"] else ""
    yield either("memory", "cannot be looked into by others of the same account", otherwise=dumpable)
    left = "" if found["wiped"] else "this C library does not overwrite it: pixels stay until it is used again"
    yield either("freed memory", "is overwritten, so that an image is gone when nobody uses it", otherwise=left)
    shared = "" if found["memory"] else "this kernel gives no memory without a file (memfd_create), so nothing renders"
    yield either("shared memory", "frames reach workers in memory that no file name leads to", otherwise=shared)


def worker_findings() -> Iterator[Finding]:
    """What a process locked down like a worker can do, and by which means of the kernel."""
    found = _trial(_WORKER)
    if found is None:
        yield missing("workers", "a process locked down like a worker did not start")
        return
    yield _refused("workers", found, "files, network, processes and new code were refused")
    lacking = [part for part in found["level"].split("; ") if part.startswith(("none", "no "))]
    yield either("workers' kernel", "Landlock and seccomp are both in force", otherwise=", ".join(lacking))


def _refused(about: str, found: dict[str, Any], words: str) -> Finding:
    could = f"{found['level']}; it could {', '.join(found['done'])}" if found["done"] else ""
    return either(about, f"{found['level']}: {words}", otherwise=could)


def _trial(module: str, *arguments: str) -> dict[str, Any] | None:
    """What the program printed; `None` when it ended otherwise than well."""
    command: Sequence[str] = (sys.executable, "-I", "-B", "-m", module, *arguments)
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)  # noqa: S603 - our own
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return None
    return found
