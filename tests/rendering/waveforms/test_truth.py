"""What is drawn is what was recorded: every point of a curve against the samples, in millimetres of paper."""

import base64
from dataclasses import replace
from io import BytesIO
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, dcmread
import pytest

from rendering.errors import MalformedAttributes, MalformedFrame, RenderingError, TooLarge, UnsupportedObject
from rendering.frame import RenderedImage
from rendering.laid_over import Annotation
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.render import render
from rendering.sandbox.process import WorkerProcess
from rendering.waveforms.reading import read_recording
from rendering.waveforms.recording import Recording
from tests.rendering.frames import FILES
from tests.rendering.waveforms.recordings import (
    EEG,
    HEMODYNAMIC,
    RESPIRATION,
    Drawn,
    channel,
    code,
    group,
    item,
    read_drawing,
    recording,
)

LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
SCALE = 8  # pixels for a millimetre
SPEED, GAIN = 25, 10  # millimetres for a second and for a millivolt


def read(dataset: Dataset) -> Recording:
    """The recording with its data, which the data set has inline."""
    metadata = dataset.to_json_dict()
    found = read_recording(metadata)
    sequence = metadata["54000100"]["Value"]
    data = [base64.b64decode(one["54001010"]["InlineBinary"]) for one in sequence]
    return replace(found, groups=tuple(replace(a, data=b[: a.bytes]) for a, b in zip(found.groups, data, strict=True)))


def image_of(dataset: Dataset, **options: Any) -> RenderedImage:
    return render(read(dataset), RenderOptions(**{"encoding": Encoding.SVG, **options}))


def drawn(dataset: Dataset) -> Drawn:
    return read_drawing(image_of(dataset).data)


def pixels(image: RenderedImage) -> NDArray[np.uint8]:
    with Image.open(BytesIO(image.data)) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.fixture(scope="module")
def electrocardiogram() -> Dataset:
    return dcmread(FILES / "waveform_ecg.dcm")


def pulses(drawing: Drawn) -> list[NDArray[np.float64]]:
    """The marks of calibration, in the order of their leads."""
    return [line for line in drawing.lines if len(line) == 6]


@pytest.mark.parametrize("number", [0, 1])
def test_a_twelve_lead_ecg_to_the_hundredth_of_a_millimetre(electrocardiogram: Dataset, number: int) -> None:
    millivolts = electrocardiogram.waveform_array(number) / 1000
    drawing = drawn(electrocardiogram)
    assert list(drawing.curves) == LEADS
    for lead, curves in drawing.curves.items():
        at = LEADS.index(lead)
        pulse, curve = pulses(drawing)[12 * number + at], curves[number]
        assert np.ptp(pulse[:, 1]) == pytest.approx(GAIN), "the mark is a millivolt high"
        assert np.ptp(pulse[2:4, 0]) == pytest.approx(5), "and a fifth of a second long"
        assert pulse[0, 1] - curve[:, 1] == pytest.approx(GAIN * millivolts[:, at], abs=0.001)
        assert curve[:, 0] - curve[0, 0] == pytest.approx(SPEED * np.arange(len(millivolts)) / 1000, abs=0.002)


def test_limb_leads_add_up_as_they_must(electrocardiogram: Dataset) -> None:
    """Einthoven's law, which a swapped or mislabelled lead would break."""
    drawing = drawn(electrocardiogram)
    height = {
        lead: pulse[0, 1] - drawing.curves[lead][0][:, 1]
        for lead, pulse in zip(LEADS, pulses(drawing)[:12], strict=True)
    }
    assert np.abs(height["I"] + height["III"] - height["II"]).max() < 0.05
    assert np.abs(height["aVR"] + height["aVL"] + height["aVF"]).max() < 0.05


def test_the_paper_has_lines_each_millimetre_and_each_five(electrocardiogram: Dataset) -> None:
    drawing = drawn(electrocardiogram)
    down = sorted({float(line[0, 0]) for line in drawing.lines if len(line) == 2 and line[0, 0] == line[1, 0]})
    assert set(np.arange(5.0, 271.0)) <= set(down)
    drawing = image_of(electrocardiogram).data.decode()
    (width, height), box = re.findall(r'="([0-9.]+)mm"', drawing), re.findall(r'viewBox="([^"]*)"', drawing)
    assert box == [f"0 0 {width} {height}"], "a millimetre is a millimetre"


def test_the_picture_shows_the_curves_of_the_drawing_and_no_others(electrocardiogram: Dataset) -> None:
    shown = pixels(image_of(electrocardiogram, encoding=Encoding.PNG))
    black = (shown < 60).all(axis=2)
    expected = np.zeros_like(black)
    for curve in (curves[0] for curves in drawn(electrocardiogram).curves.values()):
        places = np.linspace(0, len(curve) - 1, 20 * len(curve))
        x, y = (np.interp(places, np.arange(len(curve)), curve[:, axis]) * SCALE for axis in (0, 1))
        expected[y.astype(int), x.astype(int)] = True
        assert black[(curve[:, 1] * SCALE).astype(int), (curve[:, 0] * SCALE).astype(int)].mean() > 0.97
    grown = np.zeros_like(expected)
    for down in range(-2, 3):
        for across in range(-2, 3):
            grown |= np.roll(expected, (down, across), (0, 1))
    rhythm = (slice(20 * SCALE, 275 * SCALE), slice(21 * SCALE, 269 * SCALE))
    assert not (black & ~grown)[rhythm].any()


def test_the_head_says_scale_filters_and_statements(electrocardiogram: Dataset) -> None:
    words = " ".join(drawn(electrocardiogram).words)
    assert "12-lead ECG, 25 mm/s, 10 mm/mV" in words
    assert "RITMO SINUSALE" in words
    assert "QT Interval: 368 ms" in words
    assert "1000 Hz, high-pass 0.05 Hz, low-pass 300 Hz" in words
    assert "MEDIAN BEAT, derived" in words


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_every_kind_of_sample(kind: str) -> None:
    signed = kind.startswith("i")
    samples = np.linspace(-100 if signed else 0, 100, 300).astype(kind).reshape(-1, 1)
    drawing = drawn(recording(group(samples, 100, [channel("Lead II", sensitivity=0.01)])))
    assert list(drawing.curves) == ["II"]
    assert pulses(drawing)[0][0, 1] - drawing.curves["II"][0][:, 1] == pytest.approx(samples[:, 0] * 0.1, abs=0.001)


@pytest.mark.parametrize(("unit", "millivolts"), [("V", 1000), ("mV", 1), ("uV", 0.001), ("nV", 1e-6)])
def test_units_correction_and_baseline(unit: str, millivolts: float) -> None:
    samples = np.array([[0], [40], [-30]], "<i2")
    one = channel("V1", unit, 0.02 / millivolts, ChannelSensitivityCorrectionFactor=1.5)
    one.ChannelBaseline = 0.25 / millivolts
    drawing = drawn(recording(group(samples, 100, [one])))
    heights = pulses(drawing)[0][0, 1] - drawing.curves["V1"][0][:, 1]
    assert heights == pytest.approx([2.5, 14.5, -6.5], abs=0.001)


def test_a_lead_far_from_zero_is_moved_and_says_so() -> None:
    samples = np.array([[5000], [5100], [4900]], "<i2")
    drawing = drawn(recording(group(samples, 100, [channel("V1", "uV")])))
    assert pulses(drawing)[0][0, 1] - drawing.curves["V1"][0][:, 1] == pytest.approx([0, 1, -1], abs=0.001)
    assert "V1 (line at 5 mV)" in drawing.words


def test_missing_samples_are_a_gap() -> None:
    samples = np.array([[0, 1], [1, 2], [-32768, 3], [-32768, 4], [4, -32768], [-32768, 6]], "<i2")
    padding = (-32768).to_bytes(2, "little", signed=True)
    one = group(samples, 50, [channel("I"), channel("II")], WaveformPaddingValue=padding)
    drawing = drawn(recording(one))
    assert [len(piece) for piece in drawing.curves["I"]] == [2, 2], "the second is one sample, drawn as a dot"
    assert [len(piece) for piece in drawing.curves["II"]] == [4, 2]
    assert np.ptp(drawing.curves["I"][1]) > 0
    assert drawing.curves["I"][1][0] == pytest.approx(drawing.curves["I"][1][1])


def test_channels_that_are_later_are_drawn_later() -> None:
    samples = np.zeros((300, 2), "<i2")
    drawing = drawn(recording(group(samples, 100, [channel("I"), channel("II", ChannelTimeSkew=0.04)])))
    assert drawing.curves["II"][0][0, 0] - drawing.curves["I"][0][0, 0] == pytest.approx(1.0)


def test_the_twelve_leads_are_in_their_order_whatever_that_of_the_channels() -> None:
    samples = np.zeros((600, 12), "<i2")
    numbers = {lead: number for number, lead in [(1, "I"), (2, "II"), *((one + 2, f"V{one}") for one in range(1, 7))]}
    numbers |= {lead: number for number, lead in enumerate(("III", "aVR", "aVL", "aVF"), 61)}
    channels = [
        channel("", ChannelSourceSequence=[code(f"5.6.3-9-{numbers[lead]}", "SCPECG", "?")]) for lead in LEADS[::-1]
    ]
    assert list(drawn(recording(group(samples, 100, channels))).curves) == LEADS


def test_other_signals_have_an_axis_in_their_units() -> None:
    samples = np.stack([np.linspace(60, 140, 500), np.linspace(-3, 3, 500)], axis=1).astype("<i2")
    channels = [channel("Aortic pressure", "mm[Hg]"), channel("Switch", None)]
    drawing = drawn(recording(group(samples, 100, channels), sop_class=HEMODYNAMIC))
    assert "Aortic pressure [mm[Hg]]" in drawing.words
    assert "Switch (not calibrated)" in drawing.words
    marks = [float(word) for word in drawing.words if word.lstrip("-").replace(".", "").isdecimal()]
    assert {60, 80, 100, 120, 140} <= set(marks)
    assert "10 mm/mV" not in " ".join(drawing.words)
    curve = drawing.curves["Aortic pressure"][0]
    ticks = {line[1, 1] for line in drawing.lines if len(line) == 2 and np.ptp(line[:, 0]) == pytest.approx(1)}
    assert any(tick == pytest.approx(curve[0, 1], abs=0.01) for tick in ticks), "60 is at its mark"
    assert any(tick == pytest.approx(curve[-1, 1], abs=0.01) for tick in ticks), "140 is at its mark"


def test_long_recordings_are_cut_and_say_where() -> None:
    samples = np.tile(np.arange(100, dtype="<i2"), 120).reshape(-1, 1)
    one = read(recording(group(samples, 100, [channel("Flow", "mL/s")]), sop_class=RESPIRATION))
    assert not one.is_whole
    drawing = read_drawing(render(one, RenderOptions(Encoding.SVG)).data)
    assert "Shown: the first 60 s of 120 s that were recorded." in drawing.words
    assert len(drawing.curves["Flow"]) == 6, "a line for each ten seconds"
    assert sum(map(len, drawing.curves["Flow"])) == 6000
    assert "50 s" in drawing.words


def test_dense_samples_keep_their_extremes() -> None:
    samples = np.zeros((100_000, 1), "<i2")
    samples[33_333], samples[66_667] = 900, -800
    drawing = drawn(recording(group(samples, 20_000, [channel("II", "uV")])))
    curve = drawing.curves["II"][0]
    assert len(curve) < 30_000
    heights = pulses(drawing)[0][0, 1] - curve[:, 1]
    assert (heights.max(), heights.min()) == (pytest.approx(9), pytest.approx(-8))
    assert curve[heights.argmax(), 0] - curve[0, 0] == pytest.approx(SPEED * 33_333 / 20_000, abs=0.002)


def test_a_viewport_shows_a_part_at_a_larger_scale() -> None:
    samples = (1000 * np.sin(np.arange(1000) / 30)).astype("<i2").reshape(-1, 1)
    made = recording(group(samples, 100, [channel("II", "uV")]))
    whole = image_of(made, encoding=Encoding.PNG)
    part = image_of(made, encoding=Encoding.PNG, viewport=Viewport(800, 400, 160, 100, 400, 200))
    assert (part.columns, part.rows, part.scale) == (800, 400, 2)
    here = pixels(whole)[100:300, 160:560].min(axis=2) < 100
    shown = pixels(part)[::2, ::2].min(axis=2) < 100
    assert (here == shown).mean() > 0.98
    drawing = image_of(made, viewport=Viewport(800, 400, 160, 100, 400, 200)).data
    assert b'width="800" height="400" viewBox="20 12.5 50 25"' in drawing


@pytest.mark.parametrize("encoding", [Encoding.PNG, Encoding.JPEG])
def test_pictures_know_their_physical_size(encoding: Encoding) -> None:
    made = recording(group(np.zeros((500, 1), "<i2"), 100, [channel("II")]))
    with Image.open(BytesIO(image_of(made, encoding=encoding).data)) as opened:
        assert opened.info["dpi"] == pytest.approx((203.2, 203.2), abs=0.5)


def test_annotation_has_a_place_on_the_sheet_or_is_burnt_in() -> None:
    made = recording(group(np.zeros((500, 1), "<i2"), 100, [channel("II")]))
    annotation = Annotation(patient=("Yamada, Tarou",))
    assert "Yamada, Tarou" in read_drawing(image_of(made, annotation=annotation).data).words
    plain = image_of(made, encoding=Encoding.PNG)
    higher = image_of(made, encoding=Encoding.PNG, annotation=annotation)
    assert higher.rows == plain.rows + 5 * SCALE, "a line, on the next thick line of the paper"
    part = Viewport(400, 300, 200, 50, 400, 300)
    burnt = image_of(made, encoding=Encoding.PNG, annotation=annotation, viewport=part)
    assert (pixels(burnt) != pixels(image_of(made, encoding=Encoding.PNG, viewport=part))).any()
    assert higher.annotated == burnt.annotated == ("patient",)


def test_marks_are_burnt_in_and_never_left_out_of_an_svg() -> None:
    made = recording(group(np.zeros((500, 1), "<i2"), 100, [channel("II")]))
    marked = image_of(made, encoding=Encoding.PNG, watermark="Seen by somebody")
    assert marked.marked
    assert (pixels(marked) != pixels(image_of(made, encoding=Encoding.PNG))).mean() > 0.02
    for owed in ({"watermark": "Seen by somebody"}, {"maximum_side": 100}):
        with pytest.raises(RenderingError):
            image_of(made, **owed)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"WaveformSampleInterpretation": "MB", "WaveformBitsAllocated": 8}, UnsupportedObject),
        ({"WaveformSampleInterpretation": "AB", "WaveformBitsAllocated": 8}, UnsupportedObject),
        ({"WaveformBitsAllocated": 32}, UnsupportedObject),
        ({"SamplingFrequency": 0}, MalformedAttributes),
        ({"SamplingFrequency": 0.01}, UnsupportedObject),
        ({"NumberOfWaveformSamples": 0}, MalformedAttributes),
        ({"NumberOfWaveformChannels": 3}, MalformedAttributes),
        ({"WaveformData": bytes(10)}, MalformedFrame),
    ],
)
def test_what_cannot_be_drawn_truthfully_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    made = recording(group(np.zeros((100, 1), "<i2"), 100, [channel("II")], **change))
    with pytest.raises(error):
        image_of(made)


def test_more_than_a_sheet_holds_is_refused() -> None:
    many = group(np.zeros((2, 129), "<i2"), 100, [channel("II")] * 129)
    with pytest.raises(TooLarge):
        read_recording(recording(many, sop_class=EEG).to_json_dict())
    with pytest.raises(UnsupportedObject):
        read_recording(item(SOPClassUID=EEG).to_json_dict())


async def test_a_locked_down_worker_draws_the_same(electrocardiogram: Dataset) -> None:
    worker = await WorkerProcess.start(200_000_000, 60)
    try:
        for encoding in (Encoding.PNG, Encoding.SVG, Encoding.JPEG, Encoding.WEBP):
            options = RenderOptions(encoding, watermark=None if encoding is Encoding.SVG else "The clinician")
            content = read(electrocardiogram)
            assert await worker.render(content, options) == render(content, options)
    finally:
        await worker.end()


@settings(deadline=None, max_examples=60)
@given(
    samples=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40),
    frequency=st.floats(0.2, 1e6),
    sensitivity=st.floats(1e-11, 1e11),
    baseline=st.floats(-1e12, 1e12),
    unit=st.sampled_from(["mV", "uV", "mm[Hg]", "{beats}/min", None]),
    sop_class=st.sampled_from([HEMODYNAMIC, EEG, "1.2.840.10008.5.1.4.1.1.9.1.1"]),
)
def test_whatever_was_recorded_is_drawn_or_refused(
    samples: list[int], frequency: float, sensitivity: float, baseline: float, unit: str | None, sop_class: str
) -> None:
    data = np.array(samples, "<i4").reshape(-1, 1)
    one = channel("II", unit, sensitivity)
    if unit is not None:
        one.ChannelBaseline = baseline
    made = group(data, 1, [one])
    metadata = recording(made, sop_class=sop_class).to_json_dict()
    description = metadata["54000100"]["Value"][0]
    description["003A001A"] = {"vr": "DS", "Value": [frequency]}
    if unit is not None:
        description["003A0200"]["Value"][0]["003A0210"] = {"vr": "DS", "Value": [sensitivity]}
        description["003A0200"]["Value"][0]["003A0213"] = {"vr": "DS", "Value": [baseline]}
    found = read_recording(metadata)
    whole = replace(found, groups=tuple(replace(a, data=data.tobytes()[: a.bytes]) for a in found.groups))
    drawing = read_drawing(render(whole, RenderOptions(Encoding.SVG)).data)
    assert all(np.isfinite(piece).all() for piece in drawing.curves["II"])
    assert render(whole, RenderOptions(Encoding.PNG, viewport=Viewport(300, 300))).data
