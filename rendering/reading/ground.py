"""Which image lies under a section of a segmentation, or under a plane of dose, so that nothing is misplaced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rendering.errors import TooLarge
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.reading.images import Images, PlacedFrame
from rendering.reading.plane import IDENTITY, Affine, Plane
from rendering.reading.segmentation import Section

_TENTH = 0.1  # of a slice: what lies so near to an image was made from it
_ROUNDING = 1e-3  # millimetres that positions written as text may be wrong by
_MOST_PIXELS = 2**26
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


@dataclass(frozen=True, slots=True)
class Ground:
    """The image, and how many millimetres its plane is away from what lies over it."""

    frame: PlacedFrame
    distance: float = 0.0


def placement(bottom: Plane | None, plane: Plane | None) -> Affine:
    """From positions in the plane at the bottom to those in one over it, which has the same pixels without a place."""
    return IDENTITY if bottom is None or plane is None else bottom.to_pixels_of(plane)


def blank(attributes: FrameAttributes) -> EncodedFrame:
    """A black image as large as a frame with these `attributes`, for what has no image under it."""
    if attributes.rows * attributes.columns > _MOST_PIXELS:
        raise TooLarge("the frame is too large to be shown without an image under it")
    black = FrameAttributes(
        sop_class=attributes.sop_class,
        rows=attributes.rows,
        columns=attributes.columns,
        samples_per_pixel=1,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=8,
        bits_stored=8,
        high_bit=7,
        signed=False,
        pixel_aspect=attributes.pixel_aspect,
    )
    return EncodedFrame(bytes(attributes.rows * attributes.columns), _EXPLICIT_LITTLE_ENDIAN, black)


def under_section(section: Section, images: Images, reference: str, size: tuple[int, int]) -> Ground | None:
    """The image that `section` was made from; where it names none, the one in its plane.

    `size` is that of the section's frames: rows, columns. Frames that are not placed in the patient lie over an image
    that they name and that has as many pixels.
    """
    plane = section[0].plane
    sources = dict.fromkeys(source for frame in section for source in frame.sources)
    if not sources:
        return _in_plane(plane, images, reference)
    best: Ground | None = None
    for source in sources:
        for ground in _made_from(images, images.named(source), plane, reference, size):
            if ground.distance <= _ROUNDING:
                return ground
            best = ground if best is None or ground.distance < best.distance else best
    return best


def under_dose(plane: Plane, images: Images, reference: str) -> Ground | None:
    """The image in whose slice a plane of dose lies."""
    nearest = images.behind(plane, reference)
    return Ground(images.frames[nearest.number], nearest.distance) if nearest is not None else None


def _in_plane(plane: Plane | None, images: Images, reference: str) -> Ground | None:
    nearest = images.behind(plane, reference) if plane is not None else None
    if nearest is None or nearest.distance > max(_TENTH * nearest.slice, _ROUNDING):
        return None
    return Ground(images.frames[nearest.number], nearest.distance)


def _made_from(
    images: Images, numbers: Sequence[int], plane: Plane | None, reference: str, size: tuple[int, int]
) -> Iterator[Ground]:
    """Those of the images with these `numbers` that what is in `plane` can have been made from."""
    for number in numbers:
        frame = images.frames[number]
        if frame.plane is None or plane is None:
            if len(numbers) == 1 and (frame.rows, frame.columns) == size:
                yield Ground(frame)
        elif frame.plane.is_parallel_to(plane) and images.holds(number, [plane.position], reference):
            yield Ground(frame, abs(frame.plane.distance(plane.position)))
