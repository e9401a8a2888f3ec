"""SimpleITK as a reference, GDCM inside: its modality values and colours, and the formula for windows."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
import SimpleITK

from tests.conformance.rendering.linear import to_gray
from tests.conformance.rendering.specimens import Specimen


def image(specimen: Specimen) -> NDArray[Any] | None:
    """It has already inverted what it gives of MONOCHROME1, so that no window fits: those are not asked for."""
    photometric = specimen.dataset.PhotometricInterpretation
    frames = None if photometric == "MONOCHROME1" else _frames(specimen.file)
    if frames is None or specimen.frame > len(frames):
        return None
    values = frames[specimen.frame - 1]
    if specimen.is_gray:
        return None if specimen.window is None else to_gray(values, specimen.window, photometric)
    return (values >> 8 * (values.dtype.itemsize - 1)).astype("u1")


@lru_cache(2)
def _frames(file: Path) -> NDArray[Any] | None:
    """Values of shape (frames, rows, columns) or (frames, rows, columns, 3)."""
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(file))
    try:
        read = reader.Execute()
    except RuntimeError:
        return None
    values = SimpleITK.GetArrayFromImage(read)
    return values if read.GetDimension() == 3 else values[None]
