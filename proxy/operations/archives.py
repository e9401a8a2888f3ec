"""What operators measure of every archive: how it is asked, how it fares, and how much is left of its day."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from proxy.archives.client import ArchiveClient
from proxy.archives.reports import Condition, Report, report
from proxy.observability.metrics import Label, Metrics, Values
from proxy.urgency import LEAST_URGENT, MOST_URGENT

Samples = Iterator[tuple[Values, float]]


def add_archives(metrics: Metrics, archives: Iterable[ArchiveClient]) -> None:
    """Add the measurements of `archives`, by the ids that the configuration gives them."""
    clients = tuple(archives)
    for name, (description, read) in _OF_AN_ARCHIVE.items():
        metrics.readings(f"vitrine_archive_{name}", description, [Label.ARCHIVE], _each(clients, read))
    metrics.readings(
        *("vitrine_archive_waiting", "Requests in line", [Label.ARCHIVE, Label.URGENCY]), lambda: _waiting(clients)
    )
    metrics.readings(
        *("vitrine_archive_condition", "1 for the condition that an archive is in", [Label.ARCHIVE, Label.CONDITION]),
        lambda: _conditions(clients),
    )
    metrics.readings(
        *("vitrine_archive_refusals_total", "Times that it was not asked, by why", [Label.ARCHIVE, Label.REASON]),
        lambda: _refusals(clients),
    )


_OF_AN_ARCHIVE: Mapping[str, tuple[str, Callable[[Report], float | None]]] = {
    "in_use": ("Requests on their way", lambda one: one.in_use),
    "requests_total": ("Requests sent", lambda one: one.requests),
    "bytes_total": ("Bytes of bodies received", lambda one: one.bytes),
    "bytes_today": ("Bytes of bodies received since its midnight", lambda one: one.bytes_today),
    "budget_bytes": ("Bytes that it gives in a day", lambda one: one.budget),
    "changes_total": ("Facts about it that changed from one probe to another", lambda one: one.changes_found),
    "median_seconds": ("Time to the head of an answer, median of the latest", lambda one: one.median_seconds),
    "p95_seconds": ("Time to the head of an answer, 95th percentile of the latest", lambda one: one.p95_seconds),
}


def _each(
    clients: Iterable[ArchiveClient], read: Callable[[Report], float | None]
) -> Callable[[], Iterator[tuple[Values, float]]]:
    def samples() -> Samples:
        for client in clients:
            value = read(report(client))
            if value is not None:
                yield {Label.ARCHIVE: client.archive.id}, value

    return samples


def _waiting(clients: Iterable[ArchiveClient]) -> Samples:
    for client in clients:
        waiting = report(client).waiting
        for urgency in range(MOST_URGENT, LEAST_URGENT + 1):
            yield {Label.ARCHIVE: client.archive.id, Label.URGENCY: urgency}, waiting.get(urgency, 0)


def _conditions(clients: Iterable[ArchiveClient]) -> Samples:
    for client in clients:
        current = report(client).condition
        for condition in Condition:
            yield {Label.ARCHIVE: client.archive.id, Label.CONDITION: condition.value}, condition is current


def _refusals(clients: Iterable[ArchiveClient]) -> Samples:
    for client in clients:
        for reason, count in report(client).refusals.items():
            yield {Label.ARCHIVE: client.archive.id, Label.REASON: reason.value}, count
