"""Another service as witness, asked as https://c2sp.org/tlog-witness describes: it keeps the newest checkpoint."""

import asyncio
import base64
from typing import Final

import httpx

from proxy.audit.checkpoints.growth import Signed
from proxy.audit.checkpoints.note import NoteRefused, Verifier, open_note
from proxy.audit.checkpoints.witnesses import Consistency, WitnessRefuses, WitnessSilent
from proxy.settings.audit import Witness as WitnessSettings

_SECONDS: Final = 10.0
_LONGEST_ANSWER: Final = 8 * 1024


class RemoteWitness:
    """`verifier` checks that the witness signed what it took; None believes its status alone."""

    def __init__(
        self, settings: WitnessSettings, transport: httpx.AsyncBaseTransport, verifier: Verifier | None
    ) -> None:
        self.id = settings.id
        self._url = settings.submission_url
        self._transport = transport
        self._verifier = verifier
        self._seen = 0

    async def take(self, signed: Signed, consistency: Consistency) -> None:
        status, answer = await self._show(signed, consistency)
        if status == 409:  # it has another checkpoint than was thought: it says how many records that one has
            self._seen = _read_size(answer)
            if self._seen > signed.checkpoint.size:
                raise WitnessRefuses
            status, answer = await self._show(signed, consistency)
        if status in (409, 422):
            raise WitnessRefuses
        if status != 200 or not self._is_signed(signed, answer):
            raise WitnessSilent
        self._seen = signed.checkpoint.size

    async def close(self) -> None:
        await self._transport.aclose()

    async def _show(self, signed: Signed, consistency: Consistency) -> tuple[int, str]:
        proof = await consistency(self._seen, signed.checkpoint.size) if self._seen else []
        path = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
        body = f"old {self._seen}\n{path}\n{signed.note}"
        headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "vitrine", "Connection": "close"}
        request = httpx.Request("POST", self._url, headers=headers, content=body.encode())
        try:
            async with asyncio.timeout(_SECONDS):
                response = await self._transport.handle_async_request(request)
                return response.status_code, await _text_of(response)
        except (httpx.HTTPError, OSError, TimeoutError, UnicodeDecodeError):
            raise WitnessSilent from None

    def _is_signed(self, signed: Signed, answer: str) -> bool:
        if self._verifier is None:
            return True
        try:
            open_note(f"{signed.checkpoint}\n{answer}", self._verifier)
        except NoteRefused:
            return False
        return True


async def _text_of(response: httpx.Response) -> str:
    body = bytearray()
    try:
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > _LONGEST_ANSWER:
                raise WitnessSilent
    finally:
        await response.aclose()
    return body.decode()


def _read_size(answer: str) -> int:
    text = answer.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise WitnessSilent
    return int(text)
