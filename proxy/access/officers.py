"""For which institution somebody is an officer: one answer, whatever the officer asks for."""

from collections.abc import Iterable, Mapping
from typing import Final

from proxy.access.caller import Caller
from proxy.errors import NotPermitted
from proxy.settings.archives import Institution

EXCHANGE_ROLE: Final = "privacy-officer"
INSTITUTION_ROLE: Final = "institution-officer"


def institution_of(
    caller: Caller, scopes: Mapping[str, str | None], institutions: Iterable[Institution] = ()
) -> str | None:
    """The only institution that `caller` answers for; None for all and the exchange itself. Raises `NotPermitted`.

    `scopes` are the institutions for which the configuration names officers, by subject. They outrank the token's
    organization, which counts for whoever is named for none, and calls one of `institutions` by its id or its name.
    """
    named = scopes.get(caller.subject)
    if EXCHANGE_ROLE in caller.roles:
        return named
    if INSTITUTION_ROLE in caller.roles:
        if named is not None:
            return named
        for one in institutions:
            if caller.organization in {one.id, one.name}:
                return one.id
    raise NotPermitted("only officers see and decide this")
