"""Bulk data that rendering needs: named, bounded, and put back where they belong."""

import copy
import json
from typing import Any

import pytest

from rendering.attributes import read_attributes
from rendering.bulk import BulkReference, bulk_references, voi_lut_reference, with_bulk
from rendering.errors import InvalidOption, MalformedAttributes
from rendering.frame import LookupTable
from rendering.reading import tags
from tests.rendering.datasets import dataset, groups, sequence, window
from tests.rendering.reading.elements import element


def pointing(uri: str, bits: int = 8) -> dict[str, Any]:
    return {tags.LUT_DESCRIPTOR: element("US", 4, 0, bits), tags.LUT_DATA: {"vr": "OW", "BulkDataURI": uri}}


def test_bulk_data_are_named_and_put_back() -> None:
    held = dataset(
        MODALITY_LUT_SEQUENCE=sequence(pointing("https://archive/modality")),
        NUMBER_OF_FRAMES=element("IS", 2),
        SHARED_FUNCTIONAL_GROUPS=sequence({}),
        PER_FRAME_FUNCTIONAL_GROUPS=sequence(
            groups(tags.FRAME_VOI_LUT_SEQUENCE, {tags.VOI_LUT_SEQUENCE: sequence(pointing("https://archive/voi"))}),
            groups(tags.FRAME_VOI_LUT_SEQUENCE, window(1, 2)),
        ),
    )
    original = copy.deepcopy(held)
    with pytest.raises(MalformedAttributes):
        read_attributes(held, 1)
    references = bulk_references(held)
    assert {reference.uri for reference in references} == {"https://archive/modality", "https://archive/voi"}
    filled: Any = held
    for reference in references:
        filled = with_bulk(filled, reference.path, reference.uri[-4:].encode())
    assert bulk_references(filled) == []
    assert held == original
    read = read_attributes(filled, 1)
    assert read.modality_lut == LookupTable(4, 0, 8, b"lity")
    assert read.voi_luts == (LookupTable(4, 0, 8, b"/voi"),)
    json.dumps(filled)


def test_a_palette_is_fetched_and_other_bulk_data_are_not() -> None:
    palette = {
        "PHOTOMETRIC_INTERPRETATION": element("CS", "PALETTE COLOR"),
        "PIXEL_REPRESENTATION": element("US", 0),
        "BITS_ALLOCATED": element("US", 8),
        "BITS_STORED": element("US", 8),
        "HIGH_BIT": element("US", 7),
    }
    held = dataset(**palette) | {
        "7FE00010": {"vr": "OW", "BulkDataURI": "https://archive/pixels"},
        "60013000": {"vr": "OW", "BulkDataURI": "https://archive/curve"},
        **{tag: element("US", 4, 0, 8) for tag in tags.PALETTE_DESCRIPTORS},
        **{tag: {"vr": "OW", "BulkDataURI": "https://archive/" + tag} for tag in tags.PALETTE_DATA},
    }
    references = bulk_references(held)
    assert [reference.path for reference in references] == [(tag,) for tag in tags.PALETTE_DATA]
    for reference in references:
        held = dict(with_bulk(held, reference.path, b"\0\1\2\3"))
    table = LookupTable(4, 0, 8, b"\0\1\2\3")
    palette_read = read_attributes(held, 1).palette
    assert palette_read is not None
    assert (palette_read.red, palette_read.green, palette_read.blue) == (table, table, table)


def test_a_supplemental_palette_is_read_only_where_pixels_are_presented_in_colour() -> None:
    tables = {tag: element("US", 4, 1000, 8) for tag in tags.PALETTE_DESCRIPTORS} | {
        tag: {"vr": "OW", "BulkDataURI": "https://archive/" + tag} for tag in tags.PALETTE_DATA
    }
    colored = dataset(PIXEL_PRESENTATION=element("CS", "COLOR")) | tables
    assert len(bulk_references(colored)) == 3
    assert bulk_references(dataset(PIXEL_PRESENTATION=element("CS", "MONOCHROME")) | tables) == []
    assert read_attributes(dataset() | tables, 1).palette is None
    for reference in bulk_references(colored):
        colored = dict(with_bulk(colored, reference.path, b"\0\1\2\3"))
    palette = read_attributes(colored, 1).palette
    assert palette is not None
    assert palette.red.first == 1000


def test_a_table_beside_a_window_and_what_is_no_image_need_nothing() -> None:
    tables = sequence(pointing("https://archive/voi"))
    assert bulk_references(dataset(VOI_LUT_SEQUENCE=tables) | window(1, 2)) == []
    assert bulk_references(dataset(VOI_LUT_SEQUENCE=tables, ROWS=None)) == []
    assert len(bulk_references(dataset(VOI_LUT_SEQUENCE=tables))) == 1


def test_a_table_that_is_chosen_is_named_where_it_stands() -> None:
    top = sequence(pointing("https://archive/1"), pointing("https://archive/2"))
    assert voi_lut_reference(dataset(VOI_LUT_SEQUENCE=top) | window(1, 2), 1, 2) == BulkReference(
        (tags.VOI_LUT_SEQUENCE, 1, tags.LUT_DATA), "https://archive/2"
    )
    own = groups(tags.FRAME_VOI_LUT_SEQUENCE, {tags.VOI_LUT_SEQUENCE: sequence(pointing("https://archive/3"))})
    held = dataset(
        VOI_LUT_SEQUENCE=top, PER_FRAME_FUNCTIONAL_GROUPS=sequence(own, own), NUMBER_OF_FRAMES=element("IS", 2)
    )
    found = voi_lut_reference(held, 2, 1)
    assert found is not None
    filled = with_bulk(held, found.path, b"\0\1\2\3")
    assert read_attributes(filled, 2, 1).voi_luts == (LookupTable(4, 0, 8, b"\0\1\2\3"),)
    assert voi_lut_reference(filled, 2, 1) is None
    with pytest.raises(InvalidOption):
        voi_lut_reference(held, 2, 2)


def test_references_are_bounded() -> None:
    voi = groups(tags.FRAME_VOI_LUT_SEQUENCE, {tags.VOI_LUT_SEQUENCE: sequence(pointing("https://archive/voi"))})
    assert len(bulk_references(dataset(PER_FRAME_FUNCTIONAL_GROUPS=sequence(*[voi] * 3000)))) == 256
