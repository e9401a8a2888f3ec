"""How gently an archive is asked."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from proxy.settings.entries import Positive, Rate, Seconds, Section, Share

HOURS = re.compile(
    r"(?P<first>{day})(-(?P<last>{day}))? (?P<opens>{time})-(?P<closes>{time}|24:00)".format(
        day="mon|tue|wed|thu|fri|sat|sun", time="([01][0-9]|2[0-3]):[0-5][0-9]"
    )
)
"""Days of the week, one or from one to another, and the time of day on each; past midnight when it ends earlier."""


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return name == "UTC"
    return True


class Gentleness(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an archive's owner allows: when, how often and how much it is asked, and when it is left alone."""

    requests_per_second: Rate = 100.0
    burst: Positive = 200
    hours: tuple[str, ...] = ()
    time_zone: str = "UTC"
    daily_bytes: Positive = 256 * 2**30
    full_fidelity_share: Share = 0.8
    emergency_share: Share = 0.1
    failures: Positive = 5
    pause_seconds: Seconds = 5.0
    longest_pause_seconds: Seconds = 300.0

    def __post_init__(self) -> None:
        wrong = next((hours for hours in self.hours if not HOURS.fullmatch(hours)), None)
        if wrong is not None:
            raise ValueError(f"`hours` must be like `mon-fri 07:00-19:00`, not `{wrong}`")
        if not _is_time_zone(self.time_zone):
            raise ValueError(f"`time_zone` must be a name of the IANA database, not `{self.time_zone}`")
        if self.longest_pause_seconds < self.pause_seconds:
            raise ValueError("`longest_pause_seconds` must not be less than `pause_seconds`")
