"""Rules by which studies get security labels: what an attribute has to say, and what follows from it (IHE PCF, DS4P).

No standard infers sensitivity from DICOM, so every institution writes its own. A rule only ever adds: labels, a higher
confidentiality, a restriction of the patient's record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Attribute(StrEnum):
    """What rules can read of a study; each is one or several DICOM data elements (proxy/labelling/attributes.py)."""

    MODALITY = "modality"
    BODY_PART = "body_part"
    PROCEDURE = "procedure"
    DEPARTMENT = "department"
    REQUESTER = "requester"
    DESCRIPTION = "description"
    PATIENT_NOTE = "patient_note"
    BIRTH_DATE = "birth_date"


WORDY: Final = frozenset(
    {
        Attribute.BODY_PART,
        Attribute.DEPARTMENT,
        Attribute.REQUESTER,
        Attribute.DESCRIPTION,
        Attribute.PATIENT_NOTE,
    }
)
"""What is compared word by word; the others are codes, and a date."""


class PatientFlag(StrEnum):
    """What a rule can say of the patient whose study it is."""

    VIP = "vip"
    EMPLOYEE = "employee"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class LabelRule:
    """When each attribute in `when` has one of its values, `labels`, `flags` and `confidentiality` are added.

    `says` is a sentence for officers; `institution` the one whose studies it is about, None for all.
    """

    id: str
    says: str
    when: Mapping[Attribute, tuple[str, ...]]
    labels: frozenset[str] = frozenset()
    confidentiality: str = "U"
    flags: frozenset[PatientFlag] = frozenset()
    institution: str | None = None


@dataclass(frozen=True, slots=True)
class LabelRules:
    """All that are in force. Younger than `minor_below` years is a minor; nobody is by age where it is None."""

    rules: tuple[LabelRule, ...] = ()
    minor_below: int | None = None

    def of(self, institution: str) -> Iterable[LabelRule]:
        """Those that studies of `institution` are labelled by."""
        return (one for one in self.rules if one.institution in {None, institution})

    def reads(self, institution: str) -> frozenset[Attribute]:
        """Which attributes have to be known of its studies."""
        read = frozenset(attribute for one in self.of(institution) for attribute in one.when)
        return read | {Attribute.BIRTH_DATE} if self.minor_below is not None else read


NO_LABEL_RULES: Final = LabelRules()
