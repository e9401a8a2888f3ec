"""SMART App Launch 2.2 from an EHR, or from here (standalone): the patient who is open there, and nothing else of it.

The EHR's tokens are used once, to read that one Patient, and are not kept. They sign nobody in here.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import hashlib
import hmac
import re
import secrets
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from cachetools import TTLCache
import httpx

from proxy.access.providers.documents import (
    ProviderFailed,
    ProviderRefused,
    post_form,
    read_document,
    require_secure,
    to_client,
)
from proxy.errors import BadRequest, ConfigurationError
from proxy.launch.launch import LAUNCH_SECONDS, Launch, Way
from proxy.patients.authorities import Authorities
from proxy.resources import PatientIdentifier
from proxy.settings.launch import SmartServer
from proxy.settings.secrets import read_secret
from proxy.wire.fhir import FhirIdentifier

CALLBACK: Final = "/launch/smart/callback"
_DISCOVERY: Final = "/.well-known/smart-configuration"
_MAXIMUM: Final = 10_000
_BYTES: Final = 32
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_LONGEST: Final = 2048


class LaunchFailed(Exception):
    """A SMART launch came to nothing; `server` is the EHR's id, empty when unknown, and `why` one of our words."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__("the launch came to nothing; open it again from where you came")
        self.server = server
        self.why = why


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes to ask the EHR, and the secret that it brings back."""

    address: str
    binding: str


@dataclass(frozen=True, slots=True)
class _Begun:
    ehr: "Ehr"
    binding: bytes
    verifier: str


class Ehr:
    """One EHR of the configuration. Raises `ConfigurationError` when the client's secret cannot be read."""

    def __init__(self, server: SmartServer, transport: httpx.AsyncBaseTransport) -> None:
        self.server = server
        self.base = server.iss.rstrip("/")
        self.client = to_client(transport)
        self._authorities = Authorities(server.authorities)
        self._secret = _read_secret(server)

    async def authorization_address(self, parameters: Mapping[str, str]) -> str:
        """Where the browser asks for a code, with `scope` completed as this EHR writes it. Raises `ProviderFailed`."""
        known = await self._discover()
        if "S256" not in _texts(known, "code_challenge_methods_supported"):
            raise ProviderFailed("the EHR does not offer PKCE with S256")
        read = "patient/Patient.r" if "permission-v2" in _texts(known, "capabilities") else "patient/Patient.read"
        told = {**parameters, "client_id": self.server.client_id, "scope": f"{parameters['scope']} {read}"}
        endpoint = require_secure(known.get("authorization_endpoint"), self.base)
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(told | {'aud': self.server.iss})}"

    async def patient(self, code: str, verifier: str, callback: str) -> PatientIdentifier | None:
        """The patient of the launch, under the first authority that is believed; None when none is named.

        Raises `ProviderFailed`.
        """
        known = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "code_verifier": verifier,
        }
        endpoint = require_secure(known.get("token_endpoint"), self.base)
        if self._secret is None:
            tokens = await post_form(self.client, endpoint, {**form, "client_id": self.server.client_id}, None)
        else:
            tokens = await post_form(self.client, endpoint, form, _basic(self.server.client_id, self._secret))
        token, patient = tokens.get("access_token"), tokens.get("patient")
        if not isinstance(token, str) or not isinstance(patient, str) or not _ID.fullmatch(patient):
            return None
        return await self._identifier(patient, token)

    async def _identifier(self, patient: str, token: str) -> PatientIdentifier | None:
        found = await read_document(self.client, f"{self.base}/Patient/{patient}", f"Bearer {token}")
        resource = found.content
        if (resource.get("resourceType"), resource.get("id")) != ("Patient", patient):
            return None
        known = self._authorities.to_dicom(_identifiers(resource))
        order = [one.name for one in self.server.authorities]
        return min(known, key=lambda one: (order.index(one.authority), one.value), default=None)

    async def _discover(self) -> Mapping[str, Any]:
        return (await read_document(self.client, require_secure(self.base, self.base) + _DISCOVERY)).content


class SmartLaunches:
    """Launches under way. `origin` is where this service is, `clock` gives Unix seconds."""

    def __init__(self, ehrs: Sequence[Ehr], origin: str, clock: Callable[[], float]) -> None:
        self._ehrs = {ehr.base: ehr for ehr in ehrs}
        self._callback = origin.rstrip("/") + CALLBACK
        self._begun: TTLCache[bytes, _Begun] = TTLCache(_MAXIMUM, LAUNCH_SECONDS, timer=clock)

    async def begin(self, iss: str, launch: str) -> Departure:
        """To the EHR that `iss` names, with its `launch`; without one a patient is chosen there.

        Raises `BadRequest` for an EHR that the configuration does not name, which is asked nothing, and `LaunchFailed`.
        """
        ehr = self._ehrs.get(iss.rstrip("/"))
        if ehr is None:
            raise BadRequest("`iss` is no EHR that may launch this service")
        if len(launch) > _LONGEST or not launch.isprintable():
            raise BadRequest("`launch` is not valid")
        state, binding, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        parameters = {
            "response_type": "code",
            "redirect_uri": self._callback,
            "scope": "launch" if launch else "launch/patient",
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(_digest(verifier)).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
            **({"launch": launch} if launch else {}),
        }
        try:
            address = await ehr.authorization_address(parameters)
        except ProviderFailed:
            raise LaunchFailed(ehr.server.id, "away") from None
        self._begun[_digest(state)] = _Begun(ehr, _digest(binding), verifier)
        return Departure(address, binding)

    async def complete(self, answer: Mapping[str, str], binding: str) -> Launch:
        """The launch that the EHR's `answer` belongs to, once, in the browser that began it. Raises `LaunchFailed`."""
        begun = self._begun.pop(_digest(answer.get("state", "")), None)
        if begun is None:
            raise LaunchFailed("", "unknown")
        server = begun.ehr.server.id
        if not hmac.compare_digest(begun.binding, _digest(binding)):
            raise LaunchFailed(server, "other-browser")
        if "error" in answer or not answer.get("code"):
            raise LaunchFailed(server, "refused")
        try:
            patient = await begun.ehr.patient(answer["code"], begun.verifier, self._callback)
        except ProviderRefused:
            raise LaunchFailed(server, "refused") from None
        except ProviderFailed:
            raise LaunchFailed(server, "away") from None
        if patient is None:
            raise LaunchFailed(server, "no-patient")
        return Launch(Way.SMART, patient=patient)

    async def close(self) -> None:
        for ehr in self._ehrs.values():
            await ehr.client.aclose()


def _identifiers(resource: Mapping[str, Any]) -> list[FhirIdentifier]:
    told = resource.get("identifier")
    pairs = (
        [(one.get("system"), one.get("value")) for one in told if isinstance(one, dict)]
        if isinstance(told, list)
        else []
    )
    return [
        FhirIdentifier(system, value) for system, value in pairs if isinstance(system, str) and isinstance(value, str)
    ]


def _texts(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _read_secret(server: SmartServer) -> str | None:
    if server.client_secret is None:
        return None
    try:
        secret = read_secret(server.client_secret)
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise ConfigurationError(f"EHR `{server.id}`: its client secret cannot be read or is empty")
    return secret


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749 §2.3.1: each part form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
