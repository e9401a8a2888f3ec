"""Where a means is lacking, the others still hold, and the level says which one is lacking."""

import subprocess
import sys

_PROGRAM = """
import socket, sys
{before}
from rendering.sandbox.lockdown import lock_down
print(lock_down(2**30, 60))
for act in (lambda: open("/etc/hostname"), lambda: open("/tmp/vitrine-escaped", "w"), lambda: bytearray(2**31)):
    try:
        act()
    except (OSError, MemoryError) as error:
        print(type(error).__name__)
"""


def run(before: str) -> list[str]:
    program = _PROGRAM.format(before=before)
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_without_libseccomp_landlock_still_refuses() -> None:
    level, *refusals = run("sys.modules['pyseccomp'] = None")
    assert level.endswith("; no seccomp: libseccomp is missing; resource limits")
    assert level.startswith("none") or refusals == ["PermissionError", "PermissionError", "MemoryError"]


def test_without_landlock_seccomp_still_refuses() -> None:
    lacking = "landlock.Level(0, 'the kernel has no Landlock')"
    level, *refusals = run(f"from rendering.sandbox import landlock; landlock.level = lambda: {lacking}")
    assert level == "none: the kernel has no Landlock; seccomp; resource limits"
    assert refusals == ["PermissionError", "PermissionError", "MemoryError"]
