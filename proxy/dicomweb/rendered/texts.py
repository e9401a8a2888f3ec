"""Documents that are text: as a page of HTML, as plain text, and as the same page in XML (PS3.18 Table 8.7.4-1)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from proxy.access.permit import Permit
from proxy.access.views.shown import whole
from proxy.dicomweb.negotiation import Offer, alone, as_parts
from proxy.dicomweb.parameters import Rendition, read_rendition
from proxy.dicomweb.rendered.presenting import Asking, Part
from proxy.errors import BadRequest
from proxy.resources import InstanceRef
from rendering.documents.blocks import Document
from rendering.documents.html import CONTENT_SECURITY_POLICY, to_html
from rendering.documents.plain import to_plain
from rendering.options import Encoding, RenderOptions

HTML, PLAIN, XML = "text/html", "text/plain", "text/xml"
_CHARSET = "utf-8"
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_FOR_IMAGES = ("window", "voilut", "viewport", "quality", "annotation", "iccprofile")


def text_offers(types: Sequence[str] = (HTML, PLAIN, XML)) -> tuple[Offer, ...]:
    return (*alone(types), *as_parts(types))


def text_rendition(asking: Asking) -> Rendition:
    """Text has none of the parameters of images: valid ones are ignored, which is said, and others refused (§8.3.5)."""
    if asking.frames is not None:
        raise BadRequest("a document of text has no frames")
    read_rendition(asking.parameters, Encoding.PNG, asking.dataset)
    ignored = [name for name in _FOR_IMAGES if name in asking.parameters]
    words = f"Text has no images that parameters could change. Ignored: {', '.join(ignored)}."
    return Rendition(RenderOptions(), (*((words,) if ignored else ()), *_charset_warnings(asking)))


def _charset_warnings(asking: Asking) -> tuple[str, ...]:
    """Text comes in UTF-8, whatever else is asked for (§8.3.3.2)."""
    named = asking.parameters.get("charset", _CHARSET).lower().split(",")
    return () if _CHARSET in named else ("Text is given in UTF-8 only.",)


async def text_part(asking: Asking, permit: Permit[InstanceRef], offer: Offer, compose: Callable[[], Document]) -> Part:
    """The document that `compose` makes, away from the event loop; the mark that is owed stands above and below it."""
    mark = permit.obligations.watermark or ""
    text = await asyncio.to_thread(lambda: _WRITERS[offer.type](compose(), mark))
    return Part(
        permit.target,
        whole(permit, asking.dataset),
        f"{offer.type}; charset={_CHARSET}",
        text.encode("utf-8", "replace"),
        f"watermark=?{int(bool(mark))}",
        policy=CONTENT_SECURITY_POLICY,
    )


def _to_xml(document: Document, mark: str) -> str:
    return _DECLARATION + to_html(document, mark)


_WRITERS: Mapping[str, Callable[[Document, str], str]] = {HTML: to_html, PLAIN: to_plain, XML: _to_xml}
