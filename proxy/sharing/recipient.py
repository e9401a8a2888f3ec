"""To whom a link is given: an e-mail address or a telephone number, of which only a hint and a keyed hash are kept."""

from dataclasses import dataclass
from enum import StrEnum
import hashlib
import re
from typing import Final

from proxy.errors import BadRequest

_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}", re.ASCII)
_PHONE: Final = re.compile(r"\+[0-9]{7,15}", re.ASCII)
_FILLING: Final = str.maketrans("", "", " ()/.-\u00a0\u202f")
_LONGEST: Final = 254


class Channel(StrEnum):
    """How a one-time code reaches somebody."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address in its one plain form: an e-mail address in lower case, a number as `+` and digits (E.164)."""

    channel: Channel
    address: str

    @property
    def hint(self) -> str:
        """Enough to recognise an address by for whoever knows it: `d…@example.org`, `+41…67`."""
        if self.channel is Channel.PHONE:
            return f"{self.address[:3]}…{self.address[-2:]}"
        name, _, host = self.address.partition("@")
        return f"{name[0]}…@{host}"

    def seal(self, token: str) -> str:
        """What only tells whether an address is this one, and only to whoever has the link's `token`."""
        return hashlib.sha256(f"{token} {self.address}".encode()).hexdigest()


def read_recipient(text: str) -> Recipient:
    """An address as a person writes it. Raises `BadRequest`, which repeats nothing of it."""
    plain = text.strip()
    if len(plain) <= _LONGEST and _EMAIL.fullmatch(plain):
        return Recipient(Channel.EMAIL, plain.lower())
    number = plain.translate(_FILLING)
    if _PHONE.fullmatch(number):
        return Recipient(Channel.PHONE, number)
    raise BadRequest("the recipient is an e-mail address, or a telephone number that begins with + and the country")
