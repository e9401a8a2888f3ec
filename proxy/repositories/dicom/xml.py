"""Writing XML of audit messages: elements in their order, and nothing in them that XML cannot carry."""

import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

_NOT_OF_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT: Final = "\ufffd"


def text_of(value: str) -> str:
    """`value` without the characters that XML 1.0 §2.2 has not: control characters and lone surrogates."""
    return _NOT_OF_XML.sub(_REPLACEMENT, value)


def add(parent: Element, name: str, attributes: dict[str, str], text: str = "") -> Element:
    """A child of `parent`; attributes without a value are left out."""
    element = SubElement(parent, name, {key: text_of(value) for key, value in attributes.items() if value})
    if text:
        element.text = text_of(text)
    return element


def add_code(parent: Element, name: str, code: str, system: str, meaning: str) -> Element:
    """A coded value (PS3.15 A.5.1, CodedValueType)."""
    return add(parent, name, {"csd-code": code, "codeSystemName": system, "originalText": meaning})


def to_bytes(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode").encode("utf-8")
