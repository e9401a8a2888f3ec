"""Which level of the query hierarchy an attribute belongs to (PS3.18 Tables 10.6.1-3 and 10.6.1-5, PS3.3 A.1.4)."""

from proxy.federation.query import Level
from proxy.wire import tags

_ORDER = {Level.STUDIES: 0, Level.SERIES: 1, Level.INSTANCES: 2}
_LEVELS = {
    **dict.fromkeys(
        (
            tags.MODALITY,
            tags.SERIES_DESCRIPTION,
            tags.SERIES_INSTANCE_UID,
            tags.SERIES_NUMBER,
            tags.NUMBER_OF_SERIES_RELATED_INSTANCES,
            tags.PERFORMED_PROCEDURE_STEP_START_DATE,
            tags.PERFORMED_PROCEDURE_STEP_START_TIME,
            tags.REQUEST_ATTRIBUTES_SEQUENCE,
            "00080021",  # Series Date
            "00080031",  # Series Time
            "00180015",  # Body Part Examined
            "00181030",  # Protocol Name
            "00200060",  # Laterality
        ),
        Level.SERIES,
    ),
    **dict.fromkeys(
        (
            tags.IMAGE_TYPE,
            tags.SOP_CLASS_UID,
            tags.SOP_INSTANCE_UID,
            tags.INSTANCE_NUMBER,
            tags.NUMBER_OF_FRAMES,
            tags.ROWS,
            tags.COLUMNS,
            tags.BITS_ALLOCATED,
            tags.AVAILABLE_TRANSFER_SYNTAX_UID,
            "00080022",  # Acquisition Date
            "00080023",  # Content Date
            "00080032",  # Acquisition Time
            "00080033",  # Content Time
        ),
        Level.INSTANCES,
    ),
}


def is_below(tag: str, level: Level) -> bool:
    """Whether `tag` describes something below `level`: no key there, and no attribute of its results (§10.6.3.3)."""
    return _ORDER[_LEVELS.get(tag, Level.STUDIES)] > _ORDER[level]
