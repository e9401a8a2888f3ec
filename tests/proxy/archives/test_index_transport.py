"""The way to the patient index: reading below its base URL and asking for matches, and nothing else."""

import ssl

import httpx
import pytest

from proxy.archives.http1.egress import Destination, EgressRefused
from proxy.archives.transport import index_transport
from proxy.errors import ConfigurationError
from proxy.settings.credentials import Credentials
from proxy.settings.patients import AssigningAuthority, PatientIndex
from proxy.settings.secrets import Secret

AUTHORITIES = (AssigningAuthority(name="GENERAL", system="urn:oid:1.2.3"),)
QUESTION = b'{"resourceType":"Parameters"}'


class Line(httpx.AsyncBaseTransport):
    """Carries nothing, but keeps what it was given; refuses what does not lead to its destination."""

    def __init__(self, destination: Destination, context: ssl.SSLContext | None, seconds: float) -> None:
        self.destination = destination

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.destination.check(request)
        carried.append(request)
        return httpx.Response(200 if len(carried) > 1 or "authorization" not in request.headers else 401)


carried: list[httpx.Request] = []


@pytest.fixture(autouse=True)
def _nothing_carried() -> None:
    carried.clear()


def way(**more: object) -> httpx.AsyncBaseTransport:
    return index_transport(PatientIndex(base_url="https://mpi.example/fhir", authorities=AUTHORITIES, **more), Line)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/fhir/Patient"),
        ("POST", "/fhir/Patient/$ihe-pix"),
        ("PUT", "/fhir/Patient/$match"),
        ("GET", "/other/Patient"),
        ("GET", "/fhir/../other"),
        ("DELETE", "/fhir/Patient/1"),
    ],
)
async def test_nothing_else_is_sent(method: str, path: str) -> None:
    with pytest.raises(EgressRefused):
        await way().handle_async_request(httpx.Request(method, f"https://mpi.example{path}"))
    assert carried == []


async def test_another_host_is_not_asked() -> None:
    with pytest.raises(EgressRefused):
        await way().handle_async_request(httpx.Request("GET", "https://other.example/fhir/Patient"))


async def test_identifiers_are_asked_for_below_the_base() -> None:
    url = "https://mpi.example/fhir/Patient/$ihe-pix?sourceIdentifier=urn%3Aoid%3A1.2.3%7CG-1001"
    await way().handle_async_request(httpx.Request("GET", url))
    assert [str(one.url) for one in carried] == [url]


async def test_a_question_goes_with_its_body_and_credentials_and_is_repeated_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INDEX_SECRET", "first")
    transport = way(credentials=Credentials(kind="bearer", secret=Secret(env="INDEX_SECRET")))
    monkeypatch.setenv("INDEX_SECRET", "second")
    question = httpx.Request("POST", "https://mpi.example/fhir/Patient/$match", content=QUESTION)
    assert (await transport.handle_async_request(question)).status_code == 200
    assert [one.headers["authorization"] for one in carried] == ["Bearer first", "Bearer second"]
    assert [one.content for one in carried] == [QUESTION, QUESTION]
    assert [one.headers["content-length"] for one in carried] == [str(len(QUESTION))] * 2


def test_credentials_that_cannot_be_used_name_the_index() -> None:
    with pytest.raises(ConfigurationError, match=r"^the patient index: its secret is empty: .* `NO_SUCH_VARIABLE` is"):
        way(credentials=Credentials(kind="bearer", secret=Secret(env="NO_SUCH_VARIABLE")))
