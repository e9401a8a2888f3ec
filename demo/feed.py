"""`python -m demo.feed CONFIG`: a hospital's feed for the running demo, which admits or discharges a patient.

The message goes over MLLP to the listener of the demo's configuration, as ADT^A01, A03 or A11 (HL7 v2.5.1 §3.3).
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
import secrets
import socket
import sys

from proxy.settings.file import read_settings
from proxy.wire.mllp import to_frame

_EVENTS = {"admit": "A01", "discharge": "A03", "cancel": "A11"}
_SECONDS = 10
_LONGEST_ANSWER = 64 * 2**10


def to_message(event: str, patient: str, doctor: str, moment: datetime) -> bytes:
    """An ADT message about `patient` of GENERAL, whom `doctor` of its staff attends."""
    control = secrets.token_hex(8)
    time = moment.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
    segments = (
        f"MSH|^~\\&|ADT|GENERAL|VITRINE|DEMO|{time}||ADT^{event}^ADT_A01|{control}|P|2.5.1||||||UNICODE UTF-8",
        f"EVN||{time}",
        f"PID|1||{patient}^^^GENERAL^MR",
        f"PV1|1|I|||||{doctor}^^^^^^^^GENERAL-STAFF||||||||||||V-{patient}^^^GENERAL",
    )
    return "".join(f"{segment}\r" for segment in segments).encode()


def send(port: int, message: bytes) -> str:
    """The code of the answer: AA, AE or AR."""
    with socket.create_connection(("127.0.0.1", port), _SECONDS) as line:
        line.sendall(to_frame(message))
        answer = b""
        while b"\x1c\r" not in answer and len(answer) < _LONGEST_ANSWER:
            piece = line.recv(4096)
            if not piece:
                break
            answer += piece
    return next((one.split("|")[1] for one in answer.decode("ascii").split("\r") if one.startswith("MSA|")), "nothing")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.feed", description="tell the demo of a care event")
    parser.add_argument("config", type=Path, help="the demo's configuration file")
    parser.add_argument("what", choices=_EVENTS, nargs="?", default="admit")
    parser.add_argument("--patient", default="G-1001", help="identifier at GENERAL (default: G-1001)")
    parser.add_argument(
        "--doctor", default="D-3", help="number among the staff (default: D-3, the unrelated clinician)"
    )
    parsed = parser.parse_args(arguments)
    port = read_settings(parsed.config).care.mllp.port
    code = send(port, to_message(_EVENTS[parsed.what], parsed.patient, parsed.doctor, datetime.now(UTC)))
    print(code)
    return 0 if code == "AA" else 1


if __name__ == "__main__":
    sys.exit(main())
