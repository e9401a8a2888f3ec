"""A thorax that nobody has: Hounsfield units at any point of a body made of ellipsoids and tubes, in millimetres.

x grows to the patient's left, y to the back, z to the head (PS3.3 C.7.6.2.1.1); the body's centre is the origin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]

AIR, LUNG, FAT, MUSCLE, BLOOD, MARROW, BONE = -1000.0, -860.0, -95.0, 55.0, 190.0, 240.0, 720.0
NOISE = 14.0


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """Centre and half axes in millimetres, and the Hounsfield units inside."""

    center: tuple[float, float, float]
    axes: tuple[float, float, float]
    value: float


@dataclass(frozen=True, slots=True)
class Tube:
    """A straight vessel or airway from one point to another, thinner towards its end."""

    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    radius: float
    value: float


_LUNGS = (
    Ellipsoid((-78, -8, 0), (62, 88, 165), LUNG),
    Ellipsoid((80, -4, 0), (58, 86, 160), LUNG),
)
_MEDIASTINUM = (
    Ellipsoid((0, -4, 20), (34, 62, 200), MUSCLE),
    Ellipsoid((22, -34, -58), (62, 48, 62), MUSCLE),
    Ellipsoid((26, -34, -60), (44, 34, 46), BLOOD),
    Ellipsoid((0, 22, -150), (118, 96, 68), 62.0),
)
_GREAT_VESSELS = (
    Tube((22, 40, -190), (24, 34, 60), 12, BLOOD),
    Tube((24, 34, 60), (-10, -22, 66), 12, BLOOD),
    Tube((-10, -22, 66), (6, -30, -30), 15, BLOOD),
    Tube((-30, -16, 130), (-26, -20, -30), 9, BLOOD),
    Tube((0, 2, 190), (0, 8, 46), 9, AIR),
    Tube((0, 8, 46), (-44, 12, 10), 7, AIR),
    Tube((0, 8, 46), (46, 14, 14), 6, AIR),
)
_RIB_SPACING = 26.0


def _branches() -> tuple[Tube, ...]:
    """Vessels that fan out from both hila into the lungs."""
    random = np.random.default_rng(18)
    tubes = []
    for side in (-1.0, 1.0):
        for _ in range(26):
            hilum = (side * 38, 4.0, random.uniform(-20, 25))
            reach = (side * random.uniform(55, 125), random.uniform(-72, 66), random.uniform(-130, 130))
            tubes.append(Tube(hilum, reach, random.uniform(2.2, 4.6), 40.0))
    return tuple(tubes)


_BRANCHES = _branches()


def hounsfield(x: Field, y: Field, z: Field, seed: int) -> Field:
    """The phantom at the points (x, y, z) of one plane; float32. `seed` makes the noise.

    The three have two axes each and broadcast to the plane: one has rows, one columns, and one is constant.
    """
    plane = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), AIR, np.float32)
    taper = 1 - 0.16 * np.clip(z / 150, 0, 1) ** 2
    _fill(plane, _ring(x, y, 188 * taper, 126 * taper), FAT)
    _fill(plane, _ring(x, y, 170 * taper, 110 * taper), MUSCLE)
    _fill(plane, _ribs(x, y, z, taper), BONE)
    for part in _LUNGS:
        _fill(plane, _inside(part, x, y, z), part.value)
    for tube in _BRANCHES:
        _draw(plane, tube, x, y, z, only=-500)
    for part in _MEDIASTINUM:
        _fill(plane, _inside(part, x, y, z), part.value)
    for tube in _GREAT_VESSELS:
        _draw(plane, tube, x, y, z)
    _draw_spine(plane, x, y, z)
    _fill(plane, (np.abs(y - 139) < 3) & (np.abs(x) < 225), -420)
    noise = np.random.default_rng(seed).standard_normal(plane.shape, np.float32)
    return np.clip(plane + np.float32(NOISE) * noise, -1024, 3071)


def _fill(plane: Field, where: Mask, value: float) -> None:
    plane[np.broadcast_to(where, plane.shape)] = value


def _ring(x: Field, y: Field, across: Field | float, deep: Field | float) -> Mask:
    inside: Mask = (x / across) ** 2 + (y / deep) ** 2 < 1
    return inside


def _ribs(x: Field, y: Field, z: Field, taper: Field) -> Mask:
    """Bands in the wall of the chest that fall towards the front."""
    wall = _ring(x, y, 158 * taper, 102 * taper) & ~_ring(x, y, 149 * taper, 94 * taper)
    fall = (z - 0.35 * y + 400) % _RIB_SPACING
    return wall & (fall < 9) & (np.abs(x) > 14)


def _inside(part: Ellipsoid, x: Field, y: Field, z: Field) -> Mask:
    (a, b, c), (u, v, w) = part.center, part.axes
    inside: Mask = ((x - a) / u) ** 2 + ((y - b) / v) ** 2 + ((z - c) / w) ** 2 < 1
    return inside


def _draw(plane: Field, tube: Tube, x: Field, y: Field, z: Field, only: float = 4000) -> None:
    """Fill the tube where the plane is darker than `only`; what is far from it is not computed."""
    low, high = np.minimum(tube.begin, tube.end) - tube.radius, np.maximum(tube.begin, tube.end) + tube.radius
    near = [(axis >= a) & (axis <= b) for axis, a, b in zip((x, y, z), low, high, strict=True)]
    if not all(map(np.any, near)):
        return
    part = _span(near, 0), _span(near, 1)
    box = np.broadcast_arrays(*(axis[tuple(_part(axis, part))] for axis in (x, y, z)))
    points = np.stack(box, axis=-1) - np.asarray(tube.begin, np.float32)
    along = np.asarray(tube.end, np.float32) - np.asarray(tube.begin, np.float32)
    place = np.clip(points @ along / (along @ along), 0, 1)
    distance = np.linalg.norm(points - place[..., None] * along, axis=-1)
    view = plane[part]
    view[(distance < tube.radius * (1 - 0.55 * place)) & (view < only)] = tube.value


def _span(near: Sequence[Mask], axis: int) -> slice:
    """The rows (0) or columns (1) that one coordinate confines; each coordinate varies along one of them at most."""
    confined = next((one for one in near if one.ndim > axis and one.shape[axis] > 1), None)
    if confined is None:
        return slice(None)
    found = np.flatnonzero(confined)
    return slice(int(found[0]), int(found[-1]) + 1)


def _part(axis: Field, part: tuple[slice, slice]) -> Iterator[slice]:
    for length, piece in zip(axis.shape, part, strict=True):
        yield piece if length > 1 else slice(None)


def _draw_spine(plane: Field, x: Field, y: Field, z: Field) -> None:
    """Vertebrae with discs between them, the arch, and the canal."""
    disc = (z + 400) % 28 < 5
    body = _ring(x, y - 66, 20, 17)
    shell = body & ~_ring(x, y - 66, 17, 14)
    arch = _ring(x, y - 90, 24, 13)
    _fill(plane, arch & ~disc, BONE * 0.7)
    _fill(plane, body, MARROW)
    _fill(plane, shell & ~disc, BONE)
    _fill(plane, body & disc, 80.0)
    _fill(plane, _ring(x, y - 88, 9, 7), 20.0)
