"""Key object selections: what was chosen, in its order, each as it is shown by itself or by a state (PS3.3 A.35.4)."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from proxy.access.permit import Permit
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.blending import above_of
from proxy.dicomweb.rendered.presented import PresentationStates, ShownFrame
from proxy.dicomweb.rendered.presenting import Asking, Part, Presenter
from proxy.dicomweb.rendered.referenced import FoundImage, FoundInstance, Referenced, missing_warning
from proxy.dicomweb.rendered.reports import Reports
from proxy.dicomweb.rendered.stills import ENCODINGS
from proxy.errors import BadRequest, NotAcceptable, NotFound
from proxy.resources import InstanceRef
from proxy.retrieval.objects import Dataset
from rendering.attributes import is_image, number_of_frames
from rendering.errors import UnsupportedObject
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.options import Encoding
from rendering.presentation.reading.key_objects import REJECTED, KeyObject, read_selection
from rendering.presentation.reading.scope import Referred
from rendering.presentation.reading.state import read_references, read_state

_TEXT = "text/"
STATELESS = "The presentation state that was chosen with this image is not here, may not be seen, or is not for it."


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One object as it is asked for by itself, who shows it, and by which presentation state it is to be shown.

    `warnings` say what of that is not to be had.
    """

    asking: Asking
    presenter: Presenter
    state: FoundInstance | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyObjects:
    """`presenters` show what may have been chosen."""

    referenced: Referenced
    states: PresentationStates
    reports: Reports
    presenters: Mapping[Kind, Presenter]

    def offers(self, asking: Asking) -> Sequence[Offer]:
        """What was chosen as images, which those who ask among others see already, and the list of it as text."""
        if asking.among:
            return self.reports.offers(asking)
        chosen = read_selection(asking.dataset).objects
        single = len(chosen) == 1 and len(chosen[0].object.frames) <= 1
        images = (*alone(ENCODINGS), *as_parts(ENCODINGS)) if single else as_parts(ENCODINGS)
        return (*images, *self.reports.offers(asking))

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        if asking.frames is not None:
            raise BadRequest("a key object selection has no frames")
        if offer.type.startswith(_TEXT):
            return self.reports.rendition(asking, offer)
        return read_rendition(asking.parameters, Encoding(offer.type), asking.dataset)

    async def count(self, asking: Asking) -> int:
        return 1 if asking.among else await _count(await self._chosen(asking))

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        if offer.type.startswith(_TEXT):
            async with aclosing(self.reports.parts(asking, offer, rendition)) as parts:
                async for part in parts:
                    yield part
            return
        chosen = await self._chosen(asking)
        shown = [one for one in chosen if _is_given_as(one, offer.type)]
        if not shown:
            raise NotFound
        if not offer.multipart and await _count(shown) > 1:
            raise NotAcceptable("there are several images here", [str(one.media_type) for one in as_parts(ENCODINGS)])
        selection = read_selection(asking.dataset)
        title = (REJECTED[selection.title],) if selection.title in REJECTED else ()
        of_all = (*title, *missing_warning(selection.missing + len(selection.objects) - len(shown), len(shown)))
        for one in shown:
            async with aclosing(self._parts_of(one, offer, rendition)) as parts:
                async for part in parts:
                    yield replace(part, of_all=of_all)
                    of_all = ()

    async def _chosen(self, asking: Asking) -> list[_Chosen]:
        """What may be seen of the selection and is of a kind that is shown, in its order."""
        keys = read_selection(asking.dataset).objects
        instances = await self.referenced.instances(asking, [key.object for key in keys])
        by = await self.referenced.instances(asking, [key.state for key in keys if key.state is not None])
        states = {state: instance for instance, state in by}
        found: list[_Chosen] = []
        for key, (instance, _) in zip(keys, instances, strict=True):
            if instance is not None and (one := self._one(asking, key, instance, states)) is not None:
                found.append(one)
        return found

    def _one(
        self, asking: Asking, key: KeyObject, found: FoundInstance, states: Mapping[Referred, FoundInstance | None]
    ) -> _Chosen | None:
        permit, dataset = found
        kind = found_kind(dataset)
        presenter = None if kind is None else self.presenters.get(kind)
        frames = tuple(sorted(set(key.object.frames)))
        there = not frames or frames[-1] <= number_of_frames(dataset)
        if presenter is None or not there or (kind is Kind.IMAGE and not is_image(dataset)):
            return None
        one = Asking(asking.caller, permit, dataset, frames or None, asking.parameters, among=True)
        if key.state is None or not is_image(dataset):
            return _Chosen(one, presenter)
        state = states[key.state]
        if state is not None and not _is_for(state[1], key.object):
            state = None
        return _Chosen(one, presenter, state, () if state is not None else (STATELESS,))

    async def _parts_of(self, one: _Chosen, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        """The parts of one object, with what it alone has to say of the parameters."""
        own = one.presenter.rendition(one.asking, offer)
        warnings = (*one.warnings, *(warning for warning in own.warnings if warning not in rendition.warnings))
        shown = (
            one.presenter.parts(one.asking, offer, own)
            if one.state is None
            else self._by_state(one.asking, *one.state, offer)
        )
        async with aclosing(shown) as parts:
            async for part in parts:
                yield replace(part, warnings=(*part.warnings, *warnings))

    async def _by_state(
        self, asking: Asking, permit: Permit[InstanceRef], dataset: Dataset, offer: Offer
    ) -> AsyncGenerator[Part]:
        """The image of `asking` as the presentation state that was chosen with it shows it."""
        state = read_state(dataset)
        about = replace(asking, permit=permit, dataset=dataset, frames=None)
        above = await above_of(self.referenced, about, state)
        rendition = self.states.rendition(about, offer)
        numbers = asking.frames or tuple(range(1, number_of_frames(asking.dataset) + 1))
        image = FoundImage(asking.permit, asking.dataset, numbers)
        for number in numbers:
            options = rendition.options_for(asking.dataset, number)
            part = await self.states.part(about, state, ShownFrame(image, number, above), options, offer)
            yield replace(part, warnings=(*state.warnings, *part.warnings))


def _is_for(state: Dataset, chosen: Referred) -> bool:
    """Whether the presentation state refers to what was chosen: what it draws and hides has no meaning elsewhere."""
    named = [one for one in read_references(state) if one.instance == chosen.instance]
    frames = set(chosen.frames)
    return any(not one.frames or (frames and frames <= set(one.frames)) for one in named)


def _is_given_as(one: _Chosen, media_type: str) -> bool:
    try:
        return any(offer.multipart and offer.type == media_type for offer in one.presenter.offers(one.asking))
    except UnsupportedObject:
        return False


async def _count(chosen: Sequence[_Chosen]) -> int:
    return sum([await one.presenter.count(one.asking) for one in chosen])
