"""Every renderer's image of every specimen, and how far each is from ours: a file's frames in one row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rendering.dicom_file import read_frame
from rendering.errors import RenderingError
from rendering.options import ColorProfile
from tests.conformance.rendering import by_dcmtk, by_itk, by_pydicom
from tests.conformance.rendering.by_dcmjs import dcmjs_images
from tests.conformance.rendering.by_orthanc import orthanc_images
from tests.conformance.rendering.specimens import Specimen
from tests.rendering.frames import shown

Image: TypeAlias = NDArray[Any]
Renderers: TypeAlias = Mapping[str, Callable[[Specimen], Image | None]]

LOCAL: Renderers = {"DCMTK": by_dcmtk.image, "pydicom": by_pydicom.image, "ITK": by_itk.image}
"""The references that need no service beside them."""
ROUNDING = 1
"""Grey levels by which renderers differ that all do the right thing: some round, some cut off."""
_ENOUGH = 2
UNLIKE = 256
"""The difference of images that are not of the same size."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a file's `frames` are asked for, and each reference's largest difference from ours.

    `None` stands for a reference that makes no image of it; `refused` says that we make none, and why. `confirmed` are
    frames of which at least two references make the same image as we do, `outvoted` those of which two make the same
    image that is not ours.
    """

    name: str
    transfer_syntax: str
    frames: int
    asked: str
    differences: Mapping[str, int | None]
    refused: str
    confirmed: int
    outvoted: int

    @property
    def disagreeing(self) -> list[str]:
        """References that make another image than we do, or one where we make none."""
        apart = [name for name, difference in self.differences.items() if (difference or 0) > ROUNDING]
        return [name for name, found in self.differences.items() if found is not None] if self.refused else apart


@contextmanager
def all_references() -> Iterator[Renderers]:
    with ExitStack() as stack:
        orthanc, dcmjs = stack.enter_context(orthanc_images()), stack.enter_context(dcmjs_images())
        yield {**LOCAL, "Orthanc": orthanc, "dcmjs": dcmjs}


def compare(specimens: Iterator[Specimen], references: Renderers) -> Iterator[Row]:
    """A row for each file and way of asking, in the order of `specimens`."""
    for _, of_one_file in groupby(specimens, lambda one: one.file):
        ordered = sorted(of_one_file, key=lambda one: one.window is None)
        for _, alike in groupby(ordered, lambda one: one.window is None):
            frames = list(alike)
            yield _to_row(frames, [_compare_frame(one, references) for one in frames])


def _to_row(frames: list[Specimen], compared: list["_Compared"]) -> Row:
    names = compared[0].differences
    worst = {name: _worst([one.differences[name] for one in compared]) for name in names}
    refused = next((one.refused for one in compared if one.refused), "")
    confirmed, outvoted = sum(one.confirmed for one in compared), sum(one.outvoted for one in compared)
    name, syntax = frames[0].name, frames[0].transfer_syntax
    return Row(name, syntax, len(frames), _asked(frames), worst, refused, confirmed, outvoted)


def _worst(differences: list[int | None]) -> int | None:
    return max((one for one in differences if one is not None), default=None)


def _asked(frames: list[Specimen]) -> str:
    windows = {frame.window for frame in frames}
    if windows == {None}:
        return "as it says" if frames[0].is_gray else "colour"
    only = next(iter(windows)) if len(windows) == 1 else None
    return "a window each" if only is None else f"{only.center:g},{only.width:g}"


@dataclass(frozen=True, slots=True)
class _Compared:
    differences: dict[str, int | None]
    refused: str
    confirmed: bool
    outvoted: bool


def _compare_frame(specimen: Specimen, references: Renderers) -> _Compared:
    images = {name: made for name, image in references.items() if (made := image(specimen)) is not None}
    try:
        frame = read_frame(specimen.file, specimen.frame)
        ours = shown(frame, window=specimen.window, overlays=False, color_profile=ColorProfile.YES)
    except RenderingError as error:
        made = {name: 0 if name in images else None for name in references}
        return _Compared(made, str(error), confirmed=False, outvoted=_alike(list(images.values())))
    found = {name: _difference(ours, image) for name, image in images.items()}
    others = [image for name, image in images.items() if found[name] > ROUNDING]
    confirmed = len(images) - len(others) >= _ENOUGH
    return _Compared({name: found.get(name) for name in references}, "", confirmed, _alike(others))


def _alike(images: Sequence[Image]) -> bool:
    """Whether two of them are the same image."""
    return any(_difference(one, other) <= ROUNDING for one, other in combinations(images, 2))


def _difference(one: Image, other: Image) -> int:
    """The largest difference of two images, a grey one counting as colour beside one in colour."""
    if one.shape[:2] != other.shape[:2]:
        return UNLIKE
    deep = max(one.ndim, other.ndim)
    first, second = (image if image.ndim == deep else image[..., np.newaxis] for image in (one, other))
    return int(np.abs(first.astype(int) - second.astype(int)).max())
