"""Images with something laid over them, made under the permits of both."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from proxy.access.permit import Permit
from proxy.access.views.shown import Shown, frames, whole
from proxy.dicomweb.negotiation import Offer
from proxy.dicomweb.parameters import WITHOUT_WINDOW
from proxy.dicomweb.references import path_of
from proxy.dicomweb.rendered.grounds import Grounds
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.dicomweb.rendering_header import rendering_header, rendering_warnings
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.frames import Frames
from proxy.retrieval.rendered import Rendered
from rendering.content import Still
from rendering.frame import EncodedFrame
from rendering.layers import Layers
from rendering.options import RenderOptions
from rendering.reading.ground import Ground, blank

_SAME_PLACE = 0.1  # millimetres
WITHOUT_GROUND = "The image under this is not available: shown alone"


@dataclass(frozen=True, slots=True)
class Layering:
    """Lays frames of the instance that is asked about, or lines, over images."""

    rendered: Rendered
    frames: Frames
    grounds: Grounds

    async def of_frames(
        self,
        asking: Asking,
        permit: Permit[FramesRef],
        ground: Ground | None,
        layers: Layers,
        options: RenderOptions,
        offer: Offer,
    ) -> Part:
        """The frames of `permit` as `layers` lay them over `ground`, of whose frames they are the second and on."""
        under = await self.grounds.admit(asking, ground.frame) if ground is not None else None

        async def gather() -> Still:
            over = await self.frames.several(permit, permit.target.frames)
            bottom = await self._frame(under) if under is not None else blank(over[0].attributes)
            return Still((bottom, *over), layers=layers)

        unwindowed = options if under is not None else replace(options, window=None)
        others = [] if under is None else [under]
        image = await self.rendered.made(permit, (permit.target.frames, ground), unwindowed, gather, others)
        alone = () if under else (WITHOUT_GROUND,)
        windowless = () if unwindowed == options else (WITHOUT_WINDOW,)
        warnings = (*rendering_warnings(image), *alone, *windowless)
        header = f"{rendering_header(permit.target, image)}, {_over(under)}"
        shown = (*frames(permit, permit.target.frames, asking.dataset), *_seen(under))
        return Part(permit.target, shown, offer.type, image.data, header, warnings)

    async def of_lines(
        self,
        asking: Asking,
        permit: Permit[InstanceRef],
        ground: Ground,
        layers: Layers,
        options: RenderOptions,
        offer: Offer,
    ) -> Part:
        """`layers` without any frame over `ground`."""
        under = await self.grounds.admit(asking, ground.frame)

        async def gather() -> Still:
            return Still((await self._frame(under),), layers=layers)

        what: Hashable = ("lines", ground)
        image = await self.rendered.made(permit, what, options, gather, [under])
        header = f"{rendering_header(under.target, image)}, {_over(under)}"
        shown = (*whole(permit, asking.dataset), *_seen(under))
        return Part(permit.target, shown, offer.type, image.data, header, rendering_warnings(image))

    async def _frame(self, under: Permit[FramesRef]) -> EncodedFrame:
        return await self.frames.frame(under, under.target.frames[0])


def remarks(ground: Ground | None) -> tuple[str, ...]:
    """What is to be said of the image under something, in the image itself."""
    if ground is None:
        return ("Image underneath not available",)
    return (f"Image {ground.distance:.1f} mm away",) if ground.distance > _SAME_PLACE else ()


def _seen(under: Permit[FramesRef] | None) -> tuple[Shown, ...]:
    return () if under is None else frames(under, under.target.frames)


def _over(under: Permit[FramesRef] | None) -> str:
    """A member of `Vitrine-Rendering`: the image under what is shown, by its path below the service's base URI."""
    return "over=?0" if under is None else f'over="{path_of(under.target)}"'
