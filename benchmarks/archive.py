"""A study as files that a web server serves as a DICOMweb archive (PS3.18 §10.4, §10.6): never the limit itself."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import groupby
import json
from pathlib import Path
from typing import Any

from pydicom import dcmwrite

from benchmarks.phantom import PATIENT, STUDY, Slice

ROOT = "/dicom-web"
_JSON = "application/dicom+json"
_BOUNDARY = "2f4c1d0e-6b7a-4c58-9d3e-8a1b5c7f9e21"
_OCTETS = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
_FRAMES = (
    f'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1; boundary={_BOUNDARY}'
)
_OBJECTS = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'


def write_archive(folder: Path, slices: Sequence[Slice], *, whole: bool = True) -> str:
    """Write every answer below `folder`; the nginx `location` blocks that serve them.

    Without `whole` the study cannot be fetched at once.
    """
    folder.mkdir()
    writer = _Writer(folder)
    writer.add("/studies", _JSON, _json([_study_row(slices)]))
    study = f"/studies/{STUDY}"
    writer.add(f"{study}/metadata", _JSON, _json([_attributes(one) for one in slices]))
    writer.add(f"{study}/series", _JSON, _json([_series_row(rows) for rows in _by_series(slices)]))
    if whole:
        writer.add(study, _OBJECTS, _parts("application/dicom", [part10(one) for one in slices]))
    for rows in _by_series(slices):
        series = f"{study}/series/{rows[0].series}"
        writer.add(f"{series}/metadata", _JSON, _json([_attributes(one) for one in rows]))
        writer.add(f"{series}/instances", _JSON, _json([_attributes(one) for one in rows]))
        for one in rows:
            instance = f"{series}/instances/{one.instance}"
            writer.add(f"{instance}/metadata", _JSON, _json([_attributes(one)]))
            for number, frame in enumerate(one.frames, 1):
                writer.add(f"{instance}/frames/{number}", _FRAMES, _parts(_OCTETS, [frame]))
    return "\n".join(writer.locations)


def frame_path(one: Slice, number: int = 1) -> str:
    """The resource of a frame of the slice, below the root of a DICOMweb service."""
    return f"/studies/{STUDY}/series/{one.series}/instances/{one.instance}/frames/{number}"


def part10(one: Slice) -> bytes:
    """The instance as a file."""
    written = BytesIO()
    dcmwrite(written, one.dataset, enforce_file_format=True)
    return written.getvalue()


class _Writer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.locations: list[str] = []

    def add(self, path: str, media_type: str, body: bytes) -> None:
        file = self._folder / str(len(self.locations))
        file.write_bytes(body)
        self.locations.append(f"location = {ROOT}{path} {{ default_type '{media_type}'; alias {file}; }}")


def _by_series(slices: Iterable[Slice]) -> list[list[Slice]]:
    return [list(rows) for _, rows in groupby(slices, key=lambda one: one.series)]


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _parts(kind: str, bodies: Iterable[bytes]) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n".encode()
    return b"".join(head + body + b"\r\n" for body in bodies) + f"--{_BOUNDARY}--\r\n".encode()


def _attributes(one: Slice) -> dict[str, Any]:
    """The instance's metadata; its pixels are named, not included (PS3.18 Annex F)."""
    document: dict[str, Any] = one.dataset.to_json_dict(suppress_invalid_tags=True)
    document["7FE00010"] = {"vr": "OW", "BulkDataURI": f"{ROOT}{frame_path(one)}"}
    document["00083002"] = {"vr": "UI", "Value": ["1.2.840.10008.1.2.1"]}
    return document


def _study_row(slices: Sequence[Slice]) -> dict[str, Any]:
    return {
        "0020000D": {"vr": "UI", "Value": [STUDY]},
        "00100020": {"vr": "LO", "Value": [PATIENT]},
        "00080020": {"vr": "DA", "Value": ["20260102"]},
        "00080061": {"vr": "CS", "Value": ["CT"]},
        "00201206": {"vr": "IS", "Value": [len(_by_series(slices))]},
        "00201208": {"vr": "IS", "Value": [len(slices)]},
    }


def _series_row(rows: Sequence[Slice]) -> dict[str, Any]:
    return {
        "0020000D": {"vr": "UI", "Value": [STUDY]},
        "0020000E": {"vr": "UI", "Value": [rows[0].series]},
        "00080060": {"vr": "CS", "Value": ["CT"]},
        "00201209": {"vr": "IS", "Value": [len(rows)]},
    }
