"""What is held in memory, how much may be copied, and how many archives are searched at once."""

from typing import Annotated, Literal

import msgspec

from proxy.settings.entries import Positive, Rate, Seconds, Section


class Retrieval(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of what is held in memory and computed at once; sizes in bytes, ages in seconds."""

    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    queue: Positive = 64
    render_seconds: Seconds = 20.0
    frame_cache_bytes: Positive = 256 * 2**20
    rendered_cache_bytes: Positive = 128 * 2**20
    prepared_cache_bytes: Positive = 64 * 2**20
    metadata_cache_bytes: Positive = 64 * 2**20
    cache_seconds: Seconds = 300.0
    maximum_pixels: Positive = 200_000_000
    thumbnails: Literal["icons", "images"] = "icons"
    lossy_error: Annotated[int, msgspec.Meta(ge=1, le=255)] = 4


class Copying(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much a person may take in full fidelity before it is no longer taken for viewing.

    `frames_per_second` are those of one viewport; the others are amounts of a day, in studies.
    """

    frames_per_second: Rate = 60.0
    burst: Positive = 600
    slow_after: Rate = 40.0
    ask_after: Rate = 80.0
    report_after: Rate = 120.0

    def __post_init__(self) -> None:
        if not self.slow_after < self.ask_after <= self.report_after:
            raise ValueError("`slow_after` must be less than `ask_after`, and that no more than `report_after`")


class Federation(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long and how much is searched.

    `deadline_seconds`: when a search answers with what it has; `location_seconds`: how long a place is believed;
    `paging_seconds`: how long a client may take from one page of a search to the next; `wave`: how many archives are
    asked at once for a study of which only the UID is known; `absent_seconds`: to a multiple of which it is rounded up
    how long the answer takes that there is no such study.
    """

    deadline_seconds: Seconds = 4.0
    location_seconds: Seconds = 300.0
    paging_seconds: Seconds = 300.0
    wave: Positive = 32
    absent_seconds: Seconds = 0.25
    paging_bytes: Positive = 64 * 2**20
    results: Positive = 5000
    archive_results: Positive = 20_000
    archive_page: Positive = 1000
    archive_requests: Positive = 200
