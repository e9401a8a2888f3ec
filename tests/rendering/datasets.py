"""Data sets of images as archives write them in DICOM JSON (PS3.18 Annex F)."""

from typing import Any

from rendering.reading import tags
from tests.rendering.reading.elements import STORAGE, element


def dataset(**changes: Any) -> dict[str, Any]:
    """A plain 16-bit signed CT; `changes` are elements by the names in `reading.tags`, `None` takes one away."""
    described = {
        "SOP_CLASS_UID": element("UI", STORAGE + "2"),
        "ROWS": element("US", 512),
        "COLUMNS": element("US", 256),
        "SAMPLES_PER_PIXEL": element("US", 1),
        "PHOTOMETRIC_INTERPRETATION": element("CS", "MONOCHROME2"),
        "BITS_ALLOCATED": element("US", 16),
        "BITS_STORED": element("US", 16),
        "HIGH_BIT": element("US", 15),
        "PIXEL_REPRESENTATION": element("US", 1),
        **changes,
    }
    return {getattr(tags, name): held for name, held in described.items() if held is not None}


def window(center: float, width: float, **more: Any) -> dict[str, Any]:
    return {tags.WINDOW_CENTER: element("DS", center), tags.WINDOW_WIDTH: element("DS", width), **more}


def sequence(*items: dict[str, Any]) -> dict[str, Any]:
    return element("SQ", *items)


def groups(macro: str, item: dict[str, Any]) -> dict[str, Any]:
    return {macro: sequence(item)}
