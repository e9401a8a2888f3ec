"""What is drawn over one frame, layer by layer: overlays and annotations as a state has them (PS3.3 C.10.7, C.11.7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rendering.errors import MalformedAttributes
from rendering.laid_over import OverlayPlane
from rendering.presentation.graphics import Layer, Placed, Points, Text, Units
from rendering.presentation.reading import tags
from rendering.presentation.reading.annotations import Annotation, LayerColors
from rendering.presentation.reading.scope import all_for
from rendering.presentation.reading.state import PresentationState
from rendering.presentation.reading.target import Target
from rendering.reading.elements import Dataset, integer, text
from rendering.reading.overlays import GROUPS, read_overlay
from rendering.reading.tags import OVERLAY_ROWS, SHUTTER_OVERLAY_GROUP, in_group

OVERLAYS = "Some overlays that the presentation state shows cannot be read and are missing."
UNPLACED = "Annotations of the whole slide are missing on tiles that do not say where they lie."


def to_layers(state: PresentationState, target: Target) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """The layers in the order in which they are drawn, those that are not described last; and what is missing."""
    annotations = list(all_for(state.annotations, target.instance, target.number))
    overlays, warnings = _overlays(state, target)
    placed, more = _placed(annotations, target)
    names = dict.fromkeys((*overlays, *(one.layer for one in placed)))
    described = {name: state.layers.get(name, LayerColors()) for name in names}
    layers = tuple(
        Layer(
            gray=described[name].gray,
            color=described[name].color,
            overlays=tuple(overlays.get(name, ())),
            graphics=tuple(graphic for one in placed if one.layer == name for graphic in one.graphics),
            texts=tuple(written for one in placed if one.layer == name for written in one.texts),
        )
        for name in sorted(names, key=lambda name: described[name].order)
    )
    return layers, (*warnings, *more)


def _overlays(state: PresentationState, target: Target) -> tuple[Mapping[str, Sequence[OverlayPlane]], tuple[str, ...]]:
    """The planes that are activated, by layer: the state's own, else those of the image."""
    overlays: dict[str, list[OverlayPlane]] = {}
    unread = False
    for group, layer in _activated(state.dataset):
        try:
            plane = _plane(state.dataset, target, group)
        except MalformedAttributes:
            unread = True
        else:
            overlays.setdefault(layer, []).extend([plane] if plane is not None else [])
    return overlays, (OVERLAYS,) if unread else ()


def _activated(dataset: Dataset) -> Iterator[tuple[int, str]]:
    shutter = integer(dataset, SHUTTER_OVERLAY_GROUP)
    for group in GROUPS:
        layer = text(dataset, in_group(group, tags.OVERLAY_ACTIVATION_LAYER))
        if layer and group != shutter:
            yield group, layer


def _plane(dataset: Dataset, target: Target, group: int) -> OverlayPlane | None:
    for holder in (dataset, target.dataset):
        if in_group(group, OVERLAY_ROWS) in holder:
            return read_overlay(holder, group, target.number)
    return None


def _placed(annotations: Sequence[Annotation], target: Target) -> tuple[Sequence[Annotation], tuple[str, ...]]:
    """Annotations with positions on the slide as positions on the tile."""
    if not any(map(_is_of_slide, annotations)):
        return annotations, ()
    offset = target.tile_offset()
    if offset is None:
        return [one for one in annotations if not _is_of_slide(one)], (UNPLACED,)
    return [_moved(one, offset) for one in annotations], ()


def _is_of_slide(annotation: Annotation) -> bool:
    graphics = (graphic.units for graphic in annotation.graphics)
    texts = (placed.units for one in annotation.texts for placed in (one.box, one.anchor) if placed is not None)
    return any(units is Units.MATRIX for units in (*graphics, *texts))


def _moved(annotation: Annotation, offset: tuple[int, int]) -> Annotation:
    return replace(
        annotation,
        graphics=tuple(
            replace(one, points=_shifted(one.points, offset)) if one.units is Units.MATRIX else one
            for one in annotation.graphics
        ),
        texts=tuple(_moved_text(one, offset) for one in annotation.texts),
    )


def _moved_text(written: Text, offset: tuple[int, int]) -> Text:
    box, anchor = (_moved_points(placed, offset) for placed in (written.box, written.anchor))
    return replace(written, box=box, anchor=anchor)


def _moved_points(placed: Placed | None, offset: tuple[int, int]) -> Placed | None:
    if placed is None or placed.units is not Units.MATRIX:
        return placed
    return replace(placed, points=_shifted(placed.points, offset))


def _shifted(points: Points, offset: tuple[int, int]) -> Points:
    return tuple(one - offset[number % 2] for number, one in enumerate(points))
