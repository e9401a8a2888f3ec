"""Whether annotations ask for no other style than the plain one that they are drawn in (PS3.3 C.10.5).

Colours, the thickness of lines and the opacity of fills are drawn as they are asked for; text stands at the top of its
box in an upright font without serifs.
"""

from rendering.presentation.reading import tags
from rendering.reading.elements import Dataset, items, number, text

THICKEST = 16.0
_NO_SHADOW = {"", "OFF"}
_SOLID = {"", "SOLID"}
_PLAIN_FONTS = {"", "sans-serif"}


def style(item: Dataset, tag: str) -> Dataset:
    """The style in the sequence `tag`; empty when there is none."""
    return next(iter(items(item, tag)), {})


def is_plain_graphic(item: Dataset) -> bool:
    """Whether lines are solid, opaque, of a thickness that is drawn, and fills plain; nothing casts a shadow."""
    line, fill = style(item, tags.LINE_STYLE_SEQUENCE), style(item, tags.FILL_STYLE_SEQUENCE)
    thickness, opacity = number(line, tags.LINE_THICKNESS), number(line, tags.PATTERN_ON_OPACITY)
    return (
        {text(line, tags.LINE_DASHING_STYLE), text(fill, tags.FILL_MODE)} <= _SOLID
        and {text(one, tags.SHADOW_STYLE) for one in (line, fill)} <= _NO_SHADOW
        and (thickness is None or 1 <= thickness <= THICKEST)
        and (opacity is None or opacity >= 1)
    )


def is_plain_text(item: Dataset) -> bool:
    """Whether text is in the font that it is drawn in, without decoration, where it is drawn."""
    wanted = style(item, tags.TEXT_STYLE_SEQUENCE)
    beside = text(item, tags.BOUNDING_BOX_TEXT_HORIZONTAL_JUSTIFICATION)
    return (
        text(wanted, tags.FONT_NAME) == ""
        and text(wanted, tags.CSS_FONT_NAME).lower() in _PLAIN_FONTS
        and text(wanted, tags.SHADOW_STYLE) in _NO_SHADOW
        and "Y" not in {text(wanted, tag) for tag in (tags.UNDERLINED, tags.BOLD, tags.ITALIC)}
        and text(wanted, tags.HORIZONTAL_ALIGNMENT) in {"", beside}
        and text(wanted, tags.VERTICAL_ALIGNMENT) in {"", "TOP"}
    )
