"""All archives together: in the order of the configuration, found by id, and closed at the end."""

import json

import httpx
import pytest

from proxy.archives.checks import Mismatch
from proxy.archives.registry import Archives, open_archives
from proxy.archives.transport import archive_transport
from proxy.errors import ArchiveFailed, ConfigurationError
from proxy.resources import ArchiveId
from proxy.settings.archives import Archive, Institution
from proxy.settings.credentials import Credentials
from tests.proxy.archives.fakes import OF_STUDY, OTHER, attributes

NOBODY = Credentials()


def one(identifier: str, credentials: Credentials = NOBODY) -> Archive:
    return Archive(id=identifier, base_url=f"http://{identifier}.test", credentials=credentials)


GENERAL = Institution(id="general", name="General Hospital", archives=(one("general-a"), one("general-b")))
LAKESIDE = Institution(id="lakeside", name="Lakeside Imaging", archives=(one("lakeside-a"),))
EMPTY = Institution(id="empty", name="No Archive Yet")


class Lines:
    """Transports that answer each archive's requests with its host, and know which of them are closed."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    def __call__(self, archive: Archive) -> httpx.AsyncBaseTransport:
        lines = self

        class Line(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                row = attributes(study=OTHER, **{"00080080": {"vr": "LO", "Value": [request.url.host]}})
                return httpx.Response(200, stream=httpx.ByteStream(json.dumps([row]).encode()))

            async def aclose(self) -> None:
                lines.closed.append(archive.id)

        return Line()


async def report(mismatch: Mismatch) -> None:
    raise AssertionError(mismatch)


async def test_archives_stand_in_the_order_of_the_configuration() -> None:
    async with open_archives([LAKESIDE, EMPTY, GENERAL], Lines(), report) as archives:
        assert [client.archive.id for client in archives] == ["lakeside-a", "general-a", "general-b"]
        assert [client.institution.name for client in archives][:2] == ["Lakeside Imaging", "General Hospital"]
        assert len(archives) == 3
        assert len(Archives(())) == 0


async def test_an_archive_is_found_by_its_id_and_asked_on_its_own_line() -> None:
    async with open_archives([GENERAL, LAKESIDE], Lines(), report) as archives:
        client = archives[ArchiveId("general-b")]
        assert client in archives
        assert "general-b" not in archives
        (row,) = await client.search("studies")
        assert row["00080080"]["Value"] == ["general-b.test"]
        with pytest.raises(KeyError):
            archives[ArchiveId("general")]


async def test_every_line_is_closed_at_the_end() -> None:
    lines = Lines()
    async with open_archives([GENERAL, LAKESIDE], lines, report):
        assert lines.closed == []
    assert sorted(lines.closed) == ["general-a", "general-b", "lakeside-a"]


async def test_what_was_opened_is_closed_when_the_rest_cannot_be() -> None:
    lines = Lines()
    broken = Institution(id="broken", name="Broken", archives=(one("broken", credentials=Credentials(kind="bearer")),))

    def transport_of(archive: Archive) -> httpx.AsyncBaseTransport:
        return archive_transport(archive) if archive.id == "broken" else lines(archive)

    with pytest.raises(ConfigurationError, match="archive `broken`"):
        async with open_archives([GENERAL, broken], transport_of, report):
            pytest.fail("it opened")
    assert sorted(lines.closed) == ["general-a", "general-b"]


async def test_a_mismatch_of_any_archive_is_reported() -> None:
    heard: list[Mismatch] = []

    async def hear(mismatch: Mismatch) -> None:
        heard.append(mismatch)

    async with open_archives([GENERAL, LAKESIDE], Lines(), hear) as archives:
        with pytest.raises(ArchiveFailed, match="another study"):
            await archives[ArchiveId("lakeside-a")].metadata(OF_STUDY)
    assert [(one.archive, one.institution, one.what) for one in heard] == [("lakeside-a", "lakeside", "study")]
