"""Systems that tell of admissions and appointments, and those that are told."""

from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from proxy.settings.entries import (
    FINGERPRINT,
    Identifier,
    Positive,
    Seconds,
    Section,
    is_network,
    plain_fingerprint,
)
from proxy.settings.gentleness import _is_time_zone
from proxy.settings.receivers import SignedReceiver


class SenderAuthority(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An assigning authority as the register names it, and the names that a sender has for it."""

    authority: str
    known_as: tuple[str, ...] = ()


class CareSender(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system that tells of care events, and how it is known: by tokens, by certificates, or by where it is.

    It is believed about patients and practitioners of the authorities that are named here, and about nobody else.
    """

    id: Identifier
    subject: str = ""
    certificates: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    patient_authorities: tuple[SenderAuthority, ...]
    staff_authorities: tuple[SenderAuthority, ...]
    time_zone: str = "UTC"
    character_set: Literal["ASCII", "8859/1", "8859/2", "8859/9", "8859/15", "UNICODE UTF-8"] = "UNICODE UTF-8"

    def __post_init__(self) -> None:
        if not all(map(FINGERPRINT.fullmatch, self.certificates)):
            raise ValueError("`certificates` must be SHA-256 digests, 64 hexadecimal digits with or without colons")
        if not all(map(is_network, self.networks)):
            raise ValueError("`networks` must be addresses or CIDR blocks")
        if not _is_time_zone(self.time_zone):
            raise ValueError(f"`time_zone` must be a name of the IANA database, not `{self.time_zone}`")


class Mllp(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The listener for HL7 v2 messages, which there is only with a `port`."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    bind: str = "127.0.0.1"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    connections: Positive = 32
    message_bytes: Positive = 256 * 2**10
    message_seconds: Seconds = 10.0
    idle_seconds: Seconds = 3600.0

    def __post_init__(self) -> None:
        together = {one is None for one in (self.tls_certificate, self.tls_key)}
        if len(together) > 1:
            raise ValueError("`tls_certificate` and `tls_key` belong together")
        if self.client_ca is not None and self.tls_certificate is None:
            raise ValueError("`client_ca` needs `tls_certificate` and `tls_key`")


class Receiver(SignedReceiver, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system that is told, by a signed POST, when the search ahead for an event of certain senders is done."""

    senders: tuple[Identifier, ...]


class CareDurations(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long the relationships of care events last."""

    before_hours: Annotated[float, msgspec.Meta(ge=0, le=720)] = 16.0
    encounter_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 336.0
    appointment_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 72.0
    referral_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 720.0
    registered_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 720.0
    after_discharge_hours: Annotated[float, msgspec.Meta(ge=0, le=720)] = 24.0


class Care(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Care events: who tells of them, what they mean, and who is told what came of them."""

    relationships: Positive = 100_000
    searches: Positive = 2
    queue: Positive = 10_000
    kept_hours: Annotated[float, msgspec.Meta(gt=0, le=168)] = 24.0
    kept_studies: Positive = 20_000
    durations: CareDurations = CareDurations()
    mllp: Mllp = Mllp()
    senders: tuple[CareSender, ...] = ()
    receivers: tuple[Receiver, ...] = ()

    def __post_init__(self) -> None:
        known = [sender.id for sender in self.senders]
        unknown = [name for receiver in self.receivers for name in receiver.senders if name not in known]
        if unknown:
            raise ValueError(f"a receiver names the sender `{unknown[0]}`, which there is not")
        for what, names in (
            ("sender id", known),
            ("subject", [sender.subject for sender in self.senders if sender.subject]),
            ("certificate", [plain_fingerprint(one) for sender in self.senders for one in sender.certificates]),
            ("receiver id", [receiver.id for receiver in self.receivers]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two entries share a {what}")
        self._check_networks()
        self._check_listener()

    def _check_networks(self) -> None:
        """An address must be of one sender only."""
        owned = [(sender.id, ip_network(block)) for sender in self.senders for block in sender.networks]
        for (one, block), (other, second) in combinations(owned, 2):
            if one != other and block.version == second.version and block.overlaps(second):
                raise ValueError(f"the networks of the senders `{one}` and `{other}` overlap")

    def _check_listener(self) -> None:
        certified = any(sender.certificates for sender in self.senders)
        if certified and self.mllp.client_ca is None:
            raise ValueError("`certificates` of a sender need `client_ca` of the listener")
        if self.mllp.port and not certified and not any(sender.networks for sender in self.senders):
            raise ValueError("the listener needs a sender with `certificates` or `networks`")
