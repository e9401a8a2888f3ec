"""What operators can measure of the services, by the names that metrics have."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from proxy.retrieval.cache import ByteCache
from proxy.services.services import Services


def readings_of(services: Services) -> Mapping[str, tuple[str, Callable[[], float]]]:
    """What there is to measure, by name, each with its description."""
    caches = (*services.memory.caches, services.rooms.icons.cache)
    return {
        **{name: reading for cache in caches for name, reading in _of_cache(cache)},
        "vitrine_audit_waiting": ("Audit events that wait for their commit", lambda: services.journal.waiting),
        "vitrine_audit_disk_used": (
            "Share of the audit log's disk that is taken",
            lambda: services.attesting.checkpoints.room_used,
        ),
        "vitrine_audit_damaged": (
            "Whether the audit log is not what was written",
            lambda: float(services.attesting.checkpoints.damaged),
        ),
        "vitrine_audit_witnesses_behind": (
            "Witnesses that have not taken the newest checkpoint",
            lambda: services.attesting.checkpoints.behind,
        ),
        "vitrine_views_open": ("View sessions that are open", lambda: services.rooms.views.open),
        "vitrine_views_unrecorded_frames": (
            "Frames that were shown and are not on record yet",
            lambda: services.rooms.views.unrecorded,
        ),
        "vitrine_rendering_waiting": ("Renderings that wait for a worker", lambda: services.workers.waiting),
        "vitrine_rendering_busy": ("Rendering processes at work", lambda: services.workers.busy),
        "vitrine_patient_identity_failing": (
            "Whether a source of patients' identifiers did not answer when it was last asked",
            lambda: float(services.rooms.identities.recognition.people.failing),
        ),
        "vitrine_rendering_restarts_total": ("Rendering processes replaced", lambda: services.workers.replaced),
        "vitrine_consents_silent": (
            "Whether a source of consents has just not answered",
            lambda: float(services.background.silent),
        ),
        "vitrine_officers_tasks": (
            "What officers have to put right, and is refused until then",
            lambda: len(services.oversight.tasks),
        ),
        "vitrine_emergencies_in_force": ("Declared emergencies in force", lambda: services.emergencies.in_force),
        "vitrine_emergency_reviews_open": (
            "Reviews of emergencies that are to be made",
            lambda: services.emergencies.to_review,
        ),
        "vitrine_emergency_reviews_overdue": (
            "Reviews of emergencies that are overdue",
            lambda: services.emergencies.overdue,
        ),
        "vitrine_share_links_in_force": ("Share links that can be opened", lambda: services.links.in_force),
        "vitrine_care_relationships": ("Relationships by care events", lambda: services.station.relationships),
        "vitrine_care_searches_waiting": ("Searches ahead that are planned", lambda: services.station.ahead.waiting),
        "vitrine_repository_backlog": (
            "Audit events that the slowest repository has not taken",
            lambda: services.deliveries.backlog,
        ),
        "vitrine_repository_behind_seconds": (
            "Age of the oldest audit event that a repository has not taken",
            lambda: services.deliveries.behind_seconds,
        ),
        "vitrine_repositories_behind": (
            "Audit repositories that are behind for longer than they may be",
            lambda: services.deliveries.behind,
        ),
        "vitrine_repository_events_total": (
            "Audit events that repositories have taken",
            lambda: services.deliveries.taken,
        ),
    }


def _of_cache(cache: ByteCache[Any, Any]) -> Iterator[tuple[str, tuple[str, Callable[[], float]]]]:
    what = f"vitrine_{cache.name}_cache"
    yield f"{what}_bytes", (f"Bytes of {cache.name} in memory", lambda: cache.bytes)
    yield f"{what}_hits_total", (f"Times that {cache.name} were found in memory", lambda: cache.hits)
    yield f"{what}_misses_total", (f"Times that {cache.name} were not found in memory", lambda: cache.misses)
