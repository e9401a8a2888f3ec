"""What has left a cache is nowhere in the memory of the process, however it left."""

from pathlib import Path
import subprocess
import sys

import pytest

from tests.proxy.retrieval.keeping import SIZES, WAYS, picture

SEED = 20261128
TREE = Path(__file__).parents[3]
NEEDLE_BYTES = 48


def memory_of(pid: int) -> bytes:
    """All that a process may write to but what it shares with others, its pages one after the other."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text("ascii").splitlines():
            place, rights, *_ = line.split()
            if rights.startswith("rw") and rights.endswith("p"):
                start, end = (int(one, 16) for one in place.split("-"))
                memory.seek(start)
                found.append(memory.read(end - start))
    return b"\n".join(found)


def seen_in(memory: bytes) -> set[tuple[int, str]]:
    """The pictures of which a piece is there, from their middle or near their ends."""
    return {
        (size, way)
        for size in SIZES
        for way in WAYS
        for place in (200, size // 2, size - 200)
        if picture(SEED, size, way)[place : place + NEEDLE_BYTES] in memory
    }


def looked_into(wipes: str) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """What is in the memory of a process that keeps pictures, and after it has let go of them."""
    command = [sys.executable, "-m", "tests.proxy.retrieval.keeping", str(SEED), wipes]
    with subprocess.Popen(command, cwd=TREE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        kept = seen_in(memory_of(process.pid))
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "gone\n"
        gone = seen_in(memory_of(process.pid))
        process.kill()
    return kept, gone


@pytest.mark.skipif(sys.platform != "linux", reason="reads another process's memory by /proc")
def test_what_left_a_cache_is_overwritten() -> None:
    kept, gone = looked_into("wipes")
    assert kept == {(size, way) for size in SIZES for way in WAYS}
    assert gone == set()


@pytest.mark.skipif(sys.platform != "linux", reason="reads another process's memory by /proc")
def test_without_overwriting_it_would_be_there() -> None:
    kept, left = looked_into("leaves")
    assert kept == {(size, way) for size in SIZES for way in WAYS}
    assert left
