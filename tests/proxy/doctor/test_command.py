"""`vitrine doctor` as operators run it: it tries what must not succeed, and says so when it does."""

from pathlib import Path
import subprocess
import sys

import pytest

from rendering.sandbox import landlock
from tests.exchange import BUNDLE, REGISTER
from tests.service import TREE

needs_landlock = pytest.mark.skipif(not landlock.level().abi, reason=f"on this kernel: {landlock.level()}")
_CONFIGURATION = f"""
institutions = []
[server]
public_url = "http://127.0.0.1:8080"

[audit]
folder = "audit"

[policy]
folder = "{BUNDLE}"
register = "register.toml"

[[issuers]]
id = "exchange"
issuer = "http://127.0.0.1:9"
audience = "vitrine"
client_secret = {{ file = "secret" }}
"""
_WITHOUT = """
import errno, os, pyseccomp, sys
rules = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), sys.argv[1])
rules.load()
os.execv(sys.executable, [sys.executable, "-m", "proxy", "doctor"])
"""


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A configuration that is as it should be."""
    (tmp_path / "register.toml").write_text(REGISTER, "utf-8")
    (tmp_path / "secret").write_text("open-sesame", "utf-8")
    (tmp_path / "audit").mkdir(0o700)
    path = tmp_path / "vitrine.toml"
    path.write_text(_CONFIGURATION, "utf-8")
    for name in ("register.toml", "secret", "vitrine.toml"):
        (tmp_path / name).chmod(0o600)
    return path


def doctor(*arguments: object) -> tuple[int, dict[str, tuple[str, str]], str]:
    """Exit status, (verdict, words) by what was looked at, and all that was written."""
    command = [sys.executable, "-m", "proxy", "doctor", *map(str, arguments)]
    return told(subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False, timeout=60))


def without(call: str) -> tuple[int, dict[str, tuple[str, str]], str]:
    """The same on a kernel that does not know one system call."""
    command = [sys.executable, "-c", _WITHOUT, call]
    return told(subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False, timeout=60))


def told(done: "subprocess.CompletedProcess[str]") -> tuple[int, dict[str, tuple[str, str]], str]:
    lines = done.stdout.splitlines()
    found = {line[9:26].strip(): (line[:8].strip(), line[27:]) for line in lines if not line.startswith("level")}
    return done.returncode, found, done.stdout + done.stderr


@needs_landlock
def test_a_sound_host_is_called_sound(configured: Path) -> None:
    status, found, output = doctor("--config", configured)
    assert status == 0, output
    for about in ("files", "audit log", "core dumps", "memory", "shared memory", "workers", "workers' kernel"):
        assert found[about][0] == "good", output
    assert "every attempt to write outside the audit folder was refused" in found["files"][1]
    assert output.rstrip().endswith("level: everything that protects is in force on this host")


@needs_landlock
def test_nothing_is_left_behind(configured: Path) -> None:
    before = sorted(path.name for path in configured.parent.rglob("*"))
    doctor("--config", configured)
    assert sorted(path.name for path in configured.parent.rglob("*")) == before
    assert not [*Path("/dev/shm").glob(".vitrine*"), *Path("/tmp").glob(".vitrine*"), *TREE.glob(".vitrine*")]


def test_without_landlock_it_says_what_could_be_written() -> None:
    status, found, output = without("landlock_create_ruleset")
    assert status == 1
    verdict, words = found["files"]
    assert verdict == "missing"
    assert "write a file in `/tmp`" in words
    assert "by another program" in words
    assert found["workers' kernel"][0] == "missing"
    assert "protections missing: files" in output


def test_without_seccomp_workers_are_not_what_they_should_be() -> None:
    status, found, _ = without("seccomp")
    assert status == 1
    assert found["workers' kernel"] == ("missing", "no seccomp: the kernel refuses it")
    assert "make memory that can be executed" in found["workers"][1]


def test_without_memory_that_has_no_name_nothing_could_be_rendered() -> None:
    status, found, _ = without("memfd_create")
    assert status == 1
    assert found["shared memory"][0] == "missing"


def test_a_configuration_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    status, found, output = doctor("--config", tmp_path / "absent.toml")
    assert status == 1
    assert found["configuration"][0] == "missing"
    assert "absent.toml" in found["configuration"][1]
    assert "Traceback" not in output


def test_a_secret_that_others_can_read_is_told_and_not_shown(configured: Path) -> None:
    (configured.parent / "secret").chmod(0o644)
    status, _, output = doctor("--config", configured)
    assert status == 1
    assert "can be used by other accounts (mode 644)" in output
    assert "open-sesame" not in output
