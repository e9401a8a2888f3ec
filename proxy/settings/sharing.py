"""Share links: how long and how often they are good, and how one-time codes reach recipients."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from proxy.hosts import read_host
from proxy.settings.entries import Positive, Section
from proxy.settings.receivers import SignedReceiver
from proxy.settings.secrets import Secret


class Mail(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The mail server that takes codes (SMTP, RFC 5321), always under TLS unless it is this machine."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$")]
    username: str = ""
    password: Secret | None = None
    ca: Path | None = None

    def __post_init__(self) -> None:
        try:
            read_host(self.host)
        except ValueError as error:
            raise ValueError(f"`host` {error}") from None
        if self.tls == "none" and self.host not in {"localhost", "127.0.0.1"}:
            raise ValueError("`tls` may be `none` on this machine alone")
        if bool(self.username) != (self.password is not None):
            raise ValueError("`username` and `password` go together")


class Sharing(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without `mail`, `webhook` or `show_code` no link is made.

    `days` is how long a link is good at most, `usual_days` unless its maker says otherwise; `per_day` is how many one
    person may make. `view_minutes` is how long what was opened stays open. A code is good for `code_minutes` and
    `code_tries`. `kept_days` is how long it is known what was shared. With `show_code` the page shows the code to
    whoever asks, which proves nothing: demos only.
    """

    days: Annotated[float, msgspec.Meta(gt=0, le=30)] = 30.0
    usual_days: Annotated[float, msgspec.Meta(gt=0, le=30)] = 7.0
    view_minutes: Annotated[int, msgspec.Meta(ge=5, le=720)] = 60
    per_day: Positive = 50
    code_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    code_tries: Annotated[int, msgspec.Meta(ge=1, le=10)] = 5
    kept_days: Annotated[int, msgspec.Meta(ge=30, le=7305)] = 2192
    mail: Mail | None = None
    webhook: SignedReceiver | None = None
    show_code: bool = False

    def __post_init__(self) -> None:
        if self.usual_days > self.days:
            raise ValueError("`usual_days` is longer than `days`")
