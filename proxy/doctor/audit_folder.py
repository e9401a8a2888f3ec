"""Where the audit log is kept: whose folder, on which file system, with how much room."""

from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import stat

from proxy.doctor.finding import Finding, either, good, missing, note

_PASSING = {"tmpfs", "ramfs", "overlay"}
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"}
_FULL = 0.8
MOUNTS = Path("/proc/self/mountinfo")


def audit_findings(folder: Path, mounts: Path = MOUNTS) -> Iterator[Finding]:
    """About `folder`, which may not be there yet."""
    if not folder.is_dir():
        able = os.access(next(one for one in folder.absolute().parents if one.is_dir()), os.W_OK)
        refusal = "" if able else f"`{folder}` is not there and cannot be made by this account"
        yield either("audit folder", f"`{folder}` will be made at the first start", otherwise=refusal)
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    others = f"`{folder}` can be read by other accounts (mode {mode:o})" if mode & 0o077 else ""
    yield either("audit folder", "kept from other accounts", otherwise=others)
    yield _file_system(folder, mounts)
    yield _room(folder)


def _file_system(folder: Path, mounts: Path) -> Finding:
    kind = file_system(folder, mounts.read_text("utf-8", "replace"))
    if kind in _PASSING:
        return note("audit disk", f"on {kind}: the log may be gone with the machine or the container")
    if kind in _REMOTE:
        return missing("audit disk", f"on {kind}, which does not promise that what was committed is on disk")
    return good("audit disk", f"on {kind}")


def file_system(folder: Path, mounts: str) -> str:
    """The type of the mount that `folder` is on, of those that mountinfo (proc(5)) lists."""
    place, best, kind = folder.resolve(), Path(), "an unknown file system"
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = Path(left.split()[4].replace("\\040", " "))
        if place.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, right.split()[0]
    return kind


def _room(folder: Path) -> Finding:
    usage = shutil.disk_usage(folder)
    free = f"{usage.free / 2**30:.1f} GiB are free"
    if usage.used > _FULL * usage.total:
        return note("audit room", f"{free}, less than a fifth: a full disk lets nobody see anything")
    return good("audit room", free)
