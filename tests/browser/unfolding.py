"""The stage's patient history: rows of drawn studies, how institutions answer, and the events in which that unfolds."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
import json
from typing import Any

HOSTILE = "<img src=x onerror=alert(1)>"
LOCKED = "You have no treating relationship with this patient."
NAMES = {"general": "General Hospital", "lakeside": "Lakeside Imaging"}
_LONG = [
    ("general", "20260611", "Chest PA", ["DX"]),
    ("lakeside", "20251205", "Head without contrast", ["MR"]),
    ("lakeside", "20250310", "Knee, left", ["MR"]),
    ("general", "20231120", "Abdomen", ["US"]),
    ("lakeside", "20220702", "", ["OT"]),
    ("general", "20190415", "Chest", ["CT", "SR"]),
]
"""What a patient has besides the two studies of everybody, in no order."""


def row(study: str, date: str, description: str, **more: Any) -> dict[str, Any]:
    common = {
        "study": study,
        "institution": "general",
        "institution_name": "General Hospital",
        "date": date,
        "time": "140512",
        "description": description,
        "body_parts": [],
        "modalities": ["CT"],
        "series": 5,
        "instances": 124,
        "patient_name": "Yamada^Tarou=山田^太郎",
        "patient_id": "G-1001",
        "authority": "GENERAL",
        "birth_date": "19610312",
        "sex": "M",
        "viewable": True,
        "reason": "",
        "differing": [],
    }
    return common | more


def rows(first: str, *, long: bool) -> list[dict[str, Any]]:
    """The study `first`, which can be opened, one that is locked, and further ones of a `long` history."""
    told = [
        row(first, "20261112", "Chest with contrast"),
        row("1.2.4", "20240301", HOSTILE, viewable=False, reason=LOCKED),
    ]
    more = [
        row(
            f"1.2.5.{number}",
            date,
            description,
            modalities=modalities,
            institution=institution,
            institution_name=NAMES[institution],
        )
        for number, (institution, date, description, modalities) in enumerate(_LONG)
    ]
    return [*told, *more] if long else told


def sources(told: list[dict[str, Any]], lakeside: str) -> list[dict[str, Any]]:
    """How the two institutions ended; `lakeside` is the state of the second one."""
    states = {"general": "answered", "lakeside": lakeside}
    return [
        {
            "institution": one,
            "name": NAMES[one],
            "archive": one,
            "state": state,
            "studies": sum(each["institution"] == one for each in told),
        }
        for one, state in states.items()
    ]


async def events(
    told: list[dict[str, Any]], ending: dict[str, Any], is_held: Callable[[], bool]
) -> AsyncGenerator[bytes]:
    """The General Hospital at once, and everything else as soon as it is no longer held back."""
    early, late = ([one for one in told if (one["institution"] == "general") is first] for first in (True, False))
    archives = [{name: one[name] for name in ("institution", "name", "archive")} for one in ending["sources"]]
    yield _event("institutions", archives)
    for block in _rows(early):
        yield block
    yield _event("source", ending["sources"][0])
    while is_held():
        await asyncio.sleep(0.05)
    for block in _rows(late):
        yield block
    yield _event("end", ending)


def _rows(told: list[dict[str, Any]]) -> Iterator[bytes]:
    return (_event("study", one) for one in told)


def _event(name: str, document: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(document)}\n\n".encode()
