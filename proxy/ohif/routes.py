"""OHIF below `/ohif/`: its page for those who may have stored values, our own viewer for everybody else."""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Final, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.errors import BadRequest, NotAuthenticated, NotFound
from proxy.federation.assessment import Assessment
from proxy.http.identity import caller_of
from proxy.ohif.installed import PackedFile
from proxy.ohif.package import BASE, PAGE
from proxy.resources import Uid, read_uid

MODES: Final = ("viewer", "microscopy")
"""Ways of OHIF to show a study that work with what is shown here."""

FULL_VIEWER: Final = f"{BASE}viewer?StudyInstanceUIDs="
"""Where a study is opened, without its UID."""

MAXIMUM_STUDIES: Final = 4
_LAYOUT: Final = re.compile(r"[A-Za-z0-9@/_.-]{1,60}", re.ASCII)


class Assessments(Protocol):
    """What is needed of `federation`."""

    async def assess(
        self, caller: Caller, study: Uid, capabilities: frozenset[Capability]
    ) -> Mapping[Capability, Assessment]: ...


@dataclass(frozen=True, slots=True)
class FullViewer:
    """`files` are the installed ones; `assessments` say who may have the stored values of a study."""

    files: Mapping[str, PackedFile]
    assessments: Assessments

    async def page(self, request: Request) -> Response:
        """OHIF's page. It shows a black image, and no word, where stored values are refused: then ours is opened."""
        studies = _studies(request)
        try:
            caller = await caller_of(request)
        except NotAuthenticated:
            place = f"{request.url.path}?{request.url.query}"
            return RedirectResponse(f"/portal?{urlencode({'return': place})}", 303)
        for study in studies:
            assessed = await self.assessments.assess(caller, study, frozenset({Capability.VIEW_LOSSLESS}))
            if not assessed[Capability.VIEW_LOSSLESS].permitted:
                return RedirectResponse(
                    f"/viewer?{urlencode(dict(zip(('study', 'prior'), studies, strict=False)))}", 303
                )
        return self.files[PAGE].answer(request)

    async def file(self, request: Request) -> Response:
        file = self.files.get(request.path_params["file"])
        if file is None or request.path_params["file"] == PAGE:
            raise NotFound
        return file.answer(request)


def routes(viewer: FullViewer) -> list[BaseRoute]:
    return [
        Route(BASE, to_portal),
        *(Route(f"{BASE}{mode}", viewer.page) for mode in MODES),
        Route(f"{BASE}{{file:path}}", viewer.file),
    ]


async def to_portal(request: Request) -> Response:  # noqa: ARG001 - the signature of an endpoint
    """OHIF's own list of studies knows no patients of several institutions; the portal does."""
    return RedirectResponse("/portal", 303)


def _studies(request: Request) -> list[Uid]:
    """The studies that are asked for, in order, each once; nothing else of OHIF's parameters but a layout."""
    given = request.query_params
    strange = set(given) - {"StudyInstanceUIDs", "hangingProtocolId"}
    if strange or not _LAYOUT.fullmatch(given.get("hangingProtocolId", "default")):
        raise BadRequest("the full viewer takes `StudyInstanceUIDs` and `hangingProtocolId`")
    texts = [text for one in given.getlist("StudyInstanceUIDs") for text in one.split(",")]
    studies = list(dict.fromkeys(map(read_uid, texts)))
    if not 1 <= len(studies) <= MAXIMUM_STUDIES:
        raise BadRequest(f"the full viewer takes one study, and at most {MAXIMUM_STUDIES}")
    return studies
