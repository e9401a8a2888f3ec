"""What an archive was found to understand: learnt from what it refuses, so that it is not asked in vain again."""

from collections.abc import Sequence
from dataclasses import dataclass
import re

from proxy.settings.archives import KnownDialect

ANY_SYNTAX = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
"""Frames as they are stored (PS3.18 §8.7.3.5.2)."""

EXPLICIT_SYNTAX = 'multipart/related; type="application/octet-stream"'
"""Frames as native little-endian pixels, for archives that cannot give them as stored."""

_QUOTED_TYPE = re.compile(r'\btype="([^",;\s]+)"')
_NOT_UNDERSTOOD = frozenset({400, 406})
_NOT_POSSIBLE = frozenset({500, 501})


@dataclass(frozen=True, slots=True)
class Ask:
    """One way of asking: what is wanted, and whether `type` stands in quotes. PS3.18 §8.6.1.2 and RFC 2387 differ."""

    accept: str
    quoted: bool

    @property
    def header(self) -> str:
        return self.accept if self.quoted else _QUOTED_TYPE.sub(r"type=\1", self.accept)


def remaining(asks: Sequence[Ask], status: int) -> Sequence[Ask]:
    """Which of `asks` are worth trying after the first of them was answered with `status`."""
    if status in _NOT_UNDERSTOOD:
        return asks[1:]
    if status in _NOT_POSSIBLE:
        return [ask for ask in asks[1:] if ask.accept != asks[0].accept]
    return ()


class Dialect:
    """An archive's way of reading Accept, unknown at first but for what is `known`."""

    def __init__(self, known: KnownDialect | None = None) -> None:
        self._quoted: bool | None = known.quoted_type if known else None
        self._knows_any_syntax = known is None or known.any_transfer_syntax is not False

    def asks(self, accepts: Sequence[str]) -> list[Ask]:
        """How to ask for the first of `accepts`, or failing that for the next."""
        wanted = [accept for accept in accepts if self._knows_any_syntax or accept != ANY_SYNTAX] or list(accepts)
        forms = (True, False) if self._quoted is None else (self._quoted,)
        asks = [Ask(accept, form) for accept in wanted for form in forms]
        return [ask for number, ask in enumerate(asks) if ask.header not in {other.header for other in asks[:number]}]

    def learn(self, ask: Ask, refused: Sequence[tuple[Ask, int]]) -> None:
        """`ask` was understood after those `refused`, each with its status."""
        if _QUOTED_TYPE.search(ask.accept):
            self._quoted = ask.quoted
        not_understood = [one for one, status in refused if status in _NOT_UNDERSTOOD]
        if ask.accept != ANY_SYNTAX and Ask(ANY_SYNTAX, ask.quoted) in not_understood:
            self._knows_any_syntax = False
