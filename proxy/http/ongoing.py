"""Answers under way, by whose they are: an answer that takes long ends with the sign-in that it was given under."""

from collections.abc import Callable

from starlette.types import Scope

from proxy.access.caller import Caller
from proxy.http.departure import end_early, on_end


class Ongoing:
    """What is being answered now. Requests enter when their caller is known, and leave when they are answered."""

    def __init__(self) -> None:
        self._answers: dict[int, tuple[Scope, Caller]] = {}

    def enter(self, scope: Scope, caller: Caller) -> None:
        key = id(scope)
        self._answers[key] = scope, caller
        on_end(scope, lambda: self._answers.pop(key, None))

    def end(self, ended: Callable[[Caller], bool]) -> None:
        """End the answers to whoever is one of the `ended`: what was not sent yet is not sent any more."""
        for scope, caller in list(self._answers.values()):
            if ended(caller):
                end_early(scope)

    def __len__(self) -> int:
        return len(self._answers)
