"""DCMTK as a reference: it knows no JPEG 2000 and no functional groups."""

import subprocess
from typing import Any

from numpy.typing import NDArray

from tests.conformance.rendering.specimens import Specimen
from tests.rendering.dcmtk import reference

_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")


def image(specimen: Specimen) -> NDArray[Any] | None:
    program = "dcml2pnm" if specimen.transfer_syntax in _JPEG_LS else "dcmj2pnm"
    mode = "L" if specimen.is_gray else "RGB"
    if specimen.stored_voi is not None and specimen.stored_voi is not specimen.dataset and specimen.window is None:
        return None
    options = ("+F", str(specimen.frame), *_voi(specimen))
    try:
        return reference(specimen.file, *options, mode=mode, program=program)
    except subprocess.CalledProcessError:
        return None


def _voi(specimen: Specimen) -> tuple[str, ...]:
    if specimen.window is not None:
        return ("+Ww", str(specimen.window.center), str(specimen.window.width))
    if "WindowCenter" in specimen.dataset:
        return ("+Wi", "1")
    return ("+Wl", "1") if "VOILUTSequence" in specimen.dataset else ()
