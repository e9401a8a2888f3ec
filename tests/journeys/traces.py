"""Looking for what must not be anywhere: in every file that has changed, and in what processes hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping
import os
from pathlib import Path
import re
import subprocess

import numpy as np
from numpy.typing import NDArray

Canaries = Mapping[str, bytes]
"""What to look for, by what it would be a trace of."""

_PIECE = 2**23
_OVERLAP = 256
_DISKS = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "overlay", "tmpfs", "ramfs", "vfat", "nfs", "nfs4"}
_CHANGING = {
    *("creat", "truncate", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
    *("mkdir", "mkdirat", "mknod", "mknodat"),
}
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
_CALL = re.compile(r'(?P<call>\w+)\((?P<how>[^"]*"[^"]*".*)\)\s+= (?P<result>-?\d+)')
_QUOTED = re.compile(r'"([^"]*)"')
_HARMLESS = ("socket:", "pipe:", "anon_inode:", "/memfd:", "/dev/null", "/dev/zero")


def of_pixels(pixels: NDArray[np.uint8]) -> dict[str, bytes]:
    """How 24 neighbouring pixels would lie in a file, in the forms that values take on their way to an image."""
    row = pixels[len(pixels) // 2, :24]
    forms = {"8 bits": row, "16 bits": row.astype("<u2"), "16 bits, swapped": row.astype(">u2")}
    forms |= {"floats": row.astype("<f4"), "doubles": row.astype("<f8"), "colours": np.repeat(row, 3)}
    return {f"pixels of {name}": values.tobytes() for name, values in forms.items()}


def of_text(text: str) -> dict[str, bytes]:
    return {f"name in {encoding}": text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")}


def of_body(name: str, body: bytes) -> dict[str, bytes]:
    """Some bytes of an image made of noise, out of its later part, where no two are alike."""
    place = len(body) * 3 // 4
    return {f"answer to {name}": body[place : place + 32]}


def found_in(data: bytes, canaries: Canaries) -> set[str]:
    return {what for what, canary in canaries.items() if canary in data}


def changed_files(since: float) -> Iterator[Path]:
    """Every file of this machine's disks and memory disks that was written, renamed or linked since then."""
    command = ["find", *_mounts(), "-xdev", "-type", "f", "-newerct", f"@{since:.3f}", "-print0"]
    listed = subprocess.run(command, capture_output=True, check=False).stdout
    return (Path(os.fsdecode(one)) for one in listed.split(b"\0") if one)


def traces(since: float, canaries: Canaries) -> dict[str, set[str]]:
    """What was found, by file."""
    found = {str(path): _in_file(path, canaries) for path in changed_files(since)}
    return {path: whats for path, whats in found.items() if whats}


def written_places(pid: int, allowed: Iterable[Path]) -> set[str]:
    """Files that a process has open or mapped to be written to, deleted ones too, but for those below `allowed`."""
    places = {*_open_for_writing(pid), *_mapped_for_writing(pid)}
    permitted = (*_HARMLESS, *map(str, allowed))
    return {target for target in places if not target.startswith(permitted)}


def written_by(trace: str, allowed: Iterable[Path]) -> set[str]:
    """What the calls in strace's output opened for writing, made or moved, but for what is below `allowed`."""
    permitted = ("/dev/null", *map(str, allowed))
    calls = (one for one in map(_CALL.search, trace.splitlines()) if one and int(one["result"]) >= 0)
    changing = (one for one in calls if one["call"] in _CHANGING or _WRITING.search(one["how"]))
    places = ((one["call"], _QUOTED.findall(one["how"])) for one in changing)
    return {" ".join((call, *paths)) for call, paths in places if not all(map(_below(permitted), paths))}


def _below(permitted: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda path: path.startswith(permitted)


def _mounts() -> list[str]:
    mounts = (line.partition(" - ") for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines())
    return sorted({left.split()[4] for left, _, right in mounts if right.split()[0] in _DISKS})


def _in_file(path: Path, canaries: Canaries) -> set[str]:
    found: set[str] = set()
    try:
        with path.open("rb") as file:
            before = b""
            while piece := file.read(_PIECE):
                found |= found_in(before + piece, canaries)
                before = piece[-_OVERLAP:]
    except OSError:
        return found  # it was another's, and is gone
    return found


def _open_for_writing(pid: int) -> Iterator[str]:
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
            flags = Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text("ascii").split("flags:")[1].split()[0]
        except OSError:
            continue
        if int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
            yield target


def _mapped_for_writing(pid: int) -> Iterator[str]:
    for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
        _, rights, *_, path = line.split(maxsplit=5) if len(line.split(maxsplit=5)) == 6 else (*line.split(), "")
        if "w" in rights and rights.endswith("s") and path:
            yield path
