"""A search for one patient, turned into searches under every identifier that the person is known by (IHE PIXm).

An identifier is an assigning authority and a value. A PatientID without its issuer is searched for as it stands, and
under the other identifiers of those people alone whom the register knows by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from proxy.archives.client import ArchiveClient
from proxy.federation.query import Level, Query
from proxy.patients.crossreference import is_plain
from proxy.patients.people import People
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.wire import tags


@dataclass(frozen=True)
class Sought:
    """`asked` are the identifiers that the caller may have meant, `identifiers` all of the people behind them.

    `issued` when the caller named the issuer, so that there is one of `asked` and nobody else is meant.
    """

    query: Query
    asked: tuple[PatientIdentifier, ...]
    identifiers: frozenset[PatientIdentifier]
    issued: bool

    def queries(self, archive: ArchiveClient) -> tuple[Query, ...]:
        """What `archive` is asked: by the identifiers that its own authority assigned, and as the caller did.

        Another authority's identifier is not told to an archive that is said to know everybody by one of its own.
        """
        own = archive.archive.assigning_authority
        known = self._assigned.values() if own == "" else [self._assigned.get(own, [])]
        under = [_under(self.query, one, issued=one.authority != own) for group in known for one in group]
        if self.query.value_of(tags.PATIENT_ID) is None:
            return tuple(under)
        meant_here = any(one.authority == own for one in self.asked)
        if under and self.issued and not meant_here and archive.archive.own_patients_only:
            return tuple(under)
        as_asked = _without_issuer(self.query) if meant_here else self.query
        return tuple(dict.fromkeys((as_asked, *under)))

    @cached_property
    def _assigned(self) -> Mapping[str, Sequence[PatientIdentifier]]:
        """The identifiers of each authority, both in a stable order."""
        assigned: dict[str, list[PatientIdentifier]] = {}
        for one in sorted(self.identifiers, key=lambda one: (one.authority, one.value)):
            assigned.setdefault(one.authority, []).append(one)
        return assigned

    def includes(self, held: HeldStudy) -> bool:
        """Whether the study is of somebody who is sought: an archive may have another under the same value."""
        if held.patient in self.identifiers:
            return True
        return not self.issued and held.patient.value == self.query.value_of(tags.PATIENT_ID)


def sought_as(identifiers: Iterable[PatientIdentifier]) -> Sought:
    """All studies of the one person who is known by `identifiers`."""
    query = Query(Level.STUDIES, fields=(tags.ANATOMIC_REGIONS_IN_STUDY,))
    return Sought(query, (), frozenset(identifiers), issued=True)


def meant_by(query: Query, authorities: Iterable[str]) -> tuple[PatientIdentifier, ...]:
    """The identifiers that `query` may mean, whoever has them; none when it names no one patient.

    `authorities` are those of the archives.
    """
    value, issuer = query.value_of(tags.PATIENT_ID), query.value_of(tags.ISSUER_OF_PATIENT_ID)
    if value is None or not is_plain(value) or (issuer is not None and not is_plain(issuer)):
        return ()
    issuers = dict.fromkeys(authorities) if issuer is None else [issuer]
    return tuple(PatientIdentifier(one, value) for one in issuers if one)


async def seek(query: Query, people: People, authorities: Iterable[str]) -> Sought | None:
    """Whom `query` asks for; `None` when it names no one patient."""
    value, issued = query.value_of(tags.PATIENT_ID), query.value_of(tags.ISSUER_OF_PATIENT_ID) is not None
    meant = meant_by(query, authorities)
    if not meant and (issued or value is None or not is_plain(value)):
        return None
    asked = meant if issued else tuple(one for one in meant if people.patient_of(one) is not None)
    await people.recognise(asked)
    identifiers = frozenset(other for one in asked for other in people.identifiers_of(one))
    return Sought(query, asked, identifiers, issued=issued)


def _under(query: Query, identifier: PatientIdentifier, *, issued: bool) -> Query:
    """`query` for another identifier; the issuer is left out where it goes without saying, as many archives do."""
    issuer = ((tags.ISSUER_OF_PATIENT_ID, identifier.authority),) if issued else ()
    return _with_identifier(query, ((tags.PATIENT_ID, identifier.value), *issuer))


def _without_issuer(query: Query) -> Query:
    value = query.value_of(tags.PATIENT_ID)
    return query if value is None else _with_identifier(query, ((tags.PATIENT_ID, value),))


def _with_identifier(query: Query, identifier: tuple[tuple[str, str], ...]) -> Query:
    others = tuple(one for one in query.matches if one[0] not in {tags.PATIENT_ID, tags.ISSUER_OF_PATIENT_ID})
    return replace(query, matches=(*others, *identifier))
