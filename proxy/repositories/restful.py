"""FHIR AuditEvents in bundles, by POST (RESTful ATNA, IHE ITI-20: Send Audit Bundle)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import httpx
import msgspec

from proxy.audit.reading import Record
from proxy.fhirserver import FhirServer, ServerSilent
from proxy.repositories.balp.events import to_audit_events
from proxy.repositories.naming import Naming
from proxy.repositories.way import Refused, RepositoryFailed
from proxy.settings.repositories import RestfulRepository

_ANSWER_BYTES: Final = 4 * 2**20
_NEVER: Final = frozenset({400, 413, 422})
"""Answers to one event that it would get again, whenever it is sent: it is not understood, or too large."""


class RestfulWay:
    """To one repository, a bundle for each call. `timer` gives seconds that only go forward."""

    most = 50  # of which each may be three events
    settle_seconds = 0.0  # the answer is the receipt

    def __init__(
        self,
        settings: RestfulRepository,
        transport: httpx.AsyncBaseTransport,
        naming: Naming,
        timer: Callable[[], float],
    ) -> None:
        self._naming = naming
        self._server = FhirServer(
            "the audit repository",
            settings.base_url,
            transport,
            timer,
            connections=1,
            seconds=settings.seconds,
            answer_bytes=_ANSWER_BYTES,
        )

    async def send(self, records: Sequence[Record]) -> Sequence[Refused]:
        owners, bundle = await asyncio.to_thread(_bundle, records, self._naming)
        try:
            status, body = await self._server.post("", bundle)
        except ServerSilent as error:
            raise RepositoryFailed(str(error)) from None
        if not 200 <= status < 300:
            return self._refused_whole(records, status)
        statuses = _statuses(body, len(owners))
        if any(not _is_taken(one) and one not in _NEVER for one in statuses):
            raise RepositoryFailed("the repository did not take all of the events")
        answered = zip(owners, statuses, strict=True)
        refused = {record.sequence: Refused(record, one) for record, one in answered if one in _NEVER}
        return tuple(refused.values())

    def require_standing(self) -> None:
        """What was answered stands."""

    async def hang_up(self) -> None:
        """Each bundle has a connection from the transport's own."""

    async def close(self) -> None:
        await self._server.close()

    def _refused_whole(self, records: Sequence[Record], status: int) -> Sequence[Refused]:
        """One record alone that is not understood never will be; several are sent again, one by one."""
        if status in _NEVER and len(records) == 1:
            return (Refused(records[0], status),)
        raise RepositoryFailed("the repository did not take the events")


def _bundle(records: Sequence[Record], naming: Naming) -> tuple[Sequence[Record], bytes]:
    """Whose each entry is, and the bundle: on a thread, because writing it takes longer than views should wait."""
    told = [(record, resource) for record in records for resource in to_audit_events(record, naming)]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [_entry(resource) for _, resource in told]}
    return [record for record, _ in told], msgspec.json.encode(bundle)


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    """Under the same URN each time that it is sent."""
    name = uuid5(NAMESPACE_URL, f"{resource['meta']['source']}/{resource['id']}")
    return {"fullUrl": f"urn:uuid:{name}", "resource": resource, "request": {"method": "POST", "url": "AuditEvent"}}


def _statuses(body: bytes, expected: int) -> list[int]:
    """The status of each entry; an answer without a body takes all. Raises `RepositoryFailed`."""
    if not body.strip():
        return [201] * expected
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RepositoryFailed("the repository's answer is not understood") from None
    found = [one.response.status[:3] for one in answer.entry]
    if len(found) != expected or not all(one.isascii() and one.isdigit() for one in found):
        raise RepositoryFailed("the repository's answer is not understood")
    return [int(one) for one in found]


class _Response(msgspec.Struct, frozen=True):
    status: str


class _Answered(msgspec.Struct, frozen=True):
    response: _Response


class _Answer(msgspec.Struct, frozen=True):
    """A Bundle of the type batch-response, in the order of what was asked (FHIR R4 Bundle)."""

    entry: tuple[_Answered, ...]


def _is_taken(status: int) -> bool:
    return 200 <= status < 300
