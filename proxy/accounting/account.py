"""An account of disclosures: who looked at a patient's studies, or at an institution's, in a period."""

from datetime import date, datetime
from typing import Final

import msgspec

from proxy.accounting.disclosures import AccountedView
from proxy.accounting.question import Format

MOST: Final = 10_000
"""Views in one account; it says so when there are more, and the period has to be divided."""

MOST_OF: Final = {Format.PDF: 1_000}
"""Fewer where each takes long to write."""


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`patient` are the identifiers asked for and found (`authority|value`), empty for an institution's account.

    Both days count. `rules` are the sentences of the rules that decided, by id, as they are in force when the account
    is made; `institutions` the names of those that released something. `begins` is the first record that the log still
    has, when there were others before it. `checkpoint` is the newest signed note over the log, empty without one.
    """

    exchange: str
    patient: list[str]
    institution: str
    since: date = msgspec.field(name="from")
    to: date
    made: datetime
    refused: bool
    truncated: bool
    begins: int = 1
    checkpoint: str = ""
    rules: dict[str, str]
    institutions: dict[str, str]
    views: list[AccountedView]
