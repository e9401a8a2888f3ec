"""An account as a table for spreadsheets (RFC 4180), in which nothing is taken for a formula."""

import csv
from io import StringIO
from typing import Any, Final

from proxy.accounting.account import Account
from proxy.accounting.disclosures import AccountedView
from proxy.audit.canonical import to_time

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_BYTE_ORDER_MARK: Final = "\ufeff"  # without it spreadsheets take UTF-8 for something else
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(account: Account) -> bytes:
    """One line for each view, under the names of `AccountedView`; the same account gives the same bytes."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(AccountedView.__struct_fields__)
    for view in account.views:
        writer.writerow([_cell(getattr(view, name)) for name in AccountedView.__struct_fields__])
    return (_BYTE_ORDER_MARK + text.getvalue()).encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "tzinfo"):
        return to_time(value)
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
