"""Images of a slide that may show its label, which names the patient."""

import pytest

from rendering.reading.slides import may_show_label


@pytest.mark.parametrize(
    ("kind", "declared", "shows"),
    [
        ("LABEL", "YES", True),
        ("LABEL", "NO", True),
        ("LABEL", None, True),
        ("OVERVIEW", "YES", True),
        ("OVERVIEW", None, True),
        ("OVERVIEW", "NO", False),
        ("VOLUME", "YES", True),
        ("VOLUME", "NO", False),
        ("THUMBNAIL", None, False),
    ],
)
def test_labels_are_known_by_image_type_and_by_what_is_declared(kind: str, declared: str | None, shows: bool) -> None:
    dataset = {
        "00080008": {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY", kind, "NONE"]},
        "00480010": {"vr": "CS", "Value": [declared]} if declared else {"vr": "CS"},
    }
    assert may_show_label(dataset) is shows
    assert not may_show_label({})
