"""What a host does to memory, read from /proc and /sys as hosts of different kinds have them."""

from pathlib import Path

import pytest

from proxy.doctor.audit_folder import audit_findings, file_system
from proxy.doctor.finding import Verdict
from proxy.doctor.host import core_pattern, swap

HEAD = "Filename\tType\tSize\tUsed\tPriority\n"


def host(folder: Path, **files: str) -> Path:
    """A root with `files`, whose paths have `__` in the place of slashes."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_no_swap_is_good(tmp_path: Path) -> None:
    assert swap(host(tmp_path, proc__swaps=HEAD)).verdict is Verdict.GOOD


def test_swap_on_a_plain_disk_is_a_copy(tmp_path: Path) -> None:
    found = swap(host(tmp_path, proc__swaps=HEAD + "/dev/sda2 partition 8388604 0 -2\n"))
    assert found.verdict is Verdict.MISSING
    assert "/dev/sda2" in found.words


@pytest.mark.parametrize(
    ("uuid", "verdict"), [("CRYPT-PLAIN-swap", Verdict.GOOD), ("LVM-abc", Verdict.MISSING), ("", Verdict.MISSING)]
)
def test_swap_on_a_mapped_disk_depends_on_the_mapping(tmp_path: Path, uuid: str, verdict: Verdict) -> None:
    root = host(tmp_path, proc__swaps=HEAD + "/dev/dm-1 partition 8388604 0 -2\n")
    uuid_file = root / "sys/block/dm-1/dm/uuid"
    uuid_file.parent.mkdir(parents=True)
    uuid_file.write_text(uuid, "utf-8")
    assert swap(root).verdict is verdict


@pytest.mark.parametrize(("behind", "verdict"), [("none\n", Verdict.GOOD), ("/dev/sdb1\n", Verdict.MISSING)])
def test_compressed_memory_is_memory_unless_a_disk_is_behind_it(tmp_path: Path, behind: str, verdict: Verdict) -> None:
    root = host(
        tmp_path,
        proc__swaps=HEAD + "/dev/zram0 partition 8388604 0 100\n",
        sys__block__zram0__backing_dev=behind,
    )
    assert swap(root).verdict is verdict


@pytest.mark.parametrize(("allowed", "verdict"), [("0\n", Verdict.GOOD), ("max\n", Verdict.MISSING)])
def test_a_group_that_may_not_swap_does_not(tmp_path: Path, allowed: str, verdict: Verdict) -> None:
    root = host(
        tmp_path,
        proc__swaps=HEAD + "/swapfile file 8388604 0 -2\n",
        proc__self__cgroup="0::/system.slice/vitrine.service\n",
    )
    limit = root / "sys/fs/cgroup/system.slice/memory.swap.max"
    limit.parent.mkdir(parents=True)
    limit.write_text(allowed, "utf-8")
    assert swap(root).verdict is verdict


def test_a_program_that_collects_cores_is_named(tmp_path: Path) -> None:
    found = core_pattern(host(tmp_path, proc__sys__kernel__core_pattern="|/usr/lib/systemd/systemd-coredump %P\n"))
    assert found.verdict is Verdict.NOTE
    assert "`/usr/lib/systemd/systemd-coredump`" in found.words


def test_the_innermost_mount_counts(tmp_path: Path) -> None:
    inner = tmp_path / "var"
    mounts = f"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:9 / {inner} rw shared:1 - nfs4 server:/x rw\n"
    assert file_system(inner / "audit", mounts) == "nfs4"
    assert file_system(tmp_path / "various", mounts) == "ext4"


def test_a_log_on_another_machine_or_for_others_to_read_is_told(tmp_path: Path) -> None:
    (folder := tmp_path / "audit").mkdir()
    folder.chmod(0o755)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"1 0 0:9 / {tmp_path} rw - nfs4 server:/x rw\n", "utf-8")
    found = {one.about: one.verdict for one in audit_findings(folder, mounts)}
    assert (found["audit folder"], found["audit disk"]) == (Verdict.MISSING, Verdict.MISSING)
    folder.chmod(0o700)
    mounts.write_text(f"1 0 8:1 / {tmp_path} rw - ext4 /dev/a rw\n", "utf-8")
    found = {one.about: one.verdict for one in audit_findings(folder, mounts)}
    assert (found["audit folder"], found["audit disk"]) == (Verdict.GOOD, Verdict.GOOD)
