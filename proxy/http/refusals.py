"""What somebody was refused, on record even where no rule refused it: officers can say why, of any refusal."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from cachetools import TTLCache
from starlette.requests import Request

from proxy import errors
from proxy.access.caller import Caller
from proxy.access.events import turned_away
from proxy.access.refusals import Cause, SignInOver
from proxy.audit.log import AuditLog
from proxy.http.context import route_template
from proxy.resources import read_uid
from proxy.settings.archives import Institution
from rendering.errors import NotAnonymous

_SECONDS: Final = 10
"""The same refusal, repeated within so long, is one event."""

_REMEMBERED: Final = 10_000

CAUSES: Final[Mapping[type[Exception], Cause]] = {
    errors.NotAuthenticated: Cause.SIGN_IN_OVER,
    errors.OtherSite: Cause.OTHER_SITE,
    errors.InsufficientAuthentication: Cause.PROVE_AGAIN,
    errors.ProofRequired: Cause.PROVE_AGAIN,
    errors.RefusedElsewhere: Cause.OTHER_EXCHANGE,
    errors.NotPermitted: Cause.NOT_FOR_CALLER,
    errors.TooOften: Cause.TOO_OFTEN,
    errors.TooFast: Cause.TOO_FAST,
    NotAnonymous: Cause.NOT_ANONYMOUS,
    errors.ArchiveResting: Cause.ARCHIVE_RESTS,
    errors.ArchiveFailed: Cause.ARCHIVE_FAILED,
    errors.PatientIndexFailed: Cause.PATIENT_INDEX_FAILED,
    errors.EmergenciesUnavailable: Cause.EMERGENCIES_UNAVAILABLE,
}
"""Other errors refuse nobody anything: the request was wrong, or there is nothing, or the service is busy."""


class Refusals:
    """Records them for those who are known; of strangers there is nothing to tell. `clock` gives Unix seconds."""

    def __init__(self, audit: AuditLog, clock: Callable[[], float], institutions: Sequence[Institution]) -> None:
        self._audit = audit
        self._names = {one.name: one.id for one in institutions}
        self._recent: TTLCache[Hashable, None] = TTLCache(_REMEMBERED, _SECONDS, timer=clock)

    async def record(self, request: Request, error: Exception) -> None:
        """Record that `request` ends with `error`, unless that is done. It is refused whether this succeeds or not."""
        caller = error.caller if isinstance(error, SignInOver) else _known(request)
        cause = next((CAUSES[kind] for kind in type(error).__mro__ if kind in CAUSES), None)
        if caller is None or cause is None or getattr(error, "on_record", False):
            return
        study, route = _study(request), route_template(request.scope)
        key = (caller.subject, caller.token_id, cause, study, route)
        if key in self._recent:
            return
        self._recent[key] = None
        institution = self._names.get(getattr(error, "institution", ""), "")
        detail: dict[str, str | int] = {"asked": f"{request.method} {route}", "told": str(error)}
        with suppress(errors.AuditUnavailable):
            await self._audit.record(turned_away(caller, cause, detail, study, institution))


def _known(request: Request) -> Caller | None:
    return getattr(request.state, "caller", None)


def _study(request: Request) -> str:
    try:
        return read_uid(request.path_params["study"])
    except (KeyError, errors.BadRequest):
        return ""
