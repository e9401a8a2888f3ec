"""The repositories of a configuration, and how outsiders are told of what it names."""

from collections.abc import Callable, Iterator

import httpx

from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings
from proxy.repositories.delivery import Deliveries, Delivery
from proxy.repositories.naming import Naming
from proxy.repositories.positions import PositionStore
from proxy.repositories.restful import RestfulWay
from proxy.repositories.syslog import SyslogWay
from proxy.repositories.way import Way
from proxy.settings.file import Settings
from proxy.settings.repositories import Repository, RestfulRepository

Times = tuple[Callable[[], float], Callable[[], float]]


def naming_of(settings: Settings) -> Naming:
    """The URIs of providers and assigning authorities, as far as the configuration has them."""
    index = settings.patients.index
    authorities = (*(index.authorities if index else ()), *settings.consents.authorities)
    return Naming(
        name=settings.name,
        public_url=settings.server.public_url.rstrip("/"),
        issuers={one.id: (one.issuer, one.audience) for one in settings.issuers},
        authorities={one.name: one.system for one in authorities},
        institutions={one.id: one.name for one in settings.institutions},
    )


def deliveries_of(
    settings: Settings,
    transport: Callable[[RestfulRepository], httpx.AsyncBaseTransport],
    readings: Readings,
    positions: PositionStore,
    audit: AuditLog,
    times: Times,
) -> Deliveries:
    """To everything that `settings.repositories` names; `times` are clock and timer. Raises `ConfigurationError`."""
    return Deliveries(
        [
            Delivery(one.id, way, readings, positions, audit, times, one.alarm_seconds)
            for one, way in _ways(settings, transport, times)
        ]
    )


def _ways(
    settings: Settings, transport: Callable[[RestfulRepository], httpx.AsyncBaseTransport], times: Times
) -> Iterator[tuple[Repository, Way]]:
    naming, (_, timer) = naming_of(settings), times
    for syslog in settings.repositories.syslog:
        yield syslog, SyslogWay(syslog, naming)
    for restful in settings.repositories.restful:
        yield restful, RestfulWay(restful, transport(restful), naming, timer)
