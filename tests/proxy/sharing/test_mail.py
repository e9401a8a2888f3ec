"""One-time codes by e-mail, handed over to a mail server of the test's own (SMTP, RFC 5321)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

from proxy.settings.secrets import Secret
from proxy.settings.sharing import Mail
from proxy.sharing.delivery import DeliveryFailed
from proxy.sharing.mail import MailSender
from proxy.sharing.recipient import read_recipient
from tests.proxy.sharing.ward import RECIPIENT, ward
from tests.service import free_port

_ANSWERS = {
    "EHLO": "250 here",
    "HELO": "250 here",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "QUIT": "221 bye",
    "RSET": "250 ok",
}


@dataclass
class MailServer:
    """`letters` are those that it took, with whom they are for; it refuses them when told to."""

    port: int
    refuses: bool = False
    letters: list[tuple[str, Message]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode():
            verb = line[:4].upper()
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.letters.append((recipient, message_from_string(text[:-5])))
                writer.write(b"250 ok\r\n")
            elif verb == "RCPT" and self.refuses:
                writer.write(b"550 no\r\n")
            else:
                writer.write(f"{_ANSWERS.get(verb, '500 what')}\r\n".encode())
            await writer.drain()
            if verb == "QUIT":
                break
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer(free_port())
    async with await asyncio.start_server(server.serve, "127.0.0.1", server.port):
        yield server


def mail(server: MailServer) -> Mail:
    return Mail(host="127.0.0.1", port=server.port, tls="none", sender="no-reply@exchange.test")


async def test_a_code_comes_by_mail_and_opens_the_link(tmp_path: Path) -> None:
    async with mail_server() as server, ward(tmp_path, show_code=False, mail=mail(server)) as place:
        _, token = await place.link({"message": "About Yamada"})
        stranger = place.stranger()
        assert (await stranger.ask_code(token)).json() == {"minutes": 10}
        async with asyncio.timeout(20):
            while not server.letters:
                await asyncio.sleep(0.01)
        ((recipient, letter),) = server.letters
        assert recipient == RECIPIENT.lower()
        text = str(letter.get_payload())
        code = "".join(text.partition("code is ")[2].partition(".")[0].split())
        assert (await stranger.open(token, code)).status_code == 200
        for secret in (token, "Yamada", "1.2.1", "clinician"):
            assert secret not in letter.as_string()


async def test_where_there_is_only_mail_nobody_is_reached_by_telephone(tmp_path: Path) -> None:
    async with mail_server() as server, ward(tmp_path, show_code=False, mail=mail(server)) as place:
        assert (await place.ask("GET", "/portal/links")).json()["channels"] == ["email"]
        assert (await place.make({"recipient": "+41795551234"})).status_code == 400


async def test_what_the_server_does_not_take_fails() -> None:
    async with mail_server() as server:
        server.refuses = True
        with pytest.raises(DeliveryFailed):
            await MailSender(mail(server), "Exchange", 10).send(read_recipient(RECIPIENT), "12345678")
    with pytest.raises(DeliveryFailed):
        await MailSender(mail(server), "Exchange", 10).send(read_recipient(RECIPIENT), "12345678")


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ({"tls": "none"}, "`tls`"),
        ({"username": "vitrine"}, "`password`"),
        ({"password": Secret(env="PASSWORD")}, "`username`"),
        ({"host": "2130706433"}, "`host`"),
    ],
)
def test_a_mail_server_that_would_not_be_safe_is_refused(entries: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Mail(**{"host": "mail.exchange.test", "sender": "a@exchange.test", **entries})  # type: ignore[arg-type] # each is refused
