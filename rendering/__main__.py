"""`python -m rendering FILE -o OUT`: one frame of a DICOM file as a JPEG or PNG image."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
import sys

from rendering.dicom_file import read_frame
from rendering.errors import RenderingError
from rendering.options import Encoding, RenderOptions, Viewport, VoiFunction, Window
from rendering.render import render

_ENCODINGS = {".jpg": Encoding.JPEG, ".jpeg": Encoding.JPEG, ".png": Encoding.PNG}


def main() -> int:
    arguments = _parser().parse_args()
    try:
        frame = read_frame(arguments.file, arguments.frame)
        image = render(frame, _options(arguments))
        arguments.output.write_bytes(image.data)
    except RenderingError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m rendering", description="Render one frame of a DICOM file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("-o", "--output", type=_output, required=True, help="where to write: .jpg or .png")
    parser.add_argument("--frame", type=int, default=1, metavar="N", help="from 1")
    parser.add_argument("--window", type=_window, metavar="CENTER,WIDTH[,FUNCTION]")
    parser.add_argument("--viewport", type=_viewport, metavar="WIDTH,HEIGHT")
    parser.add_argument("--quality", type=int, choices=range(1, 101), default=90, metavar="1-100")
    return parser


def _options(arguments: Namespace) -> RenderOptions:
    return RenderOptions(
        encoding=_ENCODINGS[arguments.output.suffix.lower()],
        window=arguments.window,
        viewport=arguments.viewport,
        quality=arguments.quality,
    )


def _output(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in _ENCODINGS:
        raise ArgumentTypeError("the output ends in .jpg or .png")
    return path


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
