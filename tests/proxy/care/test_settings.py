"""A configuration of care events that would let in somebody else, or nobody, is refused at the start."""

from pathlib import Path
from typing import Any

import pytest

from proxy.settings.care import Care, Mllp, Receiver
from proxy.settings.secrets import Secret
from tests.proxy.care.feeds import sender

PRINT = "ab" * 32


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"senders": (sender(), sender(subject="", networks=()))}, "share a sender id"),
        ({"senders": (sender(), sender(id="b", networks=()))}, "share a subject"),
        ({"senders": (sender(), sender(id="b", subject="", networks=("127.1.0.0/16",)))}, "overlap"),
        ({"senders": (sender(certificates=(PRINT,)),)}, "need `client_ca`"),
        ({"senders": (sender(networks=()),), "mllp": Mllp(port=2575)}, "needs a sender"),
        ({"mllp": Mllp(port=2575)}, "needs a sender"),
        (
            {"receivers": (Receiver(id="a", url="https://a.test/", secret=Secret(env="X"), senders=("who",)),)},
            "which there is not",
        ),
    ],
)
def test_contradictions_are_refused(entries: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Care(**entries)


@pytest.mark.parametrize(
    "entries",
    [
        {"networks": ("everywhere",)},
        {"certificates": ("abc",)},
        {"time_zone": "Mars/Olympus"},
    ],
)
def test_a_sender_is_described_plainly(entries: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(entries))):
        sender(**entries)


def test_one_certificate_in_two_spellings_is_one() -> None:
    spelt = ":".join(["AB"] * 32)
    files = Mllp(port=2575, tls_certificate=Path("c"), tls_key=Path("k"), client_ca=Path("a"))
    twice = (sender(certificates=(PRINT,)), sender(id="b", subject="", networks=(), certificates=(spelt,)))
    with pytest.raises(ValueError, match="share a certificate"):
        Care(senders=twice, mllp=files)


@pytest.mark.parametrize("files", [{"tls_key": Path("k")}, {"client_ca": Path("a")}])
def test_files_of_tls_belong_together(files: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="tls_certificate"):
        Mllp(port=2575, **files)


def test_without_anything_nobody_is_let_in() -> None:
    assert (Care().senders, Care().mllp.port) == ((), 0)
