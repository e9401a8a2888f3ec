"""The systems that may tell of care events, how each is known, and in whose name it may speak."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

from proxy.care.event import CareEvent, Named
from proxy.resources import PatientIdentifier
from proxy.settings.care import CareSender, SenderAuthority
from proxy.settings.entries import plain_fingerprint


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender with the assigning authorities of its patients and staff, by each of the names that it has for them."""

    settings: CareSender
    patient_authorities: Mapping[str, str]
    staff_authorities: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.settings.id

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    def patient_of(self, event: CareEvent) -> tuple[PatientIdentifier, ...]:
        """The patient's identifiers by authorities that this sender speaks for."""
        return _identifiers(event.patient, self.patient_authorities)

    def staff_of(self, named: Named) -> tuple[PatientIdentifier, ...]:
        return _identifiers([named], self.staff_authorities)


class Senders:
    """All senders. Nobody is taken for one of them by what a message says of itself."""

    def __init__(self, settings: Iterable[CareSender]) -> None:
        senders = [Sender(one, _by_name(one.patient_authorities), _by_name(one.staff_authorities)) for one in settings]
        self._number = len(senders)
        self._by_subject = {one.settings.subject: one for one in senders if one.settings.subject}
        self._by_certificate = {
            plain_fingerprint(print_): one for one in senders for print_ in one.settings.certificates
        }
        self._by_network = [(ip_network(block), one) for one in senders for block in one.settings.networks]

    def __len__(self) -> int:
        return self._number

    def of_subject(self, subject: str) -> Sender | None:
        """The sender whose tokens have that subject."""
        return self._by_subject.get(subject)

    def of_connection(self, fingerprint: str, address: str) -> Sender | None:
        """The sender that showed a verified certificate of `fingerprint`, or, without one, is at `address`."""
        if fingerprint:
            return self._by_certificate.get(fingerprint)
        try:
            peer = ip_address(address)
        except ValueError:
            return None
        plain = getattr(peer, "ipv4_mapped", None) or peer
        return next((sender for block, sender in self._by_network if plain in block), None)


def _by_name(authorities: Iterable[SenderAuthority]) -> dict[str, str]:
    return {name: one.authority for one in authorities for name in (one.authority, *one.known_as)}


def _identifiers(named: Sequence[Named], authorities: Mapping[str, str]) -> tuple[PatientIdentifier, ...]:
    found = (
        PatientIdentifier(authorities[system], one.value)
        for one in named
        for system in one.systems[:2]
        if system in authorities
    )
    return tuple(dict.fromkeys(found))
