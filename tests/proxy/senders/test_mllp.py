"""The listener as an interface engine meets it: who is let in, what is answered, and when it hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import hashlib
from pathlib import Path
import ssl
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest
import trustme

from proxy.errors import ConfigurationError
from tests.exchange import Exchange, opened_exchange
from tests.proxy.care.feeds import REGISTER, adt, care, line, sender, siu, until
from tests.service import free_port


@asynccontextmanager
async def exchange(folder: Path, port: int, **more: Any) -> AsyncIterator[Exchange]:
    sections = {"register": REGISTER, "care": care(port)} | more
    async with opened_exchange(folder, {"general": []}, **sections) as opened:
        yield opened


async def test_many_messages_come_on_one_connection_and_each_is_answered_in_its_turn(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        together = b"".join(
            b"\x0b" + adt("A01", control=f"N{n}", visit=f"V{n}").encode() + b"\x1c\r" for n in range(20)
        )
        await feed.write(together)
        answers = [await feed.answer() for _ in range(20)]
        assert [(one.code, one.control) for one in answers] == [("AA", f"N{n}") for n in range(20)]
        assert opened.kinds().count("care-event") == 20


async def test_a_message_that_comes_byte_by_byte_is_a_message(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port), line(port) as feed:
        for byte in b"\x0b" + adt("A01", control="SLOW").encode() + b"\x1c\r":
            await feed.write(bytes([byte]))
        assert (await feed.answer()).control == "SLOW"


@pytest.mark.parametrize(("charset", "codec"), [("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("", "utf-8")])
async def test_names_in_any_supported_character_set_are_no_hindrance(tmp_path: Path, charset: str, codec: str) -> None:
    port = free_port()
    async with exchange(tmp_path, port), line(port) as feed:
        assert (await feed.send(adt("A01", charset=charset, name="Müller^Zoë"), codec)).code == "AA"


@pytest.mark.parametrize(
    ("message", "code", "number"),
    [
        (adt("A08"), "AR", "201"),
        (adt("A01").replace("ADT^A01", "ORM^O01"), "AR", "200"),
        (adt("A01", processing="T"), "AR", "202"),
        (adt("A01", charset="ISO IR87"), "AE", "102"),
        (adt("A01", patient=""), "AE", "101"),
        (adt("A01", patient="*^^^GENERAL"), "AE", "101"),
        (adt("A01").replace("PID|", "PXD|"), "AR", "100"),
        (adt("A01").replace("PV1|", "PX1|"), "AR", "100"),
        (siu("S12").replace("SCH|", "SXH|"), "AR", "100"),
        (adt("A01", told="20261332"), "AE", "102"),
        ("MSH|^~\\&|A|B|C|D|E|F|ADT^A01||P", "AR", ""),
        ("nothing like it", "AR", "100"),
    ],
)
async def test_what_is_not_taken_is_refused_by_number_and_the_next_message_is_taken(
    tmp_path: Path, message: str, code: str, number: str
) -> None:
    port = free_port()
    async with exchange(tmp_path, port), line(port) as feed:
        refused = await feed.send(message)
        assert (refused.code in {code, "AE"}, number in {"", refused.number}) == (True, True)
        assert refused.code == code or not number
        assert (await feed.send(adt("A01"))).code == "AA"


async def test_what_is_refused_is_not_repeated_in_the_answer_or_the_record(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        refused = await feed.send(adt("A01", told="2026Canary", name="Canary^Name", patient="Canary^^^Canary"))
        assert "Canary" not in refused.text
        assert "Canary" not in str(opened.events())


@pytest.mark.parametrize("bytes_", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\x0b" + b"x" * 3000])
async def test_whoever_speaks_something_else_or_without_end_is_told_so_and_hung_up_on(
    tmp_path: Path, bytes_: bytes
) -> None:
    port = free_port()
    async with exchange(tmp_path, port, care=care(port, mllp={"message_bytes": 2000})), line(port) as feed:
        await feed.write(bytes_)
        assert (await feed.answer()).code == "AR"
        assert await feed.ended()


async def test_a_message_that_does_not_end_in_time_is_hung_up_on_and_silence_is_not(tmp_path: Path) -> None:
    port = free_port()
    bounds = {"message_seconds": 0.3, "idle_seconds": 60}
    async with exchange(tmp_path, port, care=care(port, mllp=bounds)), line(port) as slow, line(port) as silent:
        await slow.write(b"\x0bMSH|")
        assert await slow.ended()
        await asyncio.sleep(0.3)
        assert (await silent.send(adt("A01"))).code == "AA"


async def test_a_connection_that_is_silent_for_too_long_is_given_up(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port, care=care(port, mllp={"idle_seconds": 0.2})), line(port) as feed:
        assert await feed.ended()


async def test_connections_are_counted(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port, care=care(port, mllp={"connections": 2})) as opened:
        async with line(port) as first, line(port) as second:
            assert [(await one.send(adt("A01"))).code for one in (first, second)] == ["AA", "AA"]
            async with line(port) as third:
                assert await third.ended()
        await until(lambda: not opened.services.station.listener._connections)
        async with line(port) as again:
            assert (await again.send(adt("A01"))).code == "AA"


async def test_from_a_network_of_nobody_nothing_is_read_and_it_is_on_record_once(tmp_path: Path) -> None:
    port = free_port()
    elsewhere = care(port, senders=(sender(networks=("10.0.0.0/8",)),))
    async with exchange(tmp_path, port, care=elsewhere) as opened:
        for _ in range(3):
            async with line(port) as feed:
                assert await feed.ended()
        (refused,) = (one for one in opened.events() if one.kind == "care-event")
        assert (refused.outcome, refused.address) == ("refused", "127.0.0.1")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def secured(folder: Path, port: int, authority: trustme.CA, client: trustme.LeafCert | None, **more: Any) -> Any:
    """The listener with TLS; its sender is known by the certificate of `client` alone."""
    server = authority.issue_cert("localhost")
    server.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    files = {"tls_certificate": folder / "server.pem", "tls_key": folder / "server.pem", "client_ca": folder / "ca.pem"}
    prints = (fingerprint(client),) if client else ()
    return care(port, mllp=files, senders=(sender(**({"networks": (), "certificates": prints} | more)),))


def fingerprint(certificate: trustme.LeafCert) -> str:
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
    return hashlib.sha256(der).hexdigest().upper()


def context_of(authority: trustme.CA, client: trustme.LeafCert | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if client is not None:
        client.configure_cert(context)
    return context


async def test_a_sender_is_known_by_its_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    port, client = free_port(), authority.issue_cert("adt.general.test")
    told = secured(tmp_path, port, authority, client)
    async with exchange(tmp_path, port, care=told), line(port, context_of(authority, client)) as feed:
        assert (await feed.send(adt("A01"))).code == "AA"


async def test_a_good_certificate_of_somebody_else_is_nobody(tmp_path: Path, authority: trustme.CA) -> None:
    port, client, other = free_port(), authority.issue_cert("adt.test"), authority.issue_cert("printer.test")
    async with exchange(tmp_path, port, care=secured(tmp_path, port, authority, client)) as opened:
        async with line(port, context_of(authority, other)) as feed:
            assert await feed.ended()
        assert opened.kinds().count("care-event") == 1


@pytest.mark.parametrize("stranger", ["none", "another authority", "no TLS"])
async def test_without_a_certificate_of_the_authority_there_is_no_connection(
    tmp_path: Path, authority: trustme.CA, stranger: str
) -> None:
    port, client = free_port(), authority.issue_cert("adt.test")
    shown = trustme.CA().issue_cert("adt.test") if stranger == "another authority" else None
    async with exchange(tmp_path, port, care=secured(tmp_path, port, authority, client)) as opened:
        context = None if stranger == "no TLS" else context_of(authority, shown)
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            async with line(port, context) as feed:
                await feed.send(adt("A01"))
        assert all(one.outcome == "refused" for one in opened.events() if one.kind == "care-event")


async def test_an_address_in_use_is_said_plainly(tmp_path: Path) -> None:
    port = free_port()
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with server:
        with pytest.raises(ConfigurationError, match="cannot listen"):
            async with exchange(tmp_path, port):
                pass


PARTS = st.sampled_from(
    [
        "MSH|^~\\&|A|B|C|D|20261128||ADT^A01|M1|P|2.5",
        "PID|1||G-1001^^^GENERAL",
        "PV1|1|I|||||D-17^^^^^^^^STAFF",
        "SCH||1",
    ]
) | st.text(max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=6).map("\r".join) | st.binary(max_size=60), max_size=8))
async def test_any_bytes_within_blocks_are_answered(
    tmp_path_factory: pytest.TempPathFactory, told: list[str | bytes]
) -> None:
    port = free_port()
    bodies = [one.encode("utf-8", "replace") if isinstance(one, str) else one for one in told]
    async with exchange(tmp_path_factory.mktemp("fuzz"), port), line(port) as feed:
        for body in (one for one in bodies if b"\x1c\r" not in one and not one.endswith(b"\x1c")):
            await feed.write(b"\x0b" + body + b"\x1c\r")
            assert (await feed.answer()).code in {"AA", "AE", "AR"}
        assert (await feed.send(adt("A01"))).code == "AA"
