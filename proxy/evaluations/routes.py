"""The door for portals that want to know beforehand what could be opened (OpenID AuthZEN Authorization API 1.0)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from policy.request import Capability, Network
from proxy.access.caller import Caller
from proxy.access.events import evaluated
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest, NotAuthenticated, NotPermitted
from proxy.evaluations.questions import MANY, METADATA, ONE, Question, Semantic, read_batch, to_metadata
from proxy.federation.assessment import Assessment
from proxy.http.bodies import body_of
from proxy.http.identity import caller_of
from proxy.passage import Passage, current_passage, passing
from proxy.resources import Uid

MAXIMUM_BYTES: Final = 64 * 1024
AT_ONCE: Final = 8
"""Studies that one request has looked for at the same time; a list of a hundred may take its turn."""

_JSON: Final = frozenset({"application/json"})


class Assessments(Protocol):
    """What is needed of `federation`."""

    async def assess(
        self, caller: Caller, study: Uid, capabilities: frozenset[Capability]
    ) -> Mapping[Capability, Assessment]: ...


@dataclass(frozen=True, slots=True)
class Evaluations:
    """`portals` are the accounts that may ask about others, whose roles and organizations they answer for.

    `suspended` says of an account whether it is. A bearer token is asked for, never a cookie: no other site's page can
    ask in a visitor's name.
    """

    assessments: Assessments
    audit: AuditLog
    suspended: Callable[[str], bool]
    portals: frozenset[str]
    origin: str

    async def one(self, request: Request) -> Response:
        """One question (§6)."""
        return await self._answer(request, many=False)

    async def many(self, request: Request) -> Response:
        """Up to a hundred questions (§7)."""
        return await self._answer(request, many=True)

    async def metadata(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        return JSONResponse(to_metadata(self.origin))

    async def _answer(self, request: Request, *, many: bool) -> Response:
        if "authorization" not in request.headers:
            raise NotAuthenticated("evaluations are asked for with an access token")
        caller = await caller_of(request)
        batch = read_batch(await body_of(request, _JSON, MAXIMUM_BYTES), many=many)
        asked = [(self._about(caller, question), question) for question in batch.questions]
        answers = _cut(await self._assess(caller, asked), batch.semantic)
        await self._record(caller, asked, answers)
        told = [_told(answer) for answer in answers]
        return JSONResponse(told[0] if batch.single else {"evaluations": told})

    def _about(self, caller: Caller, question: Question) -> Caller:
        """Whom `question` is about. Raises `NotPermitted` where the caller may not ask about that person."""
        person = question.person
        if person.id in {caller.subject, caller.subject.partition(":")[2]}:
            if question.purpose not in {None, caller.purpose}:
                raise BadRequest("the purpose is another than that of the token")
            return caller
        if caller.subject not in self.portals or self.suspended(caller.subject):
            raise NotPermitted("only portals that the exchange knows may ask about others")
        return replace(
            caller,
            subject=person.id,
            name="",
            roles=frozenset(person.roles),
            organization=person.organization,
            purpose=question.purpose or caller.purpose,
            network=Network.INTERNET,  # where that person is, nobody here knows
            assurance=1,
            patient=None,
            organization_id="",
            person_id="",
        )

    async def _assess(self, caller: Caller, asked: Sequence[tuple[Caller, Question]]) -> list[Assessment]:
        """The answers in the order of the questions; each study is looked for once for each person."""
        wanted: dict[tuple[Caller, Uid], set[Capability]] = defaultdict(set)
        for about, question in asked:
            wanted[about, question.study].add(question.capability)
        turns = asyncio.Semaphore(AT_ONCE)

        async def assess(about: Caller, study: Uid) -> Mapping[Capability, Assessment]:
            """Of others no other exchange is asked: it would be told that the portal wants to see the study."""
            way = current_passage()
            nobody = Passage(via=way.via, hops=way.hops)
            with passing(way if about == caller else nobody):
                async with turns:
                    return await self.assessments.assess(about, study, frozenset(wanted[about, study]))

        found = dict(zip(wanted, await asyncio.gather(*(assess(*key) for key in wanted)), strict=True))
        return [found[about, question.study][question.capability] for about, question in asked]

    async def _record(
        self, caller: Caller, asked: Sequence[tuple[Caller, Question]], answers: Sequence[Assessment]
    ) -> None:
        """One event for each person asked about, of what was answered."""
        by_person: dict[str, list[tuple[Uid, bool]]] = defaultdict(list)
        for (about, question), answer in zip(asked, answers, strict=False):
            by_person[about.subject].append((question.study, answer.permitted))
        for subject, told in by_person.items():
            studies = dict.fromkeys(study for study, _ in told)
            permitted = sum(one for _, one in told)
            await self.audit.record(evaluated(caller, subject, studies, len(told), permitted))


def routes(evaluations: Evaluations) -> list[BaseRoute]:
    return [
        Route(ONE, evaluations.one, methods=["POST"]),
        Route(MANY, evaluations.many, methods=["POST"]),
        Route(METADATA, evaluations.metadata),
    ]


def _cut(answers: Sequence[Assessment], semantic: Semantic) -> list[Assessment]:
    """The answers up to the one at which the request wanted to end, and all where it did not."""
    if semantic is Semantic.ALL:
        return list(answers)
    last = semantic is Semantic.FIRST_PERMIT
    end = next((number for number, one in enumerate(answers) if one.permitted is last), len(answers))
    return list(answers[: end + 1])


def _told(answer: Assessment) -> dict[str, object]:
    """A decision with words for the person (§5.5.1)."""
    if answer.permitted:
        return {"decision": True}
    context: dict[str, object] = {"reason_user": {"en": answer.reason}}
    if answer.unanswered:
        context["error"] = {"status": 503, "message": answer.reason}
    if answer.assurance is not None:
        context["assurance"] = answer.assurance
    return {"decision": False, "context": context}
