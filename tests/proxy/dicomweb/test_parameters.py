"""Rendering parameters by PS3.18 §8.3.5: legal values mean what the clause says, everything else is a 400."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.dicomweb.parameters import read_quality, read_rendition, read_thumbnail, read_viewport, read_window
from proxy.errors import BadRequest
from rendering.laid_over import Annotation
from rendering.options import ColorProfile, Encoding, RenderOptions, Viewport, VoiFunction, Window


def test_a_window_is_center_width_and_function() -> None:
    assert read_window("-600.5,1500,linear") == Window(-600.5, 1500, VoiFunction.LINEAR)
    assert read_window("40,0.5,linear-exact") == Window(40, 0.5, VoiFunction.LINEAR_EXACT)
    assert read_window("40,1e2,sigmoid") == Window(40, 100, VoiFunction.SIGMOID)


@pytest.mark.parametrize(
    "text",
    ["", "40", "40,400", "40,400,LINEAR", "40,0.5,linear", "40,0,sigmoid", "nan,1,linear", "inf,1,linear", "40,,linear",
     "40,400,linear,", "0x10,1,linear", "４０,400,linear", "40,-5,linear-exact"],
)  # fmt: skip
def test_an_ill_formed_window_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_window(text)


def test_a_viewport_is_a_size_and_a_region_whose_signs_flip() -> None:
    assert read_viewport("512,256") == Viewport(512, 256)
    assert read_viewport("512,512,,,512,512") == Viewport(512, 512, 0, 0, 512, 512)
    flipped = read_viewport("100,50,10.5,-20,-300,-400")
    assert flipped == Viewport(100, 50, 10.5, 20, 300, 400, flip_horizontal=True, flip_vertical=True)


@pytest.mark.parametrize(
    "text",
    ["", "512", "0,512", "-1,512", "512,512,", "512,512,,", "1,2,3,4,5,6,7", "1.5,2", "a,b", "512,512,,,0,5",
     "99999,99999", "512,512,nan", "5e3,10"],
)  # fmt: skip
def test_an_ill_formed_viewport_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_viewport(text)


@pytest.mark.parametrize("text", ["", "0", "101", "-5", "1.5", "050", "x", "１"])
def test_an_ill_formed_quality_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_quality(text)


def test_annotations_that_are_not_carried_out_are_said() -> None:
    dataset = {"00100020": {"vr": "LO", "Value": ["G-1001"]}}
    asked = {"annotation": "technique,mood,patient,patient"}
    rendition = read_rendition(asked, Encoding.JPEG, dataset)
    assert rendition.warnings == ("The following annotation values are not supported: mood",)
    assert rendition.options.annotation.patient == ("ID G-1001",)
    alone = read_rendition(asked, Encoding.JPEG)
    assert alone.warnings == ("The following annotation values are not supported: patient, technique, mood",)
    assert alone.options.annotation == Annotation()
    assert read_rendition({}, Encoding.JPEG, dataset).options.annotation == Annotation()


@pytest.mark.parametrize("text", ["no", "yes", "srgb", "adobergb", "rommrgb"])
@pytest.mark.parametrize("encoding", Encoding)
def test_a_profile_is_carried_or_refused(text: str, encoding: Encoding) -> None:
    """PS3.18 §8.3.5.1.5: a media type that cannot embed one, with another value than `no`, is 400."""
    carries = encoding not in {Encoding.GIF, Encoding.JXL, Encoding.SVG, Encoding.MP4}
    if carries or text == "no":
        assert read_rendition({"iccprofile": text}, encoding).options.color_profile == ColorProfile(text)
    else:
        with pytest.raises(BadRequest):
            read_rendition({"iccprofile": text}, encoding)


@pytest.mark.parametrize("parameters", [{"annotation": ""}, {"annotation": "a b"}, {"iccprofile": "cmyk"}])
def test_bad_values_of_other_parameters_are_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        read_rendition(parameters, Encoding.JPEG)


def test_a_thumbnail_takes_a_size_and_no_region() -> None:
    assert read_thumbnail({"viewport": "64,32"}, Encoding.JPEG, 128).viewport == Viewport(64, 32)
    assert read_thumbnail({}, Encoding.PNG, 128) == RenderOptions(
        encoding=Encoding.PNG, viewport=Viewport(128, 128), quality=85, overlays=False
    )
    with pytest.raises(BadRequest):
        read_thumbnail({"viewport": "64,32,1,1,5,5"}, Encoding.JPEG, 128)


@given(st.dictionaries(st.sampled_from(["window", "viewport", "quality", "annotation", "iccprofile"]), st.text()))
def test_whatever_comes_is_an_answer_or_a_bad_request(parameters: dict[str, str]) -> None:
    try:
        rendition = read_rendition(parameters, Encoding.PNG)
    except BadRequest:
        return
    assert 1 <= rendition.options.quality <= 100
