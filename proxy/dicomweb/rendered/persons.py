"""Whose a study is: an object may name one of somebody else, by mistake or on purpose, and then it is not followed."""

from proxy.access.permit import Permit
from proxy.dicomweb.rendered.presenting import Asking
from proxy.federation.admission import Admission
from proxy.resources import InstanceRef, SeriesRef, Uid


async def names_own(admission: Admission, asking: Asking, study: Uid) -> bool:
    """Whether `study` is of the person of `asking`, found out before a view of it is opened, and recorded as one.

    Raises `NotFound` and `ArchiveFailed` as looking for the study does.
    """
    if study == asking.instance.study:
        return True
    own = admission.person_of(asking.permit.held.patient)
    location = await admission.location(asking.caller, study)
    return all(admission.person_of(one.patient) == own for one in location.held)


def is_own(admission: Admission, asking: Asking, permit: Permit[InstanceRef | SeriesRef]) -> bool:
    """Whether `permit` is for something of the person of `asking`."""
    return admission.person_of(asking.permit.held.patient) == admission.person_of(permit.held.patient)
