"""Orthanc with its DICOMweb and GDCM plug-ins: filled by REST, asked for rendered frames, and the CPU time it takes."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
import json
from pathlib import Path
import shutil

from benchmarks.phantom import STUDY
from benchmarks.processes import free_port, running

_PLUGINS = ("/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/share/orthanc/plugins/libOrthancGdcm.so")


@dataclass(frozen=True, slots=True)
class Orthanc:
    """A running Orthanc: its process, and a connection that stays open."""

    pid: int
    connection: HTTPConnection

    def store(self, file: bytes) -> None:
        status, answer = self._ask("POST", "/instances", file, {"Content-Type": "application/dicom"})
        if status != 200:
            raise RuntimeError(f"Orthanc does not take an instance: status {status}, {answer[:300]!r}")

    def rendered(self, series: str, instance: str, query: str) -> bytes | None:
        """The frame as JPEG (PS3.18 §10.4.1.1.3), `None` when Orthanc cannot render it."""
        path = f"/dicom-web/studies/{STUDY}/series/{series}/instances/{instance}/frames/1/rendered?{query}"
        status, answer = self._ask("GET", path, b"", {"Accept": "image/jpeg"})
        return answer if status == 200 else None

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            return self._exchange(method, path, body, headers)
        except ConnectionError:  # it has hung up in the meantime
            self.connection.close()
            return self._exchange(method, path, body, headers)

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def orthanc(folder: Path) -> Iterator[Orthanc]:
    """A fresh Orthanc below `folder`, on loopback."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin") or "Orthanc"
    port = free_port()
    configuration = {
        "Name": "Peer",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "Plugins": list(_PLUGINS),
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    folder.mkdir()
    (folder / "orthanc.json").write_text(json.dumps(configuration), "utf-8")
    with (
        running([program, str(folder / "orthanc.json")], port, folder / "output.log") as pid,
        closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection,
    ):
        yield Orthanc(pid, connection)
