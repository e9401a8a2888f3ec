"""How often one person may declare an emergency."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from proxy.errors import TooOften
from proxy.settings.emergencies import Emergencies

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def require_seldom(declared: Iterable[datetime], now: datetime, settings: Emergencies) -> None:
    """Raises `TooOften` when one more at `now` would exceed a limit, with the time until it would not."""
    times = sorted(declared)
    for most, span, words in ((settings.per_hour, _HOUR, "hour"), (settings.per_day, _DAY, "day")):
        recent = [at for at in times if at > now - span]
        if len(recent) >= most:
            again = recent[-most] + span - now
            told = f"you have declared {most} emergencies within a{'n' if words == 'hour' else ''} {words}"
            raise TooOften(f"{told}, and nobody may declare more; ask the exchange", int(again.total_seconds()) + 1)
