"""What the codes of an account mean, for whoever reads it on paper."""

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
}
TRUNCATED: Final = "There is more than one account can hold: this one is not complete. Ask for shorter periods."


def purpose(view: AccountedView) -> str:
    return _PURPOSES.get(view.purpose, view.purpose or "Not stated")


def kind(view: AccountedView) -> str:
    return _KINDS.get(view.kind, view.kind.value)


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
    shown = [view for view in account.views if view.kind is not EventKind.VIEW_REFUSED]
    people = len({view.subject for view in shown})
    refused = len(account.views) - len(shown)
    said = f"{_count(len(shown), 'look')} by {_count(people, 'person', 'people')}" if shown else "Nobody looked"
    return said + (f"; {_count(refused, 'refusal')}" if refused else "")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
