"""From a reference to a permit: locate what is referred to, then ask the enforcement point, archive by archive."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import Final, TypeVar

from cachetools import LRUCache

from policy.request import Capability
from proxy.access.asker import BY_STUDY
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement, Weighed
from proxy.access.permit import Look, Permit
from proxy.archives.registry import Archives
from proxy.errors import (
    ArchiveBrokeOff,
    ArchiveFailed,
    ConsentsUnanswered,
    NotFound,
    NotPermitted,
    Overloaded,
    RefusedElsewhere,
)
from proxy.federation.absence import even_out
from proxy.federation.location import Location, Locations, Seeker, unknown_holder
from proxy.resources import (
    ArchiveId,
    BulkdataRef,
    FramesRef,
    HeldStudy,
    InstanceRef,
    InstitutionId,
    PatientIdentifier,
    SeriesRef,
    StudyRef,
    Uid,
)

Ref = TypeVar("Ref", bound=StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef)
InSeries = TypeVar("InSeries", bound=SeriesRef | InstanceRef | FramesRef | BulkdataRef)


_REACHES: Final = 1000
"""How many different sets of institutions that somebody may ask are kept with their archives."""


class Admission:
    """The way every DICOMweb route obtains permits; there is no other.

    That there is nothing takes a multiple of `absent_seconds`, whatever was found out on the way.
    """

    def __init__(
        self,
        archives: Archives,
        locations: Locations,
        enforcement: Enforcement,
        absent_seconds: float,
        only: InstitutionId | None = None,
    ) -> None:
        """With `only` one institution there are no others."""
        self._archives = archives
        self._locations = locations
        self._enforcement = enforcement
        self._absent_seconds = absent_seconds
        self._only = only
        self._askable: LRUCache[frozenset[InstitutionId], frozenset[ArchiveId]] = LRUCache(_REACHES)

    def within(self, institution: InstitutionId | None) -> "Admission":
        """As if there were no other institution; all of them for None."""
        if institution == self._only:
            return self
        return Admission(self._archives, self._locations, self._enforcement, self._absent_seconds, institution)

    async def location(self, caller: Caller, study: Uid) -> Location:
        """How `study` is held by the archives that `caller` may ask for it. Raises as `Locations.locate` does."""
        return await self._locations.locate(study, await self.seeker(caller))

    async def weigh(self, caller: Caller, study: Uid) -> tuple[Location, list[Weighed]]:
        """How `study` is held, and what policy says of each part; nothing is shown by it. Raises as `location` does.

        A study of which `caller` may know no part is asked for anew, as one is that does not exist.
        """
        seeker = await self.seeker(caller)
        remembered = self._locations.remembered(study, seeker)
        location = remembered or await self._locations.locate_afresh(study, seeker)
        weighed = await self._enforcement.weigh(caller, location.held)
        if remembered and not any(one.known for one in weighed):
            location = await self._locations.locate_afresh(study, seeker)
            weighed = await self._enforcement.weigh(caller, location.held)
        return location, weighed

    def person_of(self, identifier: PatientIdentifier) -> Hashable:
        """What is equal for the identifiers of one person."""
        return self._locations.person_of(identifier)

    async def admit_all(
        self, caller: Caller, target: Ref, capability: Capability, look: Look = Look.STUDY
    ) -> list[Permit[Ref]]:
        """A permit for each archive that holds a part of `target` and whose part the caller may see.

        Raises `NotFound` or `NotPermitted` when there is no such part, as the enforcement point says. A study that is
        hidden from the caller is answered, recorded and asked for like one that does not exist.
        """
        began = asyncio.get_running_loop().time()
        try:
            return await self._admit_all(caller, target, capability, look)
        except NotFound:
            await self.pause(began)
            if self.consents_are_silent:
                raise ConsentsUnanswered from None
            raise

    @property
    def consents_are_silent(self) -> bool:
        """Whether that there is nothing is not said, because nobody says what patients consented to."""
        return self._enforcement.consents_are_silent

    async def pause(self, began: float) -> None:
        """Before it is said that there is nothing: how long finding that out took, since `began`, tells nothing."""
        await even_out(began, self._absent_seconds)

    async def _admit_all(self, caller: Caller, target: Ref, capability: Capability, look: Look) -> list[Permit[Ref]]:
        seeker = await self.seeker(caller)
        remembered = self._locations.remembered(target.study, seeker)
        location = remembered or await self._locate(caller, seeker, target.study, capability)
        if location.disputed:
            await self._refuse_disputed(caller, location)
        try:
            return await self._admit_each(caller, location.held, target, capability, look)
        except NotFound:
            if remembered:
                location = await self._locations.locate_afresh(target.study, seeker)
            if location.missing:
                raise unknown_holder(location.missing) from None
            raise

    async def seeker(self, caller: Caller) -> Seeker:
        """`caller` with the archives that policy lets the caller ask for a study by its UID."""
        reach = (await self._enforcement.reach(caller, BY_STUDY)).institutions
        archives = self._askable.get(reach)
        if archives is None:
            archives = self._askable[reach] = frozenset(
                ArchiveId(one.archive.id)
                for one in self._archives
                if one.institution.id in reach and self._only in {None, one.institution.id}
            )

        async def may_know(held: Sequence[HeldStudy]) -> bool:
            return any(one.known for one in await self._enforcement.discern(caller, held))

        return Seeker(archives, caller.subject, may_know)

    async def _locate(self, caller: Caller, seeker: Seeker, study: Uid, capability: Capability) -> Location:
        try:
            return await self._locations.locate_afresh(study, seeker)
        except NotFound:
            await self._enforcement.record_absent(caller, study, capability)
            raise

    async def _refuse_disputed(self, caller: Caller, location: Location) -> None:
        """Whoever may know of no part of the study does not learn of the dispute either."""
        if any(one.known for one in await self._enforcement.discern(caller, location.held)):
            raise ArchiveFailed(
                "institutions name different patients for one study; it is not shown until they agree", "the exchange"
            )

    async def admit_parts(
        self, caller: Caller, target: StudyRef | SeriesRef, capability: Capability, look: Look = Look.STUDY
    ) -> list[Permit[StudyRef | SeriesRef]]:
        """A permit for each archive to ask about `target`: all that have a part of a study, the holder of a series."""
        if isinstance(target, StudyRef):
            return [*await self.admit_all(caller, target, capability, look)]
        return [await self.admit(caller, target, capability, look)]

    async def admit(
        self, caller: Caller, target: InSeries, capability: Capability, look: Look = Look.STUDY
    ) -> Permit[InSeries]:
        """A permit for `target` from the one archive that holds its series."""
        permits = await self.admit_all(caller, target, capability, look)
        held = [permit.held for permit in permits]
        instance = "" if isinstance(target, SeriesRef) else target.instance
        session = (caller.subject, caller.token_id)
        holder = await self._locations.holder(held, target.series, instance, session)
        return next(permit for permit in permits if permit.held is holder)

    def turn_away(self, failure: ArchiveFailed | Overloaded | NotFound | RefusedElsewhere) -> bool:
        """Whether it is worth asking again after `failure`: another archive, or one that broke off."""
        if failure.source is None:
            return False
        if isinstance(failure, NotFound):
            return self._locations.choices.miss(failure.source)
        return self._locations.choices.turn_away(failure.source) or isinstance(failure, ArchiveBrokeOff)

    async def _admit_each(
        self, caller: Caller, held: Sequence[HeldStudy], target: Ref, capability: Capability, look: Look
    ) -> list[Permit[Ref]]:
        permits: list[Permit[Ref]] = []
        refusals: list[NotFound | NotPermitted] = []
        for one in held:
            try:
                permits.append(await self._enforcement.admit(caller, one, target, capability, look))
            except (NotFound, NotPermitted) as refusal:
                refusals.append(refusal)
        if permits:
            return permits
        raise next((refusal for refusal in refusals if isinstance(refusal, NotPermitted)), NotFound())
