"""Each institution under a root of its own beside that of all together: the same table, and nothing of the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from proxy.dicomweb.elsewhere import Endpoint
from proxy.dicomweb.rooms import Rooms
from proxy.errors import NotFound
from proxy.http.identity import caller_of
from proxy.resources import InstitutionId

INSTITUTION_ROOT: Final = "/institutions/{institution}/dicomweb"


def root_of(institution: str) -> str:
    """Where the DICOMweb service of one institution begins."""
    return INSTITUTION_ROOT.format(institution=institution)


@dataclass(frozen=True, slots=True)
class Roots:
    """What answers below the root of each institution, made by `table` when it is first asked for."""

    rooms: Rooms
    table: Callable[[Rooms], Sequence[Endpoint]]
    _made: dict[InstitutionId, Sequence[Endpoint]] = field(default_factory=dict)

    def endpoint(self, place: int) -> Endpoint:
        """Line `place` of whichever table the request is for."""

        async def answer(request: Request) -> Response:
            institution = InstitutionId(request.path_params["institution"])
            if institution not in self.rooms.roots:
                await caller_of(request)  # like everything else that is not there
                raise NotFound
            return await self._of(institution)[place](request)

        return answer

    def _of(self, institution: InstitutionId) -> Sequence[Endpoint]:
        made = self._made.get(institution)
        if made is None:
            made = self._made[institution] = tuple(self.table(self.rooms.within(institution)))
        return made
