"""Debian's Orthanc with its DICOMweb plug-in, empty at first, as a real archive on a loopback port."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
import json
from pathlib import Path
import subprocess
import time

import httpx

from tests.service import free_port

_PROGRAM = "/usr/sbin/Orthanc"
_PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
_START_SECONDS = 30.0

User = tuple[str, str]
"""A name and its password."""


@contextmanager
def start_orthanc(folder: Path, user: User | None = None) -> Generator[str]:
    """Run Orthanc with all that it keeps in `folder`; gives the URL of its REST API, with DICOMweb at `/dicom-web`.

    With a `user`, nobody else is served.
    """
    with orthanc_process(folder, user) as (url, _):
        yield url


@contextmanager
def orthanc_process(folder: Path, user: User | None = None) -> Generator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Like `start_orthanc`; gives the process too, which may be stopped or killed."""
    port = free_port()
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps(_configuration(folder, port, user)), "utf-8")
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([_PROGRAM, str(configuration)], stdout=log, stderr=log, cwd=folder)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, user, process, folder / "orthanc.log")
        yield url, process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def upload(url: str, paths: Iterable[Path], user: User | None = None) -> None:
    """Store DICOM files by Orthanc's own REST API; an assertion fails for one that it does not take."""
    with httpx.Client(base_url=url, auth=user, trust_env=False, timeout=30) as client:
        for path in paths:
            answer = client.post("/instances", content=path.read_bytes())
            assert answer.status_code == 200, f"Orthanc does not take {path.name}"
            assert answer.json()["Status"] == "Success", f"Orthanc has {path.name} already"


def _configuration(folder: Path, port: int, user: User | None) -> dict[str, object]:
    """Only loopback clients are served: this version listens on every address, whatever it is told."""
    return {
        "Name": "archive",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "Plugins": [_PLUGIN],
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": user is not None,
        "RegisteredUsers": dict([user] if user else []),
        "DicomServerEnabled": False,
        "SaveJobs": False,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
    }


def _wait_for(url: str, user: User | None, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            probe = httpx.get(f"{url}/dicom-web/studies?limit=1", auth=user, trust_env=False, timeout=5)
            if probe.status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"Orthanc did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
