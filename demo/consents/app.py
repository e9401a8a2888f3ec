"""The register's resources: search with paging, and the patients beside the consents where that is asked for."""

from collections.abc import Iterable, Mapping
import re
from typing import Any, Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.archive.credentials import Credentials, Insisting

_FHIR: Final = "application/fhir+json"
_PAGE: Final = 50
_KNOWN: Final = frozenset({"patient.identifier", "status", "_include", "_count", "_page"})
_SEPARATOR: Final = re.compile(r"(?<!\\),")

Resource = Mapping[str, Any]


class ConsentRegister:
    """`consents` by their id, which tests and the demo change; `patients` are the Patients that they refer to."""

    def __init__(
        self,
        consents: Iterable[Resource],
        patients: Iterable[Resource],
        credentials: Credentials | None = None,
        page: int = _PAGE,
    ) -> None:
        self.consents: dict[str, Resource] = {one["id"]: one for one in consents}
        self._patients = {f"Patient/{one['id']}": one for one in patients}
        self._page = page
        middleware = [Middleware(Insisting, credentials=credentials)] if credentials else []
        self.app = Starlette(routes=[Route("/Consent", self._search)], middleware=middleware)

    async def _search(self, request: Request) -> Response:
        asked = request.query_params
        if not asked.keys() <= _KNOWN:
            return _refusal("a search parameter is not known")
        wanted = {_unescaped(one) for one in _SEPARATOR.split(asked.get("patient.identifier", ""))}
        found = [
            one
            for one in self.consents.values()
            if asked.get("status", one["status"]) == one["status"] and self._identifiers(one) & wanted
        ]
        number, count = int(asked.get("_page", "0")), min(int(asked.get("_count", _PAGE)), self._page)
        shown = found[number * count : (number + 1) * count]
        more = len(found) > (number + 1) * count
        following = str(request.url.replace(query=urlencode({**asked, "_page": str(number + 1)}))) if more else None
        return _answer(self._bundle(shown, following, include="Consent:patient" in asked.getlist("_include")))

    def _identifiers(self, consent: Resource) -> set[tuple[str, str]]:
        reference = consent["patient"]
        named = [reference["identifier"]] if "identifier" in reference else []
        patient = self._patients.get(reference.get("reference", ""), {})
        return {(one["system"], one["value"]) for one in (*named, *patient.get("identifier", ()))}

    def _bundle(self, consents: Iterable[Resource], following: str | None, *, include: bool) -> dict[str, Any]:
        matches = [{"resource": one, "search": {"mode": "match"}} for one in consents]
        referred = dict.fromkeys(one["resource"]["patient"].get("reference", "") for one in matches)
        patients = [self._patients[one] for one in referred if one in self._patients] if include else []
        entries = [*matches, *({"resource": one, "search": {"mode": "include"}} for one in patients)]
        link = [{"relation": "next", "url": following}] if following else []
        return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries}


def _unescaped(token: str) -> tuple[str, str]:
    system, _, value = token.partition("|")
    return re.sub(r"\\(.)", r"\1", system), re.sub(r"\\(.)", r"\1", value)


def _answer(resource: Resource, status: int = 200) -> Response:
    return JSONResponse(resource, status, media_type=_FHIR)


def _refusal(words: str) -> Response:
    issue = {"severity": "error", "code": "not-supported", "diagnostics": words}
    return _answer({"resourceType": "OperationOutcome", "issue": [issue]}, 400)
