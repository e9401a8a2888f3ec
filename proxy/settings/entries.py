"""What entries of the configuration are made of: sections that refuse unknown names, numbers, addresses."""

from ipaddress import ip_network
import re
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from proxy.hosts import read_host

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Rate = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_URL = re.compile(
    r"https?://(?P<host>[A-Za-z0-9.\-]+|\[[A-Za-z0-9.:]*\])(:[0-9]{1,5})?(?P<path>(/[A-Za-z0-9._~\-/]*)?)", re.ASCII
)
FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}", re.ASCII)


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration file; unknown entries are refused because a misspelt limit is no limit."""


def plain_fingerprint(text: str) -> str:
    """A fingerprint in its one plain form: lower case, without colons."""
    return text.replace(":", "").lower()


def check_url(name: str, url: str) -> None:
    """Refuse what does not say plainly where it leads; raises `ValueError` naming the entry."""
    form = _URL.fullmatch(url)
    if form is None:
        raise ValueError(f"`{name}` must be http(s)://host[:port]/path without query, user or fragment")
    if any(step in {".", ".."} for step in form["path"].split("/")):
        raise ValueError(f"`{name}` must not contain `..`")
    try:
        read_host(form["host"])
    except ValueError as error:
        raise ValueError(f"`{name}` {error}") from None
    if not is_reachable(url):
        raise ValueError(f"`{name}` names a host or port that cannot be")


def is_reachable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or (is_network(host) and ip_network(host).is_loopback)


def is_network(block: str) -> bool:
    try:
        ip_network(block)
    except ValueError:
        return False
    return True
