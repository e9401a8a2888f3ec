"""Who assigns identifiers, as other systems name it: by our name, or by a universal identifier."""

from collections.abc import Iterable

from proxy.errors import BadRequest, NotFound
from proxy.resources import PatientIdentifier
from proxy.settings.patients import AssigningAuthority

_OID = "urn:oid:"
_LONGEST = 64


class Namespaces:
    """`names` are those of archives, `authorities` have a URI besides."""

    def __init__(self, names: Iterable[str], authorities: Iterable[AssigningAuthority]) -> None:
        known = tuple(authorities)
        self._names = frozenset((*names, *(one.name for one in known))) - {""}
        self._systems = {one.system: one.name for one in known}

    def identifier(self, value: str, name: str) -> PatientIdentifier:
        """Raises `NotFound` for an authority that nobody knows, `BadRequest` for what is no identifier."""
        if name not in self._names:
            raise NotFound("the assigning authority is not known here")
        if not 0 < len(value) <= _LONGEST or not value.isprintable() or set(value) & set("*?\\"):
            raise BadRequest("the patient's identifier is not valid")
        return PatientIdentifier(name, value)

    def of_system(self, system: str) -> str | None:
        """Our name of the authority with that URI."""
        return self._systems.get(system)

    def read_cx(self, text: str) -> PatientIdentifier:
        """An identifier as HL7 v2 writes it (CX): `value^^^NAME` or `value^^^&oid&ISO` (HL7 v2.9 §2A.3.14)."""
        value, *rest = text.split("^")
        name, *universal = (rest[2] if len(rest) > 2 else "").split("&")
        if len(universal) == 2 and universal[1] == "ISO":
            name = self._systems.get(f"{_OID}{universal[0]}", name)
        return self.identifier(value.strip(), name)
