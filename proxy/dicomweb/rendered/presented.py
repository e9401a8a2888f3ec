"""Images as presentation states show them: all that a state refers to, each under its permit (PS3.18 §8.3.5.1.6)."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from policy.request import Capability
from proxy.access.permit import Permit
from proxy.access.views.shown import frames
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.references import path_of
from proxy.dicomweb.rendered.blending import Above, above_of
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendered.referenced import Found, FoundImage, Referenced, missing_warning
from proxy.dicomweb.rendered.stills import ENCODINGS
from proxy.dicomweb.rendering_header import rendering_header, rendering_warnings
from proxy.errors import BadRequest, NotAcceptable, NotFound
from proxy.federation.admission import Admission
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.frames import Frames
from proxy.retrieval.objects import Objects
from proxy.retrieval.rendered import Rendered
from rendering.attributes import read_attributes
from rendering.content import Presented
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.presentation.reading.applying import apply_state
from rendering.presentation.reading.ordering import order_of
from rendering.presentation.reading.state import PresentationState, read_references, read_state
from rendering.presentation.reading.target import Place, Target

KEPT = "Presentation states are shown with their own window and region."
ALONE = "Nothing of the blending lies over this image, which is shown alone."


@dataclass(frozen=True, slots=True)
class PresentationStates:
    admission: Admission
    objects: Objects
    frames: Frames
    rendered: Rendered
    referenced: Referenced

    def offers(self, asking: Asking) -> Sequence[Offer]:
        named = read_references(asking.dataset)
        single = len(named) == 1 and len(named[0].frames) <= 1
        return (*alone(ENCODINGS), *as_parts(ENCODINGS)) if single else as_parts(ENCODINGS)

    def rendition(self, asking: Asking, offer: Offer) -> Rendition:
        """A state has its own window and no frames, and the whole of what it displays is shown (§8.3.5.1.6)."""
        region = asking.parameters.get("viewport", "").count(",") > 1
        kept = region or not asking.parameters.keys().isdisjoint(("window", "voilut"))
        if asking.frames is not None or (kept and not asking.among):
            raise BadRequest("a presentation state has no frames, and a window and a region of its own")
        rendition = read_rendition(asking.parameters, Encoding(offer.type), asking.dataset)
        warnings = (*rendition.warnings, KEPT) if kept else rendition.warnings
        return replace(rendition, options=_of_state(rendition.options), warnings=warnings)

    async def count(self, asking: Asking) -> int:
        found = await self.referenced.of(asking, read_references(asking.dataset))
        return sum(len(image.frames) for image in found.images)

    async def parts(self, asking: Asking, offer: Offer, rendition: Rendition) -> AsyncGenerator[Part]:
        state = read_state(await self.objects.instance(asking.permit))
        found = await self.referenced.of(asking, state.images.referred)
        shown = _in_order(found)
        if not shown:
            raise NotFound
        if len(shown) > 1 and not offer.multipart:
            raise NotAcceptable("there are several images here", [str(one.media_type) for one in as_parts(ENCODINGS)])
        above = await above_of(self.referenced, asking, state)
        lost = found.missing + (above.found.missing if above is not None else 0)
        of_all = (*state.warnings, *missing_warning(lost, len(found.images)))
        for position, (image, number) in enumerate(shown):
            options = rendition.options_for(image.dataset, number)
            part = await self.part(asking, state, ShownFrame(image, number, above), options, offer)
            yield part if position else replace(part, of_all=of_all)

    async def part(
        self, asking: Asking, state: PresentationState, frame: "ShownFrame", options: RenderOptions, offer: Offer
    ) -> Part:
        """One frame as `state` shows it, which is the instance that `asking` is about."""
        target = frame.target()
        application = apply_state(state, target)
        over = None if frame.above is None else frame.above.over(target)
        permit = await self.admission.admit(asking.caller, frame.source(application.subtracted), Capability.VIEW)
        above = None if over is None else await self.admission.admit(asking.caller, over.source, Capability.VIEW)

        async def gather() -> Presented:
            first, *others = await self.frames.several(permit, (frame.number, *application.subtracted))
            frames = (replace(first, attributes=application.attributes), *others)
            if over is None or above is None:
                return Presented(frames, application.presentation)
            top = replace(await self.frames.frame(above, over.source.frames[0]), attributes=over.attributes)
            return Presented((*frames, top), replace(application.presentation, superimposition=over.superimposition))

        others: list[Permit[InstanceRef | FramesRef]] = [asking.permit, *([above] if above is not None else [])]
        what = (asking.permit.held.place, asking.instance, frame.number, over.source if over is not None else None)
        image = await self.rendered.made(permit, what, options, gather, others)
        source = frame.source()
        header = f'{rendering_header(source, image)}, presentation="{path_of(asking.instance)}"'
        alone = (ALONE,) if frame.above is not None and over is None else ()
        warnings = (*rendering_warnings(image), *application.warnings, *alone)
        over_it = frames(above, above.target.frames) if above is not None else ()
        shown = (*frames(permit, permit.target.frames, frame.image.dataset), *over_it)
        return Part(source, shown, offer.type, image.data, header, warnings)


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """One frame that a state shows, and in a blending what may lie over it."""

    image: FoundImage
    number: int
    above: Above | None

    def source(self, others: Sequence[int] = ()) -> FramesRef:
        one = self.image.permit.target
        return FramesRef(one.study, one.series, one.instance, tuple(sorted({self.number, *others})))

    def target(self) -> Target:
        attributes = read_attributes(self.image.dataset, self.number)
        return Target(self.image.permit.target.instance, self.number, self.image.dataset, attributes)


def _in_order(found: Found) -> list[tuple[FoundImage, int]]:
    shown = [(image, number) for image in found.images for number in image.frames]
    return [shown[position] for position in order_of([Place(image.dataset, number) for image, number in shown])]


def _of_state(options: RenderOptions) -> RenderOptions:
    """`options` as far as they are not a state's own business."""
    size = options.viewport
    return replace(options, window=None, viewport=None if size is None else Viewport(size.width, size.height))
