"""Who answered behind another exchange: what it says of its own archives, with its name beside theirs.

A Vitrine links to a status of each search; of other hubs it is only known that something is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import re
from typing import Final

import httpx
import msgspec

LARGEST_STATUS: Final = 2**20
_MOST_SOURCES: Final = 1000
_LONGEST_NAME: Final = 80
_LINK: Final = re.compile(r'<(/federation/status/[A-Za-z0-9_-]{1,64})>; rel="describedby"')
_HARMLESS: Final = re.compile(r"additional results|fuzzymatching|literal matching", re.IGNORECASE)
_STATES: Final = re.compile(r"[a-z-]{1,32}", re.ASCII)
_UNSAFE: Final = re.compile(r'[",;\\<>]')


@dataclass(frozen=True, slots=True)
class Beyond:
    """An archive behind a hub that did not give everything; `state` as the hub says. Nameless when it is not named."""

    origin: str
    name: str
    state: str


UNNAMED: Final = Beyond("", "", "truncated")
"""Something is missing, and the hub does not say whose."""


class _Source(msgspec.Struct):
    name: str
    state: str
    origin: str = ""


class _Status(msgspec.Struct):
    sources: list[_Source]


def is_partial(warnings: Iterable[str]) -> bool:
    """Whether the hub warns of anything but further pages and how it matches names."""
    texts = (text for warning in warnings for text in re.split(r", (?=299 )", warning))
    return any(not _HARMLESS.search(text) for text in texts)


def status_address(url: httpx.URL, links: Iterable[str]) -> httpx.URL | None:
    """Where the answer at `url` says that the status of its search is; `None` where there is no such link."""
    found = next((match for link in links if (match := _LINK.search(link))), None)
    return url.copy_with(raw_path=found[1].encode("ascii")) if found else None


def read_status(body: bytes) -> Sequence[Beyond]:
    """The archives of a status that are not complete. Raises `ValueError` for what is no status."""
    try:
        status = msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, RecursionError):
        raise ValueError("no status of a search") from None
    sources = status.sources[:_MOST_SOURCES]
    return [_to_beyond(one) for one in sources if one.state not in {"answered", "asked-already"}]


def _to_beyond(source: _Source) -> Beyond:
    state = source.state if _STATES.fullmatch(source.state) else "failed"
    return Beyond(source.origin[:200], plain_name(source.name), state)


def plain_name(text: str) -> str:
    """A public name as it may stand in a header field or on a page: one line, bounded, without what separates."""
    return "".join(one for one in _UNSAFE.sub(" ", text) if one.isprintable())[:_LONGEST_NAME].strip()
