"""The data dictionary has what pydicom's has, element by element."""

from pydicom.datadict import DicomDictionary
import pytest

from proxy.wire.dictionary import tag_of, vr_of


def test_every_element_of_pydicoms_dictionary_is_known() -> None:
    elements = {
        f"{tag:08X}": (vr.partition(" ")[0], keyword) for tag, (vr, _, _, _, keyword) in DicomDictionary.items()
    }
    named = {tag: (vr, keyword) for tag, (vr, keyword) in elements.items() if keyword}
    assert {tag: vr_of(tag) for tag in named} == {tag: vr for tag, (vr, _) in named.items()}
    assert {keyword: tag_of(keyword) for _, keyword in named.values()} == {
        keyword: tag for tag, (_, keyword) in named.items()
    }


@pytest.mark.parametrize("nothing", ["", "NoSuchKeyword", "patientid", "00990010", "0010002", "zzzzzzzz"])
def test_what_is_no_element_is_unknown(nothing: str) -> None:
    assert tag_of(nothing) is None
    assert vr_of(nothing) is None
