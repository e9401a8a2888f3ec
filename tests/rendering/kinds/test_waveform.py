"""Electrocardiograms as they would be printed: every point is a sample in its place, in millimetres."""

from dataclasses import replace
from io import BytesIO
import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image
from pydicom import dcmread
import pytest

from rendering.errors import InvalidOption, MalformedAttributes, RenderingError, UnsupportedObject
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.render import render
from rendering.sandbox.process import WorkerProcess
from rendering.waveforms.reading import read_recording
from rendering.waveforms.recording import Recording
from tests.rendering.frames import FILES

ECG = FILES / "waveform_ecg.dcm"
SVG = "{http://www.w3.org/2000/svg}"


def recording(**changes: Any) -> Recording:
    dataset = dcmread(ECG)
    read = read_recording({**dataset.to_json_dict(), **changes})
    groups = zip(read.groups, dataset.WaveformSequence, strict=True)
    return replace(read, groups=tuple(replace(one, data=group.WaveformData[: one.bytes]) for one, group in groups))


def drawn(**options: Any) -> ET.Element:
    return ET.fromstring(render(recording(), RenderOptions(Encoding.SVG, **options)).data)


def traces(svg: ET.Element) -> dict[str, list[np.ndarray[Any, Any]]]:
    """The points of each named line, in millimetres."""
    found: dict[str, list[np.ndarray[Any, Any]]] = {}
    for line in svg.iter(f"{SVG}polyline"):
        name = line.find(f"{SVG}title")
        if name is not None:
            points = np.array([float(one) for one in re.split(r"[ ,]+", line.attrib["points"].strip())]).reshape(-1, 2)
            found.setdefault(name.text or "", []).append(points)
    return found


def test_a_millimetre_is_a_millimetre() -> None:
    svg = drawn()
    width, height = svg.attrib["width"], svg.attrib["height"]
    assert width.endswith("mm")
    left, top, across, down = map(float, svg.attrib["viewBox"].split())
    assert (left, top, f"{across:g}mm", f"{down:g}mm") == (0, 0, width, height)


def test_every_point_is_a_sample_in_its_place() -> None:
    """25 mm for a second, 10 mm for a millivolt, by pydicom's own reading of the samples."""
    dataset = dcmread(ECG)
    millivolts = dataset.waveform_array(0) / 1000  # the file has microvolts
    lines = traces(drawn())
    assert len(lines) >= 12
    for position, definition in enumerate(dataset.WaveformSequence[0].ChannelDefinitionSequence):
        label = definition.ChannelSourceSequence[0].CodeMeaning.split()[1]
        points = lines[label][0]
        seconds = (points[:, 0] - points[0, 0]) / 25
        samples = np.rint(seconds * 1000).astype(int)
        shown = -(points[:, 1] - points[0, 1]) / 10
        expected = millivolts[samples, position] - millivolts[0, position]
        assert np.abs(shown - expected).max() < 0.01, label
        assert seconds[-1] == pytest.approx(9.999, abs=0.001)


def test_the_pixels_are_where_the_points_are() -> None:
    image = render(recording(), RenderOptions(Encoding.PNG))
    pixels = np.asarray(Image.open(BytesIO(image.data)).convert("L"))
    assert pixels.shape == (image.rows, image.columns)
    for points in (line for some in traces(drawn()).values() for line in some):
        columns, rows = np.clip(np.rint(points * 8 - 0.5).astype(int), 0, None).T
        assert np.median(pixels[rows, columns]) < 90
    assert Image.open(BytesIO(image.data)).info["dpi"] == pytest.approx((203.2, 203.2), abs=0.1)


def test_a_viewport_scales_and_cuts() -> None:
    whole = render(recording(), RenderOptions(Encoding.PNG, viewport=Viewport(500, 500)))
    assert max(whole.columns, whole.rows) == 500
    part = render(recording(), RenderOptions(Encoding.PNG, viewport=Viewport(300, 200, 100, 300, 600, 400)))
    assert (part.columns, part.rows) == (300, 200)


def test_an_svg_can_be_neither_marked_nor_reduced() -> None:
    for changes in ({"watermark": "A"}, {"maximum_side": 100}):
        with pytest.raises(InvalidOption):
            drawn(**changes)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"54000100": {"vr": "SQ", "Value": []}}, UnsupportedObject),
        ({"54000100": {"vr": "SQ", "Value": [{}]}}, MalformedAttributes),
    ],
)
def test_what_is_not_explained_is_not_drawn(changes: dict[str, Any], error: type[RenderingError]) -> None:
    with pytest.raises(error):
        recording(**changes)


def test_too_few_samples_are_refused() -> None:
    short = recording()
    group = replace(short.groups[0], data=short.groups[0].data[:-2])
    with pytest.raises(RenderingError, match="shorter"):
        render(replace(short, groups=(group,)), RenderOptions(Encoding.PNG))


async def test_a_worker_draws_it() -> None:
    worker = await WorkerProcess.start(200_000_000, 60)
    try:
        for encoding in (Encoding.PNG, Encoding.SVG, Encoding.JPEG, Encoding.WEBP):
            options = RenderOptions(encoding, watermark=None if encoding is Encoding.SVG else "The clinician")
            assert await worker.render(recording(), options) == render(recording(), options)
    finally:
        await worker.end()
