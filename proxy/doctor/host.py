"""What the host does to memory and time: swap, core dumps, account, descriptors, clock (proc(5), adjtimex(2))."""

from collections.abc import Iterator
import ctypes
import os
from pathlib import Path
import resource

from proxy.doctor.finding import Finding, good, missing, note

ROOT = Path("/")
_TIME_ERROR = 5
_TIMEX_BYTES = 256  # struct timex is 208 on 64-bit Linux; all zero asks and changes nothing
_DESCRIPTORS = 4096


def host_findings(root: Path = ROOT) -> Iterator[Finding]:
    """Read from the files below `root`, and from the kernel."""
    yield swap(root)
    yield core_pattern(root)
    yield account()
    yield descriptors()
    yield clock()


def swap(root: Path) -> Finding:
    """Memory that is swapped out is a copy on a disk, unless the disk is encrypted or the memory compressed."""
    devices = [line.split()[0] for line in _read(root / "proc/swaps").splitlines()[1:]]
    if not devices:
        return good("swap", "there is none")
    if _swaps_nothing(root):
        return good("swap", "there is, and none for this service (memory.swap.max is 0)")
    plain = [device for device in devices if not _is_safe(root, device)]
    if plain:
        return missing("swap", f"{', '.join(plain)} is not encrypted: what is seen could be written to it")
    return good("swap", f"{', '.join(devices)} is encrypted, or memory itself")


def _swaps_nothing(root: Path) -> bool:
    """Whether the control group of this process, or one above it, may swap nothing (cgroup v2)."""
    line = _read(root / "proc/self/cgroup").strip().rpartition("::")[2].lstrip("/")
    top = root / "sys/fs/cgroup"
    group = top / line
    groups = [group, *(one for one in group.parents if one.is_relative_to(top))]
    return any(_read(one / "memory.swap.max").strip() == "0" for one in groups)


def _is_safe(root: Path, device: str) -> bool:
    """A dm-crypt device, or compressed memory without a disk behind it."""
    block = root / "sys/block" / (root / device.lstrip("/")).resolve().name
    if block.name.startswith("zram"):
        return _read(block / "backing_dev").strip() in {"", "none"}
    return _read(block / "dm/uuid").startswith("CRYPT-")


def core_pattern(root: Path) -> Finding:
    pattern = _read(root / "proc/sys/kernel/core_pattern").strip()
    if pattern.startswith("|"):
        program = pattern[1:].split()[0] if pattern[1:].split() else "a program"
        return note("core pattern", f"crashes of other services go to `{program}`; this one's memory cannot be dumped")
    return good("core pattern", f"`{pattern or 'empty'}`; this service leaves no core in any case")


def account() -> Finding:
    """Root is held by Landlock too, and can still do what Landlock does not know."""
    if os.geteuid() == 0:
        return note("account", "this is root; let the service have an account of its own")
    return good("account", "not root")


def descriptors() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _DESCRIPTORS:
        return note("open files", f"at most {hard} at once; {_DESCRIPTORS} let hundreds of people look at a time")
    return good("open files", f"{_DESCRIPTORS} at once are possible")


def clock() -> Finding:
    """Tokens and audit events are about times."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state < 0 or state == _TIME_ERROR:
        return note("clock", "the kernel does not know it to be synchronised; see that the host's is")
    return good("clock", "synchronised")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
