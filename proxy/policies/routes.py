"""The policy's life for officers, as JSON (`/console/api/policies`): the console uses it, and scripts may.

| method, path | what | answer |
|---|---|---|
| GET / | what is in force, what is scheduled, what is proposed, every version | `Status` |
| GET /history | every step, the newest first | `{steps}` |
| GET /versions/{hash} | files, and the rules as sentences | `{version, files, rules}` |
| POST /check | `{files}`: what is wrong, how the cases go; nothing is kept | `{valid, problems, cases, untried}` |
| POST /proposals | `{files, note?, effective?}` | 201 `{proposal, version}` |
| GET /proposals/{number} | the proposal, its differences file by file, its cases | `{…, changes, cases}` |
| GET /proposals/{number}/replay?days= | what it would have changed | `{decisions, holes, changed, groups, …}` |
| GET /proposals/{number}/proofs | what it can never allow or refuse newly | `{solver, findings}`; without it false |
| POST /proposals/{number}/approve | `{effective?, note?}`, by another officer | `{step, effective}` |
| POST /proposals/{number}/withdraw | `{note?}` | `{step}` |
| POST /rollback | `{version, note}` | `{step}` |

Files are `{path: text}`, the whole bundle. Instead of `files` there may be `changes` to what is in force, also
`{path: text}`, with null for a file that goes. Moments are Unix seconds. Reading is for the role `privacy-officer`;
changing, replaying and proving are for the officers whom the configuration names (`policy.officers`), who may have the
role `institution-officer` instead when they are named for an institution. Such an officer sees the exchange's files and
those of the own institution, and changes the latter. Changes are refused with 409
(`policy-step-refused`) and the reason; they need this site's own pages or a token bound to a key (http/demands.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from policy.bundle import BundleFile
from policy.errors import Problem
from policy.life.history import Proposal
from policy.life.officers import Officer, changes, shown_problems, shows
from policy.life.step import Step
from policy.replay.comparison import limited
from policy.rule import read_rules
from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.access.officers import institution_of
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings
from proxy.errors import BadRequest, NotFound, NotPermitted
from proxy.http.bodies import body_of
from proxy.http.demands import demand_proof
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.policies import answers
from proxy.policies.holes import count_holes, decided_since
from proxy.policies.intent import Approve, Intent, Propose, RollBack, Withdraw
from proxy.policies.remembering import PastDecisions
from proxy.policies.trying import Trying
from proxy.policies.versions import Versions

ROOT: Final = "/console/api/policies"
MOST_DECISIONS: Final = 20_000
"""Past decisions that one replay looks at: the newest."""

_BODY_BYTES: Final = 8 * 2**20
_JSON: Final = frozenset({"application/json"})
_Read = TypeVar("_Read", bound="_Body")
_Moment = Annotated[int, msgspec.Meta(ge=0, lt=2**40)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a request brings; a misspelt member is refused."""


class _Files(_Body, frozen=True, forbid_unknown_fields=True, kw_only=True):
    files: dict[str, str] | None = None
    changes: dict[str, str | None] | None = None

    def __post_init__(self) -> None:
        if (self.files is None) == (self.changes is None):
            raise ValueError("either `files` or `changes` are needed")


class _Proposed(_Files, frozen=True, forbid_unknown_fields=True, kw_only=True):
    note: str = ""
    effective: _Moment = 0


class _Approved(_Body, frozen=True, forbid_unknown_fields=True, kw_only=True):
    note: str = ""
    effective: _Moment = 0


class _Withdrawn(_Body, frozen=True, forbid_unknown_fields=True, kw_only=True):
    note: str = ""


class _RolledBack(_Body, frozen=True, forbid_unknown_fields=True, kw_only=True):
    version: str
    note: str


@dataclass(frozen=True, slots=True)
class Policies:
    """`suspended` says of an account whether it is."""

    versions: Versions
    past: PastDecisions
    audit: AuditLog
    events: Readings
    suspended: Callable[[str], bool]
    trying: Trying = field(default_factory=Trying)

    async def status(self, request: Request) -> Response:
        note_of = self._notes(self._own(await self._reader(request)))
        return json_response(request, answers.status(self.versions, note_of))

    async def history(self, request: Request) -> Response:
        note_of = self._notes(self._own(await self._reader(request)))
        steps = [answers.step(one, note_of) for one in reversed(self.versions.history.steps)]
        return json_response(request, {"steps": steps})

    async def version(self, request: Request) -> Response:
        own = self._own(await self._reader(request))
        wanted = request.path_params["version"]
        if wanted not in self.versions.history.versions():
            raise NotFound
        files = [one for one in await self.versions.files_of(wanted) if shows(own, one.path)]
        return json_response(request, answers.version(wanted, files))

    async def check(self, request: Request) -> Response:
        own = self._own(await self._reader(request))
        files = self._files(await _read(request, _Files))
        return json_response(request, _shown(await self._check(files), own, files))

    async def propose(self, request: Request) -> Response:
        caller, officer = await self._changer(request)
        body = await _read(request, _Proposed)
        intent = Propose(self._files(body), body.note, body.effective)
        step = await self._take(caller, officer, intent)
        return Response(
            msgspec.json.encode({"proposal": step.number, "version": step.version}), 201, media_type="application/json"
        )

    async def proposal(self, request: Request) -> Response:
        own = self._own(await self._reader(request))
        proposal = self._proposal(request)
        before, after = await self._both(proposal)
        document = answers.proposal(proposal, self.versions.now(), self._notes(own))
        document["changes"] = [answers.change(one) for one in changes(before, after) if shows(own, one.path)]
        document.update(_shown(await self._check(after), own, after))
        return json_response(request, document)

    async def replay(self, request: Request) -> Response:
        """The past decisions that it tells of are read from the record of others' doings, which is recorded too."""
        caller, officer = await self._officer(request)
        proposal = self._proposal(request)
        before, after = await self._both(proposal)
        days = _days(request)
        own = list(limited(await self.past.of_days(days, MOST_DECISIONS), officer.institution))
        since = datetime.fromtimestamp(self.versions.now(), UTC) - timedelta(days=days)
        records = [one for asked in decided_since(since, MOST_DECISIONS) for one in await self.events.find(asked)]
        holes = count_holes(records, own, officer.institution)
        detail: dict[str, str | int] = {"decisions": len(own), "proposal": proposal.number}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, caller, detail))
        return json_response(request, answers.comparison(await self.trying.compare(own, before, after), holes))

    async def proofs(self, request: Request) -> Response:
        """About as much of it as the officer is shown: no other institution's rules reach the own studies."""
        _, officer = await self._officer(request)
        before, after = [_part(files, officer.institution) for files in await self._both(self._proposal(request))]
        findings = await self.trying.prove(before, after)
        return json_response(request, {"solver": findings is not None, "findings": findings or []})

    async def approve(self, request: Request) -> Response:
        caller, officer = await self._changer(request)
        body = await _read(request, _Approved)
        intent = Approve(self._proposal(request).number, body.effective, body.note)
        step = await self._take(caller, officer, intent)
        return json_response(request, {"step": step.number, "effective": step.effective})

    async def withdraw(self, request: Request) -> Response:
        caller, officer = await self._changer(request)
        body = await _read(request, _Withdrawn)
        step = await self._take(caller, officer, Withdraw(self._proposal(request).number, body.note))
        return json_response(request, {"step": step.number})

    async def roll_back(self, request: Request) -> Response:
        caller, officer = await self._changer(request)
        body = await _read(request, _RolledBack)
        step = await self._take(caller, officer, RollBack(body.version, body.note))
        return json_response(request, {"step": step.number})

    async def _take(self, caller: Caller, officer: Officer, intent: Intent) -> Step:
        told = caller_event(EventKind.POLICY_PROPOSED, Outcome.SUCCESS, caller)
        return await self.versions.take(officer, intent, told)

    def _notes(self, own: str | None) -> answers.NoteOf:
        """An officer of an institution reads what the exchange's and the own institution's officers noted."""

        def note_of(step: Step) -> str:
            author = self.versions.officers.of_subject(step.officer)
            return step.note if own is None or (author and author.institution in {None, own}) else ""

        return note_of

    def _files(self, body: _Files) -> list[BundleFile]:
        """The whole bundle that is meant: as it was sent, or what is in force with the changes that were."""
        changed = body.files if body.changes is None else body.changes
        kept = {} if body.changes is None else {file.path: file.text for file in self.versions.bundle.files}
        return [BundleFile(path, text) for path, text in {**kept, **(changed or {})}.items() if text is not None]

    async def _check(self, files: list[BundleFile]) -> dict[str, Any]:
        return await self.trying.check(files, self.versions.require_proposable)

    async def _both(self, proposal: Proposal) -> tuple[list[BundleFile], list[BundleFile]]:
        """The files of what a proposal was made on, and its own."""
        before, after = proposal.step.base, proposal.step.version
        return list(await self.versions.files_of(before)), list(await self.versions.files_of(after))

    def _proposal(self, request: Request) -> Proposal:
        found = self.versions.history.proposals.get(request.path_params["number"])
        if found is None:
            raise NotFound
        return found

    async def _reader(self, request: Request) -> Caller:
        caller = await caller_of(request)
        if self.suspended(caller.subject) or not self._is_officer(caller):
            await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.REFUSED, caller))
            raise NotPermitted("only privacy officers look after the policy").recorded()
        return caller

    def _is_officer(self, caller: Caller) -> bool:
        try:
            self._own(caller)
        except NotPermitted:
            return False
        return True

    def _own(self, caller: Caller) -> str | None:
        """The institution that `caller` answers for; None for all. A token's organization shows nobody the policy."""
        return institution_of(caller, self.versions.officers.scopes)

    async def _officer(self, request: Request) -> tuple[Caller, Officer]:
        """Who asks, as an officer whom the configuration names."""
        caller = await self._reader(request)
        officer = self.versions.officers.of_subject(caller.subject)
        if officer is None:
            await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.REFUSED, caller))
            raise NotPermitted("only officers whom the exchange has named may do this").recorded()
        return caller, officer

    async def _changer(self, request: Request) -> tuple[Caller, Officer]:
        await demand_proof(request)
        return await self._officer(request)


def routes(policies: Policies) -> list[BaseRoute]:
    one = f"{ROOT}/proposals/{{number:int}}"
    return [
        Route(ROOT, policies.status),
        Route(f"{ROOT}/history", policies.history),
        Route(f"{ROOT}/versions/{{version}}", policies.version),
        Route(f"{ROOT}/check", policies.check, methods=["POST"]),
        Route(f"{ROOT}/proposals", policies.propose, methods=["POST"]),
        Route(one, policies.proposal),
        Route(f"{one}/replay", policies.replay),
        Route(f"{one}/proofs", policies.proofs),
        Route(f"{one}/approve", policies.approve, methods=["POST"]),
        Route(f"{one}/withdraw", policies.withdraw, methods=["POST"]),
        Route(f"{ROOT}/rollback", policies.roll_back, methods=["POST"]),
    ]


async def _read(request: Request, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(await body_of(request, _JSON, _BODY_BYTES), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not what is expected here: {error}") from None


def _part(files: Iterable[BundleFile], institution: str | None) -> list[BundleFile]:
    return [file for file in files if shows(institution, file.path)]


def _shown(checked: dict[str, Any], institution: str | None, files: Iterable[BundleFile]) -> dict[str, Any]:
    """What is wrong in the part of `files` that an officer of `institution` sees, and how its decision cases go."""
    problems = shown_problems(institution, (Problem(**one) for one in checked["problems"]))
    rules = _rules_in(_part(files, institution)) if checked["untried"] else frozenset()
    return {
        **checked,
        "problems": [answers.problem(one) for one in problems],
        "cases": [one for one in checked["cases"] if shows(institution, one["file"])],
        "untried": [one for one in checked["untried"] if one in rules],
    }


def _rules_in(files: Iterable[BundleFile]) -> frozenset[str]:
    return frozenset(rule.id for one in files if one.path.endswith(".cedar") for rule in read_rules(one.text, one.path))


def _days(request: Request) -> int:
    text = request.query_params.get("days", "90")
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 3660):
        raise BadRequest("`days` is a number of days")
    return int(text)
