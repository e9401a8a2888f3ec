"""`python -m policy check` and `vitrine policy check`: what an officer sees, and what a script can rely on."""

from collections.abc import Callable, Sequence
from pathlib import Path
import subprocess
import sys

import pytest

from policy import __main__ as command
from proxy import __main__ as vitrine
from tests.policy.test_bundle import write
from tests.policy.worlds import BUNDLE, bundle

Run = Callable[[Sequence[str]], int]


def by_policy(arguments: Sequence[str]) -> int:
    return command.main(arguments)


def by_vitrine(arguments: Sequence[str]) -> int:
    return vitrine.main(["policy", *arguments])


both = pytest.mark.parametrize("run", [by_policy, by_vitrine])


@both
def test_a_valid_bundle_is_told_as_sentences(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(BUNDLE)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"policy {bundle().hash}\n\nhie\n")
    assert "  hie-002-opt-out forbids: The patient has opted out of the exchange.\n" in shown
    assert "    basis: 45 CFR 164.506(c)\n" in shown
    assert "    lifted by a declared emergency\n" in shown
    files = len({rule.path for rule in bundle().rules})
    counts = f"{len(bundle().rules)} rules in {files} files, {len(bundle().cases)} cases passed"
    assert shown.endswith(f"valid: {counts}\n")
    assert all(rule.says in shown for rule in bundle().rules)


@both
@pytest.mark.parametrize(
    ("old", "new"), [("patient.consent", "patient.consnt"), ('Consent::"optout"', 'Consent::"optuot"')]
)
def test_a_typo_is_refused_with_its_place(
    run: Run, old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    place = tmp_path / "hie" / "consent.cedar"
    place.write_text(place.read_text("utf-8").replace(old, new), "utf-8")
    assert run(["check", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("hie/consent.cedar `hie-002-opt-out`: ")
    assert shown.endswith("refused: 1 problem\n")


@both
def test_a_permit_of_an_institution_is_refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    place = tmp_path / "institutions" / "university" / "preliminary.cedar"
    place.write_text(place.read_text("utf-8").replace("forbid (", "permit ("), "utf-8")
    assert run(["check", str(tmp_path)]) == 1
    assert "`university-001-preliminary`: an institution may only narrow: its rules forbid" in capsys.readouterr().out


@both
def test_a_folder_that_is_none_is_refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(tmp_path / "nowhere")]) == 1
    assert "is not a folder" in capsys.readouterr().out


@both
@pytest.mark.parametrize("arguments", [[], ["check"], ["chek", "x"], ["check", "x", "y"]])
def test_a_command_that_is_not_understood(run: Run, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(arguments)
    assert left.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_the_module_is_a_command() -> None:
    for folder, code in ((BUNDLE, 0), (BUNDLE / "hie", 1)):
        done = subprocess.run([sys.executable, "-m", "policy", "check", folder], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (code, b"")
