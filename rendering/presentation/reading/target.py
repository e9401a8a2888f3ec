"""The one frame that a presentation state is applied to, and where it lies in a whole slide (PS3.3 C.8.12.6)."""

from dataclasses import dataclass

from rendering.frame import FrameAttributes
from rendering.presentation.reading import tags
from rendering.reading.elements import Dataset, integer, text
from rendering.reading.functional_groups import levels
from rendering.reading.tags import PLANE_POSITION_SLIDE_SEQUENCE


@dataclass(frozen=True, slots=True)
class Place:
    """Frame `number` (from 1) of the instance whose data set is `dataset`."""

    dataset: Dataset
    number: int


@dataclass(frozen=True, slots=True)
class Target:
    """Frame `number` (from 1) of `instance`, whose data set is `dataset`."""

    instance: str
    number: int
    dataset: Dataset
    attributes: FrameAttributes

    def tile_offset(self) -> tuple[int, int] | None:
        """Columns and rows of the slide left of the frame and above it; `None` where they are not known."""
        told = _told(self.dataset, self.number)
        if told is not None:
            return told
        columns = integer(self.dataset, tags.TOTAL_PIXEL_MATRIX_COLUMNS) or 0
        rows = integer(self.dataset, tags.TOTAL_PIXEL_MATRIX_ROWS) or 0
        if text(self.dataset, tags.DIMENSION_ORGANIZATION_TYPE) != "TILED_FULL" or min(columns, rows) < 1:
            return None
        across, down = -(-columns // self.attributes.columns), -(-rows // self.attributes.rows)
        place = (self.number - 1) % (across * down)
        return place % across * self.attributes.columns, place // across * self.attributes.rows


def _told(dataset: Dataset, number: int) -> tuple[int, int] | None:
    for level in levels(dataset, number, PLANE_POSITION_SLIDE_SEQUENCE):
        column = integer(level, tags.COLUMN_POSITION_IN_TOTAL_IMAGE_PIXEL_MATRIX)
        row = integer(level, tags.ROW_POSITION_IN_TOTAL_IMAGE_PIXEL_MATRIX)
        if column is not None and row is not None:
            return column - 1, row - 1
    return None
