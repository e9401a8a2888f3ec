"""Attributes in the DICOM JSON Model (PS3.18 Annex F): small binary values inline, large ones by reference."""

from typing import Any
import warnings

from pydicom import Dataset
from pydicom.dataelem import DataElement

Json = dict[str, Any]

_BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW"})
_LARGEST_INLINE = 1024


def to_json(dataset: Dataset, bulkdata: str) -> Json:
    """`bulkdata` is the URL under which the bulk data of `dataset` lie, by their path of tags and item numbers."""
    with warnings.catch_warnings(action="ignore"):
        return {
            key_of(element.tag): _to_json(element, f"{bulkdata}/{key_of(element.tag)}")
            for element in dataset
            if element.tag.group != 0x0002 and element.tag.element != 0x0000
        }


def key_of(tag: int) -> str:
    return f"{tag:08X}"


def element(vr: str, *values: Any) -> Json:
    """An attribute that stands in no file, such as a count."""
    return {"vr": vr, "Value": list(values)} if values else {"vr": vr}


def _to_json(element: DataElement, url: str) -> Json:
    if element.VR == "SQ":
        items = [to_json(item, f"{url}/{number}") for number, item in enumerate(element.value)]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if element.VR in _BINARY and isinstance(element.value, bytes) and len(element.value) > _LARGEST_INLINE:
        return {"vr": _one_vr(element.VR), "BulkDataURI": url}
    try:
        return {**element.to_json_dict(None, 0), "vr": _one_vr(element.VR)}
    except (TypeError, ValueError, OverflowError):
        return {"vr": _one_vr(element.VR), "Value": [str(element.value)]}


def _one_vr(vr: str) -> str:
    """Ambiguous in pydicom where the file was implicit and the deciding attribute is missing."""
    return vr.rpartition(" ")[2]


def find_bulkdata(dataset: Dataset, path: list[str]) -> bytes | None:
    """The value that a path of `to_json` leads to."""
    tag, *rest = path
    found = dataset.get(int(tag, 16))
    if found is None:
        return None
    if rest:
        number, *below = rest
        items = found.value if found.VR == "SQ" else []
        return find_bulkdata(items[int(number)], below) if below and int(number) < len(items) else None
    return found.value if isinstance(found.value, bytes) else None
