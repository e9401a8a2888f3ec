"""DICOM JSON (PS3.18 Annex F) read safely and leniently: bounded in size and depth, one shape for all that follows."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
import math
import re
from typing import Any

import msgspec

from proxy.errors import BadRequest
from proxy.garbage import without_collection
from proxy.resources import Uid, read_uid
from proxy.wire import dictionary
from proxy.wire.errors import MalformedJson

Element = dict[str, Any]
Dataset = dict[str, Any]
Path = tuple[str | int, ...]
"""Where an element stands: tags and item numbers (from 0) in turn, the element's own tag last."""

_TAG = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_VR = re.compile(r"[A-Z]{2}", re.ASCII)
_NESTING_NOTHING = dictionary.VRS - {"SQ", "PN", "NONE"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PADDING = " \0"


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """How much is believed: bytes of text, values in all (each costs memory beyond its bytes), nested sequences."""

    bytes: int = 64 * 2**20
    values: int = 5_000_000
    depth: int = 32


@dataclass(frozen=True, slots=True)
class PersonName:
    """The three component groups of a PN (PS3.5 §6.2.1), `^` between components; empty where there is none."""

    alphabetic: str = ""
    ideographic: str = ""
    phonetic: str = ""


def read_datasets(body: bytes, limits: JsonLimits | None = None) -> list[Dataset]:
    """The datasets of a DICOM JSON array (or single object), those without any element left out.

    Tags come out in upper case, every element with a `vr`; group 0002, group lengths and what is no element are left
    out (PS3.18 F.2.2, §10.4.1.1.2). Raises `MalformedJson` and nothing else.
    """
    limits = limits or JsonLimits()
    with without_collection():
        entries = _read_entries(_bounded(body, limits))
        return [dataset for entry in entries if (dataset := _to_dataset(entry, limits.depth))]


class Writer:
    """Writes many datasets, one by one, in one piece of memory: to find another for each takes most of the time."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._buffer = bytearray()

    def to_json(self, dataset: Mapping[str, Any]) -> bytes:
        """`dataset`, which was read here, as a DICOM JSON object."""
        self._encoder.encode_into(dataset, self._buffer)
        return bytes(self._buffer)


def to_json(datasets: Sequence[Mapping[str, Any]]) -> bytes:
    """`datasets` as a DICOM JSON array."""
    try:
        return msgspec.json.encode(datasets)
    except (RecursionError, OverflowError, TypeError, ValueError):
        raise MalformedJson("a dataset cannot be written as JSON") from None


def _read_entries(body: bytes) -> list[dict[str, Any]]:
    try:
        document = msgspec.json.decode(body)
    except RecursionError:
        raise MalformedJson("the JSON is nested too deeply") from None
    except ValueError:
        raise MalformedJson("the answer is not JSON") from None
    entries = [document] if isinstance(document, dict) else document
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise MalformedJson("the answer is not a list of DICOM JSON objects")
    return entries


def _bounded(body: bytes, limits: JsonLimits) -> bytes:
    if len(body) > limits.bytes:
        raise MalformedJson("the JSON exceeds its limit")
    if body.count(b",") + body.count(b"[") + body.count(b"{") > limits.values:
        raise MalformedJson("the JSON has too many values")
    return body.removeprefix(_BYTE_ORDER_MARK)


def _to_dataset(entry: Mapping[str, Any], depth: int) -> Dataset:
    if depth < 0:
        raise MalformedJson("sequences are nested too deeply")
    return {
        tag: element if _is_plain(element) else _to_element(element, depth)
        for key, element in entry.items()
        if isinstance(element, dict) and (tag := _USUAL.get(key) or _read_tag(key))
    }


def _read_tag(key: str) -> str:
    """The tag that `key` is, in upper case; empty where it is none, or none that belongs into a dataset."""
    tag = key.upper() if _TAG.fullmatch(key) else ""
    return "" if tag.startswith("0002") or tag.endswith("0000") else tag


_USUAL: Mapping[str, str] = {tag: tag for tag in dictionary.TAGS if _read_tag(tag)}
"""What nearly every key is, known by looking it up."""


def _is_plain(element: Element) -> bool:
    """Whether `element` is as it should be and nests nothing, as nearly all are: then it stays what it is."""
    values = element.get("Value")
    return len(element) == 2 and element.get("vr") in _NESTING_NOTHING and isinstance(values, list) and bool(values)


def _to_element(element: Element, depth: int) -> Element:
    """The element with a VR, its Value a non-empty list or absent, sequence items read as datasets."""
    values = element.get("Value")
    if values is not None and not isinstance(values, list):
        values = [values]
    vr = element.get("vr")
    if not isinstance(vr, str) or not _VR.fullmatch(vr):
        vr = _likely_vr(values or [])
    result: Element = {"vr": vr}
    if values:
        result["Value"] = _to_values(vr, values, depth)
    for name in ("BulkDataURI", "InlineBinary"):
        if isinstance(element.get(name), str):
            result[name] = element[name]
    return result


def _to_values(vr: str, values: list[Any], depth: int) -> list[Any]:
    if vr == "SQ":
        return [_to_dataset(value if isinstance(value, dict) else {}, depth - 1) for value in values]
    if vr == "PN":
        return [{"Alphabetic": value} if isinstance(value, str) else value for value in values]
    return values


def _likely_vr(values: Sequence[Any]) -> str:
    """For an element that came without one: SQ and PN show by their shape, others are unknown."""
    keys = set(chain.from_iterable(value for value in values if isinstance(value, dict)))
    if keys & {"Alphabetic", "Ideographic", "Phonetic"}:
        return "PN"
    return "SQ" if any(isinstance(value, dict) for value in values) else "UN"


def values(dataset: Mapping[str, Any], tag: str) -> Sequence[Any]:
    """All values of an element, `None` for missing ones among them; empty when the element is absent or empty."""
    element = dataset.get(tag)
    found = element.get("Value") if isinstance(element, dict) else None
    return found if isinstance(found, list) else ()


def value(dataset: Mapping[str, Any], tag: str) -> Any:
    """The first value, or `None`."""
    found = values(dataset, tag)
    return found[0] if found else None


def texts(dataset: Mapping[str, Any], tag: str) -> tuple[str, ...]:
    """All values as text, without padding; person names by their alphabetic group, missing values as empty text."""
    return tuple(map(_to_text, values(dataset, tag)))


def text(dataset: Mapping[str, Any], tag: str) -> str:
    """The first value as text, without padding; empty when there is none."""
    return _to_text(value(dataset, tag))


def _to_text(found: object) -> str:
    match found:
        case str():
            return found.strip(_PADDING)
        case bool() | None | list():
            return ""
        case int() | float():
            return str(found)
        case dict():
            return to_person_name(found).alphabetic
        case _:
            return ""


def uid(dataset: Mapping[str, Any], tag: str) -> Uid | None:
    """The first value as a UID; `None` when there is none or it is not valid."""
    try:
        return read_uid(text(dataset, tag))
    except BadRequest:
        return None


def number(dataset: Mapping[str, Any], tag: str) -> float | None:
    """The first value as a finite number, whether it came as a number or as text (PS3.18 Table F.2.3-1)."""
    found = value(dataset, tag)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        result = float(found)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def integer(dataset: Mapping[str, Any], tag: str) -> int | None:
    """The first value as a whole number; `None` when there is none."""
    found = number(dataset, tag)
    return int(found) if found is not None and found.is_integer() else None


def person_name(dataset: Mapping[str, Any], tag: str) -> PersonName:
    """The first value as a person name, whether it came as an object or as plain text."""
    return to_person_name(value(dataset, tag))


def to_person_name(found: object) -> PersonName:
    """A person name from a PN object, or from text with `=` between the component groups (PS3.5 §6.2.1.1)."""
    if isinstance(found, dict):
        groups = [found.get(group) for group in ("Alphabetic", "Ideographic", "Phonetic")]
    else:
        groups = list(found.split("=")[:3]) if isinstance(found, str) else []
    return PersonName(*(group.strip(_PADDING) if isinstance(group, str) else "" for group in groups))


def inline_binary(element: Mapping[str, Any]) -> bytes | None:
    """The element's value field where it came as InlineBinary; `None` when it did not or is not base64."""
    found = element.get("InlineBinary")
    try:
        return base64.b64decode(found, validate=True) if isinstance(found, str) else None
    except ValueError:
        return None


def element_at(dataset: Mapping[str, Any], path: Path) -> Element | None:
    """The element that `path` leads to, or `None`."""
    if not path:
        return None
    tag, *below = path
    element = dataset.get(str(tag))
    if not below:
        return element if isinstance(element, dict) else None
    nested, position = _nested(element), below[0]
    if not isinstance(position, int) or not 0 <= position < len(nested):
        return None
    return element_at(nested[position], tuple(below[1:]))


def rewrite(dataset: Mapping[str, Any], change: Callable[[Path, Element], Element | None], above: Path = ()) -> Dataset:
    """A copy in which each element, sequences first, is what `change` makes of it; `None` leaves it out."""
    result: Dataset = {}
    for tag, element in dataset.items():
        path = (*above, tag)
        changed = change(path, element)
        if changed is not None:
            result[tag] = _rewrite_items(changed, change, path)
    return result


def _rewrite_items(element: Element, change: Callable[[Path, Element], Element | None], path: Path) -> Element:
    nested = _nested(element)
    if not nested:
        return element
    return {**element, "Value": [rewrite(item, change, (*path, number)) for number, item in enumerate(nested)]}


def _nested(element: object) -> list[Dataset]:
    if not isinstance(element, dict) or element.get("vr") != "SQ":
        return []
    found = element.get("Value")
    return found if isinstance(found, list) else []


def to_path_text(path: Path) -> str:
    """A path as text, e.g. `00283010/0/00283006`."""
    return "/".join(map(str, path))


def read_path(text: str) -> Path:
    """Parse what `to_path_text` writes; raises `BadRequest`. Tags and item numbers take turns, a tag first and last."""
    steps = text.split("/")
    tags, positions = steps[::2], steps[1::2]
    if len(steps) % 2 == 0 or len(steps) > 2 * JsonLimits().depth or not all(map(_TAG.fullmatch, tags)):
        raise BadRequest("the path of the bulk data is not valid")
    if not all(position.isascii() and position.isdigit() and len(position) < 7 for position in positions):
        raise BadRequest("the path of the bulk data is not valid")
    return tuple(int(step) if index % 2 else step.upper() for index, step in enumerate(steps))
