"""The words within a block of a narrative, without its markup but with what that says (HL7 CDA R2 §4.3.5)."""

from collections.abc import Iterator

from rendering.documents.xml import Element

BLOCKS = {"paragraph", "list", "table"}
_BEGINS_LINE = {"list", "table"}
_ENDS_LINE = BLOCKS | {"item", "tr", "caption"}
_ENDS_CELL = {"td", "th"}
_PLAIN = "0123456789+-=()n"
_RAISED = dict(zip(_PLAIN, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
_LOWERED = dict(zip(_PLAIN, "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙ", strict=True))


def to_text(element: Element) -> str:
    """All words within `element`, spaces and lines as they are meant."""
    return arranged(to_words(element))


def arranged(words: Iterator[str] | list[str]) -> str:
    """`words` in lines, each without the spaces of its markup."""
    lines = (" ".join(line.split()) for line in "".join(words).split("\n"))
    return "\n".join(lines).strip()


def to_words(part: Element | str) -> Iterator[str]:
    """The words of `part` with the spaces around them; only what ends a line has a newline."""
    if isinstance(part, str):
        yield " ".join(part.split("\n"))
        return
    match part.name:
        case "br":
            yield "\n"
        case "renderMultiMedia":
            caption = f": {part.text}" if part.text else ""
            yield f"(an image or another medium is not shown here{caption})"
        case "sup":
            yield _moved(part.text, _RAISED, "^")
        case "sub":
            yield _moved(part.text, _LOWERED, "_")
        case "content" if part.attributes.get("revised") == "delete":
            yield f"(deleted: {part.text})"
        case name:
            yield "\n" if name in _BEGINS_LINE else ""
            for child in part.content:
                yield from to_words(child)
            yield "\n" if name in _ENDS_LINE else " " if name in _ENDS_CELL else ""


def _moved(text: str, characters: dict[str, str], sign: str) -> str:
    """Raised or lowered text: a power must never be read as more digits."""
    if all(character in characters for character in text):
        return "".join(characters[character] for character in text)
    return f"{sign}({text})" if any(map(str.isdecimal, text)) else text
