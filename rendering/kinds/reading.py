"""What kind of thing an instance is, by its SOP class and the transfer syntax it is kept in."""

from rendering.errors import UnsupportedObject
from rendering.kinds.table import KINDS, Kind
from rendering.reading import tags
from rendering.reading.elements import Dataset, text

_VIDEO_SYNTAXES = ("1.2.840.10008.1.2.4.10",)  # .100 to .108: MPEG-2, MPEG-4 AVC, HEVC


def found_kind(dataset: Dataset) -> Kind | None:
    """The kind of the instance, `None` for a SOP class that is not in the table.

    Images of any class can be kept as video, such as endoscopies and ultrasound loops.
    """
    kind = KINDS.get(text(dataset, tags.SOP_CLASS_UID))
    moving = text(dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID).startswith(_VIDEO_SYNTAXES)
    return Kind.VIDEO if kind is Kind.IMAGE and moving else kind


def kind_of(dataset: Dataset) -> Kind:
    """The kind of the instance. Raises `UnsupportedObject` for a SOP class that is not in the table."""
    kind = found_kind(dataset)
    if kind is None:
        raise UnsupportedObject("this kind of object is not one that is shown")
    return kind
