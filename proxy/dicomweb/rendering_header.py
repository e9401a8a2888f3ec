"""`Vitrine-Rendering`: what was done to make an image, as a dictionary (RFC 8941 §3.2), for viewers to say."""

from proxy.resources import FramesRef
from rendering.frame import RenderedImage


def rendering_header(source: FramesRef, image: RenderedImage) -> str:
    """E.g. `columns=512, rows=512, frame=7, window="40,400,linear", window-from=image, lossy=?1, watermark=?0`."""
    members = [
        f"columns={image.columns}",
        f"rows={image.rows}",
        f"frame={source.frames[0]}",
        f"window-from={image.window_from}",
        f"lossy=?{int(image.lossy)}",
        f"watermark=?{int(image.marked)}",
    ]
    if image.window is not None:
        window = image.window
        members.insert(3, f'window="{window.center:g},{window.width:g},{window.function.value}"')
    return ", ".join(members)
