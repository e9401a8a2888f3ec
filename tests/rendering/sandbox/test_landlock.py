"""A confined process writes only where it may; what it was confined to is said truthfully."""

from pathlib import Path
import subprocess
import sys
import textwrap

import pytest

from rendering.sandbox import landlock

needs_landlock = pytest.mark.skipif(not landlock.level().abi, reason=f"on this kernel: {landlock.level()}")


def run(code: str, *arguments: object) -> str:
    """What `code` prints in a process of its own, which may confine itself."""
    program = "import os, socket, subprocess, sys\nfrom pathlib import Path\nfrom rendering.sandbox import landlock\n"
    command = [sys.executable, "-c", program + textwrap.dedent(code), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    return done.stdout.strip()


_TRY = """
    allowed, other = map(Path, sys.argv[1:])
    def trying(act):
        try:
            act()
        except OSError as error:
            return type(error).__name__
        return "done"
"""


@needs_landlock
def test_writing_is_possible_below_the_given_folders_only(tmp_path: Path) -> None:
    allowed, other = tmp_path / "audit", tmp_path / "other"
    for folder in (allowed, other):
        folder.mkdir()
    (other / "kept").write_text("as it was")
    printed = run(
        _TRY
        + """
    landlock.restrict(write=[allowed, Path(os.devnull)], read=None)
    def work(folder):
        yield lambda: (folder / "new").write_text("event")
        yield lambda: (folder / "new").open("a").write("more")
        yield lambda: (folder / "new").rename(folder / "renamed")
        yield lambda: (folder / "renamed").unlink()
        yield lambda: (folder / "below").mkdir()
        yield lambda: (folder / "link").symlink_to("kept")
    print([trying(act) for act in work(allowed)])
    print([trying(act) for act in work(other)][:1] + [trying(lambda: (other / "kept").write_text("")),
          trying(lambda: os.truncate(other / "kept", 0)), trying(lambda: (other / "kept").unlink()),
          trying(lambda: (other / "below").mkdir()), trying(lambda: (other / "kept").rename(allowed / "taken"))])
    print((other / "kept").read_text())
    """,
        allowed,
        other,
    )
    assert printed.splitlines() == [repr(["done"] * 6), repr(["PermissionError"] * 6), "as it was"]


@needs_landlock
def test_a_confined_service_listens_connects_and_starts_confined_processes(tmp_path: Path) -> None:
    allowed, other = tmp_path / "audit", tmp_path / "other"
    for folder in (allowed, other):
        folder.mkdir()
    printed = run(
        _TRY
        + """
    landlock.restrict(write=[allowed, Path(os.devnull)], read=None)
    listening = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(listening.getsockname()).close()
    listening.close()
    child = "import sys; from pathlib import Path; Path(sys.argv[1], 'new').write_text('pixels')"
    ends = [
        subprocess.run([sys.executable, "-c", child, folder], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for folder in (allowed, other)
    ]
    print([end.returncode for end in ends])
    """,
        allowed,
        other,
    )
    assert printed == "[0, 1]"


@needs_landlock
def test_without_read_and_network_nothing_opens(tmp_path: Path) -> None:
    printed = run(
        _TRY
        + """
    server = socket.create_server(("127.0.0.1", 0))
    landlock.restrict(write=(), read=[allowed], network=False)
    print([trying(act) for act in (
        lambda: os.listdir(allowed), lambda: os.listdir(other), lambda: Path("/etc/passwd").read_bytes(),
        lambda: subprocess.run(["/bin/true"]), lambda: (allowed / "new").write_text(""),
    )])
    """,
        tmp_path,
        "/",
    )
    assert printed == repr(["done"] + ["PermissionError"] * 4)


@pytest.mark.skipif(landlock.level().abi < 4, reason="TCP is restricted from Landlock ABI 4 on")
def test_without_network_tcp_is_given_up() -> None:
    printed = run(
        """
    server = socket.create_server(("127.0.0.1", 0))
    address = server.getsockname()
    landlock.restrict(write=(), read=None, network=False)
    for act in (lambda: socket.create_connection(address), lambda: socket.create_server(("127.0.0.1", 0))):
        try:
            act()
        except PermissionError:
            print("refused")
    """
    )
    assert printed == "refused\nrefused"


@needs_landlock
def test_the_level_says_whether_threads_escaped() -> None:
    restrict = "print(landlock.restrict(write=(), read=None))"
    assert run(restrict) == str(landlock.level())
    thread = "import threading\nwaiting = threading.Event()\nthreading.Thread(target=waiting.wait).start()\n"
    assert run(thread + restrict + "\nwaiting.set()").endswith("without the threads that ran before")


def test_the_words_for_a_kernel_without_landlock() -> None:
    assert str(landlock.Level(0, "the kernel has no Landlock")) == "none: the kernel has no Landlock"
    assert str(landlock.Level(7)) == "landlock ABI 7"


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    if landlock.level().abi:
        with pytest.raises(FileNotFoundError):
            landlock.restrict(write=[tmp_path / "missing"], read=None)
