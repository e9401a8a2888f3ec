"""Leave to print or save a picture, as JSON: the viewer asks for it before it makes one.

| method, path | what | answer |
|---|---|---|
| POST /portal/pictures | `Picture` as the body | 204 once it is on record, or why not |

The picture is made in the page, of what it shows: no byte of it passes here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.events import picture_kept
from proxy.access.permit import Permit
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest, NotPermitted
from proxy.federation.admission import Admission
from proxy.http.bodies import read_body
from proxy.http.demands import demand_proof
from proxy.resources import FramesRef, read_uid
from proxy.retrieval.objects import Objects
from proxy.settings.archives import Institution

_Uid = Annotated[str, msgspec.Meta(max_length=64)]


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of which frame, and what becomes of it; pages and sheets count as frames."""

    study: _Uid
    series: _Uid
    instance: _Uid
    frame: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    way: Literal["printed", "saved"]


@dataclass(frozen=True, slots=True)
class Pictures:
    """`institutions` as configured."""

    institutions: Sequence[Institution]
    admission: Admission
    objects: Objects
    audit: AuditLog

    async def keep(self, request: Request) -> Response:
        """Raises `NotPermitted` with the rule's sentence, and `AuditUnavailable` when it cannot be recorded.

        What the study does not hold is `NotFound`, so that the record names nothing else.
        """
        caller = await demand_proof(request)
        if caller.hops is not None:
            raise BadRequest("another exchange's people keep nothing here")
        asked = await read_body(request, Picture)
        target = FramesRef(read_uid(asked.study), read_uid(asked.series), read_uid(asked.instance), (asked.frame,))
        permit = await self.admission.admit(caller, target, Capability.KEEP)
        if is_elsewhere(permit, self.institutions):
            raise NotPermitted("another exchange does not say whether pictures of its studies may be printed or saved")
        await self.objects.stored(permit)
        await self.audit.record(picture_kept(caller, permit, asked.way))
        return Response(status_code=204)


def is_elsewhere(permit: Permit[Any], institutions: Sequence[Institution]) -> bool:
    """Whether it is another exchange that shows what `permit` is for."""
    archives = (archive for institution in institutions for archive in institution.archives)
    return any(archive.hub is not None for archive in archives if archive.id == permit.held.archive)
