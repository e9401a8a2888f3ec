"""The officers' console as one part of the service, made of what the other parts know."""

from collections.abc import Callable
from dataclasses import dataclass

from policy.bundle import sentences_of
from proxy.access.enforcement import Enforcement
from proxy.archives.registry import Archives
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings
from proxy.console.anomalies.dispositions import DispositionStore
from proxy.console.anomalies.routes import Anomalies, Record
from proxy.console.audit.filters import Filters, FilterStore
from proxy.console.audit.search import AuditSearch
from proxy.console.cases import Cases
from proxy.console.decisions import Decisions
from proxy.console.forms import Forms
from proxy.console.trying import Trying, new_engines
from proxy.federation.location import Locations
from proxy.oversight.officers import Officers
from proxy.oversight.readers import Readers
from proxy.policies.keys import Officers as NamedOfficers
from proxy.policies.remembering import PastDecisions
from proxy.policies.versions import Versions


@dataclass(frozen=True, slots=True)
class Console:
    """`named` are those who may change the policy."""

    officers: Officers
    named: NamedOfficers
    forms: Forms
    cases: Cases
    trying: Trying
    decisions: Decisions
    anomalies: Anomalies
    search: AuditSearch
    filters: Filters


@dataclass(frozen=True, slots=True)
class Known:
    """What the console looks into. `clock` gives Unix seconds."""

    versions: Versions
    past: PastDecisions
    locations: Locations
    enforcement: Enforcement
    archives: Archives
    readings: Readings
    audit: AuditLog
    readers: Readers
    clock: Callable[[], float]


def console_of(store: DispositionStore, filters: FilterStore, known: Known) -> Console:
    """`store` keeps what officers made of anomalies, `filters` the searches that they keep."""
    officers = known.readers.officers
    record = Record(known.readings, known.past, known.readers.person_of, known.clock)
    return Console(
        officers=officers,
        named=known.versions.officers,
        forms=Forms(officers, lambda: known.versions.bundle),
        cases=Cases(officers, lambda: known.versions.bundle),
        trying=Trying(
            *(officers, known.versions, known.past, known.locations, known.enforcement, known.archives),
            *(known.readings, known.audit, new_engines()),
        ),
        decisions=Decisions(officers, record, known.audit, known.versions),
        anomalies=Anomalies(officers, record, store, known.audit, known.clock),
        search=AuditSearch(
            *(known.readers, known.readings, known.audit, {one.id: one.name for one in officers.institutions}),
            lambda: sentences_of(known.versions.bundle),
        ),
        filters=Filters(officers, filters),
    )
