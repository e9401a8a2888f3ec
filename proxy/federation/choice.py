"""Which of several archives a series comes from: by preference and health, and from no other until that one fails."""

from collections.abc import Callable, Hashable, Sequence

from cachetools import TTLCache

from proxy.archives.registry import Archives
from proxy.errors import Source
from proxy.resources import ArchiveId, HeldStudy, Uid

SESSION_SECONDS = 900.0
"""How long after its last image a series still comes from the archive that it came from (`access.enforcement`)."""

_FAILED_SECONDS = 60.0
_REMEMBERED = 50_000


class Choices:
    """Remembers which archive gives a session its series, and which one failed for a series or has not an instance."""

    def __init__(self, archives: Archives, timer: Callable[[], float]) -> None:
        self._archives = archives
        self._serving: TTLCache[tuple[Hashable, Uid], ArchiveId] = TTLCache(_REMEMBERED, SESSION_SECONDS, timer)
        self._failed: TTLCache[tuple[str, str], None] = TTLCache(_REMEMBERED, _FAILED_SECONDS, timer)
        self._scattered: TTLCache[str, None] = TTLCache(_REMEMBERED, SESSION_SECONDS, timer)
        self._holders: TTLCache[str, frozenset[str]] = TTLCache(_REMEMBERED, SESSION_SECONDS, timer)

    def order(self, held: Sequence[HeldStudy], session: Hashable, series: Uid, instance: str) -> list[HeldStudy]:
        """`held` in the order in which they are asked: of those preferred alike, other exchanges last, and else as
        configured.
        """
        self._holders[series] = self._holders.get(series, frozenset()) | {one.archive for one in held}
        serving = self._serving.get((session, series))

        def rank(one: HeldStudy) -> tuple[bool, bool, bool, int, bool]:
            client = self._archives[one.archive]
            failed = any((one.archive, what) in self._failed for what in (series, instance) if what)
            well, preference = client.is_well, client.archive.preference
            return failed, not well, one.archive != serving, -preference, client.archive.hub is not None

        return sorted(held, key=rank)

    def settle(self, session: Hashable, series: Uid, instance: str, archive: ArchiveId) -> None:
        """From now on the series comes from `archive`, but for instances that not all archives have."""
        if instance not in self._scattered:
            self._serving[session, series] = archive

    def turn_away(self, source: Source) -> bool:
        """Another archive than the one that failed is to be asked; whether there is one."""
        self._failed[source.archive, source.series] = None
        return self._is_elsewhere(source)

    def miss(self, source: Source) -> bool:
        """The archive does not have the instance; whether another may have it."""
        self._failed[source.archive, source.instance or source.series] = None
        if source.instance:
            self._scattered[source.instance] = None
        return self._is_elsewhere(source)

    def _is_elsewhere(self, source: Source) -> bool:
        return len(self._holders.get(source.series, ())) > 1
