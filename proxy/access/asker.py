"""Who searches, and how the search says whom or what it is for."""

from dataclasses import dataclass

from policy.searches import SearchKey
from proxy.access.caller import Caller
from proxy.resources import PatientIdentifier
from proxy.settings.archives import Institution


@dataclass(frozen=True, slots=True)
class Named:
    """How a search says whom or what it is for; `patients` are the identifiers that it may mean, if it names any."""

    key: SearchKey
    patients: tuple[PatientIdentifier, ...] = ()


BY_STUDY = Named(SearchKey.STUDY)
"""The search that everybody makes who opens a study by its UID."""

BY_IDENTIFIER = Named(SearchKey.IDENTIFIER)
"""By an identifier of which nothing is known, not even whose it is."""

BY_DEMOGRAPHICS = Named(SearchKey.DEMOGRAPHICS)


@dataclass(frozen=True, slots=True)
class Asker:
    """A caller and the identifiers that are the caller's own."""

    caller: Caller
    own: frozenset[PatientIdentifier] = frozenset()

    def is_known_at(self, institution: Institution) -> bool:
        """Whether the institution has, or may have, given the caller an identifier."""
        given = {one.authority for one in self.own}
        return bool(given) and any(
            not archive.assigning_authority or archive.assigning_authority in given for archive in institution.archives
        )
