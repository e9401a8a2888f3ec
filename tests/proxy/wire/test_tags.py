"""The proxy's own table of tags against PS3.6 as pydicom holds it."""

from pydicom.datadict import keyword_for_tag
import pytest

from proxy.wire import tags


@pytest.mark.parametrize(("keyword", "tag"), tags.BY_KEYWORD.items())
def test_a_keyword_names_its_tag(keyword: str, tag: str) -> None:
    assert tag == tag.upper()
    assert keyword_for_tag(int(tag, 16)) == keyword


def test_every_tag_has_its_keyword() -> None:
    named = {value for name, value in vars(tags).items() if name.isupper() and isinstance(value, str)}
    assert named == set(tags.BY_KEYWORD.values())
