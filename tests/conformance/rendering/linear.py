"""The linear window and the polarity written down once more, apart from ours (PS3.3 C.11.2.1.2.1, C.7.6.3.1.2)."""

import numpy as np
from numpy.typing import NDArray

from rendering.options import Window


def to_gray(modality: NDArray[np.generic], window: Window, photometric_interpretation: str) -> NDArray[np.uint8]:
    """Modality values as grey levels from 0 to 255, halves rounded up."""
    x, c, w = modality.astype(np.float64), window.center, window.width
    black, white = x <= c - 0.5 - (w - 1) / 2, x > c - 0.5 + (w - 1) / 2
    between = ((x - (c - 0.5)) / max(w - 1, 1e-9) + 0.5) * 255
    gray = np.floor(np.select([black, white], [0.0, 255.0], between) + 0.5).astype(np.uint8)
    return 255 - gray if photometric_interpretation == "MONOCHROME1" else gray
