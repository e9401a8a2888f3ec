"""A tiny recording and a tiny document, rendered once for the same reason as `warming` renders its frames."""

from rendering.content import Page
from rendering.laid_over import Annotation
from rendering.options import Encoding, RenderOptions
from rendering.sandbox.worker import Render
from rendering.waveforms.recording import Channel, Group, Recording

_MAXIMUM_PIXELS = 2**21
_SAMPLES = bytes(range(200))
_CHANNELS = (Channel("II", "II", "mV", 0.01), Channel("Pressure", unit="mm[Hg]"))
_TEXT = b"BT 9 9 Td /F0 12 Tf (A) Tj /F1 12 Tf (A) Tj /F2 12 Tf (A) Tj ET"
_PDF = (
    b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
    b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
    b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents 4 0 R/Resources<</Font<<"
    b"/F0 <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/F1 <</Type/Font/Subtype/TrueType/BaseFont/Unknown>>"
    b"/F2 <</Type/Font/Subtype/Type1/BaseFont/Symbol>>>>>>>> endobj\n"
    b"4 0 obj <</Length 70>> stream\n" + _TEXT.ljust(70) + b"\nendstream endobj\n"
    b"trailer <</Root 1 0 R>>\n%%EOF\n"
)
"""Without a table of its objects, which readers find nevertheless."""


def warm_sheets(render: Render) -> None:
    """Render both in every way in which sheets are."""
    count = len(_SAMPLES) // len(_CHANNELS)
    group = Group("", _CHANNELS, "<i1", samples=count, recorded=count, frequency=100.0, path=(), data=_SAMPLES)
    recording = Recording("A", (group,), is_ecg=True, statements=("A",), annotation=("A",))
    annotated = Annotation(("A",), ("A",))
    for encoding in (Encoding.JPEG, Encoding.PNG, Encoding.WEBP):
        for content in (recording, Page(_PDF, 1)):
            render(content, RenderOptions(encoding, watermark="A", annotation=annotated), _MAXIMUM_PIXELS)
    render(recording, RenderOptions(Encoding.SVG), _MAXIMUM_PIXELS)
