"""A folder as the root of a container: what an engine mounts around it, made in a mount namespace of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import shutil
import stat
import subprocess

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_DEVICES = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}


class Unfit(Exception):
    """The image cannot be built or does not behave as promised."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What `command` printed. Raises `Unfit` with the end of its output when it fails."""
    found = shutil.which(command[0]) or command[0]
    done = subprocess.run(
        [found, *command[1:]],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise Unfit(f"`{' '.join(command)[:200]}` ended with status {done.returncode}\n{tail}")
    return done.stdout


def within(root: Path, command: Sequence[str], user: str = "0:0") -> list[str]:
    """The command line that runs `command` as `user` (uid:gid) with `root` as its root."""
    return [shutil.which("chroot") or "/usr/sbin/chroot", f"--userspec={user}", str(root), *command]


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """`root` with /proc and the few devices that a container gets; devices are made, never those of this machine."""
    run(["mount", "-t", "proc", "proc", str(root / "proc")])
    run(["mount", "-t", "tmpfs", "-o", "mode=755,size=1m", "devices", str(root / "dev")])
    for name, minor in _DEVICES.items():
        os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)
    run(["mount", "-o", "remount,ro", str(root / "dev")])
    try:
        yield
    finally:
        run(["umount", str(root / "dev")])
        run(["umount", str(root / "proc")])


@contextmanager
def connected(root: Path) -> Iterator[dict[str, str]]:
    """`root` with this machine's name resolution and certificate authorities lent; how pip and npm find them."""
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    lent = root / "run" / AUTHORITIES.name
    if AUTHORITIES.exists():
        shutil.copyfile(AUTHORITIES, lent)
    try:
        yield dict.fromkeys(("PIP_CERT", "NODE_EXTRA_CA_CERTS"), f"/run/{lent.name}") if lent.exists() else {}
    finally:
        lent.unlink(missing_ok=True)
