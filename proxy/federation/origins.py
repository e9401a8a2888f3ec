"""Where a row really comes from: an archive, or those behind another exchange, each once however it is reached."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from proxy.access.enforcement import Visibility
from proxy.archives.client import ArchiveClient
from proxy.archives.hubs.beyond import plain_name
from proxy.errors import RefusedElsewhere
from proxy.federation.sources import Row
from proxy.wire import dicomjson

INSTITUTIONS: Final = "00991001"
ORIGINS: Final = "00991005"
LOCKED: Final = "00991006"
"""Private elements (creator VITRINE) of a row: names of institutions, and of their archives among exchanges; why the
study may not be opened, where it may not.
"""

_MOST: Final = 64
_LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """`id` is the same for one archive wherever it is asked from; `name` is that of its institution."""

    id: str
    name: str


def origins_of(archive: ArchiveClient, row: Row) -> tuple[Origin, ...]:
    """Whose `row` of `archive` is."""
    own = (Origin(archive.origin, archive.institution.name),)
    return own if archive.link is None else origins_beyond(row, archive.institution.name) or own


def origins_beyond(row: Row, hub: str) -> tuple[Origin, ...]:
    """What `row` of the exchange named `hub` says of its own archives; nothing where it says nothing usable."""
    ids, names = (dicomjson.texts(row, tag)[:_MOST] for tag in (ORIGINS, INSTITUTIONS))
    if len(ids) != len(names):
        return ()
    return tuple(Origin(one[:200], f"{plain_name(name)} via {hub}") for one, name in zip(ids, names, strict=True))


def named(row: Row, institution: str) -> str:
    """The institutions behind the exchange `institution` that `row` says it is of; else that one's own name."""
    return ", ".join(one.name for one in each_once(origins_beyond(row, institution))) or institution


def as_there(archive: ArchiveClient, row: Row, visibility: Visibility) -> Visibility:
    """`visibility` by our policy, unless the exchange that gave `row` says that it does not open the study itself."""
    if archive.link is None or LOCKED not in row or not visibility.viewable:
        return visibility
    reason = "".join(one for one in dicomjson.text(row, LOCKED) if one.isprintable())[:_LONGEST_REASON]
    return replace(visibility, viewable=False, masked=False, reason=reason or str(RefusedElsewhere()))


def each_once(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """The first way to each."""
    found: dict[str, Origin] = {}
    for one in origins:
        found.setdefault(one.id, one)
    return tuple(found.values())
