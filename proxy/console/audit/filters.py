"""Searches that an officer keeps under a name: with the service, because they may name a patient."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from proxy.console.audit.search import Filter
from proxy.errors import BadRequest
from proxy.http.bodies import read_body
from proxy.http.json import json_response
from proxy.oversight.officers import Officers

MOST: Final = 50
"""That one officer keeps."""


class SavedFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`days` is how many days up to today are meant, instead of those in `filter`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    filter: Filter
    days: Annotated[int, msgspec.Meta(ge=1, le=3660)] | None = None


class FilterStore(Protocol):
    """May be called from any thread. Raises `StoreFailed`."""

    def all(self, subject: str) -> list[SavedFilter]:
        """Those of one officer, by name."""
        ...

    def keep(self, subject: str, saved: SavedFilter) -> None:
        """In the place of one of the same name."""
        ...

    def remove(self, subject: str, name: str) -> None: ...


class _Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


@dataclass(frozen=True, slots=True)
class Filters:
    officers: Officers
    store: FilterStore

    async def all(self, request: Request) -> Response:
        officer = await self.officers.reading(request)
        return json_response(request, await asyncio.to_thread(self.store.all, officer.caller.subject))

    async def keep(self, request: Request) -> Response:
        officer = await self.officers.changing(request)
        saved = await read_body(request, SavedFilter)
        known = await asyncio.to_thread(self.store.all, officer.caller.subject)
        if len(known) >= MOST and saved.name not in {one.name for one in known}:
            raise BadRequest(f"not more than {MOST} searches are kept")
        await asyncio.to_thread(self.store.keep, officer.caller.subject, saved)
        return Response(status_code=204)

    async def remove(self, request: Request) -> Response:
        officer = await self.officers.changing(request)
        named = await read_body(request, _Named)
        await asyncio.to_thread(self.store.remove, officer.caller.subject, named.name)
        return Response(status_code=204)
