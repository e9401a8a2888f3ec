"""By which way a question came here, and on whose behalf other exchanges are asked (RFC 9110 §7.6.2, §7.6.3)."""

import hashlib
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proxy.access.caller import Caller
from proxy.errors import BadRequest, LoopDetected
from proxy.passage import Passage, Person, current_passage, passing

_LONGEST_VIA = 2048
_RECEIVED = re.compile(r"[ \t]*(?:[A-Za-z0-9.-]+/)?[0-9.]+[ \t]+([^ \t,()]+)[^,]*", re.ASCII)
_FORWARDS = re.compile(r"[0-9]{1,3}", re.ASCII)


class RequestPassage:
    """Pure ASGI middleware: what is learnt of who asks accompanies whatever is done for the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = Passage()

        async def say(message: Message) -> None:
            """Notices that policy wants go with the answer itself, whoever asks and for whatever."""
            if message["type"] == "http.response.start" and passage.notices:
                told = ", ".join(map(to_display, passage.notices)).encode("ascii")
                message["headers"] = [*message.get("headers", ()), (b"vitrine-notice", told)]
            await send(message)

        with passing(passage):
            await self._app(scope, receive, say)


def to_display(text: str) -> str:
    """`text` as a Display String of a header (RFC 9651 §4.1.11)."""
    pieces = (
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '%"' else f"%{byte:02x}" for byte in text.encode("utf-8")
    )
    return f'%"{"".join(pieces)}"'


def begin_passage(request: Request, caller: Caller) -> None:
    """From now on other exchanges are asked for `caller`.

    Only another exchange is believed about the way of its question. Raises `LoopDetected` when that led here before.
    """
    passage = current_passage()
    if caller.hops is None:
        passage.begin(_person(caller))
        return
    via = read_via(request.headers.getlist("via"))
    if request.app.state.pseudonym in via:
        raise LoopDetected("the question came from here, and is not asked once more")
    passage.begin(_person(caller), via, min(caller.hops, _forwards(request.headers.get("max-forwards", ""))))


def read_via(fields: list[str]) -> tuple[str, ...]:
    """The names of those that passed a request on, the first one first. Raises `BadRequest` for what is no `Via`."""
    field = ",".join(fields)
    entries = [entry for entry in field.split(",") if entry.strip()]
    received = [_RECEIVED.fullmatch(entry) for entry in entries]
    if len(field) > _LONGEST_VIA or not all(received):
        raise BadRequest("the way of the question cannot be read")
    return tuple(entry[1].lower() for entry in received if entry)


def _forwards(field: str) -> int:
    """Who does not say how often a question may be passed on does not want it passed on."""
    return int(field) if _FORWARDS.fullmatch(field) else 0


def _person(caller: Caller) -> Person:
    """The sign-in is named by a hash: another exchange can tell sign-ins apart, and do nothing else with it."""
    patient = caller.patient
    return Person(
        subject=caller.subject,
        name=caller.name,
        organization=caller.organization,
        roles=tuple(sorted(caller.roles)),
        purpose=caller.purpose.value,
        assurance=caller.assurance,
        session=hashlib.sha256(f"{caller.subject} {caller.token_id}".encode()).hexdigest()[:32],
        patient=(patient.authority, patient.value) if patient else None,
    )
