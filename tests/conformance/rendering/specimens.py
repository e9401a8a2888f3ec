"""What is compared: every frame of every image that pydicom's two packages bring, in each way it can be asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
import warnings

import data_store
from pydicom import Dataset, FileDataset, dcmread
import pydicom.data
from pydicom.errors import InvalidDicomError

from rendering.dicom_file import read_frame
from rendering.errors import RenderingError
from rendering.options import RenderOptions, Window
from rendering.render import render

PACKAGES = {
    "pydicom": Path(pydicom.data.__file__).parent / "test_files",
    "pydicom-data": Path(data_store.__file__).parent / "data",
}
_GRAY = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True, slots=True)
class Specimen:
    """A frame (from 1) of a file and one way to ask for it: through a linear `window`, or as the file itself says."""

    name: str
    file: Path
    frame: int
    window: Window | None

    @property
    def dataset(self) -> FileDataset:
        return _read(self.file)

    @property
    def transfer_syntax(self) -> str:
        return str(self.dataset.file_meta.TransferSyntaxUID)

    @property
    def frames(self) -> int:
        return _count(self.dataset)

    @property
    def is_gray(self) -> bool:
        return self.dataset.PhotometricInterpretation in _GRAY

    @property
    def stored_voi(self) -> Dataset | None:
        """Where the file says through what window or table this frame is to be shown."""
        return next((one for one in self.groups("FrameVOILUTSequence") if _has_voi(one)), None)

    def groups(self, macro: str) -> Iterator[Dataset]:
        """What may explain the frame, most specific first (PS3.3 C.7.6.16)."""
        per_frame = self.dataset.get("PerFrameFunctionalGroupsSequence", [])
        shared = self.dataset.get("SharedFunctionalGroupsSequence", [])
        for group in (*per_frame[self.frame - 1 : self.frame], *shared[:1]):
            yield from group.get(macro, [])[:1]
        yield self.dataset


def specimens(package: str) -> Iterator[Specimen]:
    """Grey frames are asked for through a window, and again without one where the file says how to show them."""
    root = PACKAGES[package]
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        if not _is_image(file):
            continue
        name = file.relative_to(root).as_posix()
        for frame in range(1, _count(_read(file)) + 1):
            unasked = Specimen(name, file, frame, None)
            if unasked.is_gray:
                yield Specimen(name, file, frame, _window(unasked))
            if not unasked.is_gray or unasked.stored_voi is not None or _is_presentable(unasked.dataset):
                yield unasked


def _window(unasked: Specimen) -> Window:
    """In round numbers, near the window that the frame is shown through unasked."""
    try:
        own = render(read_frame(unasked.file, unasked.frame), RenderOptions()).window
    except RenderingError:
        own = None
    return Window(_rounded(own.center), max(2.0, _rounded(own.width))) if own else Window(128, 256)


def _rounded(number: float) -> float:
    return float(f"{number:.2g}")


def _has_voi(level: Dataset) -> bool:
    return "WindowCenter" in level or "VOILUTSequence" in level


def _is_presentable(dataset: Dataset) -> bool:
    return dataset.BitsStored == 8 and not dataset.PixelRepresentation and "RescaleSlope" not in dataset


def _count(dataset: Dataset) -> int:
    written = str(dataset.get("NumberOfFrames") or 1)
    return int(written) if written.isdecimal() else 1


def _is_image(file: Path) -> bool:
    try:
        dataset = _read(file)
        syntax = dataset.file_meta.get("TransferSyntaxUID")
    except (InvalidDicomError, AttributeError):  # pydicom's words for what is no DICOM file
        return False
    return syntax is not None and "PixelData" in dataset and "Rows" in dataset


@lru_cache(4)
def _read(file: Path) -> FileDataset:
    with warnings.catch_warnings(action="ignore"):
        return dcmread(file)
