"""The data dictionary (PS3.6 §6, retired elements too): keywords and value representations of standard elements.

`dictionary.txt` is a table of the code that is kept apart for its length. It is read with the code, because a confined
process may not read it later.
"""

from pathlib import Path

_ELEMENTS = [line.split(" ") for line in Path(__file__).with_name("dictionary.txt").read_text("ascii").splitlines()]
"""Tag, VR (the first where PS3.6 leaves a choice) and keyword of each element; pydicom has the same."""

_TAGS = {keyword: tag for tag, _, keyword in _ELEMENTS}
_VRS = {tag: vr for tag, vr, _ in _ELEMENTS}
TAGS = frozenset(_VRS)
VRS = frozenset(_VRS.values())


def tag_of(keyword: str) -> str | None:
    """The tag of `keyword` as DICOM JSON writes it; `None` for what is no keyword."""
    return _TAGS.get(keyword)


def vr_of(tag: str) -> str | None:
    """The VR of a standard element; `None` for private and unknown ones."""
    return _VRS.get(tag)
