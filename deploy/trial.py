"""Running a built root as an orchestrator would: as its user, on a read-only root, with only its volume writable."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
import os
from pathlib import Path
import shutil
import signal
import subprocess
import time

from deploy.dockerfile import Stage
from deploy.isolation import Unfit, mounted, run, within

_CONFIGURATION = """
[server]
public_url = "https://imaging.exchange.example"
bind = "0.0.0.0"

[audit]
folder = "/var/lib/vitrine/audit"

[policy]
folder = "policy"
register = "register.toml"

[[issuers]]
id = "exchange"
issuer = "https://login.exchange.example"
audience = "vitrine"

[[institutions]]
id = "general"
name = "General Hospital"
archives = [{ id = "general-main", base_url = "https://pacs.general.example/dicom-web" }]
"""


def try_out(stage: Stage, root: Path, policy: Path, say: Callable[[str], None]) -> None:
    """Start the service of `root` and hold it to its promises. Raises `Unfit`."""
    _configure(root / "etc/vitrine", policy)
    (volume,) = stage.last("VOLUME").words
    entry = (root / volume.lstrip("/")).stat()
    if entry.st_uid == 0 or stage.last("USER").rest in {"root", "0"}:
        raise Unfit("the image runs as root")
    user = f"{entry.st_uid}:{entry.st_gid}"
    with ExitStack() as stack:
        data = _make_read_only(root, volume, stack)
        os.chown(data, entry.st_uid, entry.st_gid)
        data.chmod(entry.st_mode & 0o777)
        _require_nothing_writable(root, user, volume)
        say("nothing is writable but the volume")
        _Service(stage, root, user, say).try_out()
        say(f"written: {', '.join(sorted(path.name for path in data.iterdir())) or 'nothing'}")


def _configure(place: Path, policy: Path) -> None:
    """What an operator mounts at /etc/vitrine: a configuration, a policy, and a register, here an empty one."""
    (place / "vitrine.toml").write_text(_CONFIGURATION, "utf-8")
    (place / "register.toml").write_text("", "utf-8")
    shutil.copytree(policy, place / "policy", ignore=shutil.ignore_patterns("__pycache__", "*.py"))


def _make_read_only(root: Path, volume: str, stack: ExitStack) -> Path:
    """Bind `root` onto itself read-only, with a fresh folder as the volume; that folder."""
    data = root.parent / "volume"
    data.mkdir()
    inside = root / volume.lstrip("/")
    for command in (
        ["mount", "--bind", str(root), str(root)],
        ["mount", "-o", "remount,bind,ro", str(root)],
        ["mount", "--bind", str(data), str(inside)],
    ):
        run(command)
    stack.callback(run, ["umount", str(root)])
    stack.callback(run, ["umount", str(inside)])
    stack.enter_context(mounted(root))
    return data


def _require_nothing_writable(root: Path, user: str, volume: str) -> None:
    search = (
        f"find / -xdev -writable ! -type l ! -path '/proc/*' ! -path '/dev/*' ! -path '{volume}*' 2>/dev/null; true"
    )
    found = run(within(root, ["/bin/sh", "-c", search], user)).split()
    if found:
        raise Unfit(f"the service may write to {', '.join(found[:5])}")


class _Service:
    """The process behind the entry point, asked by the image's own health check."""

    def __init__(self, stage: Stage, root: Path, user: str, say: Callable[[str], None]) -> None:
        self._environment = dict(word.split("=", 1) for word in stage.last("ENV").words)
        self._health = within(root, stage.last("HEALTHCHECK").words, user)
        self._entry = within(root, stage.last("ENTRYPOINT").words, user)
        self._say = say

    def try_out(self) -> None:
        begun = time.monotonic()
        service = subprocess.Popen(self._entry, env=self._environment, stdin=subprocess.DEVNULL)
        try:
            self._await_health(service, begun + 30)
            self._say(f"healthy after {time.monotonic() - begun:.1f} s")
            service.send_signal(signal.SIGTERM)
            self._say(f"ended on SIGTERM with status {service.wait(15)}")
        except subprocess.TimeoutExpired:
            raise Unfit("the service does not end on SIGTERM") from None
        finally:
            service.kill()
        if service.returncode:
            raise Unfit(f"the service ended with status {service.returncode}")

    def _await_health(self, service: "subprocess.Popen[bytes]", deadline: float) -> None:
        while time.monotonic() < deadline:
            if service.poll() is not None:
                raise Unfit(f"the service ended by itself with status {service.returncode}")
            if _succeeds(self._health, self._environment):
                return
            time.sleep(0.25)
        raise Unfit("the service never became healthy")


def _succeeds(command: Sequence[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0
