"""The proxy's own table of tags against PS3.6 as pydicom holds it."""

from pydicom.datadict import keyword_for_tag
import pytest

from proxy.wire import tags

NAMED = {name: value for name, value in vars(tags).items() if name.isupper()}


@pytest.mark.parametrize(("name", "tag"), NAMED.items())
def test_a_tag_is_called_by_its_keyword_or_the_beginning_of_it(name: str, tag: str) -> None:
    assert tag == tag.upper()
    assert keyword_for_tag(int(tag, 16)).upper().startswith(name.replace("_", ""))
