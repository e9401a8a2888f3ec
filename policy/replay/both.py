"""Two policies asked the same question; of both only where a rule that is not in both has something to say."""

from dataclasses import replace
import json

from policy.bundle import Bundle
from policy.decision import Decision
from policy.engine import CedarEngine
from policy.replay.alike import alike_to
from policy.request import AccessRequest
from policy.rule import Rule

Pair = tuple[Decision, Decision]


class Both:
    """Decides by `before` and by `after`, and remembers what it was asked.

    Cedar weighs rules one by one, and a decision is made of those that apply. Where none applies that only one of the
    two has, both decide alike; that is asked first, of these few rules.
    """

    def __init__(self, before: Bundle, after: Bundle) -> None:
        self._engines = CedarEngine(before), CedarEngine(after)
        self._alike = alike_to([*before.rules, *after.rules])
        self._known: dict[AccessRequest, Pair | None] = {}
        same_words = before.schema == after.schema
        self._changed = CedarEngine(replace(before, rules=_changed(before, after))) if same_words else None

    def decide(self, request: AccessRequest) -> Pair | None:
        """What both decide, or None where they are sure to decide alike."""
        alike = self._alike(request)
        if alike not in self._known:
            self._known[alike] = self._decide(alike)
        return self._known[alike]

    def _decide(self, request: AccessRequest) -> Pair | None:
        if self._changed is not None:
            decision = self._changed.decide(request)
            if not decision.errors and not any(decision.decided_by.values()):
                return None
        before, after = (engine.decide(request) for engine in self._engines)
        return before, after


def _changed(before: Bundle, after: Bundle) -> tuple[Rule, ...]:
    """The rules that one of the two has and the other has not, under ids of their own."""
    old, new = _by_words(before), _by_words(after)
    gone = [rule for words, rule in old.items() if words not in new]
    come = [rule for words, rule in new.items() if words not in old]
    renamed = (replace(rule, annotations={**rule.annotations, "id": f"{rule.id} after"}) for rule in come)
    return (*gone, *renamed)


def _by_words(bundle: Bundle) -> dict[str, Rule]:
    return {json.dumps(rule.body, sort_keys=True): rule for rule in bundle.rules}
