"""Whose a study is: an object may name one of somebody else, by mistake or on purpose, and then it is not followed."""

from proxy.access.permit import Permit
from proxy.dicomweb.rendered.presenting import Asking
from proxy.federation.location import Locations
from proxy.resources import InstanceRef, SeriesRef, Uid


async def names_own(locations: Locations, asking: Asking, study: Uid) -> bool:
    """Whether `study` is of the person of `asking`, found out before a view of it is opened, and recorded as one.

    Raises `NotFound` and `ArchiveFailed` as looking for the study does.
    """
    if study == asking.instance.study:
        return True
    own = locations.person_of(asking.permit.held.patient)
    return all(locations.person_of(one.patient) == own for one in (await locations.locate(study)).held)


def is_own(locations: Locations, asking: Asking, permit: Permit[InstanceRef | SeriesRef]) -> bool:
    """Whether `permit` is for something of the person of `asking`."""
    return locations.person_of(asking.permit.held.patient) == locations.person_of(permit.held.patient)
