"""Planes of frames in the patient, against SimpleITK's physical points, and how they lie to each other."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
import SimpleITK

from rendering.reading.plane import Plane, read_plane
from rendering.reading.stack import to_stacks

AXIAL = Plane((-10.0, 5.0, 30.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 0.7, 0.4, 2.0)
angles = st.floats(-3.1, 3.1)
lengths = st.floats(0.05, 5)
places = st.floats(-500, 500)


def element(*values: Any) -> dict[str, Any]:
    return {"vr": "DS", "Value": list(values)}


def dataset(**changes: Any) -> dict[str, Any]:
    return {
        "00200032": element(-10.0, "5", 30),
        "00200037": element(1, 0, 0, 0, 1, 0),
        "00280030": element(0.4, 0.7),
        "00180050": element(2),
        **changes,
    }


@settings(deadline=None)
@given(angles, angles, angles, places, places, places, lengths, lengths, st.tuples(places, places))
def test_positions_are_those_of_another_program(
    yaw: float, pitch: float, roll: float, x: float, y: float, z: float, width: float, height: float, index: Any
) -> None:
    turned = SimpleITK.Euler3DTransform((0, 0, 0), yaw, pitch, roll).GetMatrix()
    across, down = np.array(turned).reshape(3, 3).T[:2]
    image = SimpleITK.Image(4, 4, 1, SimpleITK.sitkUInt8)
    image.SetOrigin((x, y, z))
    image.SetSpacing((width, height, 1))
    image.SetDirection(turned)
    plane = Plane((x, y, z), tuple(across), tuple(down), width, height)
    point = image.TransformContinuousIndexToPhysicalPoint((*index, 0.0))
    assert plane.to_pixel(point) == pytest.approx((index[0] + 0.5, index[1] + 0.5), abs=1e-6)
    assert plane.to_patient(index[0] + 0.5, index[1] + 0.5) == pytest.approx(point, abs=1e-6)
    assert plane.distance(point) == pytest.approx(0, abs=1e-6)
    before = plane.moved(7.5)
    assert before.is_parallel_to(plane)
    assert plane.distance(before.position) == pytest.approx(7.5)


def test_from_pixels_of_one_plane_to_those_of_another() -> None:
    """A grid of half the pixel size that begins one pixel further, seen from the other side."""
    other = Plane((-9.3 + 3 * 0.7, 5.0, 30.5), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 0.35, 0.2)
    assert AXIAL.is_parallel_to(other)
    a, b, c, d, e, f = AXIAL.to_pixels_of(other)
    assert (b, d) == pytest.approx((0, 0), abs=1e-9)
    for x, y in ((0.5, 0.5), (3.0, 7.25)):
        assert (a * x + c, e * y + f) == pytest.approx(other.to_pixel(AXIAL.to_patient(x, y)))


def test_a_plane_of_the_data_set() -> None:
    assert read_plane(dataset(), 1) == AXIAL


def test_a_plane_of_functional_groups() -> None:
    def group(z: float) -> dict[str, Any]:
        return {"00209113": {"vr": "SQ", "Value": [{"00200032": element(-10, 5, z)}]}}

    shared = {
        "00209116": {"vr": "SQ", "Value": [{"00200037": element(1, 0, 0, 0, 1, 0)}]},
        "00289110": {"vr": "SQ", "Value": [{"00280030": element(0.4, 0.7), "00180050": element(2)}]},
    }
    enhanced = {
        "52009229": {"vr": "SQ", "Value": [shared]},
        "52009230": {"vr": "SQ", "Value": [group(20), group(30)]},
    }
    assert read_plane(enhanced, 2) == AXIAL


@pytest.mark.parametrize(
    "changes",
    [
        {"00200032": element(1, 2)},
        {"00200032": element("a", 2, 3)},
        {"00200032": element(1e300, 2, 3)},
        {"00200037": element(1, 0, 0, 1, 0, 0)},
        {"00200037": element(2, 0, 0, 0, 1, 0)},
        {"00200037": element(1, 0, 0, None, 1, 0)},
        {"00280030": element(0, 1)},
        {"00280030": {"vr": "DS"}},
    ],
)
def test_what_is_not_fully_described_lies_nowhere(changes: dict[str, Any]) -> None:
    assert read_plane(dataset(**changes), 1) is None


def test_the_nearest_plane_and_whether_a_point_is_in_its_slice() -> None:
    planes = [AXIAL.moved(distance) for distance in (6, 0, 3, 3, 12)]
    (stack,) = to_stacks(list(enumerate(planes)))
    found = [(near.number, near.within) for z in (30, 31.4, 34.4, 36.9, 38.2, 48) if (near := stack.nearest((0, 0, z)))]
    assert found == [(1, True), (1, False), (2, False), (0, True), (0, False), (4, False)]
    assert [stack.first.normal for stack in to_stacks([(0, AXIAL), (1, _sagittal()), (2, AXIAL.moved(1))])] == [
        AXIAL.normal,
        _sagittal().normal,
    ]


def test_a_plane_alone_is_as_thick_as_it_says() -> None:
    (stack,) = to_stacks([(0, AXIAL)])
    assert stack.nearest((0, 0, 31.0)).within
    assert not stack.nearest((0, 0, 31.1)).within


def _sagittal() -> Plane:
    return Plane((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), 1.0, 1.0)
