"""How what the audit log names is called outside: people by their provider, patients by their assigning authority."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

_OID: Final = "urn:oid:"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value and the URI of whoever assigned it; empty where nobody is known."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Naming:
    """`issuers` are issuer and audience by id, `authorities` the URIs of assigning authorities by name.

    `institutions` are names by id, `name` is the exchange's own and `public_url` where it is reached.
    """

    name: str
    public_url: str
    issuers: Mapping[str, tuple[str, str]]
    authorities: Mapping[str, str]
    institutions: Mapping[str, str]

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def log(self) -> str:
        """The audit log as a URI."""
        return f"{self.public_url}/audit"

    def system(self, what: str) -> str:
        """The URI of what this exchange itself assigns."""
        return f"{self.public_url}/fhir/NamingSystem/{quote(what, safe='')}"

    def person(self, subject: str) -> Identifier:
        """`issuer-id:sub` as the provider knows the account."""
        issuer, _, name = subject.partition(":")
        known = self.issuers.get(issuer)
        return Identifier(known[0], name) if known and name else Identifier(self.system("subject"), subject)

    def login(self, subject: str) -> str:
        """`alias<user@issuer>`, as audit messages name the bearer of a token (IHE IUA 3.72.5.1)."""
        issuer, _, name = subject.partition(":")
        known = self.issuers.get(issuer)
        return subject if known is None else f"{known[1]}<{name}@{known[0]}>"

    def patient(self, patient: str) -> Identifier:
        """`authority|value` with the authority's URI, which is ours where the configuration gives none."""
        authority, _, value = patient.partition("|")
        return Identifier(self._authority(authority), value) if value else Identifier("", patient)

    def patient_number(self, patient: str) -> str:
        """`authority|value` as an HL7 CX, `value^^^&oid&ISO` where the authority has an OID (PS3.15 A.5.2)."""
        found = self.patient(patient)
        if found.system.startswith(_OID):
            return f"{found.value}^^^&{found.system.removeprefix(_OID)}&ISO"
        authority = patient.partition("|")[0]
        return f"{found.value}^^^{authority}" if authority else found.value

    def read_person(self, identifier: Identifier) -> str:
        """The reverse of `person`; whom another system names is nobody here."""
        for name, (issuer, _) in self.issuers.items():
            if identifier.system == issuer:
                return f"{name}:{identifier.value}"
        return identifier.value if identifier.system == self.system("subject") else ""

    def read_patient(self, identifier: Identifier) -> str:
        """The reverse of `patient`."""
        for name, system in self.authorities.items():
            if identifier.system == system:
                return f"{name}|{identifier.value}"
        own = self.system("")
        if identifier.system.startswith(own):
            return f"{unquote(identifier.system.removeprefix(own))}|{identifier.value}"
        return f"{identifier.system}|{identifier.value}"

    def institution(self, identifier: str) -> str:
        return self.institutions.get(identifier, identifier)

    def _authority(self, name: str) -> str:
        return self.authorities.get(name) or (self.system(name) if name else "")
