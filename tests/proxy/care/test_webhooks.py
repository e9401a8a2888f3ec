"""A receiver over real HTTP semantics: what it gets, that it can check it, and how often it is tried."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import hashlib
import hmac
import json
from pathlib import Path
import time

import httpx
import pytest

from proxy.audit.event import Event
from proxy.care.webhooks import Webhook, Webhooks
from proxy.errors import ConfigurationError
from proxy.settings.care import Receiver
from proxy.settings.secrets import Secret
from tests.exchange import ct, opened_exchange
from tests.proxy.access.site import Events
from tests.proxy.care.feeds import REGISTER, adt, care, line, until
from tests.service import free_port

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    (tmp_path / "secret").write_text(SECRET)
    return Receiver(
        id="ehr",
        url="https://ehr.test/hooks/imaging",
        secret=Secret(file=tmp_path / "secret"),
        senders=("general-adt",),
    )


class Ehr(httpx.AsyncBaseTransport):
    """Answers with each of `statuses` in turn, the last one for ever; 0 is a broken line."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise httpx.ConnectError("no line")
        return httpx.Response(status)


@asynccontextmanager
async def running(
    receiver: Receiver, ehr: Ehr, pauses: tuple[float, ...] = (0.01, 0.01)
) -> AsyncIterator[tuple[Webhooks, list[Event]]]:
    log = Events()
    hooks = Webhooks(
        [Webhook(receiver, ehr, log, time.time, pauses)], lambda: "opaque", time.time, "https://v.test/portal"
    )
    async with hooks.running():
        yield hooks, log.kept


def is_signed(request: httpx.Request, key: bytes = KEY) -> bool:
    """As a receiver checks it, by the specification and not by our code."""
    parts = [request.headers["webhook-id"], request.headers["webhook-timestamp"], request.content.decode()]
    expected = base64.b64encode(hmac.new(key, ".".join(parts).encode(), hashlib.sha256).digest()).decode()
    return request.headers["webhook-signature"] == f"v1,{expected}"


async def test_a_notice_is_signed_names_the_event_and_no_patient(receiver: Receiver) -> None:
    ehr = Ehr(204)
    async with running(receiver, ehr) as (hooks, events):
        hooks.tell("general-adt", "event-1")
        await until(lambda: events)
    (request,) = ehr.requests
    assert is_signed(request)
    assert not is_signed(request, b"x" * 32)
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 10
    document = json.loads(request.content)
    assert document.pop("timestamp")
    assert document == {"type": "care-event.searched", "data": {"event": "event-1", "link": "https://v.test/portal"}}
    assert (events[0].kind, events[0].outcome, events[0].detail["status"]) == ("notified", "success", 204)


async def test_events_of_other_senders_are_not_for_it(receiver: Receiver) -> None:
    ehr = Ehr(204)
    async with running(receiver, ehr) as (hooks, events):
        hooks.tell("somebody-else", "event-1")
        hooks.tell("general-adt", "event-2")
        await until(lambda: events)
    assert [json.loads(one.content)["data"]["event"] for one in ehr.requests] == ["event-2"]


@pytest.mark.parametrize("trouble", [0, 500, 429, 302])
async def test_it_is_tried_again_under_the_same_id(receiver: Receiver, trouble: int) -> None:
    ehr = Ehr(trouble, 200)
    async with running(receiver, ehr) as (hooks, events):
        hooks.tell("general-adt", "event-1")
        await until(lambda: events)
    assert len(ehr.requests) == 2
    assert len({one.headers["webhook-id"] for one in ehr.requests}) == 1
    assert all(map(is_signed, ehr.requests))
    assert events[0].outcome == "success"


@pytest.mark.parametrize(("status", "tries"), [(503, 3), (410, 1)])
async def test_it_is_given_up_on_record(receiver: Receiver, status: int, tries: int) -> None:
    ehr = Ehr(status)
    async with running(receiver, ehr) as (hooks, events):
        hooks.tell("general-adt", "event-1")
        await until(lambda: events)
    assert len(ehr.requests) == tries
    assert (events[0].outcome, events[0].detail["status"]) == ("failed", status)


async def test_what_waits_is_bounded(receiver: Receiver) -> None:
    ehr = Ehr(500)
    async with running(receiver, ehr, (60.0,)) as (hooks, _):
        for number in range(3000):
            hooks.tell("general-adt", f"event-{number}")
        await until(lambda: ehr.requests)
        assert hooks._webhooks[0]._waiting.qsize() <= 1000


@pytest.mark.parametrize("secret", ["short", "", "whsec_not base64!"])
def test_a_secret_that_could_be_guessed_is_refused(tmp_path: Path, secret: str) -> None:
    (tmp_path / "secret").write_text(secret)
    settings = Receiver(id="ehr", url="https://ehr.test/", secret=Secret(file=tmp_path / "secret"), senders=())
    with pytest.raises(ConfigurationError, match="receiver `ehr`"):
        Webhook(settings, Ehr(200), Events(), time.time)


@pytest.mark.parametrize("url", ["http://ehr.test/hook", "https://ehr.test/hook?x=1", "https://169.254.169.254/"])
def test_notices_go_to_plain_https_addresses_only(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Receiver(id="ehr", url=url, secret=Secret(env="X"), senders=())


async def test_the_service_tells_when_a_search_ahead_is_done(tmp_path: Path, receiver: Receiver) -> None:
    ehr, port = Ehr(200), free_port()
    transport: Callable[[Receiver], httpx.AsyncBaseTransport] = lambda _: ehr  # noqa: E731
    sections = {"care": care(port, receivers=(receiver,)), "outside": {"receiver_transport": transport}}
    holdings = {"general": [ct("1.2.1")]}
    async with opened_exchange(tmp_path, holdings, register=REGISTER, **sections) as opened, line(port) as feed:
        await feed.send(adt("A01"))
        await until(lambda: "notified" in opened.kinds())
        await asyncio.sleep(0)
        (told,) = (one.detail["event"] for one in opened.events() if one.kind == "care-event")
    (request,) = ehr.requests
    assert json.loads(request.content)["data"] == {"event": told, "link": "http://127.0.0.1:8080/portal"}
    assert not any(text in request.content for text in (b"G-1001", b"Yamada", b"1.2.1"))
