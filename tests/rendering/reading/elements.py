"""Elements of DICOM JSON data sets to read (PS3.18 Annex F)."""

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rendering.reading import tags

STORAGE = "1.2.840.10008.5.1.4.1.1."


def element(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def of_class(suffix: str, **elements: Any) -> dict[str, Any]:
    """A data set of the storage class with this suffix; `elements` by their names in `reading.tags`."""
    described = {"SOP_CLASS_UID": element("UI", STORAGE + suffix), **elements}
    return {getattr(tags, name): held for name, held in described.items()}


def table(entries: ArrayLike, first: int = 0, bits: int = 16) -> dict[str, Any]:
    """An item with LUT Descriptor and LUT Data of 16-bit entries."""
    words = np.asarray(entries, "<u2")
    return {
        tags.LUT_DESCRIPTOR: element("US", words.size, first, bits),
        tags.LUT_DATA: {"vr": "OW", "InlineBinary": base64.b64encode(words.tobytes()).decode()},
    }
