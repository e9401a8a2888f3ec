"""The capabilities description (PS3.18 §8.9, Annex H): the route table as WADL."""

from collections.abc import Awaitable, Callable, Sequence
import re
from xml.etree import ElementTree as ET

from starlette.requests import Request
from starlette.responses import Response

WADL = "application/vnd.sun.wadl+xml"
_NAMESPACE = "http://wadl.dev.java.net/2009/02"


def capabilities(base_url: str, table: Sequence[tuple[str, str]]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint describing `table`, pairs of clause and path template below `base_url`."""
    document = _document(base_url, table)

    async def describe(_: Request) -> Response:
        return Response(document, media_type=WADL, headers={"Cache-Control": "public, max-age=3600"})

    return describe


def _document(base_url: str, table: Sequence[tuple[str, str]]) -> bytes:
    application = ET.Element("application", xmlns=_NAMESPACE)
    tree = ET.SubElement(application, "resources", base=base_url)
    for clause, path in table:
        resource = ET.SubElement(tree, "resource", path=re.sub(r":path\}", "}", path.removeprefix("/")))
        method = ET.SubElement(resource, "method", name="GET")
        ET.SubElement(method, "doc", title=clause)
    return bytes(ET.tostring(application, encoding="utf-8", xml_declaration=True))
