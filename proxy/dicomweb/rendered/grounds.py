"""Images to lay something over, wherever they are, as far as the caller may see them."""

from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.dicomweb.rendered.persons import is_own, names_own
from proxy.dicomweb.rendered.presenting import Asking
from proxy.errors import BadRequest, NotFound, NotPermitted
from proxy.federation.admission import Admission
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef, Uid, read_uid
from proxy.retrieval.planes import Planes
from rendering.reading.images import Images, PlacedFrame
from rendering.reading.references import SeriesOf

MAXIMUM_SERIES = 16


@dataclass(frozen=True, slots=True)
class Grounds:
    """What may not be seen, is not there or is of another person is left out; whoever asks says what is missing."""

    admission: Admission
    planes: Planes

    async def of_instances(self, asking: Asking, named: Sequence[tuple[str, SeriesOf]]) -> AsyncGenerator[Images]:
        """The images with these UIDs, one by one."""
        for name, place in named:
            series, instance = _series(asking, place), _uid(name)
            if series is not None and instance is not None:
                one = InstanceRef(series.study, series.series, instance)
                if (images := await self._permitted(self._of_instance(asking, one))) is not None:
                    yield images

    async def of_series(self, asking: Asking, named: Sequence[SeriesOf]) -> AsyncGenerator[Images]:
        """The images of these series, one series after the other."""
        found = dict.fromkeys(series for place in named if (series := _series(asking, place)) is not None)
        for series in list(found)[:MAXIMUM_SERIES]:
            if (images := await self._permitted(self._of_series(asking, series))) is not None:
                yield images

    async def of_study(self, asking: Asking) -> AsyncGenerator[Images]:
        """The images of the study that `asking` is about, one series after the other."""
        study = StudyRef(asking.instance.study)
        for permit in await self.admission.admit_parts(asking.caller, study, Capability.VIEW):
            for series in (await self.planes.image_series(permit))[:MAXIMUM_SERIES]:
                if (images := await self._permitted(self._of_series(asking, series))) is not None:
                    yield images

    async def admit(self, asking: Asking, frame: PlacedFrame) -> Permit[FramesRef]:
        """Leave to show a frame that one of the others has found."""
        target = FramesRef(Uid(frame.study), Uid(frame.series), Uid(frame.instance), (frame.number,))
        return await self.admission.admit(asking.caller, target, Capability.VIEW)

    async def _of_instance(self, asking: Asking, one: InstanceRef) -> Images | None:
        if not await names_own(self.admission, asking, one.study):
            return None
        permit = await self.admission.admit(asking.caller, one, Capability.VIEW)
        return await self.planes.of_instance(permit) if is_own(self.admission, asking, permit) else None

    async def _of_series(self, asking: Asking, series: SeriesRef) -> Images | None:
        if not await names_own(self.admission, asking, series.study):
            return None
        permit = await self.admission.admit(asking.caller, series, Capability.VIEW)
        return await self.planes.of_series(permit) if is_own(self.admission, asking, permit) else None

    async def _permitted(self, images: Awaitable[Images | None]) -> Images | None:
        try:
            return await images
        except (NotFound, NotPermitted):
            return None


def _series(asking: Asking, place: SeriesOf) -> SeriesRef | None:
    series, study = _uid(place.series), _uid(place.study) if place.study else asking.instance.study
    return SeriesRef(study, series) if study is not None and series is not None else None


def _uid(text: str) -> Uid | None:
    try:
        return read_uid(text)
    except BadRequest:
        return None
