"""What the codes of an account mean, for whoever reads it on paper."""

from collections import Counter
from typing import Final

from proxy.accounting.account import Account
from proxy.accounting.disclosures import AccountedView
from proxy.audit.event import EventKind

_PURPOSES: Final = {
    "TREAT": "Treatment",
    "ETREAT": "Emergency treatment",
    "PATRQT": "At the patient’s request",
    "HOPERAT": "Oversight",
    "HPAYMT": "Payment",
    "HRESCH": "Research",
    "COVERAGE": "Coverage",
}
_KINDS: Final = {
    EventKind.VIEW_OPENED: "Images were opened",
    EventKind.PREVIEWED: "A thumbnail was shown",
    EventKind.VIEW_REFUSED: "Was refused",
    EventKind.PICTURE_KEPT: "A picture was kept",
}
_WAYS: Final = {"printed": "A picture was printed", "saved": "A picture was saved"}
TRUNCATED: Final = "There is more than one account can hold: this one is not complete. Ask for shorter periods."


def purpose(view: AccountedView) -> str:
    return _PURPOSES.get(view.purpose, view.purpose or "Not stated")


def kind(view: AccountedView) -> str:
    return _WAYS.get(view.way) or _KINDS.get(view.kind, view.kind.value)


def roles(view: AccountedView) -> str:
    return ", ".join(role.replace("-", " ") for role in view.roles)


def about(account: Account) -> str:
    """Whose disclosures it lists."""
    institution = account.institutions.get(account.institution, account.institution)
    if not account.patient:
        return f"Disclosures by {institution}"
    known = "; ".join(one.replace("|", " ") for one in account.patient)
    return f"Patient {known}" + (f", disclosures by {institution}" if institution else "")


def study(view: AccountedView) -> str:
    """`CT of 2026-03-04`, as far as it is on record."""
    day = view.study_date
    written = f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdigit() else day
    return " ".join(filter(None, [view.modalities, written and f"of {written}"])) or "Study"


def summary(account: Account) -> str:
    """How much there is in it."""
    by_kind = Counter(view.kind for view in account.views)
    refused, kept = by_kind[EventKind.VIEW_REFUSED], by_kind[EventKind.PICTURE_KEPT]
    people = len({view.subject for view in account.views if view.kind is not EventKind.VIEW_REFUSED})
    looks = len(account.views) - refused - kept
    said = f"{_count(looks, 'look', 'looks')} by {_count(people, 'person', 'people')}" if people else "Nobody looked"
    further = ((kept, "picture kept", "pictures kept"), (refused, "refusal", "refusals"))
    return "; ".join((said, *(_count(number, one, many) for number, one, many in further if number)))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
