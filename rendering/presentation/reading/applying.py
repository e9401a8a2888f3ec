"""What a presentation state makes of one frame of one of its images (PS3.4 N.2): the state replaces, or is refused."""

from dataclasses import dataclass, replace

from rendering.errors import UnsupportedObject
from rendering.frame import FrameAttributes, LookupTable
from rendering.options import VoiFunction, Window
from rendering.presentation.presented import Area, Presentation, Subtraction
from rendering.presentation.reading.layering import to_layers
from rendering.presentation.reading.scope import all_for
from rendering.presentation.reading.state import ImageSet, Modality, PresentationState, StateKind, Voi
from rendering.presentation.reading.target import Target
from rendering.reading.elements import text
from rendering.reading.padding import stored_range
from rendering.reading.shutters import read_shutter

_PIXEL_INTENSITY_RELATIONSHIP = "00281040"
_GRAY = {"MONOCHROME1", "MONOCHROME2"}

WHOLE_TILES = "Tiles are shown whole: the displayed area of the presentation state is one of the slide."
NOT_GRAY = "The grayscale transformations of the presentation state do not apply to colours."


@dataclass(frozen=True, slots=True)
class Application:
    """How a frame is shown: by other `attributes` than its own, and by `presentation`.

    `subtracted` are the frames of the same image that it needs besides.
    """

    attributes: FrameAttributes
    presentation: Presentation
    subtracted: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


def apply_state(state: PresentationState, target: Target) -> Application:
    """The state applied to one frame. Raises `UnsupportedObject` where it does not say how to show such a frame."""
    subtracted, visible = state.masks.subtracted(target.instance, target.number)
    attributes = _without_own(state, target)
    warnings: tuple[str, ...] = ()
    if state.kind is StateKind.GRAYSCALE and not _is_gray(attributes):
        warnings = (NOT_GRAY,) if subtracted or _changes_gray(state) else ()
        subtracted = ()
    else:
        attributes = _transformed(state, replace(target, attributes=attributes), bool(subtracted))
    layers, missing = to_layers(state, target)
    area, narrowed = _area(state, target)
    presentation = Presentation(
        area=area,
        presentation_lut=state.presentation_lut,
        inverted=state.inverted,
        palette=state.palette if state.kind is StateKind.PSEUDO_COLOR else None,
        rotation=state.rotation,
        flipped=state.flipped,
        layers=layers,
        subtraction=Subtraction(visible) if subtracted else None,
    )
    return Application(attributes, presentation, subtracted, (*warnings, *missing, *narrowed))


def graded(images: ImageSet, target: Target, subtracts: bool = False) -> FrameAttributes:
    """The attributes of a grey frame with modality and VOI transformation replaced; what is absent is an identity."""
    attributes = target.attributes
    modality = next(all_for(images.modalities, target.instance, target.number), Modality())
    table = _signed(modality.table, attributes.signed)
    lowest, highest = _modality_range(attributes, modality)
    if subtracts:
        lowest, highest = lowest - highest, highest - lowest
    voi = next(all_for(images.vois, target.instance, target.number), None) or _identity(attributes, lowest, highest)
    voi_lut = _signed(voi.table, lowest < 0)
    return replace(
        attributes,
        rescale_slope=modality.slope,
        rescale_intercept=modality.intercept,
        modality_lut=table,
        windows=() if voi.window is None else (voi.window,),
        voi_luts=() if voi_lut is None else (voi_lut,),
    )


def _without_own(state: PresentationState, target: Target) -> FrameAttributes:
    """The frame's attributes with the state's shutter, and without overlays that it does not know of."""
    shutters = all_for(state.shutters, target.instance, target.number)
    shutter = next(filter(None, (read_shutter(one, target.number) for one in shutters)), None)
    return replace(target.attributes, shutter=shutter, overlays=(), unread_overlays=0)


def _transformed(state: PresentationState, target: Target, subtracts: bool) -> FrameAttributes:
    """The frame's attributes with the transformations that a state has for what the state is for."""
    attributes, gray = target.attributes, _is_gray(target.attributes)
    supplemental = gray and attributes.palette is not None
    match state.kind:
        case StateKind.GRAYSCALE if not (supplemental and subtracts):
            return _graded(state, target, subtracts)
        case StateKind.COLOR if not gray:
            return replace(attributes, colors=state.colors)
        case StateKind.PSEUDO_COLOR if gray:
            bare = replace(attributes, palette=None, colors=state.colors)
            return _graded(state, replace(target, attributes=bare), subtracts)
        case StateKind.BLENDING if gray and not supplemental:
            return _graded(state, replace(target, attributes=replace(attributes, colors=state.colors)), subtracts)
        case _:
            raise UnsupportedObject("the presentation state does not say how to show this kind of pixels")


def _graded(state: PresentationState, target: Target, subtracts: bool) -> FrameAttributes:
    attributes = graded(state.images, target, subtracts)
    linear = text(target.dataset, _PIXEL_INTENSITY_RELATIONSHIP) == "LIN" and attributes.modality_lut is None
    if subtracts and linear:
        raise UnsupportedObject("the presentation state subtracts values that are not logarithmic")
    return attributes


def _is_gray(attributes: FrameAttributes) -> bool:
    return attributes.photometric_interpretation in _GRAY


def _changes_gray(state: PresentationState) -> bool:
    return state.inverted or state.presentation_lut is not None or bool(state.images.vois)


def _modality_range(attributes: FrameAttributes, modality: Modality) -> tuple[float, float]:
    """The lowest and the highest value that may leave the modality transformation."""
    if modality.table is not None:
        return 0.0, float((1 << modality.table.bits) - 1)
    ends = [
        modality.slope * end + modality.intercept for end in stored_range(attributes.bits_stored, attributes.signed)
    ]
    return min(ends), max(ends)


def _identity(attributes: FrameAttributes, lowest: float, highest: float) -> Voi:
    """The window that leaves what enters it as it is, from the darkest possible value to the brightest."""
    if attributes.floating_point:
        raise UnsupportedObject("the presentation state does not say which values to show")
    return Voi(window=Window((lowest + highest) / 2, highest - lowest, VoiFunction.LINEAR_EXACT))


def _signed(table: LookupTable | None, signed: bool) -> LookupTable | None:
    """A table whose first mapped value is read as its input is (PS3.3 C.11.1.1.1)."""
    if table is None or not signed or table.first <= 0x7FFF:
        return table
    return replace(table, first=table.first - 0x10000)


def _area(state: PresentationState, target: Target) -> tuple[Area, tuple[str, ...]]:
    attributes = target.attributes
    whole = Area(0, 0, attributes.columns, attributes.rows, attributes.pixel_aspect)
    area = next(all_for(state.areas, target.instance, target.number), None)
    if area is None:
        return whole, ()
    aspect = attributes.pixel_aspect if area.aspect is None else area.aspect
    if area.spans_slide:
        return replace(whole, aspect=aspect), (WHOLE_TILES,)
    return Area(area.left, area.top, area.right, area.bottom, aspect, area.magnification), ()
