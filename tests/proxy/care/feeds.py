"""A hospital's feed: messages as an interface engine sends them, and a real client for the listener."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import itertools
import ssl
from typing import Any

from proxy.settings.care import Care, CareSender, Mllp, SenderAuthority

_numbers = itertools.count(1)

STAFF = """
[[users]]
subject = "exchange:clinician"
identifiers = [{ authority = "GENERAL-STAFF", value = "D-17" }]

[[users]]
subject = "exchange:radiologist"
identifiers = [{ authority = "GENERAL-STAFF", value = "D-18" }]

[[users]]
subject = "exchange:gone"
suspended = true
identifiers = [{ authority = "GENERAL-STAFF", value = "D-19" }]
"""
PATIENTS = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1001" }, { authority = "LAKESIDE", value = "77-201" }]

[[patients]]
id = "p-other"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1002" }]

[[patients]]
id = "p-out"
consent = "optout"
identifiers = [{ authority = "GENERAL", value = "G-1003" }]
"""
REGISTER = PATIENTS + STAFF


def sender(**more: Any) -> CareSender:
    """General Hospital, known by its token and by the loopback network."""
    whole = {
        "id": "general-adt",
        "subject": "exchange:adt",
        "networks": ("127.0.0.0/8",),
        "patient_authorities": (
            SenderAuthority(authority="GENERAL", known_as=("1.2.3.4", "https://general.test/mrn")),
        ),
        "staff_authorities": (
            SenderAuthority(authority="GENERAL-STAFF", known_as=("STAFF", "https://general.test/staff")),
        ),
    }
    return CareSender(**(whole | more))


def care(port: int = 0, *, mllp: dict[str, Any] | None = None, **more: Any) -> Care:
    return Care(**({"senders": (sender(),), "mllp": Mllp(port=port, **(mllp or {}))} | more))


def stamp(hours: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y%m%d%H%M%S+0000")


def adt(
    event: str = "A01",
    patient: str = "G-1001^^^GENERAL^MR",
    doctor: str = "D-17^Who^Ever^^^^^^STAFF",
    *,
    control: str = "",
    visit: str = "V-1^^^GENERAL",
    told: str = "",
    charset: str = "",
    name: str = "Yamada^Tarou",
    discharged: str = "",
    referring: str = "",
    processing: str = "P",
) -> str:
    """An ADT message with segments that a receiver has to pass over."""
    control = control or f"M{next(_numbers)}"
    told = told or stamp()
    return "\r".join(
        [
            f"MSH|^~\\&|ADT|GEN|VITRINE|HIE|{told}||ADT^{event}^ADT_A01|{control}|{processing}|2.5.1||||||{charset}",
            f"EVN||{told}",
            f"PID|1||{patient}||{name}||19800101|F",
            f"PV1|1|I|W^1^1||||{doctor}|{referring}|||||||||||{visit}{'|' * 26}{discharged}",
            "ZXX|anything|at~all",
            "",
        ]
    )


def siu(
    event: str = "S12",
    starts: float = 10,
    appointment: str = "AP-1",
    doctor: str = "D-17^Who^Ever^^^^^^STAFF",
    control: str = "",
) -> str:
    control = control or f"M{next(_numbers)}"
    return "\r".join(
        [
            f"MSH|^~\\&|SCHED|GEN|VITRINE|HIE|{stamp()}||SIU^{event}^SIU_S12|{control}|P|2.5.1",
            f"SCH||{appointment}|||||||||^^30^{stamp(starts)}^{stamp(starts + 0.5)}",
            "PID|1||G-1001^^^&1.2.3.4&ISO",
            "RGS|1",
            f"AIS|1||CT^Chest|{stamp(starts)}",
            f"AIP|1||{doctor}",
            "",
        ]
    )


@dataclass
class Answer:
    code: str
    control: str
    number: str
    words: str
    text: str


@dataclass
class Line:
    """One connection to the listener."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, message: str, codec: str = "utf-8") -> Answer:
        await self.write(b"\x0b" + message.encode(codec) + b"\x1c\r")
        return await self.answer()

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> Answer:
        async with asyncio.timeout(10):
            framed = await self.reader.readuntil(b"\x1c\r")
        text = framed.removeprefix(b"\x0b").removesuffix(b"\x1c\r").decode("ascii")
        segments = {line[:3]: line.split("|") for line in text.split("\r") if line}
        error = segments.get("ERR", [""] * 9)
        return Answer(segments["MSA"][1], segments["MSA"][2], error[3].partition("^")[0], error[8], text)

    async def ended(self) -> bool:
        """Whether the listener hangs up."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def line(port: int, context: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="localhost" if context else None
    )
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


async def until(condition: Any, seconds: float = 10) -> None:
    """Wait until `condition()` is true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
