"""How an institution's archives fare, for the people who answer for them: states and amounts, and nobody's images."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from msgspec import to_builtins
from starlette.requests import Request
from starlette.responses import Response

from proxy.access.officers import institution_of
from proxy.archives.client import ArchiveClient
from proxy.archives.gentleness.tally import Failure
from proxy.archives.reports import report
from proxy.audit.canonical import to_time
from proxy.errors import NotFound, NotPermitted
from proxy.http.identity import caller_of
from proxy.http.json import json_response


@dataclass(frozen=True, slots=True)
class ArchiveStates:
    """Officers of the exchange see all archives, officers of an institution its own. `suspended`: an account is.

    `scopes` are the institutions of officers whom the configuration names for one.
    """

    archives: Collection[ArchiveClient]
    suspended: Callable[[str], bool]
    scopes: Mapping[str, str | None] = field(default_factory=dict)

    async def all(self, request: Request) -> Response:
        """Every archive that the caller answers for."""
        return json_response(request, [_state(one) for one in await self._seen(request)])

    async def one(self, request: Request) -> Response:
        """One of them; another institution's is answered like one that does not exist."""
        asked = request.path_params["archive"]
        found = next((one for one in await self._seen(request) if one.archive.id == asked), None)
        if found is None:
            raise NotFound
        return json_response(request, _state(found))

    async def _seen(self, request: Request) -> list[ArchiveClient]:
        caller = await caller_of(request)
        if self.suspended(caller.subject):
            raise NotPermitted("only officers see and decide this")
        own = institution_of(caller, self.scopes, (one.institution for one in self.archives))
        return [one for one in self.archives if own in {None, one.institution.id}]


def _state(archive: ArchiveClient) -> dict[str, Any]:
    told = report(archive)
    gentleness = archive.archive.gentleness
    return {
        **asdict(told),
        "archive": archive.archive.id,
        "institution": archive.institution.id,
        "name": archive.institution.name,
        "since": None if told.since is None else _time(told.since),
        "waiting": {str(urgency): count for urgency, count in sorted(told.waiting.items())},
        "last_failure": told.last_failure and _failure(told.last_failure),
        "changes": [to_builtins(one) for one in told.changes],
        "hours": list(gentleness.hours),
        "time_zone": gentleness.time_zone,
    }


def _failure(failure: Failure) -> dict[str, str]:
    return {"words": failure.words, "time": _time(failure.at)}


def _time(at: float) -> str:
    return to_time(datetime.fromtimestamp(at, UTC))
