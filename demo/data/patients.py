"""The demo's patients: example names of PS3.5 Annexes H to K, each under another number at every institution."""

from collections.abc import Mapping
from dataclasses import dataclass

AUTHORITIES = {"general": "GENERAL", "lakeside": "LAKESIDE", "university": "UNIVERSITY"}
"""Who assigns the patient identifiers of an institution."""


@dataclass(frozen=True, slots=True)
class Patient:
    """`identifiers` are by institution; `character_set` is what the name needs (PS3.5 §6.1.2)."""

    key: str
    name: str
    character_set: tuple[str, ...]
    birth_date: str
    sex: str
    identifiers: Mapping[str, str]


BUC = Patient(
    "p-1",
    "Buc^Jérôme",
    ("ISO_IR 100",),
    "19610312",
    "M",
    {"general": "G-1001", "lakeside": "77-201", "university": "U-20417"},
)
YAMADA = Patient(
    "p-2",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ("", "ISO 2022 IR 87"),
    "19740820",
    "M",
    {"general": "G-1002", "university": "U-20533"},
)
HONG = Patient(
    "p-3",
    "Hong^Gildong=洪^吉洞=홍^길동",
    ("", "ISO 2022 IR 149"),
    "19550105",
    "M",
    {"lakeside": "77-300"},
)
WANG = Patient(
    "p-4",
    "Wang^XiaoDong=王^小东",
    ("GB18030",),
    "19881130",
    "M",
    {"lakeside": "77-318", "university": "U-20601"},
)
