"""What kind of thing an instance is, by its SOP class and the transfer syntax it is kept in."""

from rendering.errors import UnsupportedObject
from rendering.kinds.table import KINDS, Kind
from rendering.reading import tags
from rendering.reading.codecs import codec_of
from rendering.reading.elements import Dataset, text


def found_kind(dataset: Dataset) -> Kind | None:
    """The kind of the instance, `None` for a SOP class that is not in the table.

    Images of any class can be kept as video, such as endoscopies and ultrasound loops.
    """
    kind = KINDS.get(text(dataset, tags.SOP_CLASS_UID))
    return Kind.VIDEO if kind is Kind.IMAGE and codec_of(dataset) is not None else kind


def kind_of(dataset: Dataset) -> Kind:
    """The kind of the instance. Raises `UnsupportedObject` for a SOP class that is not in the table."""
    kind = found_kind(dataset)
    if kind is None:
        raise UnsupportedObject("this kind of object is not one that is shown")
    return kind
