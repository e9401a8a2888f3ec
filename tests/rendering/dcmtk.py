"""DCMTK's dcmj2pnm as an independent reference renderer."""

from io import BytesIO
from pathlib import Path
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def reference(file: Path, *options: str, mode: str = "L") -> NDArray[Any]:
    """What DCMTK makes of `file` without overlays and scaling, as an array of mode `L` or `RGB`."""
    command = ["dcmj2pnm", "--quiet", "-O", "-S", *options, "--write-png", str(file)]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=30)
    return np.asarray(Image.open(BytesIO(answer.stdout)).convert(mode))
