"""Signed notes, checkpoints and keys as text (C2SP): the example of the specification, and what is refused."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.audit.checkpoints.checkpoint import Checkpoint, open_checkpoint, read_checkpoint, sign_checkpoint
from proxy.audit.checkpoints.note import NoteRefused, Signer, open_note, read_verifier

# https://pkg.go.dev/golang.org/x/mod/sumdb/note, the example that others' implementations are tried on
PETER = read_verifier("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("vitrine.test/audit", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
CHECKPOINT = Checkpoint("vitrine.test/audit", 20_852_163, bytes(range(32)))


def test_a_note_of_another_implementation_opens():
    assert open_note(NOTE, PETER).startswith("If you think cryptography")
    assert str(PETER) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="ascii", min_codepoint=33))
def test_a_changed_note_does_not_open(place, character):
    changed = f"{NOTE[:place]}{character}{NOTE[place + 1 :]}"
    if changed == NOTE:
        return
    try:
        opened = open_note(changed, PETER)
    except NoteRefused:
        return
    # bits of base64 that nobody reads may differ; the text may not
    assert opened == open_note(NOTE, PETER)


@given(st.text(max_size=200))
def test_whatever_comes_as_a_note_is_judged(text):
    with pytest.raises(NoteRefused):
        open_note(text, PETER)
    with pytest.raises(NoteRefused):
        read_verifier(text)


def test_a_checkpoint_is_read_as_it_was_signed():
    note = sign_checkpoint(CHECKPOINT, SIGNER)
    assert note.split("\n")[:3] == ["vitrine.test/audit", "20852163", base64.b64encode(bytes(range(32))).decode()]
    assert open_checkpoint(note, read_verifier(str(SIGNER.verifier))) == CHECKPOINT


def test_a_checkpoint_of_another_log_is_refused():
    stranger = Signer("vitrine.test/other", SIGNER.key)
    with pytest.raises(NoteRefused):
        open_checkpoint(sign_checkpoint(CHECKPOINT, stranger), SIGNER.verifier)
    with pytest.raises(NoteRefused, match="another log"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, stranger), stranger.verifier)


def test_a_witness_signs_what_it_saw_and_when():
    line = SIGNER.cosign(str(CHECKPOINT), 1_700_000_000)
    assert open_note(f"{CHECKPOINT}\n{line}", SIGNER.witness_verifier) == str(CHECKPOINT)
    with pytest.raises(NoteRefused):
        open_note(f"{CHECKPOINT}\n{line}", SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    ["", "a\n", "a\n1\n", "a\n-1\nAAAA\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", f"a\n1\n{'A' * 43}\n", "\n1\nAA==\n"],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteRefused):
        read_checkpoint(text)
