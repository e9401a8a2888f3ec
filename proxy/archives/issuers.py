"""Who assigned a PatientID, where an archive says it by a universal identifier alone (PS3.3 Table 10-18)."""

from collections.abc import Iterable
import re
from typing import Final

from proxy.settings.patients import AssigningAuthority
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset

_PREFIXES: Final = {"ISO": "urn:oid:", "UUID": "urn:uuid:"}
_PLAIN: Final = re.compile(r"[\x21-\x5b\x5d-\x7b\x7d\x7e]{1,64}", re.ASCII)
"""What can stand as IssuerOfPatientID (PS3.5 §6.2, LO), and apart from a value in an audit log."""


class Issuers:
    """The authorities that the configuration names; others are known by their universal identifier."""

    def __init__(self, authorities: Iterable[AssigningAuthority] = ()) -> None:
        self._names = {one.system: one.name for one in authorities}

    def named(self, dataset: Dataset) -> Dataset:
        """`dataset` with IssuerOfPatientID (0010,0021), where only IssuerOfPatientIDQualifiersSequence tells it.

        Without that a PatientID that somebody else assigned would be taken for one of the archive's own.
        """
        if tags.ISSUER_OF_PATIENT_ID_QUALIFIERS not in dataset or dicomjson.text(dataset, tags.ISSUER_OF_PATIENT_ID):
            return dataset
        name = self._name_in(dicomjson.value(dataset, tags.ISSUER_OF_PATIENT_ID_QUALIFIERS))
        return {**dataset, tags.ISSUER_OF_PATIENT_ID: {"vr": "LO", "Value": [name]}} if name else dataset

    def _name_in(self, item: object) -> str:
        if not isinstance(item, dict):
            return ""
        identifier, kind = (
            dicomjson.text(item, tag) for tag in (tags.UNIVERSAL_ENTITY_ID, tags.UNIVERSAL_ENTITY_ID_TYPE)
        )
        known = self._names.get(f"{_PREFIXES.get(kind, '')}{identifier}")
        return known or (identifier if _PLAIN.fullmatch(identifier) else "")
