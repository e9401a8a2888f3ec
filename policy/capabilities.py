"""Capabilities and what refusing each one obliges the proxy to do; the codes are HL7 v3 ActCode."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from policy.request import Capability


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must be done when `capability` is refused. `code` is an HL7 ObligationPolicy or RefrainPolicy code."""

    capability: Capability
    code: str
    says: str


OBLIGATIONS: Mapping[Capability, Obligation] = {
    obligation.capability: obligation
    for obligation in (
        Obligation(Capability.VIEW_LOSSLESS, "MINEC", "Only rendered images are shown, never the stored values."),
        Obligation(Capability.VIEW_FULL_SIZE, "MINEC", "Images are reduced in size."),
        Obligation(Capability.VIEW_UNMARKED, "PRIVMARK", "Images carry the viewer's name and the time."),
        Obligation(Capability.VIEW_WITHOUT_NOTICE, "PRIVMARK", "A notice goes with whatever is shown."),
        Obligation(Capability.VIEW_IDENTIFIED, "DEID", "Only what does not say whose it is may be shown."),
        Obligation(Capability.SHARE, "NORDSCLCD", "The study may not be shared on."),
        Obligation(Capability.KEEP, "NOPERSISTP", "Pictures may be neither printed nor saved."),
    )
}


class Parameter(StrEnum):
    """What `@obligation` may set; an entry that nobody would carry out is refused when the policy is loaded."""

    MAXIMUM_SIDE = "maximum_side"
    LOSSY_ONLY = "lossy_only"

    @property
    def is_flag(self) -> bool:
        """Whether it is there or not, and no matter of how much."""
        return self is Parameter.LOSSY_ONLY


def read_parameters(text: str) -> dict[Parameter, int]:
    """Read `@obligation("name=number;…")`. Raises `ValueError` with words for the rule's author."""
    parameters: dict[Parameter, int] = {}
    for entry in filter(None, text.split(";")):
        name, _, value = entry.partition("=")
        if name not in set(Parameter):
            raise ValueError(f"`{name}` is not an obligation that can be carried out")
        if not (value.isascii() and value.isdecimal() and 0 < int(value) < 2**31):
            raise ValueError(f"`{name}` needs a whole number above zero")
        parameters[Parameter(name)] = int(value)
    return parameters


def strictest(settings: Iterable[Mapping[Parameter, int]]) -> dict[Parameter, int]:
    """Merge the parameters of several rules: the smallest number is the strictest."""
    merged: dict[Parameter, int] = {}
    for setting in settings:
        for parameter, value in setting.items():
            merged[parameter] = min(value, merged.get(parameter, value))
    return merged
