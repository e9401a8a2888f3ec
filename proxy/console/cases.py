"""Decision cases that a draft contradicts, made to expect what it answers: an officer says so, case by case."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policy.bundle import Bundle, BundleFile, to_bundle
from policy.cases.rewriting import expected_by, rewritten
from policy.engine import CedarEngine
from policy.errors import InvalidBundle
from proxy.errors import BadRequest
from proxy.http.bodies import read_body
from proxy.http.json import json_response
from proxy.oversight.officers import Officers

_LARGEST: Final = 8 * 2**20


class _Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    file: str
    name: str


class _Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    changes: dict[str, str | None]
    cases: Annotated[tuple[_Named, ...], msgspec.Meta(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Cases:
    """`policy` gives the bundle in force, which drafts change."""

    officers: Officers
    policy: Callable[[], Bundle]

    async def accept(self, request: Request) -> Response:
        """The files of the named cases, expecting what the draft answers. Nothing is kept here.

        Cases of a part that the officer is not shown are answered like cases that there are not.
        """
        officer = await self.officers.reading(request)
        told = await read_body(request, _Accepted, _LARGEST)
        for one in told.cases:
            if not officer.is_shown(one.file):
                raise BadRequest(f"there is no case `{one.name}` in `{one.file}`")
        files = {file.path: file.text for file in self.policy().files} | told.changes
        try:
            changed = await asyncio.to_thread(_rewritten, files, told.cases)
        except InvalidBundle as error:
            raise BadRequest(f"the draft cannot answer anything: {officer.told(error)}") from None
        except ValueError as error:
            raise BadRequest(str(error)) from None
        return json_response(request, {"files": changed})


def _rewritten(files: Mapping[str, str | None], named: tuple[_Named, ...]) -> dict[str, str]:
    bundle = to_bundle([BundleFile(path, text) for path, text in files.items() if text is not None])
    engine, by_file = CedarEngine(bundle), defaultdict(list)
    for one in named:
        by_file[one.file].append(expected_by(bundle, engine, one.file, one.name))
    return {path: rewritten(files[path] or "", cases) for path, cases in by_file.items()}
