"""What a portal asks: who could do what with which study (OpenID AuthZEN Authorization API 1.0 §5, §7); no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from policy.request import Capability, PurposeOfUse
from proxy.errors import BadRequest
from proxy.resources import Uid, read_uid

ONE: Final = "/access/v1/evaluation"
MANY: Final = "/access/v1/evaluations"
METADATA: Final = "/.well-known/authzen-configuration"

MAXIMUM_QUESTIONS: Final = 100
_Text = Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,320}\Z")]
_Words = Annotated[str, msgspec.Meta(max_length=128)]


class _Properties(msgspec.Struct, frozen=True):
    """What a trusted portal says of somebody; the words are those of the exchange."""

    roles: Annotated[tuple[_Words, ...], msgspec.Meta(max_length=32)] = ()
    organization: _Words = ""


class _Subject(msgspec.Struct, frozen=True):
    type: _Text
    id: _Text
    properties: _Properties = _Properties()


class _Action(msgspec.Struct, frozen=True):
    name: _Text


class _Resource(msgspec.Struct, frozen=True):
    type: _Text
    id: _Text


class _Context(msgspec.Struct, frozen=True):
    purpose: PurposeOfUse | None = None


class _Entry(msgspec.Struct, frozen=True):
    """One question; what it leaves out is the request's own (§7.1.1)."""

    subject: _Subject | None = None
    action: _Action | None = None
    resource: _Resource | None = None
    context: _Context | None = None


class Semantic(StrEnum):
    """When answering ends (§7.1.2.1)."""

    ALL = "execute_all"
    FIRST_DENY = "deny_on_first_deny"
    FIRST_PERMIT = "permit_on_first_permit"


class _Options(msgspec.Struct, frozen=True):
    evaluations_semantic: Semantic = Semantic.ALL


class _Request(_Entry, frozen=True):
    evaluations: Annotated[tuple[_Entry, ...], msgspec.Meta(max_length=MAXIMUM_QUESTIONS)] = ()
    options: _Options = _Options()


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a question is about: as whom the asker knows them, and what a trusted portal says of them."""

    id: str
    roles: tuple[str, ...] = ()
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Whether `person` could use `capability` on `study`, for `purpose` where that is said."""

    person: Person
    capability: Capability
    study: Uid
    purpose: PurposeOfUse | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions in their order; `single` when the request has no list and its answer therefore none (§7.1)."""

    questions: Sequence[Question]
    semantic: Semantic
    single: bool


def read_batch(body: bytes, *, many: bool) -> Batch:
    """Parse a request. Raises `BadRequest` for one that cannot be read; what it says beyond the standard is ignored."""
    try:
        request = msgspec.json.decode(body, type=_Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("the evaluation request cannot be read") from None
    if not (many and request.evaluations):
        return Batch([_question(request, request)], Semantic.ALL, single=True)
    questions = [_question(entry, request) for entry in request.evaluations]
    return Batch(questions, request.options.evaluations_semantic, single=False)


def _question(entry: _Entry, request: _Entry) -> Question:
    subject, action = entry.subject or request.subject, entry.action or request.action
    resource, context = entry.resource or request.resource, entry.context or request.context or _Context()
    if subject is None or action is None or resource is None:
        raise BadRequest("an evaluation needs subject, action and resource")
    if subject.type != "user" or resource.type != "study":
        raise BadRequest("evaluations here are about a `user` and a `study`")
    if action.name not in set(Capability):
        raise BadRequest("the action is none of the capabilities")
    person = Person(subject.id, subject.properties.roles, subject.properties.organization)
    return Question(person, Capability(action.name), read_uid(resource.id), context.purpose)


def to_metadata(origin: str) -> Mapping[str, Any]:
    """Where to ask, for `/.well-known/authzen-configuration` (§9)."""
    return {
        "policy_decision_point": origin,
        "access_evaluation_endpoint": f"{origin}{ONE}",
        "access_evaluations_endpoint": f"{origin}{MANY}",
    }
