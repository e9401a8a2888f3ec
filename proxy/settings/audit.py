"""The audit log: where it is kept, how it is signed, who is shown that, and for how long it stays."""

from pathlib import Path
import re
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from proxy.settings.entries import Identifier, Positive, Seconds, Section, check_url, is_loopback
from proxy.settings.secrets import Secret

SUBMISSION = "/add-checkpoint"
"""Where below its URL a witness takes checkpoints (https://c2sp.org/tlog-witness)."""

_ORIGIN = re.compile(r"[A-Za-z0-9._:/-]{0,200}", re.ASCII)

Months = Annotated[int, msgspec.Meta(ge=0, le=1200)]


class Witness(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is shown every checkpoint: another service at `url`, a `file` that is only appended to, or a log daemon.

    `key` is the key of that service (`vitrine audit key` prints it there); without it, its answer is not checked.
    `syslog` is the socket of the daemon, such as `/dev/log`.
    """

    id: Identifier
    url: str = ""
    file: Path | None = None
    syslog: Path | None = None
    key: str = ""
    ca: Path | None = None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.url, self.file, self.syslog))) != 1:
            raise ValueError("a witness is one of `url`, `file` and `syslog`")
        if self.url:
            check_url("url", self.url)
            if urlsplit(self.url).scheme == "http" and not is_loopback(self.url):
                raise ValueError("`url` must be https")
        elif self.key or self.ca:
            raise ValueError("`key` and `ca` belong to a witness with a `url`")

    @property
    def submission_url(self) -> str:
        return self.url.rstrip("/") + SUBMISSION


class Audit(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`folder` is also where everything else is that the service keeps. `database` is a PostgreSQL URL, by reference.

    A checkpoint is signed after `checkpoint_records` events or `checkpoint_seconds`, as the log `origin`. `witnessed`
    are the keys of other services whose checkpoints are kept here. A month ends a segment; `keep_months` are kept.
    """

    folder: Path
    database: Secret | None = None
    origin: str = ""
    signing_key: Path | None = None
    checkpoint_records: Positive = 1000
    checkpoint_seconds: Seconds = 60.0
    witnesses: tuple[Witness, ...] = ()
    witnessed: tuple[str, ...] = ()
    keep_months: Months = 0

    @property
    def witness_files(self) -> tuple[Path, ...]:
        """What is written outside of `folder`."""
        return tuple(one.file for one in self.witnesses if one.file is not None)

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise ValueError("`origin` is made of letters, digits and `._:/-`")
        if self.database is not None and self.keep_months:
            raise ValueError("nothing is removed from a log in a database: `keep_months` belongs to a log in files")
        names = [one.id for one in self.witnesses]
        if len(set(names)) < len(names):
            raise ValueError("two witnesses share an id")
