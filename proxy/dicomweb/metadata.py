"""Metadata at three levels as DICOM JSON (PS3.18 §10.4.1.1.2), with every link in it leading through this service."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.permit import Permit
from proxy.dicomweb.identities import Identities
from proxy.dicomweb.links import Links
from proxy.dicomweb.negotiation import require_json
from proxy.dicomweb.references import instance_of, series_of, study_of
from proxy.dicomweb.warnings import lacking_in, source_warnings, warning_headers
from proxy.errors import NotFound
from proxy.federation.admission import Admission
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.resources import InstanceRef, SeriesRef, StudyRef
from proxy.retrieval.objects import Objects

DICOM_JSON = "application/dicom+json"


@dataclass(frozen=True, slots=True)
class Metadata:
    base_url: str
    admission: Admission
    objects: Objects
    links: Links
    identities: Identities

    async def of_study(self, request: Request) -> Response:
        return await self._answer(request, study_of(request))

    async def of_series(self, request: Request) -> Response:
        return await self._answer(request, series_of(request))

    async def of_instance(self, request: Request) -> Response:
        return await self._answer(request, instance_of(request))

    async def _answer(self, request: Request, target: StudyRef | SeriesRef | InstanceRef) -> Response:
        caller = await caller_of(request)
        require_json(request)
        permits = await self._permits(caller, target)
        held = [permit.held for permit in permits if not permit.obligations.masked]
        gathered = await self.objects.distinct(permits)
        if not gathered.datasets:
            raise NotFound
        missing = (await self.admission.location(caller, target.study)).missing
        silent = source_warnings((*missing, *lacking_in(gathered, self.objects)))
        headers = warning_headers(self.base_url, [*silent, *self.identities.study_warnings(held)])
        identified = self.identities.metadata(caller, gathered.datasets, held)
        datasets = [self.links.through_here(one) for one in identified]
        return json_response(request, datasets, DICOM_JSON, headers, validated=True)

    async def _permits(
        self, caller: Caller, target: StudyRef | SeriesRef | InstanceRef
    ) -> Sequence[Permit[StudyRef | SeriesRef | InstanceRef]]:
        if isinstance(target, InstanceRef):
            return [await self.admission.admit(caller, target, Capability.VIEW)]
        return await self.admission.admit_parts(caller, target, Capability.VIEW)
