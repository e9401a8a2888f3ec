"""One-time codes by e-mail (SMTP, RFC 5321, under TLS): the code and nothing about anybody."""

import asyncio
from email.message import EmailMessage
import smtplib
import ssl
from typing import Final

from proxy.errors import ConfigurationError
from proxy.settings.secrets import read_secret
from proxy.settings.sharing import Mail
from proxy.sharing.delivery import DeliveryFailed
from proxy.sharing.recipient import Recipient

_SECONDS: Final = 20.0


class MailSender:
    """Raises `ConfigurationError` when password or certificates cannot be read."""

    def __init__(self, mail: Mail, exchange: str, minutes: int) -> None:
        self._mail = mail
        self._exchange = exchange
        self._minutes = minutes
        try:
            self._password = read_secret(mail.password) if mail.password else ""
            self._tls = ssl.create_default_context(cafile=mail.ca)
        except (OSError, ValueError):
            raise ConfigurationError("`sharing.mail`: password or certificate cannot be read") from None

    async def send(self, recipient: Recipient, code: str) -> None:
        try:
            await asyncio.to_thread(self._send, self._message(recipient, code))
        except (OSError, smtplib.SMTPException):
            raise DeliveryFailed from None

    def _message(self, recipient: Recipient, code: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._mail.sender
        message["To"] = recipient.address
        message["Subject"] = "Your one-time code"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nothing answers by itself
        message.set_content(
            f"Your one-time code is {code[:4]} {code[4:]}.\n\n"
            f"It opens the link that somebody shared with you by {self._exchange}, and is good for {self._minutes} "
            "minutes. If you did not ask for it, nothing has to be done.\n"
        )
        return message

    def _send(self, message: EmailMessage) -> None:
        mail = self._mail
        if mail.tls == "tls":
            with smtplib.SMTP_SSL(mail.host, mail.port, timeout=_SECONDS, context=self._tls) as server:
                self._hand_over(server, message)
            return
        with smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS) as server:
            if mail.tls == "starttls":
                server.starttls(context=self._tls)
            self._hand_over(server, message)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        if self._mail.username:
            server.login(self._mail.username, self._password)
        server.send_message(message)
