"""Whether somebody could do something with a study, asked without doing it: nothing is shown, and no permit is made."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from policy.explain import to_user_sentence
from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement, Weighed
from proxy.access.obligations import missing
from proxy.errors import ArchiveFailed, NotFound, Overloaded
from proxy.federation.admission import Admission
from proxy.federation.location import unknown_holder
from proxy.resources import Uid


@dataclass(frozen=True, slots=True)
class Assessment:
    """`reason` says why not, in words for the person; `assurance` is the surer sign-in that alone is missing.

    `unanswered` when an archive that may hold the study did not answer, so that nobody can say.
    """

    permitted: bool
    reason: str = ""
    assurance: int | None = None
    unanswered: bool = False


_HIDDEN = Assessment(permitted=False, reason=str(NotFound()))
_DISPUTED = Assessment(permitted=False, reason="institutions name different patients for this study")


class Assessments:
    """Assesses studies by the same facts, rules and questions to archives as their opening would be."""

    def __init__(self, admission: Admission, enforcement: Enforcement) -> None:
        self._admission = admission
        self._enforcement = enforcement

    async def assess(
        self, caller: Caller, study: Uid, capabilities: Collection[Capability]
    ) -> Mapping[Capability, Assessment]:
        """What of `capabilities` the caller could use on `study`.

        A study that the caller may not know of is answered, and asked for, like one that does not exist.
        """
        began = asyncio.get_running_loop().time()
        found = await self._assess(caller, study, capabilities)
        if found is None:
            await self._admission.pause(began)
            return dict.fromkeys(capabilities, _HIDDEN)
        return found

    async def _assess(
        self, caller: Caller, study: Uid, capabilities: Collection[Capability]
    ) -> Mapping[Capability, Assessment] | None:
        """None for a study that is hidden or absent."""
        try:
            location, weighed = await self._admission.weigh(caller, study)
        except NotFound:
            return None
        except (ArchiveFailed, Overloaded) as failure:
            return dict.fromkeys(capabilities, _unanswered(failure))
        if not any(one.known for one in weighed):
            unanswered = _unanswered(unknown_holder(location.missing)) if location.missing else None
            return None if unanswered is None else dict.fromkeys(capabilities, unanswered)
        if location.disputed:
            return dict.fromkeys(capabilities, _DISPUTED)
        return {capability: self._of_parts(caller, weighed, capability) for capability in capabilities}

    def _of_parts(self, caller: Caller, parts: Sequence[Weighed], capability: Capability) -> Assessment:
        """The best that can be said of any part; of one that is hidden nothing is said."""
        told = [self._of_part(caller, part, capability) for part in parts if part.known]
        return max(told, key=lambda one: (one.permitted, one.assurance is not None))

    def _of_part(self, caller: Caller, part: Weighed, capability: Capability) -> Assessment:
        if capability is Capability.KNOW_EXISTS:
            return Assessment(permitted=True)
        lacking = missing(part.decision, capability, elsewhere=caller.hops is not None)
        if lacking is not None:
            level = self._enforcement.enough_assurance(caller, part.held, capability)
            return Assessment(permitted=False, reason=to_user_sentence(part.decision, lacking), assurance=level)
        return Assessment(permitted=part.doubt is None, reason=part.doubt or "")


def _unanswered(failure: ArchiveFailed | Overloaded) -> Assessment:
    return Assessment(permitted=False, reason=str(failure), unanswered=True)
