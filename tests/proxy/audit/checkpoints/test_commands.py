"""What an institution does with a proof, and an officer with a checkpoint: the commands as they are typed."""

import argparse
import io

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.__main__ import main
from proxy.audit.chain import DIGEST_BYTES, GENESIS, extend
from proxy.audit.checkpoints.commands import add_prove_arguments, audit_checkpoint, audit_prove
from proxy.audit.checkpoints.merkle import ProofRefused
from proxy.audit.checkpoints.proof import check_proof, read_inclusion
from proxy.audit.commands import add_verify_arguments, audit_verify
from proxy.audit.verification import verify_log
from proxy.errors import ConfigurationError
from tests.proxy.audit.checkpoints.running import SIGNER, log_in
from tests.proxy.audit.logs import MemoryEvents


@pytest.fixture
async def log(tmp_path):
    async with log_in(tmp_path / "log") as log:
        for _ in range(3):
            await log.record(20)
            await log.checkpoints.sign()
        yield log


def proved(log, *arguments: str) -> str:
    parser = argparse.ArgumentParser()
    add_prove_arguments(parser)
    out = io.StringIO()
    assert audit_prove(log.store, SIGNER.verifier, parser.parse_args(arguments), out) == 0
    return out.getvalue()


def checkpoint_of(log) -> str:
    out = io.StringIO()
    audit_checkpoint(log.store, SIGNER.verifier, out)
    return out.getvalue()


async def test_an_institution_checks_a_disclosure_without_the_log(log, tmp_path, capsys):
    (tmp_path / "proof").write_text(proved(log, "30"))
    (tmp_path / "kept").write_text(checkpoint_of(log))
    command = ["audit", "check", str(tmp_path / "proof"), "--key", str(SIGNER.verifier)]
    assert main([*command, "--checkpoint", str(tmp_path / "kept")]) == 0
    first, when, body = capsys.readouterr().out.splitlines()
    assert first == "proved: record 30 of vitrine.test/audit, among 62"
    assert when == "recorded at 2026-11-24T12:00:00.000000Z: view-opened"
    assert '"institution":"general"' in body


async def test_every_record_can_be_proved_and_only_as_it_is(log):
    for number in range(1, 63):
        text = proved(log, str(number))
        proof = read_inclusion(text)
        assert check_proof(proof, SIGNER.verifier).size == 62
        assert str(proof) == text
        changed = text.replace(f"index {number - 1}\n", f"index {number}\n")
        with pytest.raises(ProofRefused):
            check_proof(read_inclusion(changed), SIGNER.verifier)


async def test_a_proof_under_an_older_checkpoint_is_for_that_one(log, tmp_path, capsys):
    (tmp_path / "newest").write_text(checkpoint_of(log))
    (tmp_path / "proof").write_text(proved(log, "5"))
    await log.record(1)
    await log.checkpoints.sign()
    (tmp_path / "later").write_text(proved(log, "5"))
    (tmp_path / "again").write_text(proved(log, "5", "--checkpoint", str(tmp_path / "newest")))
    kept = ["--key", str(SIGNER.verifier), "--checkpoint", str(tmp_path / "newest")]
    assert main(["audit", "check", str(tmp_path / "later"), *kept]) == 1
    assert capsys.readouterr().out == "not proved: the proof is for another checkpoint than the one kept\n"
    assert main(["audit", "check", str(tmp_path / "again"), *kept]) == 0
    assert (tmp_path / "again").read_text() == (tmp_path / "proof").read_text()


@pytest.mark.parametrize("number", ["0", "63", "1000"])
async def test_what_is_not_covered_cannot_be_proved(log, number):
    with pytest.raises(ConfigurationError, match="not among the 62"):
        proved(log, number)


async def test_without_a_checkpoint_there_is_nothing_to_prove(tmp_path):
    async with log_in(tmp_path / "young") as log:
        await log.record(1)
        with pytest.raises(ConfigurationError, match="no checkpoint yet"):
            proved(log, "1")


async def test_verify_says_what_it_was_compared_with(log):
    parser = argparse.ArgumentParser()
    add_verify_arguments(parser)
    out = io.StringIO()
    assert audit_verify(log.store, parser.parse_args([]), out, SIGNER.verifier) == 0
    assert out.getvalue().splitlines()[-1] == "as in 3 checkpoints, the last of 62 records"


async def test_verify_finds_a_cut_by_a_kept_checkpoint_and_a_new_log_by_its_own(log, tmp_path):
    """Whoever writes the log anew without the key can copy the checkpoints in it, but not make others."""
    (tmp_path / "kept").write_text(checkpoint_of(log))
    entries = list(log.store.entries())
    shorter, anew = MemoryEvents(), MemoryEvents()
    shorter.kept = entries[:61]
    parser = argparse.ArgumentParser()
    add_verify_arguments(parser)
    kept = parser.parse_args(["--checkpoint", str(tmp_path / "kept")])
    out = io.StringIO()
    assert audit_verify(shorter, kept, out, SIGNER.verifier) == 1
    assert "its end was cut off" in out.getvalue()
    bodies = [entry.body.replace(b"G-1001", b"G-1002") for entry in entries]
    anew.kept = list(extend(GENESIS, bodies))
    assert verify_log(anew).valid
    out = io.StringIO()
    assert audit_verify(anew, parser.parse_args([]), out, SIGNER.verifier) == 1
    assert "the log was written anew" in out.getvalue()


@given(
    st.text(max_size=300)
    | st.binary(max_size=200).map(lambda raw: f"c2sp.org/tlog-proof@v1\nextra {raw.hex()}\nindex 3\n\nx")
)
def test_whatever_comes_as_a_proof_file_is_judged(text):
    with pytest.raises(ProofRefused):
        check_proof(read_inclusion(text), SIGNER.verifier)


async def test_a_proof_tells_nothing_of_its_neighbours(log):
    """Its hashes cover digests, which contain a secret to whoever has not the log: the digest before."""
    proof = read_inclusion(proved(log, "30"))
    digests = {entry.digest for entry in log.store.entries()}
    assert not digests & set(proof.path)
    assert len(proof.previous) == DIGEST_BYTES
