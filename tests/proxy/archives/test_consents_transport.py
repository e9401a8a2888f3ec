"""The way to the consent register: reading below its base URL, and nothing else."""

import ssl

import httpx
import pytest

from proxy.archives.http1.egress import Destination, EgressRefused
from proxy.archives.transport import consents_transport
from proxy.errors import ConfigurationError
from proxy.settings.consents import ConsentServer
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret


class Line(httpx.AsyncBaseTransport):
    """Carries nothing; refuses what does not lead to its destination, and tells what it was shown."""

    def __init__(self, destination: Destination, context: ssl.SSLContext | None, seconds: float) -> None:
        self._destination = destination

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._destination.check(request)
        return httpx.Response(200, headers={"shown": request.headers.get("authorization", "")})


def way(**more: object) -> httpx.AsyncBaseTransport:
    return consents_transport(ConsentServer(base_url="https://consents.example/fhir", **more), Line)


@pytest.mark.parametrize("path", ["/fhir/Consent?patient.identifier=a%7Cb", "/fhir/?_getpages=1"])
async def test_consents_and_their_further_pages_are_read(path: str) -> None:
    request = httpx.Request("GET", f"https://consents.example{path}")
    assert (await way().handle_async_request(request)).status_code == 200


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "https://consents.example/fhir/Consent"),
        ("PUT", "https://consents.example/fhir/Consent/1"),
        ("GET", "https://consents.example/other/Consent"),
        ("GET", "https://consents.example/fhir/../other"),
        ("GET", "https://elsewhere.example/fhir/Consent"),
    ],
)
async def test_nothing_else_is_sent(method: str, url: str) -> None:
    with pytest.raises(EgressRefused):
        await way().handle_async_request(httpx.Request(method, url))


async def test_the_register_is_told_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSENTS_SECRET", "known")
    transport = way(credentials=Credentials(kind="bearer", secret=Secret(env="CONSENTS_SECRET")))
    request = httpx.Request("GET", "https://consents.example/fhir/Consent")
    assert (await transport.handle_async_request(request)).headers["shown"] == "Bearer known"


def test_credentials_that_cannot_be_used_name_the_register() -> None:
    with pytest.raises(ConfigurationError, match="the consent register: its secret is empty"):
        way(credentials=Credentials(kind="bearer", secret=Secret(env="NO_SUCH_VARIABLE")))
