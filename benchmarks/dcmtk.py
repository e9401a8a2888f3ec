"""DCMTK's dcmj2pnm, asked for all frames of a multi-frame file at once: what each further frame adds is its cost."""

from copy import deepcopy
from pathlib import Path
import resource
import subprocess

from pydicom import dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLossless, JPEG2000Lossless, JPEGLSLossless

from benchmarks.syntaxes import Specimen
from rendering.options import Window

_FRAMES = 6
_UNABLE = {JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless}  # dcml2pnm reads JPEG-LS, and writes no JPEG


class Dcmtk:
    """Makes JPEGs of one specimen; `seconds` are those of all frames asked for so far, process starts left out."""

    def __init__(
        self, specimen: Specimen, window: Window | None, viewport: tuple[int, int] | None, folder: Path
    ) -> None:
        self.seconds = 0.0
        self._folder = folder / "dcmtk"
        self._folder.mkdir(exist_ok=True)
        self._able = specimen.frame.transfer_syntax not in _UNABLE
        self._options = ["+oj", "+Jq", "90"]
        if window:
            self._options += ["+Ww", str(window.center), str(window.width)]
        if viewport:
            self._options += ["+Sxv", str(viewport[0])]
        if self._able:
            self._one, self._many = (_write(specimen, frames, self._folder) for frames in (1, 1 + _FRAMES))

    def frame(self) -> bytes | None:
        """One JPEG, of a run that made more of them; `None` for what DCMTK cannot decode."""
        if not self._able:
            return None
        single, several = self._spend(self._one), self._spend(self._many)
        self.seconds += max(0.0, several - single) / _FRAMES
        return next(iter(sorted(self._folder.glob("image*.jpg")))).read_bytes()

    def _spend(self, file: Path) -> float:
        before = _children_seconds()
        command = ["dcmj2pnm", "--all-frames", *self._options, str(file), str(self._folder / "image")]
        subprocess.run(command, check=True, capture_output=True)
        return _children_seconds() - before


def _children_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _write(specimen: Specimen, frames: int, folder: Path) -> Path:
    dataset = deepcopy(specimen.dataset)
    dataset.NumberOfFrames = frames
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        dataset.PixelData = encapsulate([bytes(specimen.frame.data)] * frames)
        dataset["PixelData"].is_undefined_length = True
    else:
        dataset.PixelData = bytes(specimen.frame.data) * frames
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.SOPInstanceUID = "2.25.8"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    path = folder / f"{frames}.dcm"
    dcmwrite(path, dataset, enforce_file_format=True)
    return path
