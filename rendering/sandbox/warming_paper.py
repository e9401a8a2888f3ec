"""A tiny recording and a tiny page, drawn once for the same reason as `warming` renders its frames."""

import struct

from rendering.content import Page
from rendering.options import Encoding, RenderOptions, Viewport
from rendering.sandbox.worker import Render
from rendering.waveforms.recording import Channel, Group, Recording

_SAMPLES = 64
_FONTS = b"".join(
    b"/%c<</Type/Font/Subtype/%s>>" % font
    for font in zip(
        b"ABCDE",
        (
            *(b"Type1/BaseFont/Helvetica", b"Type1/BaseFont/Times-Roman", b"Type1/BaseFont/Courier"),
            *(b"Type1/BaseFont/Symbol", b"TrueType/BaseFont/Unknown"),
        ),
        strict=True,
    )
)
_DRAWING = b"BT /A 9 Tf (a) Tj /B 9 Tf (b) Tj /C 9 Tf (c) Tj /D 9 Tf (d) Tj /E 9 Tf (e) Tj ET"
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]/Contents 4 0 R/Resources<</Font<<%s>>>>>>" % _FONTS,
    b"<</Length %d>>stream\n%s\nendstream" % (len(_DRAWING), _DRAWING),
)


def warm_paper(render: Render, maximum_pixels: int) -> None:
    """Every standard font of PDF is drawn in, and one that nobody has."""
    small = Viewport(64, 64)
    for encoding in (Encoding.JPEG, Encoding.PNG, Encoding.WEBP):
        render(recording(), RenderOptions(encoding, viewport=small, watermark="A"), maximum_pixels)
        render(Page(document(), 1), RenderOptions(encoding, viewport=small, watermark="A"), maximum_pixels)
    render(recording(), RenderOptions(Encoding.SVG), maximum_pixels)


def recording() -> Recording:
    """One lead, six hundredths of a second long."""
    data = struct.pack(f"<{_SAMPLES}h", *range(_SAMPLES))
    channels = (Channel("Lead II", "II", "mV", 0.01),)
    group = Group("RHYTHM", channels, "<i2", _SAMPLES, _SAMPLES, 1000.0, (), data=data)
    return Recording("ECG", (group,), is_ecg=True)


def document() -> bytes:
    """A page of one square inch (ISO 32000-1 §7.5)."""
    written, places = b"%PDF-1.4\n", []
    for number, text in enumerate(_OBJECTS, 1):
        places.append(len(written))
        written += b"%d 0 obj%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer
