"""DICOM JSON: what pydicom writes is understood, what archives write is mended, and what is hostile is refused."""

from contextlib import suppress
import gc
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
import pytest

from proxy.errors import BadRequest
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import (
    Element,
    JsonLimits,
    PersonName,
    read_datasets,
    read_path,
    rewrite,
    to_json,
    to_path_text,
)
from proxy.wire.errors import MalformedJson

STUDY = "1.2.840.113619.2.1"
UIDS = {"0020000D": {"vr": "UI", "Value": [STUDY]}}


def read(*entries: object, limits: JsonLimits | None = None) -> list[dicomjson.Dataset]:
    return read_datasets(json.dumps(entries).encode(), limits)


def read_one(entry: object) -> dicomjson.Dataset:
    (dataset,) = read(entry)
    return dataset


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=9), below, max_size=3),
    max_leaves=10,
)
keys = st.sampled_from(["0020000D", "0020000d", "00100010", "00081199", "00020010", "00100000", "vr", "Value", ""])
elements = st.fixed_dictionaries(
    {}, optional={"vr": st.sampled_from(["UI", "SQ", "PN", "ui", 3]), "Value": json_values, "BulkDataURI": json_values}
)
entries = st.dictionaries(keys, elements | json_values, max_size=4)


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "rtplan.dcm", "test-SR.dcm", "waveform_ecg.dcm", "nested_priv_SQ.dcm"]
)
def test_what_pydicom_writes_is_read_and_pydicom_reads_what_is_written(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    original = dcmread(Path(path))
    written = original.to_json_dict()
    (dataset,) = read_datasets(json.dumps([written]).encode())
    assert Dataset.from_json(json.loads(to_json([dataset]))[0]).to_json_dict() == written


@given(st.binary(max_size=100) | st.text('[]{}",:0a ', max_size=60).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_datasets_or_malformed(body: bytes) -> None:
    try:
        datasets = read_datasets(body)
    except MalformedJson:
        return
    assert all(isinstance(dataset, dict) for dataset in datasets)


@given(st.lists(entries, max_size=3))
@settings(deadline=None)
def test_whatever_was_read_has_one_shape_and_may_be_asked_anything(rows: list[dict[str, Any]]) -> None:
    for dataset in read(*rows):
        for tag, element in dataset.items():
            assert tag == tag.upper()
            assert not tag.startswith("0002")
            assert len(element["vr"]) == 2
            assert element.get("Value") != []
            for ask in (dicomjson.text, dicomjson.texts, dicomjson.uid, dicomjson.number, dicomjson.integer):
                ask(dataset, tag)
            dicomjson.person_name(dataset, tag)
        assert rewrite(dataset, lambda _, element: element) == dataset
        assert read_datasets(to_json([dataset])) == [dataset]


@pytest.mark.parametrize("opening", [b"[", b'{"00081199":', b'[{"00081199":{"vr":"SQ","Value":'])
@pytest.mark.parametrize("closing", [b"", b"1"])
def test_a_depth_bomb_is_refused(opening: bytes, closing: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_datasets(opening * 100_000 + closing)


def nested(depth: int) -> dict[str, Any]:
    dataset: dict[str, Any] = dict(UIDS)
    for _ in range(depth):
        dataset = {"00081199": {"vr": "SQ", "Value": [dataset]}}
    return dataset


def test_sequences_are_nested_so_deep_and_no_deeper() -> None:
    assert read(nested(4), limits=JsonLimits(depth=4)) == [nested(4)]
    with pytest.raises(MalformedJson):
        read(nested(5), limits=JsonLimits(depth=4))


def test_an_undeclared_sequence_is_no_way_around_the_depth() -> None:
    dataset: dict[str, Any] = dict(UIDS)
    for _ in range(40):
        dataset = {"00081199": {"Value": [dataset]}}
    with pytest.raises(MalformedJson):
        read(dataset)


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        (b"[" + b" " * 100 + b"]", JsonLimits(bytes=100)),
        (b"[" + b"{}," * 100 + b"{}]", JsonLimits(values=100)),
        (b"[" + b"[]," * 100 + b"[]]", JsonLimits(values=100)),
    ],
)
def test_size_and_number_are_limited(body: bytes, limits: JsonLimits) -> None:
    with pytest.raises(MalformedJson):
        read_datasets(body, limits)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"3", b'"x"', b"[1]", b"[null]", b"[[]]", b"<html>", b"{", b"\xff\xfe", b"[NaN]", b'["\\ud800"]'],
)
def test_what_is_no_list_of_objects_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_datasets(body)


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b"{}", b" [ {} , {} ] ", b"\xef\xbb\xbf[]"])
def test_nothing_found_takes_several_forms(body: bytes) -> None:
    assert read_datasets(body) == []


def test_a_single_object_counts_as_a_list_of_one() -> None:
    assert read_datasets(json.dumps(UIDS).encode()) == [UIDS]


@pytest.mark.parametrize("second", ["0020000D", "0020000d"])
def test_the_last_of_two_equal_keys_counts_however_it_is_spelt(second: str) -> None:
    """One reading for the whole proxy: whoever checks a UID and whoever uses it see the same value."""
    keys = ('"0020000D":{"vr":"UI","Value":["1"]}', f'"{second}":{{"vr":"UI","Value":["2"]}}')
    (dataset,) = read_datasets(f"[{{{','.join(keys)}}}]".encode())
    assert dataset == {"0020000D": {"vr": "UI", "Value": ["2"]}}


def test_what_does_not_belong_is_left_out() -> None:
    kept = read_one(
        {**UIDS, "00020010": {"vr": "UI", "Value": ["1"]}, "00100000": {"vr": "UL"}, "0010": {"vr": "PN"}, "x": 1}
    )
    assert kept == UIDS


@pytest.mark.parametrize(
    ("sent", "element"),
    [
        ({"vr": "LO", "Value": []}, {"vr": "LO"}),
        ({"vr": "LO", "Value": None}, {"vr": "LO"}),
        ({"vr": "IS", "Value": 3}, {"vr": "IS", "Value": [3]}),
        ({"vr": "PN", "Value": ["Hong^Gildong"]}, {"vr": "PN", "Value": [{"Alphabetic": "Hong^Gildong"}]}),
        ({"Value": [{"Alphabetic": "Buc^Jérôme"}]}, {"vr": "PN", "Value": [{"Alphabetic": "Buc^Jérôme"}]}),
        ({"Value": [{"0020000d": {"vr": "UI"}}]}, {"vr": "SQ", "Value": [{"0020000D": {"vr": "UI"}}]}),
        ({"vr": "SQ", "Value": [None, {}]}, {"vr": "SQ", "Value": [{}, {}]}),
        ({"vr": "long", "Value": ["x"]}, {"vr": "UN", "Value": ["x"]}),
        ({"vr": "OW", "BulkDataURI": "a", "InlineBinary": 3, "x": 1}, {"vr": "OW", "BulkDataURI": "a"}),
    ],
)
def test_what_archives_write_is_mended(sent: Element, element: Element) -> None:
    assert read_one({"00081199": sent}) == {"00081199": element}


def test_values_are_read_leniently() -> None:
    dataset = read_one(
        {
            "0020000D": {"vr": "UI", "Value": [f"{STUDY}\0 "]},
            "00200013": {"vr": "IS", "Value": ["7"]},
            "00280010": {"vr": "US", "Value": [512]},
            "00281050": {"vr": "DS", "Value": ["40.5", None]},
            "00281051": {"vr": "DS", "Value": ["1e999"]},
            "00080060": {"vr": "CS", "Value": [" CT ", None, "MR"]},
            "00100010": {"vr": "PN", "Value": ["Yamada^Tarou=山田^太郎=やまだ^たろう"]},
            "0020000E": {"vr": "UI", "Value": ["../admin"]},
        }
    )
    assert dicomjson.uid(dataset, tags.STUDY_INSTANCE_UID) == STUDY
    assert dicomjson.uid(dataset, tags.SERIES_INSTANCE_UID) is None
    assert dicomjson.integer(dataset, "00200013") == 7
    assert dicomjson.integer(dataset, "00280010") == 512
    assert dicomjson.number(dataset, "00281050") == 40.5
    assert dicomjson.integer(dataset, "00281050") is None
    assert dicomjson.number(dataset, "00281051") is None
    assert dicomjson.texts(dataset, "00080060") == ("CT", "", "MR")
    assert dicomjson.text(dataset, "00280010") == "512"
    assert dicomjson.text(dataset, "99999999") == ""


@pytest.mark.parametrize(
    "value",
    [
        {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"},
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ],
)
def test_a_person_name_has_three_groups(value: object) -> None:
    assert dicomjson.to_person_name(value) == PersonName("Yamada^Tarou", "山田^太郎", "やまだ^たろう")


@pytest.mark.parametrize(
    ("element", "data"),
    [
        ({"vr": "OW", "InlineBinary": "AAEC"}, b"\x00\x01\x02"),
        ({"vr": "OW", "InlineBinary": ""}, b""),
        ({"vr": "OW", "InlineBinary": "not base64"}, None),
        ({"vr": "OW", "InlineBinary": "AAE"}, None),
        ({"vr": "OW", "BulkDataURI": "bulk/1"}, None),
    ],
)
def test_inline_binary_is_base64_or_nothing(element: Element, data: bytes | None) -> None:
    assert dicomjson.inline_binary(element) == data


PALETTE = {"00281201": {"vr": "OW", "BulkDataURI": "bulk/red"}}
NESTED = {
    **UIDS,
    "00283010": {"vr": "SQ", "Value": [{}, {"00283006": {"vr": "OW", "BulkDataURI": "bulk/lut"}}]},
    **PALETTE,
}


def test_an_element_is_found_by_its_path() -> None:
    assert dicomjson.element_at(NESTED, read_path("00283010/1/00283006")) == {"vr": "OW", "BulkDataURI": "bulk/lut"}
    assert dicomjson.element_at(NESTED, read_path("00281201")) == PALETTE["00281201"]
    for nowhere in ("00283010/0/00283006", "00283010/2/00283006", "0020000d/0/00283006", "99999999"):
        assert dicomjson.element_at(NESTED, read_path(nowhere)) is None
    assert dicomjson.element_at(NESTED, ()) is None


@given(st.lists(st.from_regex(r"\A[0-9A-F]{8}\Z"), min_size=1, max_size=6), st.integers(0, 999_999))
def test_a_path_survives_being_written(path_tags: list[str], position: int) -> None:
    path: list[str | int] = []
    for tag in path_tags:
        path += [tag, position]
    assert read_path(to_path_text(tuple(path[:-1]))) == tuple(path[:-1])


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "0028301", "00283010/", "/00283010", "00283010/0", "00283010/00283006", "00283010/-1/00283006"),
        *("00283010/1.0/00283006", "00283010/１/00283006", "0028３010", "00283010\n", "..", "00283010/../00283006"),
        *("00283010/9999999/00283006", "/".join(["00283010", "0"] * 40 + ["00283010"])),
    ],
)
def test_a_hostile_path_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_path(text)


def test_a_rewrite_reaches_every_element_and_leaves_the_original_alone() -> None:
    seen: list[str] = []
    before = json.dumps(NESTED)

    def change(path: dicomjson.Path, element: Element) -> Element | None:
        seen.append(to_path_text(path))
        return None if "BulkDataURI" in element else element

    assert rewrite(NESTED, change) == {**UIDS, "00283010": {"vr": "SQ", "Value": [{}, {}]}}
    assert seen == ["0020000D", "00283010", "00283010/1/00283006", "00281201"]
    assert json.dumps(NESTED) == before


@pytest.mark.parametrize("body", [b'[{"00080018": {"vr": "UI", "Value": ["1.2"]}}]', b"[", b"7"])
def test_memory_is_looked_after_again_when_all_is_read(body: bytes) -> None:
    with suppress(MalformedJson):
        read_datasets(body)
    assert gc.isenabled()
