"""What is no image in a DICOM file and can be shown all the same: recordings, pages, documents (PS3.10)."""

from dataclasses import replace
from pathlib import Path
from typing import Any
import warnings

from pydicom import dcmread
from pydicom.dataset import Dataset

from rendering.content import Page
from rendering.documents import cda
from rendering.documents.blocks import Document
from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.kinds.reading import kind_of
from rendering.kinds.table import Kind
from rendering.reports.document import to_document
from rendering.waveforms.reading import read_recording
from rendering.waveforms.recording import Recording


def read_paper(file: Path, number: int) -> Recording | Page | None:
    """The recording, or page `number` (from 1), in `file`; `None` when it is of another kind.

    Raises `OSError` and `RenderingError`.
    """
    dataset, metadata = _read(file)
    match kind_of(metadata):
        case Kind.WAVEFORM:
            return _with_samples(read_recording(metadata), dataset)
        case Kind.PDF:
            return Page(_document_of(dataset), number)
        case _:
            return None


def read_document(file: Path) -> Document:
    """The report or clinical document in `file`. Raises `OSError` and `RenderingError`."""
    dataset, metadata = _read(file)
    match kind_of(metadata):
        case Kind.REPORT | Kind.KEY_OBJECTS:
            return to_document(metadata)
        case Kind.CDA:
            return cda.to_document(_document_of(dataset))
        case _:
            raise UnsupportedObject("this object is no text")


def _read(file: Path) -> tuple[Dataset, dict[str, Any]]:
    with warnings.catch_warnings(action="ignore"):  # what pydicom warns of holds values of the data set
        try:
            dataset = dcmread(file, stop_before_pixels=True)
            return dataset, dataset.to_json_dict(suppress_invalid_tags=True)
        except OSError:
            raise
        except Exception:  # pydicom raises whatever its parsers meet
            raise MalformedAttributes("this is not a DICOM file that can be read") from None


def _with_samples(recording: Recording, dataset: Dataset) -> Recording:
    held = [bytes(group.get("WaveformData", b"")) for group in dataset.WaveformSequence]
    groups = (replace(group, data=data[: group.bytes]) for group, data in zip(recording.groups, held, strict=True))
    return replace(recording, groups=tuple(groups))


def _document_of(dataset: Dataset) -> bytes:
    return bytes(dataset.get("EncapsulatedDocument", b""))
