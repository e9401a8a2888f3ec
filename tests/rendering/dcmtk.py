"""DCMTK's dcmj2pnm, and dcml2pnm for JPEG-LS, as an independent reference renderer."""

from io import BytesIO
from pathlib import Path
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def reference(
    file: Path,
    *options: str,
    mode: str = "L",
    scaled: bool = False,
    overlays: bool = False,
    program: str = "dcmj2pnm",
) -> NDArray[Any]:
    """What DCMTK makes of `file`, unless `scaled` in its size, as an array of mode `L` or `RGB`.

    Raises `subprocess.CalledProcessError` when it makes nothing of it.
    """
    left_out = ([] if scaled else ["-S"]) + ([] if overlays else ["-O"])
    command = [program, "--quiet", *left_out, *options, "--write-png", str(file)]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=30)
    return np.asarray(Image.open(BytesIO(answer.stdout)).convert(mode))
