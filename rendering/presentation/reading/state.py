"""A softcopy presentation state out of DICOM JSON, read once for all the images it refers to (PS3.3 A.33, C.11)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.frame import ColorDescription, LookupTable, Palette
from rendering.options import Window
from rendering.presentation.reading import tags
from rendering.presentation.reading.annotations import Annotation, LayerColors, read_annotations, read_layers
from rendering.presentation.reading.areas import DisplayedArea, read_areas
from rendering.presentation.reading.masks import Masks, read_masks
from rendering.presentation.reading.scope import Referred, Scoped, read_referred, read_scoped
from rendering.reading.color_description import read_color_description
from rendering.reading.elements import Dataset, integer, items, number, text
from rendering.reading.modality import read_modality
from rendering.reading.tables import read_palette, read_table
from rendering.reading.tags import (
    LUT_DATA,
    LUT_DESCRIPTOR,
    PALETTE_DESCRIPTORS,
    SOP_CLASS_UID,
    STUDY_INSTANCE_UID,
)
from rendering.reading.voi import read_windows, voi_lut

_CLASSES = "1.2.840.10008.5.1.4.1.1.11."
_UNDERLYING, _SUPERIMPOSED = "UNDERLYING", "SUPERIMPOSED"

FILTERED = "The edge enhancement that the presentation state recommends is not applied."
CURVES = "Curves, which are retired, are not drawn."


class StateKind(Enum):
    """What a state's transformations apply to, and what they end in (PS3.4 N.2)."""

    GRAYSCALE = "grey as grey"
    COLOR = "colour"
    PSEUDO_COLOR = "grey as colour"
    BLENDING = "grey as colour over grey"


@dataclass(frozen=True, slots=True)
class Modality:
    """A modality transformation: a rescale, or a table."""

    slope: float = 1.0
    intercept: float = 0.0
    table: LookupTable | None = None


@dataclass(frozen=True, slots=True)
class Voi:
    """A VOI transformation: a window, or a table."""

    window: Window | None = None
    table: LookupTable | None = None


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Images, and the first two grayscale transformations for them; what is not transformed stays as it is."""

    referred: tuple[Referred, ...]
    modalities: tuple[Scoped[Modality], ...]
    vois: tuple[Scoped[Voi], ...]


@dataclass(frozen=True, slots=True)
class PresentationState:
    """A state as far as it does not depend on single frames; what does stands in `dataset`.

    `superimposed` are the images that a blending lays over the others with `opacity`; `inverted` and `presentation_lut`
    are alternatives. `warnings` say what is not done as the state has it.
    """

    kind: StateKind
    dataset: Dataset
    images: ImageSet
    superimposed: ImageSet | None
    opacity: float
    presentation_lut: LookupTable | None
    inverted: bool
    palette: Palette | None
    colors: ColorDescription
    rotation: int
    flipped: bool
    areas: tuple[Scoped[DisplayedArea], ...]
    shutters: tuple[Scoped[Dataset], ...]
    masks: Masks
    annotations: tuple[Scoped[Annotation], ...]
    layers: Mapping[str, LayerColors]
    warnings: tuple[str, ...]


def read_references(dataset: Dataset) -> tuple[Referred, ...]:
    """The images that the state shows, in its order: of a blending, those that lie below (PS3.18 §8.3.5.1.6)."""
    blended = _blended(dataset, _UNDERLYING)
    return read_referred(blended, text(blended, STUDY_INSTANCE_UID)) if blended is not None else read_referred(dataset)


def read_state(dataset: Dataset) -> PresentationState:
    """The whole state. Raises `MalformedAttributes`, `TooLarge` or `UnsupportedObject` for one that cannot be shown."""
    kind = _kind(dataset)
    annotations, warnings = read_annotations(dataset)
    palette = None if kind in {StateKind.GRAYSCALE, StateKind.COLOR} else read_palette(dataset, signed=False)
    superimposed = _blended(dataset, _SUPERIMPOSED)
    return PresentationState(
        kind=kind,
        dataset=dataset,
        images=ImageSet(read_references(dataset), *_transformations(_blended(dataset, _UNDERLYING) or dataset)),
        superimposed=None if superimposed is None else _image_set(superimposed),
        opacity=1.0 if superimposed is None else _opacity(superimposed),
        presentation_lut=_presentation_lut(dataset),
        inverted=text(dataset, tags.PRESENTATION_LUT_SHAPE).upper() == "INVERSE",
        palette=palette,
        colors=read_color_description(dataset, 1),
        rotation=_rotation(dataset),
        flipped=text(dataset, tags.IMAGE_HORIZONTAL_FLIP).upper() == "Y",
        areas=read_areas(dataset),
        shutters=_shutters(dataset),
        masks=read_masks(dataset),
        annotations=annotations,
        layers=read_layers(dataset),
        warnings=(*warnings, *_warnings(dataset)),
    )


def _kind(dataset: Dataset) -> StateKind:
    colored = all(tag in dataset for tag in PALETTE_DESCRIPTORS)
    match text(dataset, SOP_CLASS_UID).removeprefix(_CLASSES):
        case "1" | "5":
            return StateKind.GRAYSCALE
        case "2":
            return StateKind.COLOR
        case "3":
            return StateKind.PSEUDO_COLOR
        case "4":
            return StateKind.BLENDING
        case "12":
            return StateKind.PSEUDO_COLOR if colored else StateKind.GRAYSCALE
        case _:
            raise UnsupportedObject("this kind of presentation state is not shown")


def _blended(dataset: Dataset, position: str) -> Dataset | None:
    found = [one for one in items(dataset, tags.BLENDING_SEQUENCE) if text(one, tags.BLENDING_POSITION) == position]
    if len(found) > 1:
        raise MalformedAttributes("a blending has one set of images below and one above")
    return next(iter(found), None)


def _image_set(level: Dataset) -> ImageSet:
    return ImageSet(read_referred(level, text(level, STUDY_INSTANCE_UID)), *_transformations(level))


def _opacity(level: Dataset) -> float:
    opacity = number(level, tags.RELATIVE_OPACITY)
    if opacity is None or not 0 <= opacity <= 1:
        raise MalformedAttributes("a blending has no opacity")
    return opacity


def _transformations(level: Dataset) -> tuple[tuple[Scoped[Modality], ...], tuple[Scoped[Voi], ...]]:
    variable = items(level, tags.VARIABLE_MODALITY_LUT_SEQUENCE)
    modalities = tuple(read_scoped(_modality(one), one) for one in variable) or (Scoped(_modality(level), {}),)
    return modalities, tuple(read_scoped(_voi(one), one) for one in items(level, tags.SOFTCOPY_VOI_LUT_SEQUENCE))


def _modality(level: Dataset) -> Modality:
    return Modality(*read_modality(level, 1, signed=False))


def _voi(item: Dataset) -> Voi:
    windows, table = read_windows(item), voi_lut(item)
    if windows:
        return Voi(window=windows[0])
    if table is None:
        raise MalformedAttributes("a VOI transformation of the presentation state says nothing")
    return Voi(table=read_table(table, signed=False, descriptor=LUT_DESCRIPTOR, data=LUT_DATA))


def _presentation_lut(dataset: Dataset) -> LookupTable | None:
    table = next(iter(items(dataset, tags.PRESENTATION_LUT_SEQUENCE)), None)
    return None if table is None else read_table(table, signed=False, descriptor=LUT_DESCRIPTOR, data=LUT_DATA)


def _rotation(dataset: Dataset) -> int:
    rotation = integer(dataset, tags.IMAGE_ROTATION) or 0
    if rotation not in {0, 90, 180, 270}:
        raise MalformedAttributes("the presentation state turns the image by an angle that is not possible")
    return rotation


def _shutters(dataset: Dataset) -> tuple[Scoped[Dataset], ...]:
    """Where shutters are described: for some frames each (C.11.20), or for all of them (C.7.6.11, C.7.6.15)."""
    some = items(dataset, tags.FRAME_DISPLAY_SHUTTER_SEQUENCE)
    return tuple(read_scoped(one, one) for one in some) or (Scoped(dataset, {}),)


def _warnings(dataset: Dataset) -> Iterator[str]:
    for shown in items(dataset, tags.MULTI_FRAME_PRESENTATION_SEQUENCE):
        displays = items(shown, tags.FRAME_DISPLAY_SEQUENCE)
        if any(number(one, tags.DISPLAY_FILTER_PERCENTAGE) for one in displays):
            yield FILTERED
            break
    if any(text(dataset, f"{group:04X}{tags.CURVE_ACTIVATION_LAYER}") for group in tags.CURVE_GROUPS):
        yield CURVES
