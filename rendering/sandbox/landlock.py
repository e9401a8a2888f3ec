"""Giving up rights to files and TCP, for this process and all that it starts (landlock(7), Linux 5.13 or later)."""

from collections.abc import Sequence
import ctypes
from dataclasses import dataclass
from enum import IntFlag
import errno
import os
from pathlib import Path
import stat

from rendering.sandbox import limits

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1 << 0
_PATH_BENEATH = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Right(IntFlag):
    """LANDLOCK_ACCESS_FS_*: what can be done with what is below a path."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


_READING = Right.EXECUTE | Right.READ_FILE | Right.READ_DIR | Right.IOCTL_DEV
_WRITING = ~_READING
_OF_FILES = Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV
_SINCE = {2: Right.REFER, 3: Right.TRUNCATE, 5: Right.IOCTL_DEV}
_TCP = 0b11  # to bind, to connect: ABI 4
_OUTWARD = 0b11  # abstract sockets and signals of other domains: ABI 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


@dataclass(frozen=True, slots=True)
class Level:
    """What the kernel enforces from now on: `abi` is Landlock's version, 0 if there is none for the reason `lacking`.

    Threads that ran before keep their rights; `whole` says that there were none.
    """

    abi: int
    lacking: str = ""
    whole: bool = True

    def __str__(self) -> str:
        if not self.abi:
            return f"none: {self.lacking}"
        return f"landlock ABI {self.abi}" + ("" if self.whole else ", without the threads that ran before")


def restrict(write: Sequence[Path], read: Sequence[Path] | None, *, network: bool = True) -> Level:
    """Keep the right to write only below `write`, and to read and execute only below `read` (`None`: anywhere).

    What is open already stays usable. Without `network`, TCP is given up (ABI 4), and abstract sockets and signals of
    other processes (ABI 6). Raises `OSError` when a path is missing; a kernel without Landlock is told by the level.
    """
    found = level()
    if not found.abi:
        return found
    alone = len([*Path("/proc/self/task").iterdir()]) == 1
    handled = _known(found.abi) & (_WRITING if read is None else _READING | _WRITING)
    ruleset = _create(handled, found.abi, network)
    try:
        for path in write:
            _allow(ruleset, path, handled & _WRITING)
        for path in read or ():
            _allow(ruleset, path, handled & _READING)
        limits.forbid_new_privileges()
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return Level(found.abi, whole=alone)


def level() -> Level:
    """What this kernel could enforce."""
    try:
        return Level(_call(_CREATE_RULESET, None, 0, _VERSION))
    except OSError as error:
        return Level(0, "Landlock is switched off" if error.errno == errno.EOPNOTSUPP else "the kernel has no Landlock")


def _known(abi: int) -> Right:
    """All rights that this version knows; naming another one would be refused."""
    newer = [right for since, right in _SINCE.items() if since > abi]
    return Right(sum(right for right in Right if right not in newer))


def _create(handled: Right, abi: int, network: bool) -> int:
    tcp = _TCP if not network and abi >= 4 else 0
    scoped = _OUTWARD if not network and abi >= 6 else 0
    attributes = _Ruleset(handled, tcp, scoped)
    return _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)


def _allow(ruleset: int, path: Path, rights: Right) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = stat.S_ISDIR(os.fstat(parent).st_mode)
        rule = _PathBeneath(rights if folder else rights & _OF_FILES, parent)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: object) -> int:
    answer = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
