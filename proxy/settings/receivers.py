"""A system that is told of something by a signed POST."""

from pathlib import Path
from urllib.parse import urlsplit

from proxy.settings.entries import Identifier, Section, check_url, is_loopback
from proxy.settings.secrets import Secret


class SignedReceiver(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`secret` is the key of the signature; `ca` the authority behind the receiver's certificate."""

    id: Identifier
    url: str
    secret: Secret
    ca: Path | None = None

    def __post_init__(self) -> None:
        check_url("url", self.url)
        if urlsplit(self.url).scheme == "http" and not is_loopback(self.url):
            raise ValueError("`url` must be https")
