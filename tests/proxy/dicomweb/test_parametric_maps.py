"""Parametric maps in the colours that they come with: of a range of values, or of the values themselves."""

from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
import pytest

from tests.exchange import opened_exchange
from tests.proxy.dicomweb.composites import changed, instance, picture, slices

COLORS = np.array([[0, 10, 250], [0, 90, 160], [30, 200, 60], [220, 200, 0], [255, 30, 20]], np.uint8)


def colored(values: np.ndarray, lowest: float | None, highest: float | None) -> Dataset:
    """A map of `values` with five colours, for the range from `lowest` to `highest` if there is one."""
    made = changed(slices(1)[0], SOPClassUID="1.2.840.10008.5.1.4.1.1.30", PixelPresentation="COLOR_RANGE")
    made.Rows, made.Columns = values.shape
    del made.PixelData, made.WindowCenter, made.WindowWidth
    if values.dtype.kind == "f":
        del made.BitsStored, made.HighBit, made.PixelRepresentation
        made.BitsAllocated, made.FloatPixelData = 32, values.astype("<f4").tobytes()
    else:
        made.PixelData = values.astype("<u2").tobytes()
    for color, entries in zip(("Red", "Green", "Blue"), COLORS.T, strict=True):
        setattr(made, f"{color}PaletteColorLookupTableDescriptor", [5, 0, 16])
        setattr(made, f"{color}PaletteColorLookupTableData", (entries.astype("<u2") * 257).tobytes())
    if lowest is not None:
        mapped = Dataset()
        mapped.MinimumStoredValueMapped, mapped.MaximumStoredValueMapped = lowest, highest
        made.StoredValueColorRangeSequence = []
        group = Dataset()
        group.StoredValueColorRangeSequence = [mapped]
        made.SharedFunctionalGroupsSequence = [group]
    return made


@pytest.mark.parametrize(
    ("values", "span", "colors"),
    [
        (np.array([[-9.0, -2.0, -1.0, 0.0], [1.0, 2.0, 77.0, np.nan]]), (-2.0, 2.0), [0, 0, 1, 2, 3, 4, 4, None]),
        (np.array([[100, 500, 900], [1300, 1700, 5000]]), (100.0, 1700.0), [0, 1, 2, 3, 4, 4]),
        (np.array([[0, 1, 2], [3, 4, 5]]), (None, None), [0, 1, 2, 3, 4, 4]),
    ],
    ids=["floating point", "integers", "no range"],
)
async def test_values_have_the_colours_of_their_range(
    tmp_path: Path, values: np.ndarray, span: tuple[float | None, float | None], colors: list[int | None]
) -> None:
    made = colored(values, *span)
    async with opened_exchange(tmp_path, {"general": [made]}) as exchange:
        shown = picture((await exchange.get(f"{instance(made)}/rendered", "image/png")).content)
    expected: list[Any] = [(0, 0, 0) if one is None else tuple(COLORS[one]) for one in colors]
    assert [tuple(pixel) for pixel in shown.reshape(-1, 3)] == expected


async def test_another_window_gives_the_same_colours_to_other_values(tmp_path: Path) -> None:
    made = colored(np.array([[0.0, 1.0, 2.0, 3.0, 4.0]]), -100.0, 100.0)
    async with opened_exchange(tmp_path, {"general": [made]}) as exchange:
        response = await exchange.get(f"{instance(made)}/rendered?window=2,4,linear-exact", "image/png")
    assert "window-from=request" in response.headers["vitrine-rendering"]
    np.testing.assert_array_equal(picture(response.content)[0], COLORS)
