"""Links in DICOM JSON: no archive's address leaves, and each link leads back here to the element it stood for."""

import json

from proxy.dicomweb.links import Links
from proxy.dicomweb.warnings import source_warnings, warning_headers
from proxy.federation.sources import SourceState, SourceStatus
from proxy.resources import ArchiveId, InstitutionId

BASE = "https://imaging.test/dicomweb"
ARCHIVE = "http://10.1.2.3:8042/dicom-web"
INSTANCE = {
    "0020000D": {"vr": "UI", "Value": ["1.2"]},
    "0020000E": {"vr": "UI", "Value": ["1.2.3"]},
    "00080018": {"vr": "UI", "Value": ["1.2.3.4"]},
    "00081190": {"vr": "UR", "Value": [f"{ARCHIVE}/studies/1.2"]},
    "00080054": {"vr": "AE", "Value": ["PACS"]},
    "7FE00010": {"vr": "OW", "BulkDataURI": f"{ARCHIVE}/studies/1.2/x"},
    "00283010": {
        "vr": "SQ",
        "Value": [
            {"00283006": {"vr": "OW", "BulkDataURI": "../relative"}, "00081190": {"vr": "UR", "Value": [ARCHIVE]}},
            {"00283006": {"vr": "US", "Value": [1, 2]}},
        ],
    },
}


def test_links_lead_through_here_only() -> None:
    rewritten = Links(BASE).through_here(INSTANCE)
    assert "10.1.2.3" not in json.dumps(rewritten)
    assert rewritten["00081190"]["Value"] == [f"{BASE}/studies/1.2/series/1.2.3/instances/1.2.3.4"]
    assert "00080054" not in rewritten
    below = f"{BASE}/studies/1.2/series/1.2.3/instances/1.2.3.4/bulkdata"
    assert rewritten["7FE00010"] == {"vr": "OW", "BulkDataURI": f"{below}/7FE00010"}
    first, second = rewritten["00283010"]["Value"]
    assert first["00283006"]["BulkDataURI"] == f"{below}/00283010/0/00283006"
    assert "00081190" not in first
    assert second == {"00283006": {"vr": "US", "Value": [1, 2]}}


def test_values_that_came_inline_are_linked_to_like_others() -> None:
    """Who may see rendered images only may read metadata, and finds no stored values in it."""
    inline = {"vr": "OB", "InlineBinary": "AAECAw=="}
    icon = {"vr": "SQ", "Value": [{"7FE00010": inline, "00281201": inline}]}
    came = {**INSTANCE, "7FE00010": {"vr": "US", "Value": [1, 2]}, "00880200": icon, "00420011": inline}
    rewritten = Links(BASE).through_here({**came, "7FE00008": inline, "60003000": inline, "00091010": inline})
    below = f"{BASE}/studies/1.2/series/1.2.3/instances/1.2.3.4/bulkdata"
    for tag in ("7FE00010", "7FE00008", "00420011", "60003000", "00091010"):
        assert rewritten[tag] == {"vr": rewritten[tag]["vr"], "BulkDataURI": f"{below}/{tag}"}
    (shown,) = rewritten["00880200"]["Value"]
    assert shown == {"7FE00010": {"vr": "OB", "BulkDataURI": f"{below}/00880200/0/7FE00010"}, "00281201": inline}


def test_a_row_above_instances_holds_no_pixels() -> None:
    row = {"0020000D": {"vr": "UI", "Value": ["1.2"]}, "7FE00010": {"vr": "OB", "InlineBinary": "AAECAw=="}}
    assert Links(BASE).through_here(row)["7FE00010"] == {"vr": "OB"}


def test_the_archives_own_data_set_is_left_as_it_was() -> None:
    before = json.dumps(INSTANCE)
    Links(BASE).through_here(INSTANCE)
    assert json.dumps(INSTANCE) == before


def test_text_is_said_to_be_utf_8_however_the_file_was_written() -> None:
    rewritten = Links(BASE).through_here(INSTANCE | {"00080005": {"vr": "CS", "Value": ["ISO_IR 100"]}})
    assert rewritten["00080005"] == {"vr": "CS", "Value": ["ISO_IR 192"]}


def test_tags_come_in_order() -> None:
    tags = list(Links(BASE).through_here(INSTANCE))
    assert tags == sorted(tags)


def test_a_study_row_is_a_study_here() -> None:
    row = {"0020000D": {"vr": "UI", "Value": ["1.2"]}}
    assert Links(BASE).through_here(row)["00081190"]["Value"] == [f"{BASE}/studies/1.2"]


def test_an_incomplete_source_is_warned_of_by_name() -> None:
    sources = [
        SourceStatus(ArchiveId(state.value), InstitutionId("x"), name, state)
        for state, name in (
            (SourceState.ANSWERED, "General Hospital"),
            (SourceState.TIMED_OUT, "Lakeside Imaging"),
            (SourceState.FAILED, "病院"),
        )
    ]
    (warning,) = warning_headers(BASE, source_warnings(sources)).values()
    assert warning.startswith(f"299 {BASE}: Lakeside Imaging did not answer in time")
    assert "General" not in warning
    warning.encode("ascii")


def test_nothing_to_warn_of_is_no_header() -> None:
    assert warning_headers(BASE, []) == {}
