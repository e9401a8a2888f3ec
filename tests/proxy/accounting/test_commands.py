"""An officer accounts for a month and checks that elsewhere: the commands as they are typed."""

import argparse
import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pypdfium2
import pytest

from proxy.__main__ import main
from proxy.accounting.arguments import add_disclosures_arguments
from proxy.accounting.commands import audit_disclosures
from proxy.accounting.documents import Press
from proxy.accounting.reading import Accountant
from proxy.accounting.verification import AccountRefused, verify_account
from proxy.errors import ConfigurationError
from proxy.repositories.naming import Naming
from tests.proxy.audit.checkpoints.running import SIGNER, Clock, log_in
from tests.proxy.audit.checkpoints.test_segments import month, months
from tests.proxy.audit.logs import NOON

json_objects = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["seal", "account", "proof", "resourceType", "signature", "entry"]), inner)
    ),
    max_leaves=12,
).map(lambda document: json.dumps(document).encode())
NAMING = Naming("An exchange", "https://vitrine.test", {}, {}, {"general": "General Hospital"})
KEY = ["--key", str(SIGNER.verifier)]


@pytest.fixture
async def log(tmp_path):
    async with log_in(tmp_path / "log") as log:
        await log.record(20)
        await log.checkpoints.sign()
        yield log


def written(log, folder: Path, *more: str, month: str = "2026-11", institution: str = "general") -> list[str]:
    parser = argparse.ArgumentParser()
    add_disclosures_arguments(parser)
    arguments = parser.parse_args(["--institution", institution, "--month", month, "--out", str(folder), *more])
    accountant = Accountant(log.store, "An exchange", NAMING.institutions, dict, NOON.timestamp)
    out = io.StringIO()
    assert audit_disclosures(accountant, Press(SIGNER, NAMING), arguments, out) == 0
    return out.getvalue().splitlines()


async def test_a_month_is_written_in_all_forms_and_each_holds_elsewhere(log, tmp_path, capsys):
    lines = written(log, tmp_path / "out")
    assert [line.partition(": ")[2] for line in lines] == ["20 looks by 1 person"] * 4
    (tmp_path / "kept").write_text((await log.checkpoints.sign()).note)
    out = tmp_path / "out" / "general-2026-11"
    for suffix in (".pdf", ".fhir.json", ".proof.json"):
        assert main(["accounting", "verify", f"{out}{suffix}", *KEY]) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0] == "verified: Disclosures by General Hospital, 2026-11-01 to 2026-11-30: 20 looks by 1 person"
        assert said[2] == "20 lines are in its log, among 20 records"
    proof = ["--proof", f"{out}.proof.json"]
    assert main(["accounting", "verify", f"{out}.csv", *KEY, *proof]) == 0
    assert main(["accounting", "verify", f"{out}.csv", *KEY]) == 1
    changed = Path(f"{out}.csv").read_bytes().replace(b"general", b"lakeside", 1)
    (tmp_path / "changed.csv").write_bytes(changed)
    capsys.readouterr()
    assert main(["accounting", "verify", str(tmp_path / "changed.csv"), *KEY, *proof]) == 1
    assert capsys.readouterr().out == "not verified: the table is not the one of this account\n"


async def test_an_officer_checks_last_month_with_the_checkpoint_that_was_kept(log, tmp_path, capsys):
    (tmp_path / "kept").write_text((await log.checkpoints.sign()).note)
    await log.record(3)
    await log.checkpoints.sign()
    written(log, tmp_path, "--checkpoint", str(tmp_path / "kept"))
    command = ["accounting", "verify", str(tmp_path / "general-2026-11.pdf"), *KEY]
    assert main([*command, "--checkpoint", str(tmp_path / "kept")]) == 0
    assert "continues the one of the checkpoint kept, of 21 records" in capsys.readouterr().out


async def test_a_log_that_was_written_anew_is_not_the_one_of_the_checkpoint(log, tmp_path, capsys):
    (tmp_path / "kept").write_text((await log.checkpoints.sign()).note)
    async with log_in(tmp_path / "anew") as other:
        await other.record(21)
        await other.checkpoints.sign()
        written(other, tmp_path)
    command = ["accounting", "verify", str(tmp_path / "general-2026-11.pdf"), *KEY]
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--checkpoint", str(tmp_path / "kept")]) == 1
    assert capsys.readouterr().out == "not verified: the log is not the one of the checkpoint kept\n"


async def test_months_are_accounted_for_out_of_their_files_until_they_are_removed(tmp_path, capsys):
    async with log_in(tmp_path / "log", clock=Clock(month(2026, 1)), keep_months=3) as log:
        await months(log, 1)
        (tmp_path / "old").write_text((await log.checkpoints.sign()).note)
        await months(log, 4, first=2)
        (tmp_path / "kept").write_text((await log.checkpoints.sign()).note)
        kept = ["--checkpoint", str(tmp_path / "kept")]
        assert written(log, tmp_path, month="2026-01")[0].endswith(": Nobody looked")
        for one in ("2026-03", "2026-05"):
            assert written(log, tmp_path, *kept, month=one)[0].endswith(": 5 looks by 1 person")
            assert main(["accounting", "verify", str(tmp_path / f"general-{one}.pdf"), *KEY, *kept]) == 0
        with pytest.raises(ConfigurationError, match="not in the log any more"):
            written(log, tmp_path, "--checkpoint", str(tmp_path / "old"), month="2026-05")
    paper = pypdfium2.PdfDocument(tmp_path / "general-2026-05.pdf")[0].get_textpage().get_text_range()
    assert "what was before is not kept any more" in paper


async def test_months_and_institutions_that_there_are_not_are_refused(log, tmp_path):
    for wrong in ("2026-13", "2026-1", "0000-01", "November"):
        with pytest.raises(SystemExit):
            written(log, tmp_path, month=wrong)
    with pytest.raises(ConfigurationError, match="no institution"):
        written(log, tmp_path, institution="nowhere")
    assert written(log, tmp_path, month="2026-02")[0].endswith(": Nobody looked")


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | json_objects)
def test_whatever_comes_is_verified_or_refused(content):
    with pytest.raises(AccountRefused):
        verify_account(content, SIGNER.verifier)


async def test_what_stands_there_twice_is_refused(log, tmp_path, capsys):
    """Another reader might believe the first of two."""
    written(log, tmp_path)
    proof = (tmp_path / "general-2026-11.proof.json").read_bytes()
    (tmp_path / "twice").write_bytes(proof.replace(b'"views":', b'"views":[],"views":', 1))
    assert main(["accounting", "verify", str(tmp_path / "twice"), *KEY]) == 1
    assert capsys.readouterr().out.startswith("not verified: ")


@pytest.mark.parametrize(
    "content",
    [b"", b'{"seal":"","a":NaN}', b"%PDF-1.3\n%vitrine-seal AAAA\n", b"[]", b"{}", b'{"seal": 1}', b"[" * 9999],
)
def test_what_is_no_account_is_not_verified(tmp_path, capsys, content):
    (tmp_path / "file").write_bytes(content)
    assert main(["accounting", "verify", str(tmp_path / "file"), *KEY]) == 1
    assert capsys.readouterr().out.startswith("not verified: ")
