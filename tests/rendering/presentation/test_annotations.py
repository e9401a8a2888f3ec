"""Graphics and text where a state puts them, in the order of their layers, and legible (PS3.3 C.10.5, C.10.7)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
import pytest

from rendering.errors import TooLarge
from rendering.options import Viewport
from rendering.presentation.graphics import Placed, Units
from rendering.presentation.reading.annotations import COMPOUND, MAXIMUM_OBJECTS, SIMPLIFIED, UNDRAWN
from rendering.presentation.reading.layering import UNPLACED, to_layers
from rendering.presentation.reading.state import read_state
from rendering.presentation.reading.target import Target
from tests.rendering.frames import attributes_of
from tests.rendering.presentation.states import (
    activate,
    applied,
    area_item,
    file_of,
    image_item,
    item,
    overlay,
    presented,
    state,
)

GRAY = np.full((64, 64), 100, np.uint8)
RED, BLUE = [35579, 53662, 50861], [19379, 50450, 4104]  # as CIELab
AREA = {"DisplayedAreaSelectionSequence": [area_item(1, 1, 64, 64)]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return file_of(tmp_path, GRAY)


def graphic(shape: str, points: list[float], units: str = "PIXEL", **elements: Any) -> Dataset:
    elements.setdefault("GraphicFilled", "N")
    return item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points) // 2,
        GraphicData=points,
        GraphicType=shape,
        **elements,
    )


def text(value: str, box: list[float] | None = None, anchor: list[float] | None = None, **elements: Any) -> Dataset:
    units = elements.pop("units", "PIXEL")
    if box:
        elements |= {
            "BoundingBoxAnnotationUnits": units,
            "BoundingBoxTopLeftHandCorner": box[:2],
            "BoundingBoxBottomRightHandCorner": box[2:],
        }
        elements.setdefault("BoundingBoxTextHorizontalJustification", "LEFT")
    if anchor:
        elements |= {"AnchorPointAnnotationUnits": units, "AnchorPoint": anchor}
        elements.setdefault("AnchorPointVisibility", "N")
    return item(UnformattedTextValue=value, **elements)


def layer(name: str, order: int, **elements: Any) -> Dataset:
    return item(GraphicLayer=name, GraphicLayerOrder=order, **elements)


def annotated(*graphics: Dataset, texts: tuple[Dataset, ...] = (), **elements: Any) -> Dataset:
    """A state with these in a layer of P-Value 65535."""
    annotation = item(GraphicLayer="A", GraphicObjectSequence=list(graphics))
    if texts:
        annotation.TextObjectSequence = list(texts)
    white = layer("A", 1, GraphicLayerRecommendedDisplayGrayscaleValue=0xFFFF)
    return state(GraphicLayerSequence=[white], GraphicAnnotationSequence=[annotation], **elements)


def white(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(image > 200)


def centre(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


def test_a_line_runs_from_corner_to_corner_of_its_pixels(file: Path) -> None:
    """0\\0 is the corner of the first pixel, whose centre is 0.5\\0.5; ends are as soft as edges."""
    shown = white(presented(annotated(graphic("POLYLINE", [10.5, 20.5, 50.5, 20.5])), file))
    assert set(zip(*np.nonzero(shown), strict=True)) == {(20, column) for column in range(11, 50)}


@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("flip", ["N", "Y"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_graphics_of_the_image_turn_with_it(file: Path, rotation: int, flip: str, size: int) -> None:
    made = annotated(graphic("POINT", [48, 16]), ImageRotation=rotation, ImageHorizontalFlip=flip)
    shown = presented(made, file, viewport=Viewport(size, size))
    expected = np.zeros((64, 64))
    expected[15:17, 47:49] = 1
    expected = np.rot90(expected, -rotation // 90)
    expected = expected[:, ::-1] if flip == "Y" else expected
    x, y = centre(expected > 0)
    assert centre(white(shown)) == pytest.approx((x * size / 64, y * size / 64), abs=0.6)


@pytest.mark.parametrize("rotation", [0, 90])
def test_graphics_of_the_display_stay_where_they_are(file: Path, rotation: int) -> None:
    area = [area_item(-15, 1, 48, 32)]
    made = annotated(
        graphic("POINT", [0.25, 0.75], "DISPLAY"), ImageRotation=rotation, DisplayedAreaSelectionSequence=area
    )
    shown = presented(made, file)
    rows, columns = shown.shape
    assert centre(white(shown)) == pytest.approx((columns / 4, rows * 3 / 4), abs=0.6)


def test_circles_and_ellipses_have_their_size(file: Path) -> None:
    size = 512
    for made, width, height in (
        (graphic("CIRCLE", [32, 32, 32, 42]), 20, 20),
        (graphic("ELLIPSE", [12, 32, 52, 32, 32, 22, 32, 42]), 40, 20),
    ):
        shown = white(presented(annotated(made), file, viewport=Viewport(size, size)))
        rows, columns = np.nonzero(shown)
        assert np.ptp(columns) == pytest.approx(width * size / 64, abs=3)
        assert np.ptp(rows) == pytest.approx(height * size / 64, abs=3)
        assert centre(shown) == pytest.approx((256, 256), abs=1)
        assert not shown[240:272, 240:272].any()


def test_an_interpolated_line_passes_through_its_points(file: Path) -> None:
    points = [8.0, 32.0, 24.0, 8.0, 40.0, 56.0, 56.0, 32.0]
    shown = white(presented(annotated(graphic("INTERPOLATED", points)), file, viewport=Viewport(512, 512)))
    for x, y in zip(points[::2], points[1::2], strict=True):
        column, row = int(x * 8), int(y * 8)
        assert shown[row - 2 : row + 3, column - 2 : column + 3].any()
    assert not shown[256, 200], "it does not run straight"


def test_only_what_is_closed_is_filled_and_the_image_stays_visible(file: Path) -> None:
    square = [16.0, 16.0, 48.0, 16.0, 48.0, 48.0, 16.0, 48.0]
    for points, filled in ((square, False), ([*square, 16.0, 16.0], True)):
        shown = presented(annotated(graphic("POLYLINE", points, GraphicFilled="Y")), file)
        assert bool(shown[32, 32] > 100) is filled
        assert shown[32, 32] < 255
        assert shown[5, 5] == 100


def test_lines_are_seen_on_white_as_on_black(tmp_path: Path) -> None:
    for level in (0, 255):
        file = file_of(tmp_path, np.full((64, 64), level, np.uint8))
        shown = presented(annotated(graphic("POLYLINE", [8, 32.5, 56, 32.5])), file)
        assert abs(int(shown[28:37, 32].max()) - int(shown[28:37, 32].min())) > 200


def test_layers_lie_in_their_order_and_have_their_colours(file: Path) -> None:
    square = [16.0, 16.0, 48.0, 16.0, 48.0, 48.0, 16.0, 48.0, 16.0, 16.0]
    solid = [item(PatternOnOpacity=1.0)]
    made = state(
        GraphicLayerSequence=[
            layer("UPPER", 2, GraphicLayerRecommendedDisplayCIELabValue=RED),
            layer("LOWER", 1, GraphicLayerRecommendedDisplayCIELabValue=BLUE),
        ],
        GraphicAnnotationSequence=[
            item(
                GraphicLayer=name,
                GraphicObjectSequence=[graphic("POLYLINE", square, GraphicFilled="Y", FillStyleSequence=solid)],
            )
            for name in ("UPPER", "LOWER")
        ],
    )
    shown = presented(made, file)
    assert shown.shape == (64, 64, 3)
    assert np.abs(shown[32, 32].astype(int) - (255, 0, 0)).max() <= 3
    assert tuple(shown[5, 5]) == (100, 100, 100)
    made.GraphicLayerSequence[0].GraphicLayerOrder = 0
    assert np.abs(presented(made, file)[32, 32].astype(int) - (0, 0, 255)).max() <= 3


def test_an_overlay_takes_the_grey_of_its_layer(file: Path) -> None:
    made = state(GraphicLayerSequence=[layer("A", 1, GraphicLayerRecommendedDisplayGrayscaleValue=0x8000)])
    overlay(made, 0x6000, np.ones((8, 8)), "A", origin=(11, 21))
    shown = presented(made, file)
    assert (shown[10:18, 20:28] == 128).all()
    assert (np.delete(shown, np.s_[20:28], axis=1) == 100).all()


def test_text_stays_upright_in_its_box(file: Path) -> None:
    """The letters are those of the unturned image, wherever the box has gone."""

    def letters(rotation: int, box: list[float]) -> tuple[NDArray[np.bool_], tuple[float, float]]:
        made = annotated(texts=(text("LF", box),), ImageRotation=rotation)
        shown = white(presented(made, file, viewport=Viewport(512, 512)))
        rows, columns = np.nonzero(shown)
        return shown[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], centre(shown)

    upright, (x, y) = letters(0, [4, 4, 24, 14])
    assert 32 <= x <= 192
    assert 32 <= y <= 112
    turned, (x, y) = letters(180, [40, 50, 60, 60])
    assert (upright == turned).all()
    assert 32 <= x <= 192
    assert 32 <= y <= 112


@pytest.mark.parametrize(("justification", "side"), [("LEFT", 0.2), ("CENTER", 0.5), ("RIGHT", 0.8)])
def test_text_is_justified(file: Path, justification: str, side: float) -> None:
    box = text("I", [0.0, 0.1, 1.0, 0.2], units="DISPLAY", BoundingBoxTextHorizontalJustification=justification)
    shown = white(presented(annotated(texts=(box,)), file, viewport=Viewport(512, 512)))
    assert centre(shown)[0] / 512 == pytest.approx(side, abs=0.21)
    assert shown.any()


def test_lines_of_text_follow_each_other(file: Path) -> None:
    one, two = (text(words, [2, 2, 60, 60]) for words in ("I", "I\r\nI"))
    heights = []
    for written in (one, two):
        shown = white(presented(annotated(texts=(written,)), file, viewport=Viewport(512, 512)))
        runs = np.diff(np.concatenate([[0], shown.any(axis=1).astype(int)])) == 1
        heights.append(int(runs.sum()))
    assert heights == [1, 2]


def test_text_beside_an_anchor_is_tied_to_nothing_and_moved_into_the_image(file: Path) -> None:
    made = annotated(texts=(text("anchored", anchor=[63, 63]),))
    shown = white(presented(made, file, viewport=Viewport(512, 512)))
    rows, columns = np.nonzero(shown)
    assert rows.size
    assert columns.max() - columns.min() > 40, "the whole word"
    assert centre(shown)[1] > 400


def test_a_visible_anchor_is_tied_to_its_box(file: Path) -> None:
    seen, unseen = (
        white(
            presented(
                annotated(texts=(text("I", [2, 2, 8, 8], [60, 60], AnchorPointVisibility=visible),)),
                file,
                viewport=Viewport(512, 512),
            )
        )
        for visible in "YN"
    )
    assert seen[474:486, 474:486].any()
    assert not unseen[200:, 200:].any()


def test_text_outside_the_displayed_area_is_not_displayed(file: Path) -> None:
    made = annotated(texts=(text("I", [2, 2, 8, 8]),), DisplayedAreaSelectionSequence=[area_item(33, 33, 64, 64)])
    assert not white(presented(made, file)).any()


def test_endless_text_ends(file: Path) -> None:
    shown = presented(annotated(texts=(text("word " * 200, [2, 2, 60, 4]), text("x" * 1000, [2, 40, 9, 44]))), file)
    assert shown.shape == (64, 64)


def test_annotations_are_for_the_frames_that_they_name(tmp_path: Path) -> None:
    file = file_of(tmp_path, np.full((128, 64), 100, np.uint8), Rows=64, NumberOfFrames="2")
    made = annotated(graphic("POINT", [32, 32]))
    made.GraphicAnnotationSequence[0].ReferencedImageSequence = [image_item(frames=[2])]
    assert not white(presented(made, file, 1)).any()
    assert white(presented(made, file, 2)).any()
    made.GraphicAnnotationSequence[0].ReferencedImageSequence = [image_item("2.25.77")]
    assert not white(presented(made, file, 2)).any()


@pytest.mark.parametrize(
    ("broken", "warning"),
    [
        (graphic("CIRCLE", [1, 2]), UNDRAWN),
        (graphic("HEXAGON", [1, 2, 3, 4]), UNDRAWN),
        (graphic("POLYLINE", [1, 2, 3]), UNDRAWN),
        (graphic("POLYLINE", [1, 2, 3, 4], "FURLONG"), UNDRAWN),
        (graphic("POLYLINE", [1, 2, 3, 1e9]), UNDRAWN),
        (graphic("POLYLINE", [1, 2, 3, 4], LineStyleSequence=[item(LineDashingStyle="DASHED")]), SIMPLIFIED),
    ],
)
def test_what_is_not_drawn_as_meant_is_said(broken: Dataset, warning: str) -> None:
    assert warning in read(annotated(broken, graphic("POINT", [32, 32])))


def in_style(**elements: Any) -> tuple[str, ...]:
    """What is said of a text in this style, beside a graphic of the plainest."""
    return read(annotated(graphic("POINT", [32, 32]), texts=(text("I", [2, 2, 60, 60], **styled("Text", **elements)),)))


def styled(kind: str, **elements: Any) -> dict[str, Any]:
    return {f"{kind}StyleSequence": [item(**elements)]}


@pytest.mark.parametrize(
    ("plain", "fancy"),
    [
        ({"CSSFontName": "sans-serif", "FontName": ""}, {"CSSFontName": "serif"}),
        ({}, {"FontName": "Garamond", "FontNameType": "ISO_32000"}),
        ({"ShadowStyle": "OFF"}, {"ShadowStyle": "NORMAL"}),
        ({}, {"ShadowStyle": "OUTLINED"}),
        ({"Bold": "N"}, {"Bold": "Y"}),
        ({"Italic": "N"}, {"Italic": "Y"}),
        ({"Underlined": "N"}, {"Underlined": "Y"}),
        ({"HorizontalAlignment": "LEFT"}, {"HorizontalAlignment": "RIGHT"}),
        ({"VerticalAlignment": "TOP"}, {"VerticalAlignment": "BOTTOM"}),
    ],
)
def test_a_style_of_text_that_is_not_drawn_is_said(plain: dict[str, Any], fancy: dict[str, Any]) -> None:
    assert in_style(TextColorCIELabValue=RED, **plain) == ()
    assert in_style(TextColorCIELabValue=RED, **fancy) == (SIMPLIFIED,)


@pytest.mark.parametrize(
    ("kind", "plain", "fancy"),
    [
        ("Line", {"LineDashingStyle": "SOLID"}, {"LineDashingStyle": "DASHED", "LinePattern": 255}),
        ("Line", {"ShadowStyle": "OFF"}, {"ShadowStyle": "NORMAL"}),
        ("Line", {"PatternOnOpacity": 1.0}, {"PatternOnOpacity": 0.5}),
        ("Line", {"LineThickness": 2.0}, {"LineThickness": 40.0}),
        ("Fill", {"FillMode": "SOLID"}, {"FillMode": "STIPPELED", "FillPattern": b"\0" * 128}),
        ("Fill", {"PatternOnOpacity": 0.5}, {"ShadowStyle": "OUTLINED"}),
    ],
)
def test_a_style_of_graphics_that_is_not_drawn_is_said(kind: str, plain: dict[str, Any], fancy: dict[str, Any]) -> None:
    for elements, said in ((plain, ()), (fancy, (SIMPLIFIED,))):
        assert read(annotated(graphic("CIRCLE", [32, 32, 40, 40], **styled(kind, **elements)))) == said


def test_compound_graphics_are_drawn_by_their_simple_equivalents() -> None:
    made = annotated(graphic("POINT", [32, 32], CompoundGraphicInstanceID=1))
    made.GraphicAnnotationSequence[0].CompoundGraphicSequence = [item(CompoundGraphicInstanceID=1)]
    assert read(made) == ()
    made.GraphicAnnotationSequence[0].CompoundGraphicSequence.append(item(CompoundGraphicInstanceID=2))
    assert read(made) == (COMPOUND,)


def test_more_annotations_than_are_drawn_are_refused(file: Path) -> None:
    made = annotated(*[graphic("POINT", [1, 1])] * (MAXIMUM_OBJECTS + 1))
    with pytest.raises(TooLarge):
        applied(made, file)


def read(made: Dataset) -> tuple[str, ...]:
    return read_state(made.to_json_dict()).warnings


def tile(number: int, **elements: Any) -> Target:
    """Frame `number` of a slide of two by two tiles of 64 × 64 pixels."""
    described = item(Rows=64, Columns=64, **elements).to_json_dict()
    return Target("2.25.1", number, described, attributes_of(GRAY))


FULL = {"DimensionOrganizationType": "TILED_FULL", "TotalPixelMatrixColumns": 100, "TotalPixelMatrixRows": 128}
SPARSE = [
    item(
        PlanePositionSlideSequence=[item(ColumnPositionInTotalImagePixelMatrix=x, RowPositionInTotalImagePixelMatrix=y)]
    )
    for x, y in ((1, 1), (65, 1), (1, 65), (65, 65))
]


@pytest.mark.parametrize("slide", [FULL, {"PerFrameFunctionalGroupsSequence": SPARSE}], ids=["full", "sparse"])
def test_graphics_of_a_slide_lie_on_its_tiles(slide: dict[str, Any]) -> None:
    made = annotated(
        graphic("POINT", [80, 70], "MATRIX"), texts=(text("I", [66, 66, 80, 80], [80, 70], units="MATRIX"),)
    )
    state_read = read_state(made.to_json_dict())
    for number, offset in ((1, (0, 0)), (2, (64, 0)), (3, (0, 64)), (4, (64, 64))):
        layers, warnings = to_layers(state_read, tile(number, **slide))
        assert layers[0].graphics[0].points == (80 - offset[0], 70 - offset[1])
        assert layers[0].texts[0].anchor == Placed(Units.MATRIX, (80 - offset[0], 70 - offset[1]))
        assert warnings == ()


def test_graphics_of_a_slide_are_not_guessed_on_tiles_without_a_place() -> None:
    made = annotated(graphic("POINT", [80, 70], "MATRIX"))
    assert to_layers(read_state(made.to_json_dict()), tile(1)) == ((), (UNPLACED,))


def test_an_overlay_in_unused_bits_of_the_pixels(tmp_path: Path) -> None:
    bits = np.random.default_rng(2).random((64, 64)) > 0.8
    values = np.full((64, 64), 1000, np.uint16) | (bits.astype(np.uint16) << 15)
    file = file_of(tmp_path, values, BitsStored=12, HighBit=11)
    dataset = dcmread(file)
    for element, vr, value in ((0x0010, "US", 64), (0x0011, "US", 64), (0x0040, "CS", "G"), (0x0050, "SS", [1, 1]),
                               (0x0100, "US", 16), (0x0102, "US", 15)):  # fmt: skip
        dataset.add_new((0x6000, element), vr, value)
    dataset.save_as(file)
    made = state()
    assert np.unique(presented(made, file)).size == 1
    activate(made, 0x6000, "A")
    assert (white(presented(made, file)) == bits).all()
