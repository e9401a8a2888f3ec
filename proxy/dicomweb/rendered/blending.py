"""What a blending lays over an image: the frame of its other set in the same plane (PS3.3 C.11.14, PS3.4 N.2.4)."""

from dataclasses import dataclass

from proxy.dicomweb.rendered.presenting import Asking
from proxy.dicomweb.rendered.referenced import Found, FoundImage, Referenced
from proxy.resources import FramesRef
from rendering.attributes import read_attributes
from rendering.errors import UnsupportedObject
from rendering.frame import FrameAttributes, Palette
from rendering.presentation.presented import Superimposition
from rendering.presentation.reading.applying import graded
from rendering.presentation.reading.state import ImageSet, PresentationState
from rendering.presentation.reading.target import Target
from rendering.reading.images import Images, read_placed_frames
from rendering.reading.plane import frame_of_reference, read_plane


@dataclass(frozen=True, slots=True)
class Over:
    """The frame `source` with these attributes, as it is laid over another."""

    source: FramesRef
    attributes: FrameAttributes
    superimposition: Superimposition


@dataclass(frozen=True, slots=True)
class Above:
    """The images that may be laid over others: frame by frame in `frames`, which `images` places."""

    found: Found
    images: Images
    frames: tuple[tuple[FoundImage, int], ...]
    transformations: ImageSet
    opacity: float
    palette: Palette

    def over(self, below: Target) -> Over | None:
        """What lies over a frame, `None` when nothing does.

        Raises `UnsupportedObject` when that cannot be known.
        """
        plane, reference = read_plane(below.dataset, below.number), frame_of_reference(below.dataset)
        if plane is None or not reference:
            raise UnsupportedObject("images that do not say where they lie cannot be blended")
        nearest = self.images.behind(plane, reference)
        if nearest is None:
            return None
        image, number = self.frames[nearest.number]
        top = self.images.frames[nearest.number].plane
        if top is None:
            return None
        one = image.permit.target
        target = Target(one.instance, number, image.dataset, read_attributes(image.dataset, number))
        return Over(
            FramesRef(one.study, one.series, one.instance, (number,)),
            graded(self.transformations, target),
            Superimposition(self.opacity, plane.to_pixels_of(top), self.palette),
        )


async def above_of(referenced: Referenced, asking: Asking, state: PresentationState) -> Above | None:
    """The images that a blending lays over others, `None` for every other state.

    Raises `UnsupportedObject` when there are none that may be shown, or none that lies anywhere.
    """
    if state.superimposed is None or state.palette is None:
        return None
    found = await referenced.of(asking, state.superimposed.referred)
    placed = [
        (image, place)
        for image in found.images
        for place in read_placed_frames(image.dataset)
        if place.number in image.frames
    ]
    images = Images.of(place for _, place in placed)
    if not images.stacks:
        raise UnsupportedObject("there is nothing to lay over these images")
    frames = tuple((image, place.number) for image, place in placed)
    return Above(found, images, frames, state.superimposed, state.opacity, state.palette)
