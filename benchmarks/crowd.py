"""Many archives in one process: each its own address of loopback, its own latency, its own studies of one patient.

`python -m benchmarks.crowd PORT ROWS FILES` answers searches for studies at `127.1.X.Y:PORT`, which is archive number
256 · X + Y, with `ROWS` of about 1 kB each. `FILES` are what an OpenID provider publishes: a file by path, in JSON.
"""

import asyncio
from functools import cache
import json
from pathlib import Path
import random
import sys
from typing import Any
from urllib.parse import urlsplit

ROOT = "/dicom-web"

SLOW = 65_000
"""The number of an archive that answers long after everybody has gone."""

SILENT = 65_001
"""The number of one that takes connections and never says a word."""

SLOWEST = 0.1
"""Seconds until the first archive begins to answer; the others are faster."""

_FASTEST = 0.02
_TOO_SLOW = 60.0
_COPIED_EVERY = 10
"""Of so many studies that an archive has, one is a copy from the archive before it."""

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"


def address_of(number: int) -> str:
    """The address of archive `number`; all that begin with 127 are loopback (RFC 1122 §3.2.1.3)."""
    return f"127.1.{number // 256}.{number % 256}"


def latency_of(number: int) -> float:
    """Seconds until archive `number` begins to answer, always the same."""
    if number in {SLOW, SILENT}:
        return _TOO_SLOW
    return SLOWEST if number == 0 else random.Random(number).uniform(_FASTEST, SLOWEST)


def identifier_of(number: int) -> tuple[str, str]:
    """The assigning authority of archive `number`, and the value by which it knows the one patient."""
    return f"AUTHORITY-{number}", f"P-{number:05}"


def study_rows(number: int, rows: int) -> list[dict[str, Any]]:
    """What archive `number` has."""
    copied = [number > 0 and index % _COPIED_EVERY == 0 for index in range(rows)]
    origins = ((number - 1, index + 1) if copy else (number, index) for index, copy in enumerate(copied))
    return [_study_row(number, *origin) for origin in origins]


def _study_row(number: int, origin: int, index: int) -> dict[str, Any]:
    """As archives give it: the attributes of PS3.18 Table 10.6.3-3 and what they add unasked."""
    seeded = random.Random(1000 * origin + index)
    day = f"{seeded.randint(2015, 2026)}{seeded.randint(1, 12):02}{seeded.randint(1, 28):02}"
    study = f"1.2.840.99.{origin}.{index}"
    return {
        "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
        "00080020": {"vr": "DA", "Value": [day]},
        "00080030": {"vr": "TM", "Value": [f"{seeded.randint(7, 19):02}{seeded.randint(0, 59):02}00"]},
        "00080050": {"vr": "SH", "Value": [f"ACC{origin:05}{index:04}"]},
        "00080056": {"vr": "CS", "Value": ["ONLINE"]},
        "00080061": {"vr": "CS", "Value": [seeded.choice(["CT", "MR", "CR", "US", "MG"])]},
        "00080090": {"vr": "PN", "Value": [{"Alphabetic": "Referring^Physician^^Dr."}]},
        "00081030": {"vr": "LO", "Value": ["Chest and abdomen with contrast"]},
        "00081190": {"vr": "UR", "Value": [f"http://{address_of(number)}{ROOT}/studies/{study}"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]},
        "00100020": {"vr": "LO", "Value": [identifier_of(number)[1]]},
        "00100030": {"vr": "DA", "Value": ["19700401"]},
        "00100040": {"vr": "CS", "Value": ["M"]},
        "0020000D": {"vr": "UI", "Value": [study]},
        "00200010": {"vr": "SH", "Value": [f"{index}"]},
        "00201206": {"vr": "IS", "Value": [seeded.randint(1, 9)]},
        "00201208": {"vr": "IS", "Value": [seeded.randint(10, 900)]},
    }


class Crowd:
    """Every archive has `rows` studies; `documents` are what the provider publishes, by path."""

    def __init__(self, rows: int, documents: dict[str, bytes]) -> None:
        self._documents = documents
        self._studies = cache(lambda number: json.dumps(study_rows(number, rows)).encode())

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; which archive it is to follows from the address that it came in at."""
        third, fourth = map(int, writer.get_extra_info("sockname")[0].split(".")[2:])
        number = 256 * third + fourth
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = urlsplit(head.split(b" ", 2)[1].decode("ascii"))
                document = self._documents.get(target.path)
                if document is not None:
                    writer.write(_ANSWER % (b"application/json", len(document), document))
                    continue
                await asyncio.sleep(latency_of(number))
                body = b"[]" if "offset=" in target.query else self._answer(target.path, number)
                writer.write(_ANSWER % (b"application/dicom+json", len(body), body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str, number: int) -> bytes:
        """All studies, or the one series of a study."""
        if path == f"{ROOT}/studies":
            return self._studies(number)
        study = path.removeprefix(f"{ROOT}/studies/").partition("/")[0]
        series = {
            "0020000D": {"vr": "UI", "Value": [study]},
            "0020000E": {"vr": "UI", "Value": [f"{study}.1"]},
            "00201209": {"vr": "IS", "Value": [100]},
        }
        return json.dumps([series]).encode()


async def main() -> None:
    """Serve until the process is ended."""
    port, rows, files = sys.argv[1:4]
    documents = {path: Path(file).read_bytes() for path, file in json.loads(files).items()}
    crowd = Crowd(int(rows), documents)
    everywhere = "0.0.0.0"
    server = await asyncio.start_server(crowd.talk, everywhere, int(port), backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
