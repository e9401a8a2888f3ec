"""Making, listing and revoking share links, as JSON: the portal's page uses it.

| method, path | what | answer |
|---|---|---|
| GET /portal/links | what a link may be, one's own, and those to one's own studies | `{offered, channels, …, links}` |
| POST /portal/links | make: `Wish` as the body | 201, `{link, address, qr}` |
| DELETE /portal/links/{id} | whoever made it, and the patient, end it | 204 |

The address holds the token behind `#`, which browsers keep to themselves. It is told once, and kept nowhere.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from policy.explain import to_user_sentence
from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.enforcement import Weighed
from proxy.access.obligations import missing
from proxy.audit.canonical import to_time
from proxy.audit.log import AuditLog
from proxy.errors import ArchiveFailed, BadRequest, ConsentsUnanswered, NotFound, NotPermitted
from proxy.federation.admission import Admission
from proxy.federation.location import Location, unknown_holder
from proxy.http.bodies import body_of
from proxy.http.demands import demand_proof
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.patients.people import People
from proxy.resources import Uid
from proxy.sharing import events
from proxy.sharing.link import Link
from proxy.sharing.links import Links, Sharable
from proxy.sharing.wish import read_wish
from proxy.viewer.qr import to_rows

ROOT: Final = "/portal/links"
PAGE: Final = "/share"
MOST_SHOWN: Final = 200
_JSON: Final = frozenset({"application/json"})
_LONGEST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Sharing:
    """`public_url` is what links begin with."""

    links: Links
    admission: Admission
    people: People
    audit: AuditLog
    public_url: str

    async def offer(self, request: Request) -> Response:
        caller = await caller_of(request)
        links, settings = self.links, self.links.settings
        key = await self._key_of(caller)
        found = {one.id: one for one in links.made_by(caller.subject)}
        if caller.patient is not None:
            found |= {one.id: one for one in links.of(caller.patient, key)}
        document = {
            "offered": bool(links.delivery.channels),
            "channels": [one.value for one in links.delivery.channels],
            "days": settings.days,
            "usual_days": settings.usual_days,
            "links": [self._row(one, caller) for one in list(found.values())[:MOST_SHOWN]],
        }
        return json_response(request, document)

    async def make(self, request: Request) -> Response:
        caller = await demand_proof(request)
        if caller.hops is not None:
            raise BadRequest("another exchange's people share nothing here")
        wish = read_wish(await body_of(request, _JSON, _LONGEST))
        sharable = await self._sharable(caller, Uid(wish.study))
        link, token = await self.links.make(caller, wish, sharable)
        address = f"{self.public_url}{PAGE}#{token}"
        document = {"link": self._row(link, caller), "address": address, "qr": to_rows(address)}
        response = json_response(request, document)
        response.status_code = 201
        return response

    async def revoke(self, request: Request) -> Response:
        caller = await demand_proof(request)
        await self.links.revoke(caller, request.path_params["id"], await self._key_of(caller))
        return Response(status_code=204)

    async def _key_of(self, caller: Caller) -> str | None:
        if caller.patient is None:
            return None
        await self.people.recognise([caller.patient])
        return self.people.patient_of(caller.patient)

    async def _sharable(self, caller: Caller, study: Uid) -> Sharable:
        """What of `study` the caller may share. A hidden study is refused and recorded like one that does not exist."""
        began = asyncio.get_running_loop().time()
        try:
            location, weighed = await self.admission.weigh(caller, study)
        except NotFound:
            location, weighed = Location(()), []
        parts = [one for one in weighed if one.known]
        if not parts:
            await self._refuse_hidden(caller, study, weighed)
            if location.missing:
                raise unknown_holder(location.missing)
            await self.admission.pause(began)
            raise ConsentsUnanswered if self.admission.consents_are_silent else NotFound
        if location.disputed:
            raise ArchiveFailed("institutions name different patients for one study", "the exchange")
        part = next((one for one in parts if _lacking(one) is None and one.doubt is None), None)
        if part is None:
            await self._refuse(caller, parts[0])
            raise NotPermitted(_reason(parts[0])).recorded()
        await self.people.recognise([part.held.patient])
        return Sharable(
            *(part.held, self.people.identifiers_of(part.held.patient), self.people.patient_of(part.held.patient)),
            *(part.decision.policy, _rules(part, Capability.SHARE)),
        )

    async def _refuse(self, caller: Caller, part: Weighed) -> None:
        rules = _rules(part, _lacking(part) or Capability.SHARE)
        await self.audit.record(events.not_made(caller, part.held, rules, part.decision.policy, known=part.known))

    async def _refuse_hidden(self, caller: Caller, study: Uid, parts: Sequence[Weighed]) -> None:
        """Each institution is told of its own part; guessing leaves the same trace."""
        for part in parts:
            await self._refuse(caller, part)
        if not parts:
            await self.audit.record(events.absent(caller, study))

    def _row(self, link: Link, caller: Caller) -> dict[str, Any]:
        """A link as its maker and the patient see it."""
        now = self.links.now()
        return {
            "id": link.id,
            "state": link.state_at(now).value,
            "own": link.by.subject == caller.subject,
            "by": link.by.name,
            "study": link.study,
            "series": link.series or None,
            "modalities": link.modalities,
            "date": link.date,
            "institution": link.institution,
            "recipient": link.hint,
            "message": link.message,
            "made": to_time(link.made),
            "since": to_time(link.since),
            "until": to_time(link.until),
            "opens": link.most,
            "uses": [to_time(at) for at in link.uses],
            "revoked": None if link.revoked is None else to_time(link.revoked),
            "revoked_by": link.revoked_by,
        }


def routes(sharing: Sharing) -> list[BaseRoute]:
    return [
        Route(ROOT, sharing.offer),
        Route(ROOT, sharing.make, methods=["POST"]),
        Route(f"{ROOT}/{{id}}", sharing.revoke, methods=["DELETE"]),
    ]


def _lacking(part: Weighed) -> Capability | None:
    return missing(part.decision, Capability.SHARE)


def _reason(part: Weighed) -> str:
    lacking = _lacking(part)
    return part.doubt or "" if lacking is None else to_user_sentence(part.decision, lacking)


def _rules(part: Weighed, capability: Capability) -> tuple[str, ...]:
    return tuple(reason.rule for reason in part.decision.decided_by.get(capability, ()))
