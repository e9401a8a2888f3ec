"""Whatever states say: an image or a refusal in safe words; and a locked-down worker can do all that states ask for."""

import base64
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import numpy as np
from pydicom import dcmread
import pytest

from rendering.content import Presented
from rendering.dicom_file import read_frame
from rendering.errors import RenderingError
from rendering.frame import EncodedFrame
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.presentation.reading.applying import apply_state
from rendering.presentation.reading.bulk import bulk_elements
from rendering.presentation.reading.key_objects import read_selection
from rendering.presentation.reading.ordering import order_of
from rendering.presentation.reading.state import read_references, read_state
from rendering.presentation.reading.target import Place, Target
from rendering.render import render
from rendering.sandbox.process import WorkerProcess
from tests.rendering.frames import pixels
from tests.rendering.presentation.states import PSEUDO_COLOR, applied, file_of, item, lut, overlay, presented, state
from tests.rendering.presentation.test_annotations import annotated, graphic, text
from tests.rendering.presentation.test_kinds_of_states import HOT, PROFILE, blending, mask_item

MAXIMUM_PIXELS = 2**20


def everything() -> dict[str, Any]:
    """A state with one of everything, as DICOM JSON."""
    made = annotated(
        *(graphic(shape, [1.0, 2.0, 30.0, 40.0, 9.0, 5.0, 8.0, 60.0][:count]) for shape, count in SHAPES),
        texts=(text("Some\nwords", [1, 2, 30, 40], [5, 5], AnchorPointVisibility="Y"),),
        RescaleSlope="1",
        RescaleIntercept="-100",
        SoftcopyVOILUTSequence=[item(VOILUTSequence=[lut(np.arange(300) * 200)])],
        PresentationLUTSequence=[lut(np.arange(256) * 256)],
        ImageRotation=90,
        ImageHorizontalFlip="Y",
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=[30, 30],
        RadiusOfCircularShutter="20",
        ShutterPresentationValue=100,
        MaskSubtractionSequence=[mask_item("TID", TIDOffset=1, ApplicableFrameRange=[1, 5])],
    )
    overlay(made, 0x6000, np.ones((8, 8)), "A")
    return dict(made.to_json_dict())


SHAPES = (("POINT", 2), ("POLYLINE", 8), ("INTERPOLATED", 8), ("CIRCLE", 4), ("ELLIPSE", 8))
JUNK = st.one_of(
    st.none(),
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["", "90", "DISPLAY", "CIRCLE", "MAGNIFY", "AVG_SUB", "1\\2"]),
)


def elements_of(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    """Every element of a DICOM JSON object, at every depth."""
    found: list[dict[str, Any]] = []
    for element in dataset.values():
        found.append(element)
        for held in element.get("Value", []):
            if isinstance(held, dict) and element.get("vr") == "SQ":
                found += elements_of(held)
    return found


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], tuple[EncodedFrame, ...]]:
    values = np.random.default_rng(1).integers(0, 4096, (5 * 64, 64)).astype(np.uint16)
    file = file_of(tmp_path_factory.mktemp("frames"), values, Rows=64, NumberOfFrames="5", BitsStored=12, HighBit=11)
    dataset = dcmread(file, stop_before_pixels=True).to_json_dict()
    return dataset, tuple(read_frame(file, number) for number in range(1, 6))


DAMAGES = st.tuples(
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(["", "!", base64.b64encode(b"abc").decode(), 7]),
    st.lists(st.one_of(JUNK, st.builds(dict)), max_size=3),
)
"""Where, as a share of all elements; what stands there instead of octets, and instead of values."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damages=st.lists(DAMAGES, min_size=1, max_size=4))
def test_damaged_states_give_an_image_or_are_refused(
    frames: Any, damages: list[tuple[float, str | int, list[Any]]]
) -> None:
    dataset, encoded = frames
    damaged = everything()
    for share, octets, values in damages:
        elements = elements_of(damaged)
        element = elements[int(share * len(elements))]
        if "InlineBinary" in element:
            element["InlineBinary"] = octets
        else:
            element["Value"] = values
    try:
        number = 2
        application = apply_state(read_state(damaged), Target("2.25.1", number, dataset, encoded[1].attributes))
        first = EncodedFrame(encoded[1].data, encoded[1].transfer_syntax, application.attributes)
        others = tuple(encoded[one - 1] for one in application.subtracted if one <= len(encoded))
        content = Presented((first, *others), application.presentation)
        pixels(render(content, RenderOptions(Encoding.PNG, viewport=Viewport(64, 64)), MAXIMUM_PIXELS))
    except RenderingError:
        pass
    for read in (read_references, read_selection, lambda state: list(bulk_elements(state))):
        try:
            read(damaged)
        except RenderingError:
            continue


@given(number=st.integers(1, 5))
def test_any_order_is_an_order(frames: Any, number: int) -> None:
    dataset, _ = frames
    places = [Place(dataset, one) for one in range(1, number + 1)]
    assert sorted(order_of(places)) == list(range(number))


async def test_a_worker_shows_what_states_ask_for(tmp_path: Path) -> None:
    file = file_of(tmp_path, np.arange(4096, dtype=np.uint16).reshape(64, 64), BitsStored=12, HighBit=11)
    made = annotated(
        *(graphic(shape, [1.0, 2.0, 30.0, 40.0, 9.0, 5.0, 8.0, 60.0][:count]) for shape, count in SHAPES),
        texts=(text("Śome wörds 山 ☂", [1, 2, 30, 40]),),
        ImageRotation=90,
    )
    overlay(made, 0x6000, np.ones((8, 8)), "A")
    worker = await WorkerProcess.start(2**22, 60)
    try:
        for one in (made, state(PSEUDO_COLOR, **HOT, **PROFILE), blending(0.5)):
            application = applied(one, file)
            encoded = read_frame(file, 1)
            frame = EncodedFrame(encoded.data, encoded.transfer_syntax, application.attributes)
            options = RenderOptions(Encoding.PNG, viewport=Viewport(512, 512))
            image = await worker.render(Presented((frame,), application.presentation), options)
            assert (pixels(image) == presented(one, file, viewport=Viewport(512, 512))).all()
            assert image.window_from == "state"
    finally:
        await worker.end()
