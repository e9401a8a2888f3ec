"""What is photographed beside the tissue of a whole slide: its label, with names and numbers (PS3.3 C.8.12.4.1.1)."""

from rendering.reading import tags
from rendering.reading.elements import Dataset, text, values


def may_show_label(dataset: Dataset) -> bool:
    """Whether the label of the slide may be in the image.

    An image of the label shows it, whatever is said; one of the whole slide does unless Specimen Label in Image
    (0048,0010) denies it.
    """
    image_type = {value.strip(" \0").upper() for value in values(dataset, tags.IMAGE_TYPE) if isinstance(value, str)}
    declared = text(dataset, tags.SPECIMEN_LABEL_IN_IMAGE).upper()
    return "LABEL" in image_type or declared == "YES" or ("OVERVIEW" in image_type and declared != "NO")
