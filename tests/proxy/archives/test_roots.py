"""Archives whose searches and objects have roots of their own (PS3.18 §10.1.1): each request goes to its own."""

import pytest

from proxy.archives.http1.guarded import GuardedTransport
from proxy.archives.http1.transport import Http1Transport
from proxy.archives.transport import Carrier, archive_transport
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from tests.proxy.archives.fakes import (
    OF_SERIES,
    Line,
    Talking,
    archive,
    asking,
    attributes,
    dicom_json,
    frames,
    listening,
    octets,
)


def talking(requests: list[str]) -> Talking:
    async def talk(head: bytes, writer: object) -> None:
        target = head.split(b" ")[1].decode()
        requests.append(target)
        answer = octets(b"\x01\x02") if "/frames/" in target else dicom_json(attributes())
        fields = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        writer.write(f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + answer.body)

    return talk


@pytest.mark.parametrize("carrier", [Http1Transport, GuardedTransport])
async def test_searches_and_objects_are_asked_for_at_their_own_roots(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_TOKEN", "own")
    credentials = Credentials(kind="bearer", secret=Secret(env="ARCHIVE_TOKEN"))
    searched: list[str] = []
    retrieved: list[str] = []
    async with listening(talking(searched)) as qido, listening(talking(retrieved)) as wado:
        own = archive(
            "http://127.0.0.1:9/never",
            search_url=root(qido, "qido/rs"),
            retrieve_url=root(wado, "wado"),
            credentials=credentials,
        )
        async with asking(own, archive_transport(own, carrier)) as asked:
            assert len(await asked.client.search("studies", [("PatientID", "1")])) == 1
            assert len(await asked.client.metadata(OF_SERIES)) == 1
            await asked.client.whole_frames(frames(1))
    assert searched == ["/qido/rs/studies?PatientID=1"]
    assert [target.split("/")[1] for target in retrieved] == ["wado", "wado"]
    assert [head.count(b"Bearer own") for head in qido.heads + wado.heads] == [1, 1, 1]


async def test_one_of_them_alone_leaves_the_other_where_it_was() -> None:
    seen: list[str] = []
    async with listening(talking(seen)) as line:
        own = archive(root(line, "dicom-web"), search_url=root(line, "qido"))
        async with asking(own, archive_transport(own)) as asked:
            await asked.client.search("studies")
            await asked.client.metadata(OF_SERIES)
    assert [target.split("/")[1] for target in seen] == ["qido", "dicom-web"]


def root(line: Line, path: str) -> str:
    return f"http://127.0.0.1:{line.port}/{path}"
