"""A radiograph, an ultrasound cine and a photograph, drawn so that one sees what they stand for."""

from functools import cache

import cv2
import numpy as np

from demo.data.coding import Pixels
from demo.data.thorax import hounsfield

ROWS, COLUMNS = 1536, 1320
CINE_ROWS, CINE_COLUMNS, CINE_FRAMES, CINE_MILLISECONDS = 480, 640, 60, 33.3
PHOTO_ROWS, PHOTO_COLUMNS = 900, 1200

_DEPTHS = np.arange(-130, 131, 3, dtype=np.float32)
_APEX = (320.0, 18.0)
_REACH = 430.0


@cache
def radiograph(frame: int = 1) -> Pixels:  # noqa: ARG001 - there is one
    """The thorax seen from behind: what is left of the beam on its way through it, 12 bits, bone bright."""
    x = np.linspace(-205, 205, COLUMNS // 4, dtype=np.float32)[None, :]
    z = np.linspace(215, -205, ROWS // 4, dtype=np.float32)[:, None]
    path = np.zeros((ROWS // 4, COLUMNS // 4), np.float32)
    for depth in _DEPTHS:
        plane = hounsfield(x, np.array([[depth]], np.float32), z, int(depth) + 1000)
        path += np.where(plane > 300, 2.6 * plane + 1000, plane + 1000)
    shade = 1 - np.exp(-path / (len(_DEPTHS) * 620))
    large = cv2.resize(shade, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(7).standard_normal(large.shape, np.float32)
    image: Pixels = np.clip(350 + 3300 * large + 18 * grain, 0, 4095).astype(np.uint16)
    return image


def cine(frame: int) -> Pixels:
    """Frame `frame` of a beating heart in a sector of speckle, with a jet of colour; 8-bit RGB."""
    angle, radius, inside = _sector()
    beat = 0.5 + 0.5 * np.cos(2 * np.pi * (frame - 1) / 20)
    shift = int(3 * np.sin(2 * np.pi * frame / 30))
    grey = 0.55 * np.roll(_speckle(), shift, axis=0) * np.exp(-radius / 520)
    across, along = angle * radius, radius - 230
    for center, wide, long in ((-62.0, 44.0, 88.0), (58.0, 40.0, 78.0)):
        chamber = ((across - center) / (wide * (0.72 + 0.28 * beat))) ** 2 + (along / long) ** 2
        grey = np.where(chamber < 1, grey * 0.12, grey)
        grey = np.where((chamber >= 1) & (chamber < 1.22), grey * 1.9 + 30, grey)
    image = np.repeat(np.clip(grey * inside, 0, 255)[..., None], 3, axis=2)
    jet = (((across + 62) / 16) ** 2 + ((along + 6) / 58) ** 2 < beat) & (inside > 0)
    image[jet] = np.stack([40 + 200 * beat + 0 * along, 60 + 0 * along, 210 - 170 * beat + 0 * along], -1)[jet]
    return image.astype(np.uint8)


@cache
def _sector() -> tuple[Pixels, Pixels, Pixels]:
    """Angle from the middle and distance from the probe of every pixel, and whether it lies in the sector."""
    rows, columns = np.mgrid[0:CINE_ROWS, 0:CINE_COLUMNS].astype(np.float32)
    across, down = columns - _APEX[0], rows - _APEX[1]
    angle, radius = np.arctan2(across, np.maximum(down, 0.1)), np.hypot(across, down)
    return angle, radius, ((np.abs(angle) < 0.66) & (radius < _REACH) & (radius > 24)).astype(np.float32)


@cache
def _speckle() -> Pixels:
    """Rayleigh noise, finer along the beam than across it."""
    noise = np.random.default_rng(11).rayleigh(90, (CINE_ROWS, CINE_COLUMNS)).astype(np.float32)
    blurred: Pixels = 1.25 * cv2.GaussianBlur(noise, (0, 0), sigmaX=2.2, sigmaY=0.9)
    return blurred


@cache
def photograph(frame: int = 1) -> Pixels:  # noqa: ARG001 - there is one
    """A patch of skin with a dark spot, a hair or two, and a rule beside it; 8-bit RGB."""
    random = np.random.default_rng(5)
    texture = cv2.GaussianBlur(random.standard_normal((PHOTO_ROWS, PHOTO_COLUMNS), np.float32), (0, 0), 2.5)
    coarse = random.standard_normal((PHOTO_ROWS // 100, PHOTO_COLUMNS // 100), np.float32)
    broad = cv2.resize(coarse, (PHOTO_COLUMNS, PHOTO_ROWS), interpolation=cv2.INTER_CUBIC)
    light = 1 + 0.35 * texture + 0.03 * broad
    image = np.array([214, 160, 134], np.float32) * light[..., None]
    rows, columns = np.mgrid[0:PHOTO_ROWS, 0:PHOTO_COLUMNS].astype(np.float32)
    angle = np.arctan2(rows - 430, columns - 600)
    edge = np.hypot((columns - 600) / 1.25, rows - 430) / (118 + 14 * np.sin(3 * angle) + 8 * np.sin(7 * angle + 1))
    spot = np.clip((1.08 - edge) / 0.16, 0, 1)[..., None]
    image = image * (1 - spot) + np.array([92, 48, 38], np.float32) * light[..., None] * spot
    picture: Pixels = np.clip(image, 0, 255).astype(np.uint8)
    for begin, end in (((210, 90), (420, 610)), ((930, 240), (1060, 700))):
        cv2.line(picture, begin, end, (74, 52, 44), 2, cv2.LINE_AA)
    _draw_rule(picture)
    return picture


def _draw_rule(image: Pixels) -> None:
    """A white rule with a mark for every millimetre, twelve pixels apart."""
    cv2.rectangle(image, (180, 760), (1020, 840), (242, 242, 238), -1)
    for mark in range(69):
        length = 34 if mark % 10 == 0 else 24 if mark % 5 == 0 else 15
        cv2.line(image, (190 + 12 * mark, 760), (190 + 12 * mark, 760 + length), (30, 30, 30), 2)
