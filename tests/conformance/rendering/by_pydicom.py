"""pydicom as a reference, with the decoders of its own, of Pillow and of pylibjpeg, and the formulas in numpy."""

from functools import lru_cache
from pathlib import Path
from typing import Any
import warnings

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.pixels import pixel_array
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut

from rendering.options import Window
from tests.conformance.rendering.linear import to_gray
from tests.conformance.rendering.specimens import Specimen

_PLUGINS = {
    **{f"1.2.840.10008.1.2{suffix}": "" for suffix in ("", ".1", ".1.99", ".2")},
    "1.2.840.10008.1.2.5": "pydicom",
    **{f"1.2.840.10008.1.2.4.{number}": "pillow" for number in (50, 90, 91)},
    **{f"1.2.840.10008.1.2.4.{number}": "pylibjpeg" for number in (51, 57, 70, 80, 81)},
}
_PRIMARIES = ("Red", "Green", "Blue")


def image(specimen: Specimen) -> NDArray[Any] | None:
    with warnings.catch_warnings(action="ignore"):
        stored = _stored(specimen.file)
        if stored is None:
            return None
        values = stored[specimen.frame - 1] if specimen.frames > 1 else stored
        return _to_gray(values, specimen) if specimen.is_gray else _to_rgb(values, specimen.dataset)


@lru_cache(2)
def _stored(file: Path) -> NDArray[Any] | None:
    dataset = dcmread(file)
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in _PLUGINS:
        return None
    plugin = _PLUGINS[syntax]
    try:
        return pixel_array(dataset, decoding_plugin=plugin)
    except Exception:  # whatever its decoders meet
        return None


def _to_gray(values: NDArray[Any], specimen: Specimen) -> NDArray[Any] | None:
    dataset = specimen.dataset
    rescale = next(
        (one for one in specimen.groups("PixelValueTransformationSequence") if "RescaleSlope" in one), dataset
    )
    modality = apply_modality_lut(values, dataset if "ModalityLUTSequence" in dataset else rescale)
    gray = _through_voi(modality, specimen)
    if "RedPaletteColorLookupTableDescriptor" not in dataset:
        return gray
    _, first, _ = dataset.RedPaletteColorLookupTableDescriptor
    return np.where((values >= first)[..., np.newaxis], _supplemental(values, dataset), gray[..., np.newaxis])


def _supplemental(values: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """A palette beside grey values, which pydicom has no function for (PS3.3 C.7.6.19)."""
    tables = [np.frombuffer(dataset[f"{name}PaletteColorLookupTableData"].value, "<u2") for name in _PRIMARIES]
    _, first, bits = dataset.RedPaletteColorLookupTableDescriptor
    positions = np.clip(values.astype(int) - first, 0, tables[0].size - 1)
    return np.stack([table[positions] >> (bits - 8) for table in tables], axis=-1).astype(np.uint8)


def _through_voi(modality: NDArray[Any], specimen: Specimen) -> NDArray[Any]:
    polarity, voi = specimen.dataset.PhotometricInterpretation, specimen.stored_voi
    if specimen.window is not None:
        return to_gray(modality, specimen.window, polarity)
    if voi is None:
        return to_gray(modality, Window(128, 256), polarity)
    if "WindowCenter" in voi:
        return to_gray(modality, Window(_first(voi.WindowCenter), _first(voi.WindowWidth)), polarity)
    bits = voi.VOILUTSequence[0].LUTDescriptor[2]
    return np.rint(apply_voi_lut(modality.astype(int), voi) * (255 / ((1 << bits) - 1))).astype(np.uint8)


def _first(values: Any) -> float:
    return float(values if isinstance(values, (str, float)) else values[0])


def _to_rgb(values: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    if values.ndim == 2:
        values = apply_color_lut(values, dataset)
        return (values >> 8 if values.dtype.itemsize > 1 else values).astype(np.uint8)
    return (values >> (dataset.BitsStored - 8)).astype(np.uint8)
