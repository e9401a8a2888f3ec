"""Links in DICOM JSON: no archive's address leaves, and each link leads back here to the element it stood for."""

import json

from proxy.dicomweb.links import Links
from proxy.dicomweb.rendering_header import rendering_header
from proxy.dicomweb.warnings import source_warnings, warning_headers
from proxy.federation.sources import SourceState, SourceStatus
from proxy.resources import ArchiveId, FramesRef, InstitutionId, Uid
from rendering.frame import RenderedImage
from rendering.options import Encoding, VoiFunction, Window

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


def test_the_archives_own_data_set_is_left_as_it_was() -> None:
    before = json.dumps(INSTANCE)
    Links(BASE).through_here(INSTANCE)
    assert json.dumps(INSTANCE) == before


def test_tags_come_in_order() -> None:
    tags = list(Links(BASE).through_here(INSTANCE))
    assert tags == sorted(tags)


def test_a_study_row_is_a_study_here() -> None:
    row = {"0020000D": {"vr": "UI", "Value": ["1.2"]}}
    assert Links(BASE).through_here(row)["00081190"]["Value"] == [f"{BASE}/studies/1.2"]


def test_a_header_says_what_was_done() -> None:
    window = Window(40, 400, VoiFunction.LINEAR)
    image = RenderedImage(b"", Encoding.JPEG, 512, 256, window, "image", lossy=True)
    source = FramesRef(Uid("1"), Uid("2"), Uid("3"), (7,))
    expected = 'columns=512, rows=256, frame=7, window="40,400,linear", window-from=image, lossy=?1'
    assert rendering_header(source, image) == expected


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
