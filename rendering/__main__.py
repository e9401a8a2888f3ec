"""`python -m rendering FILE -o OUT`: one frame or page of a DICOM file as an image, or a report as text."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
import sys

from rendering.dicom_file import read_frame, read_lines
from rendering.documents.html import to_html
from rendering.documents.plain import to_plain
from rendering.errors import RenderingError
from rendering.options import ColorProfile, Encoding, Omission, RenderOptions, Viewport, VoiFunction, Window
from rendering.paper_file import read_document, read_paper
from rendering.reading.annotation import AnnotationKeyword
from rendering.render import render

_ENCODINGS = {
    ".jpg": Encoding.JPEG,
    ".jpeg": Encoding.JPEG,
    ".png": Encoding.PNG,
    ".gif": Encoding.GIF,
    ".webp": Encoding.WEBP,
    ".avif": Encoding.AVIF,
    ".jxl": Encoding.JXL,
    ".jp2": Encoding.JP2,
    ".jph": Encoding.JPH,
    ".svg": Encoding.SVG,
}
_TEXTS = {".html": to_html, ".txt": to_plain}
_OMITTED = {
    Omission.OVERLAY: "an overlay cannot be read and is not shown",
    Omission.PATIENT: "the patient annotation cannot be written legibly on this image",
    Omission.TECHNIQUE: "the technique annotation cannot be written legibly on this image",
}
_ENDINGS = ", ".join((*_ENCODINGS, *_TEXTS))


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.bits == 16 and arguments.output.suffix.lower() != ".png":
        parser.error("only a .png has 16 bits")
    try:
        _write(arguments)
    except RenderingError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _write(arguments: Namespace) -> None:
    to_text = _TEXTS.get(arguments.output.suffix.lower())
    if to_text is not None:
        arguments.output.write_text(to_text(read_document(arguments.file)), "utf-8")
        return
    file, number = arguments.file, arguments.frame
    content = read_paper(file, number) or read_frame(file, number, arguments.voi_lut)
    image = render(content, _options(arguments))
    arguments.output.write_bytes(image.data)
    for what in image.omissions:
        print(f"{arguments.file}: {_OMITTED[what]}", file=sys.stderr)
    if image.color_found == "damaged":
        print(f"{arguments.file}: the ICC profile cannot be used, sRGB is assumed", file=sys.stderr)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m rendering", description="Render one frame or page of a DICOM file, or a report.")
    parser.add_argument("file", type=Path)
    parser.add_argument("-o", "--output", type=_output, required=True, help=f"where to write: {_ENDINGS}")
    parser.add_argument("--frame", type=int, default=1, metavar="N", help="frame or page, from 1")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--window", type=_window, metavar="CENTER,WIDTH[,FUNCTION]")
    shown.add_argument("--voi-lut", type=int, choices=range(1, 100), metavar="N", help="a stored VOI LUT, from 1")
    parser.add_argument("--viewport", type=_viewport, metavar="WIDTH,HEIGHT")
    parser.add_argument("--quality", type=int, choices=range(1, 101), default=90, metavar="1-100")
    parser.add_argument("--annotation", type=_keywords, default=(), metavar="KEYWORDS", help="patient,technique")
    parser.add_argument("--no-overlays", dest="overlays", action="store_false", help="leave overlay planes out")
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8, help="16 for a .png of a grey frame")
    parser.add_argument("--icc", choices=list(ColorProfile), default=ColorProfile.NO, help="the profile to embed")
    return parser


def _options(arguments: Namespace) -> RenderOptions:
    return RenderOptions(
        encoding=Encoding.PNG_16 if arguments.bits == 16 else _ENCODINGS[arguments.output.suffix.lower()],
        window=arguments.window,
        viewport=arguments.viewport,
        quality=arguments.quality,
        color_profile=ColorProfile(arguments.icc),
        overlays=arguments.overlays,
        annotation=read_lines(arguments.file, arguments.frame, arguments.annotation),
    )


def _output(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in {*_ENCODINGS, *_TEXTS}:
        raise ArgumentTypeError(f"the output ends in {_ENDINGS}")
    return path


def _keywords(text: str) -> tuple[AnnotationKeyword, ...]:
    return tuple(map(AnnotationKeyword, text.split(",")))


def _window(text: str) -> Window:
    center, width, *function = text.split(",")
    window = Window(float(center), float(width), VoiFunction(*function or ["linear"]))
    if not 0 < window.width < float("inf") or (window.function is VoiFunction.LINEAR and window.width < 1):
        raise ArgumentTypeError("the width is too small for its function")
    return window


def _viewport(text: str) -> Viewport:
    width, height = map(int, text.split(","))
    if min(width, height) < 1:
        raise ArgumentTypeError("width and height are at least 1")
    return Viewport(width, height)


if __name__ == "__main__":
    sys.exit(main())
