"""From a reference to a permit: locate what is referred to, then ask the enforcement point, archive by archive."""

from collections.abc import Sequence
from typing import TypeVar

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement
from proxy.access.permit import Look, Permit
from proxy.errors import ArchiveBrokeOff, ArchiveFailed, NotFound, NotPermitted, Overloaded
from proxy.federation.location import Location, Locations, unknown_holder
from proxy.resources import BulkdataRef, FramesRef, HeldStudy, InstanceRef, SeriesRef, StudyRef, Uid

Ref = TypeVar("Ref", bound=StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef)
InSeries = TypeVar("InSeries", bound=SeriesRef | InstanceRef | FramesRef | BulkdataRef)


class Admission:
    """The way every DICOMweb route obtains permits; there is no other."""

    def __init__(self, locations: Locations, enforcement: Enforcement) -> None:
        self._locations = locations
        self._enforcement = enforcement

    async def admit_all(
        self, caller: Caller, target: Ref, capability: Capability, look: Look = Look.STUDY
    ) -> list[Permit[Ref]]:
        """A permit for each archive that holds a part of `target` and whose part the caller may see.

        Raises `NotFound` or `NotPermitted` when there is no such part, as the enforcement point says. A study that is
        hidden from the caller is answered, recorded and asked for like one that does not exist.
        """
        remembered = self._locations.remembered(target.study)
        location = remembered or await self._locate(caller, target.study, capability)
        if location.disputed:
            await self._refuse_disputed(caller, location)
        try:
            return await self._admit_each(caller, location.held, target, capability, look)
        except NotFound:
            if remembered:
                location = await self._locations.locate_afresh(target.study)
            if location.missing:
                raise unknown_holder(location.missing) from None
            raise

    async def _locate(self, caller: Caller, study: Uid, capability: Capability) -> Location:
        try:
            return await self._locations.locate_afresh(study)
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

    def turn_away(self, failure: ArchiveFailed | Overloaded | NotFound) -> bool:
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
