"""The page on which somebody is chosen: one form, its style inside, no script."""

import base64
from collections.abc import Iterable
import hashlib
from html import escape
from pathlib import Path
import re
from string import Template
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from demo.people import Person

_PERSON = Template(
    '<button name="person" value="$subject"><strong>$role</strong>$where<span class="says">$sentence</span></button>'
)


class Page:
    """The page for `people`, read once."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._page = Template(Path(__file__).with_name("page.html").read_text("utf-8"))
        self._people = "\n".join(map(_to_button, people))

    def show(self, action: str, request: str, redirect_uri: str) -> HTMLResponse:
        """The page for a request. `redirect_uri` is where the choice leads: `form-action` covers redirects too."""
        content = self._page.substitute(action=escape(action), request=escape(request), people=self._people)
        return HTMLResponse(content, headers=_headers(content, redirect_uri))


def _to_button(person: Person) -> str:
    where = f'<span class="where">{escape(person.organization)}</span>' if person.organization else ""
    return _PERSON.substitute(
        subject=escape(person.subject), role=escape(person.role), where=where, sentence=escape(person.sentence)
    )


def _headers(content: str, redirect_uri: str) -> dict[str, str]:
    style = re.search(r"<style>(.*)</style>", content, re.DOTALL)
    digest = hashlib.sha256((style[1] if style else "").encode("utf-8")).digest()
    target = urlsplit(redirect_uri)
    policy = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:; "
        f"style-src 'sha256-{base64.b64encode(digest).decode('ascii')}'; "
        f"form-action 'self' {target.scheme}://{target.netloc}"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
