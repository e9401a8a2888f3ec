"""A FHIR R4 server with Consents, searched by the identifiers of a person (IHE PCF, ITI-108)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from policy.consent.directive import Identity, Known, UnreadableConsent
from policy.consent.references import identities_of
from proxy.consents.source import MAXIMUM_CONSENTS, ConsentsSilent, Found, understand
from proxy.fhirserver import FhirServer, ServerSilent

NAME: Final = "the consent register"
_AT_ONCE: Final = 20
_PAGE: Final = 100
_RESERVED: Final = str.maketrans({one: f"\\{one}" for one in "\\,|$"})
"""What separates values of a search and is escaped in them (FHIR R4 §3.1.1.4.0.1)."""

_MAXIMUM_VALUES: Final = 100_000
_WRONG: Final = f"{NAME} answered wrongly"


class ConsentRegister:
    """Asks `server`, and follows its pages, at most `pages` of them."""

    def __init__(self, server: FhirServer, known: Known, pages: int) -> None:
        self._server = server
        self._known = known
        self._pages = pages

    async def close(self) -> None:
        await self._server.close()

    async def consents_of(self, person: frozenset[Identity]) -> Found:
        """Those in force of whoever has these identities, by all of them. Raises `ConsentsSilent`."""
        ordered, found = sorted(person, key=lambda one: (one.system, one.value)), Found()
        for start in range(0, len(ordered), _AT_ONCE):
            resources = await self._search(ordered[start : start + _AT_ONCE])
            found = found.and_also(self._understood(resources, person))
        return found

    async def _search(self, identities: Sequence[Identity]) -> list[Mapping[str, Any]]:
        """With the patients, by whose identifiers it is seen that the server has searched for what it was asked for."""
        named = ",".join(f"{one.system.translate(_RESERVED)}|{one.value.translate(_RESERVED)}" for one in identities)
        asked = {"patient.identifier": named, "status": "active", "_include": "Consent:patient", "_count": _PAGE}
        target: str | None = f"Consent?{urlencode(asked)}"
        resources: list[Mapping[str, Any]] = []
        for _ in range(self._pages):
            if target is None:
                return resources
            bundle = await self._bundle(target)
            resources += _resources(bundle)
            target = self._next(bundle)
            if len(resources) > 2 * MAXIMUM_CONSENTS:
                break
        if target is None:
            return resources
        raise ConsentsSilent(f"{NAME} answered with too much")

    async def _bundle(self, target: str) -> Mapping[str, Any]:
        try:
            status, body = await self._server.get(target, Prefer="handling=strict")
        except ServerSilent as silence:
            raise ConsentsSilent(str(silence)) from None
        if status != 200:
            raise ConsentsSilent(f"{NAME} refused the question")
        if body.count(b",") + body.count(b"[") + body.count(b"{") > _MAXIMUM_VALUES:
            raise ConsentsSilent(_WRONG)
        try:
            bundle = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            raise ConsentsSilent(_WRONG) from None
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise ConsentsSilent(_WRONG)
        return bundle

    def _next(self, bundle: Mapping[str, Any]) -> str | None:
        """Where the next page is, below the server's own address and nowhere else."""
        links = [one.get("url") for one in _objects(bundle, "link") if one.get("relation") == "next"]
        if not links:
            return None
        (url, *others) = links
        if others or not isinstance(url, str):
            raise ConsentsSilent(_WRONG)
        base, there = urlsplit(self._server.base), urlsplit(url)
        path = there.path if there.path != base.path else f"{base.path}/"
        if (there.scheme, there.netloc) != (base.scheme, base.netloc) or not path.startswith(f"{base.path}/"):
            raise ConsentsSilent(f"{NAME} leads elsewhere")
        return f"{path.removeprefix(f'{base.path}/')}?{there.query}"

    def _understood(self, resources: Sequence[Mapping[str, Any]], person: frozenset[Identity]) -> Found:
        """A consent that two pages give is one."""
        consents = [one for one in resources if one.get("resourceType") == "Consent"]
        named = {str(one.get("id") or number)[:64]: one for number, one in enumerate(consents)}
        included = dict(_patients(resources))
        included |= {f"{self._server.base}/{url}": found for url, found in included.items()}
        return understand(((f"Consent/{name}", one) for name, one in named.items()), person, self._known, included)


def _objects(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = document.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ConsentsSilent(_WRONG)
    return found


def _resources(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """An entry without a resource, or an outcome that is an error, could stand for a consent that is not shown."""
    for entry in _objects(bundle, "entry"):
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            raise ConsentsSilent(_WRONG)
        if resource.get("resourceType") == "OperationOutcome" and _is_error(resource):
            raise ConsentsSilent(f"{NAME} answered with an error")
        yield resource


def _is_error(outcome: Mapping[str, Any]) -> bool:
    return any(one.get("severity") in {"fatal", "error"} for one in _objects(outcome, "issue"))


def _patients(resources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, frozenset[Identity]]]:
    for one in resources:
        if one.get("resourceType") == "Patient" and isinstance(one.get("id"), str):
            try:
                yield f"Patient/{one['id']}", identities_of(one, "patient")
            except UnreadableConsent:
                continue
