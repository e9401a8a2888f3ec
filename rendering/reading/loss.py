"""What a data set says of information lost before it was stored (PS3.3 C.7.6.1.1.5)."""

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, numbers, text

_HIGHEST_RATIO = 1e6


def read_loss(dataset: Dataset) -> tuple[bool, float | None]:
    """Whether the image has ever been compressed with loss, and the highest compression ratio of the steps if told."""
    return text(dataset, tags.LOSSY_IMAGE_COMPRESSION) == "01", _ratio(dataset)


def _ratio(dataset: Dataset) -> float | None:
    try:
        ratios = numbers(dataset, tags.LOSSY_IMAGE_COMPRESSION_RATIO)
    except MalformedAttributes:
        return None
    return max((ratio for ratio in ratios if 0 < ratio <= _HIGHEST_RATIO), default=None)
