"""`python -m rendering` as somebody at a terminal uses it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import subprocess
import sys

import numpy as np
from PIL import Image
import pytest

from rendering.__main__ import main
from tests.rendering.dcmtk import reference
from tests.rendering.frames import FILES


def pixels(file: Path) -> np.ndarray:
    with Image.open(file) as opened:
        return np.asarray(opened)


@dataclass(frozen=True)
class Answer:
    code: int | str | None
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["rendering", *map(str, arguments)])
        try:
            code: int | str | None = main()
        except SystemExit as ended:
            code = ended.code
        return Answer(code, *capfd.readouterr())

    return run


def test_a_terminal_is_answered(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "rendering", FILES / "CT_small.dcm", "-o", tmp_path / "ct.png", "--frame"]
    for frame, code, words in (("1", 0, ""), ("2", 1, "no such frame")):
        answer = subprocess.run([*line, frame], check=False, capture_output=True, text=True, timeout=60)
        assert (answer.returncode, answer.stdout) == (code, "")
        assert words in answer.stderr
    assert pixels(tmp_path / "ct.png").shape == (128, 128)


def test_a_file_becomes_a_png(command: Command, tmp_path: Path) -> None:
    answer = command(FILES / "CT_small.dcm", "-o", tmp_path / "ct.png", "--window", "40,400")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    image = pixels(tmp_path / "ct.png").astype(int)
    assert np.abs(image - reference(FILES / "CT_small.dcm", "+Ww", "40", "400")).max() <= 1


def test_a_later_frame_becomes_a_jpeg_of_the_size_asked_for(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "us.JPG"
    more = ["--frame", "30", "--viewport", "100,100", "--quality", "60", "--window", "0.5,1,linear-exact"]
    answer = command(FILES / "examples_ybr_color.dcm", "-o", target, *more)
    assert (answer.code, answer.err) == (0, "")
    with Image.open(target) as opened:
        assert (opened.format, opened.size) == ("JPEG", (100, 75))


def test_text_is_burnt_in_and_overlays_are_left_out(command: Command, tmp_path: Path) -> None:
    file = FILES / "examples_overlay.dcm"
    options = {"plain": (), "without": ("--no-overlays",), "annotated": ("--annotation", "patient,technique")}
    for name, more in options.items():
        answer = command(file, "-o", tmp_path / f"{name}.png", *more)
        assert (answer.code, answer.err) == (0, "")
    plain, without, annotated = (pixels(tmp_path / f"{name}.png") for name in options)
    assert ((plain != without) <= (plain == 255)).all()
    assert (plain != without).any()
    assert (annotated[:30] != plain[:30]).any()
    assert (annotated[-30:] != plain[-30:]).any()


def test_a_profile_and_more_bits_are_embedded_where_they_have_a_place(command: Command, tmp_path: Path) -> None:
    answer = command(FILES / "examples_rgb_color.dcm", "-o", tmp_path / "a.webp", "--icc", "adobergb")
    assert (answer.code, answer.err) == (0, "")
    with Image.open(tmp_path / "a.webp") as opened:
        assert opened.format == "WEBP"
        assert b"Adobe RGB (1998)" in opened.info["icc_profile"]
    answer = command(FILES / "CT_small.dcm", "-o", tmp_path / "a.png", "--bits", "16", "--window", "40,4000")
    assert (answer.code, answer.err) == (0, "")
    assert np.unique(pixels(tmp_path / "a.png")).size > 256
    answer = command(FILES / "examples_rgb_color.dcm", "-o", tmp_path / "a.gif", "--icc", "srgb")
    assert (answer.code, "no ICC profile" in answer.err) == (1, True)


def test_what_the_image_lacks_is_said(command: Command, tmp_path: Path) -> None:
    answer = command(FILES / "MR_small.dcm", "-o", tmp_path / "mr.png", "--annotation", "technique")
    assert answer.code == 0
    assert "cannot be written legibly" in answer.err
    assert (tmp_path / "mr.png").exists()


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("test-SR.dcm", (), "no pixels"),
        ("MR_truncated.dcm", (), "shorter"),
        ("CT_small.dcm", ("--frame", "2"), "no such frame"),
        ("missing.dcm", (), "No such file"),
    ],
)
def test_what_cannot_be_rendered_is_said_plainly(
    command: Command, tmp_path: Path, name: str, more: tuple[str, ...], words: str
) -> None:
    answer = command(FILES / name, "-o", tmp_path / "out.png", *more)
    assert answer.code == 1
    assert words in answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    "more",
    [
        ("--window", "40"),
        ("--window", "40,0"),
        ("--window", "1,2,cubic"),
        ("--viewport", "0,1"),
        ("-o", "x.bmp"),
        ("-o", "x.jpg", "--bits", "16"),
        ("--annotation", "mood"),
    ],
)
def test_what_cannot_be_asked_is_explained(command: Command, tmp_path: Path, more: tuple[str, ...]) -> None:
    answer = command(FILES / "CT_small.dcm", "-o", tmp_path / "out.png", *more)
    assert answer.code == 2
    assert "usage" in answer.err
    assert "Traceback" not in answer.err


def test_recordings_reports_and_pages(command: Command, tmp_path: Path) -> None:
    written = {}
    for name, ending in (("waveform_ecg", "svg"), ("waveform_ecg", "png"), ("test-SR", "html"), ("test-SR", "txt")):
        target = tmp_path / f"{name}.{ending}"
        answer = command(FILES / f"{name}.dcm", "-o", target)
        assert (answer.code, answer.err) == (0, "")
        written[ending] = target.read_bytes()
    assert written["svg"].startswith(b"<svg ")
    assert min(pixels(tmp_path / "waveform_ecg.png").shape[:2]) > 2000
    assert b"<h1>Diagnosis</h1>" in written["html"]
    assert "Riesmeier, Jörg" in written["txt"].decode()


def test_an_image_is_no_text(command: Command, tmp_path: Path) -> None:
    answer = command(FILES / "CT_small.dcm", "-o", tmp_path / "ct.txt")
    assert (answer.code, answer.err.strip().rpartition(": ")[2]) == (1, "this object is no text")
