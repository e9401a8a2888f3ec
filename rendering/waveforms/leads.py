"""Names of electrocardiographic leads by their codes (PS3.16 CID 3001: MDC and SCP-ECG)."""

import re

_STANDARD = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_NUMBERED = {
    1: "I",
    2: "II",
    **{number: f"V{number - 2}" for number in range(3, 10)},
    **{number: f"V{number - 8}R" for number in range(10, 16)},
    16: "X",
    17: "Y",
    18: "Z",
    61: "III",
    62: "aVR",
    63: "aVL",
    64: "aVF",
    65: "-aVR",
    66: "V8",
    67: "V9",
    68: "V8R",
    69: "V9R",
}
_CODE = re.compile(r"(?:5\.6\.3-9-|2:)(\d{1,3})", re.ASCII)
_NAMES = {name.upper(): name for name in _NUMBERED.values()}


def lead_of(code: str, scheme: str, words: str) -> str:
    """The lead that a code of a channel's source, or else what it is called, stands for; empty when it is none."""
    found = _CODE.fullmatch(code)
    if found and scheme in {"MDC", "SCPECG"}:
        return _NUMBERED.get(int(found[1]), "")
    name = words.upper().removeprefix("MDC_ECG_").removeprefix("LEAD").strip(" _-")
    return _NAMES.get(name.partition(" ")[0], "") if name else ""


def standard_order(leads: tuple[str, ...]) -> list[int] | None:
    """Positions of `leads` as they are read: the twelve in their order, then others; `None` unless all twelve are."""
    if not set(_STANDARD) <= set(leads):
        return None
    ranks = {lead: rank for rank, lead in enumerate(_STANDARD)}
    return sorted(range(len(leads)), key=lambda position: ranks.get(leads[position], len(ranks)))
