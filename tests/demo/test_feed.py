"""The demo's feed speaks to the listener as an interface engine would."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from demo.feed import send, to_message
from tests.exchange import opened_exchange
from tests.proxy.care.feeds import REGISTER, care
from tests.service import free_port


async def test_a_patient_is_admitted_and_the_admission_taken_back(tmp_path: Path) -> None:
    port = free_port()
    async with opened_exchange(tmp_path, {"general": []}, register=REGISTER, care=care(port)) as exchange:
        for event in ("A01", "A11"):
            message = to_message(event, "G-1001", "D-17", datetime.now(UTC))
            assert await asyncio.to_thread(send, port, message) == "AA"
        unknown = to_message("A08", "G-1001", "D-17", datetime.now(UTC))
        assert await asyncio.to_thread(send, port, unknown) == "AR"
        told = [one for one in exchange.events() if one.kind == "care-event"]
    assert [one.detail["step"] for one in told] == ["begins", "cancelled"]
    assert {one.detail["subjects"] for one in told} == {"exchange:clinician"}
