"""Display shutters out of DICOM JSON: read as they are meant, or refused, because they may hide who is shown."""

from typing import Any

import pytest

from rendering.errors import MalformedAttributes, RenderingError, UnsupportedObject
from rendering.laid_over import Circle, Rectangle, Shutter
from rendering.reading.shutters import read_shutter


def element(*values: Any, vr: str = "IS") -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def shape(*names: str) -> dict[str, Any]:
    return element(*names, vr="CS")


RECTANGLE = {
    "00181600": shape("RECTANGULAR"),
    "00181602": element(11),
    "00181604": element(50),
    "00181606": element(5),
    "00181608": element(40),
}
CIRCLE = {"00181600": shape("CIRCULAR"), "00181610": element(20, 31), "00181612": element(12)}
POLYGON = {"00181600": shape("POLYGONAL"), "00181620": element(1, 1, 1, 60, 40, 30)}


def test_without_a_shape_there_is_no_shutter() -> None:
    assert read_shutter({}, 1) is None
    assert read_shutter({"00181600": shape()}, 1) is None


def test_each_shape_is_counted_from_the_corner() -> None:
    assert read_shutter(RECTANGLE, 1) == Shutter(Rectangle(10, 4, 50, 40))
    assert read_shutter(CIRCLE, 1) == Shutter(circle=Circle(30.5, 19.5, 12))
    assert read_shutter(POLYGON, 1) == Shutter(polygon=((0.5, 0.5), (59.5, 0.5), (29.5, 39.5)))


@pytest.mark.parametrize("written", [shape("RECTANGULAR", "CIRCULAR"), shape("RECTANGULAR\\CIRCULAR ")])
def test_shapes_are_combined(written: dict[str, Any]) -> None:
    both = {**RECTANGLE, **CIRCLE, "00181600": written}
    assert read_shutter(both, 1) == Shutter(Rectangle(10, 4, 50, 40), Circle(30.5, 19.5, 12))


def test_numbers_may_be_strings_as_some_archives_write_them() -> None:
    assert read_shutter({**POLYGON, "00181620": element("1\\1\\1\\60\\40\\30")}, 1) == read_shutter(POLYGON, 1)


def test_the_value_and_the_colour_of_what_is_hidden() -> None:
    colored = {**CIRCLE, "00181622": element(65535, vr="US"), "00181624": element(0, 0x8080, 0x8080, vr="US")}
    shutter = read_shutter(colored, 1)
    assert shutter is not None
    assert (shutter.gray, shutter.color) == (255, (0, 0, 0))


def test_a_frame_has_its_own_shutter() -> None:
    groups = [{"00189472": {"vr": "SQ", "Value": [one]}} for one in (RECTANGLE, CIRCLE)]
    enhanced = {"52009230": {"vr": "SQ", "Value": groups}}
    assert read_shutter(enhanced, 1) == read_shutter(RECTANGLE, 1)
    assert read_shutter(enhanced, 2) == read_shutter(CIRCLE, 1)


def test_a_bitmap_is_an_overlay_of_the_same_data_set() -> None:
    overlay = {
        "60020010": element(2, vr="US"),
        "60020011": element(4, vr="US"),
        "60023000": {"vr": "OW", "InlineBinary": "pQA="},
    }
    shutter = read_shutter({"00181600": shape("BITMAP"), "00181623": element(0x6002, vr="US"), **overlay}, 1)
    assert shutter is not None
    assert shutter.bitmap is not None
    assert (shutter.bitmap.rows, shutter.bitmap.columns, shutter.bitmap.bits) == (2, 4, b"\xa5")


@pytest.mark.parametrize(
    ("dataset", "error"),
    [
        ({"00181600": shape("TRIANGULAR")}, UnsupportedObject),
        ({"00181600": shape("RECTANGULAR")}, MalformedAttributes),
        ({**RECTANGLE, "00181602": element(51)}, MalformedAttributes),
        ({**RECTANGLE, "00181602": element()}, MalformedAttributes),
        ({**RECTANGLE, "00181602": element("left")}, MalformedAttributes),
        ({**CIRCLE, "00181612": element(0)}, MalformedAttributes),
        ({**CIRCLE, "00181610": element(20)}, MalformedAttributes),
        ({**CIRCLE, "00181612": element(1e12)}, MalformedAttributes),
        ({**POLYGON, "00181620": element(1, 1, 1, 60)}, MalformedAttributes),
        ({**POLYGON, "00181620": element(1, 1, 1, 60, 40, 30, 3)}, MalformedAttributes),
        ({**POLYGON, "00181620": element(*[1] * 20_002)}, MalformedAttributes),
        ({**CIRCLE, "00181622": element(70_000)}, MalformedAttributes),
        ({**CIRCLE, "00181624": element(1, 2)}, MalformedAttributes),
        ({"00181600": shape("BITMAP")}, MalformedAttributes),
        ({"00181600": shape("BITMAP"), "00181623": element(0x7FE0)}, MalformedAttributes),
        ({"00181600": shape("BITMAP"), "00181623": element(0x6000)}, MalformedAttributes),
    ],
)
def test_what_is_not_understood_is_refused(dataset: dict[str, Any], error: type[RenderingError]) -> None:
    with pytest.raises(error):
        read_shutter(dataset, 1)
