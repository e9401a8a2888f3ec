"""`python -m policy test`, `replay` and `prove`: what officers see before anything is proposed."""

from pathlib import Path
import shutil
import sys

import pytest

from policy.__main__ import main
from policy.replay.past import to_line
from tests.policy.replay.log import LOG
from tests.policy.worlds import BUNDLE, bundle


@pytest.fixture
def narrowed(tmp_path: Path) -> Path:
    """The exchange's bundle, in which only referrals see, and some cases contradict that."""
    folder = tmp_path / "narrowed"
    shutil.copytree(BUNDLE, folder)
    place = folder / "hie" / "treatment.cedar"
    old, new = 'relationship != HIE::Relationship::"none"', 'relationship == HIE::Relationship::"referral"'
    place.write_text(place.read_text("utf-8").replace(old, new), "utf-8")
    return folder


def test_cases_that_fail_are_told_and_refuse(narrowed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(BUNDLE)]) == 0
    assert capsys.readouterr().out.endswith(f"{len(bundle().cases)} of {len(bundle().cases)} cases passed\n")
    assert main(["test", str(narrowed)]) == 1
    shown = capsys.readouterr().out
    assert "FAILED  cases/treatment.toml: the treating clinician\n        expected view, got known" in shown
    assert main(["check", str(narrowed)]) == 1
    assert "cases/treatment.toml `the treating clinician`: expected view" in capsys.readouterr().out


def test_past_decisions_are_replayed_from_a_file(
    narrowed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "facts.jsonl"
    log.write_bytes(b"\n".join(map(to_line, LOG)))
    assert main(["replay", str(narrowed), "--before", str(BUNDLE), "--log", str(log)]) == 0
    assert capsys.readouterr().out.startswith("6 past decisions, 3 of them would change\n")
    log.write_bytes(to_line(LOG[0]) + b"\n{}")
    assert main(["replay", str(narrowed), "--before", str(BUNDLE), "--log", str(log)]) == 1
    assert "line 2 is not a past decision" in capsys.readouterr().out
    assert main(["replay", str(narrowed), "--before", str(BUNDLE), "--log", str(tmp_path / "none")]) == 1
    assert main(["replay", str(tmp_path), "--before", str(BUNDLE), "--log", str(log)]) == 1


def test_proofs_are_told(narrowed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(narrowed), "--before", str(BUNDLE)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("newly allowed: never\nnewly refused: see below\n")
    assert shown.endswith("rules that can never apply: none\n")
    assert main(["prove", str(tmp_path / "nowhere")]) == 1


def test_without_the_solver_it_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in [name for name in sys.modules if name == "z3" or name.startswith("policy.proofs")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "z3", None)
    assert main(["prove", str(BUNDLE)]) == 1
    assert "install the extra `proofs`" in capsys.readouterr().out
