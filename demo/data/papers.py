"""What accompanies images: a recording, a report, a letter, and a selection of key images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydicom import Dataset
import pydicom.data
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    CTImageStorage,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
)

from demo.archive.objects import StoredObject, copy_of, read_object
from demo.data.making import Series, Study, identify, to_uid

_RECORDING = Path(pydicom.data.__file__).with_name("test_files") / "waveform_ecg.dcm"
_DICOM = "DCM"


def electrocardiogram(study: Study, institution: str, number: int) -> StoredObject:
    """A recording of twelve leads, which pydicom ships for its own tests."""
    stored = read_object(_RECORDING)
    attributes = copy_of(stored.attributes)
    attributes.remove_private_tags()
    identify(attributes, study, institution)
    attributes.Modality, attributes.SeriesNumber, attributes.InstanceNumber = "ECG", number, 1
    attributes.SeriesDescription = "Resting ECG, 12 leads"
    attributes.SeriesInstanceUID = to_uid(study.key, institution, number)
    attributes.SOPInstanceUID = to_uid(study.key, institution, number, 1)
    return replace(stored, attributes=attributes)


def report(
    study: Study, institution: str, number: int, title: str, sections: Sequence[tuple[str, str]]
) -> StoredObject:
    """A report with a text for each heading of `sections` (PS3.3 A.35.1)."""
    made = _document(study, institution, number, "SR", BasicTextSRStorage, "Report")
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "UNVERIFIED"
    made.PerformedProcedureCodeSequence, made.ReferencedPerformedProcedureStepSequence = [], []
    _begin(made, _code("18748-4", "LN", title))
    made.ContentSequence = [
        _text(_code(str(at), "99DEMO", heading), words) for at, (heading, words) in enumerate(sections)
    ]
    return _stored(made)


def letter(study: Study, institution: str, number: int, title: str, lines: Sequence[str]) -> StoredObject:
    """A page with `lines` of text, as a PDF document (PS3.3 A.45.1)."""
    made = _document(study, institution, number, "DOC", EncapsulatedPDFStorage, title)
    made.DocumentTitle, made.MIMETypeOfEncapsulatedDocument = title, "application/pdf"
    made.BurnedInAnnotation, made.ConceptNameCodeSequence = "YES", []
    made.AcquisitionDateTime = ""
    written = _pdf([title, "", *lines])
    made.EncapsulatedDocument = written + b"\0" * (len(written) % 2)
    return _stored(made)


def key_images(
    study: Study, institution: str, number: int, of_series: int, images: Sequence[int], words: str
) -> StoredObject:
    """A selection of `images` of series `of_series` for the reason that `words` give (PS3.3 A.35.4)."""
    made = _document(study, institution, number, "KO", KeyObjectSelectionDocumentStorage, "Key images")
    made.ReferencedPerformedProcedureStepSequence = []
    references = [_reference(to_uid(study.key, institution, of_series, image)) for image in images]
    series, evidence = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = to_uid(study.key, institution, of_series), references
    evidence.StudyInstanceUID, evidence.ReferencedSeriesSequence = study.uid, [series]
    made.CurrentRequestedProcedureEvidenceSequence = [evidence]
    _begin(made, _code("113000", _DICOM, "Of Interest"))
    made.ContentSequence = [_text(_code("113012", _DICOM, "Key Object Description"), words), *map(_image, references)]
    return _stored(made)


def _document(study: Study, institution: str, number: int, modality: str, sop_class: UID, description: str) -> Dataset:
    series = Series(study, institution, number, modality, sop_class, description, ExplicitVRLittleEndian, {})
    return series.described(1)


def _stored(attributes: Dataset) -> StoredObject:
    return StoredObject(attributes, ExplicitVRLittleEndian, 0, _no_frames, 0)


def _no_frames(number: int) -> bytes:
    raise LookupError(number)


def _begin(made: Dataset, title: Dataset) -> None:
    made.ValueType, made.ContinuityOfContent, made.ConceptNameCodeSequence = "CONTAINER", "SEPARATE", [title]


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _text(name: Dataset, words: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ConceptNameCodeSequence, item.TextValue = (
        "CONTAINS",
        "TEXT",
        [name],
        words,
    )
    return item


def _image(reference: Dataset) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ReferencedSOPSequence = "CONTAINS", "IMAGE", [reference]
    return item


def _reference(instance: str) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, instance
    return reference


def _pdf(lines: Sequence[str]) -> bytes:
    """One page of A4 with `lines` in a typeface that every reader of PDF has (ISO 32000-1 §7.5)."""
    words = "\n".join(f"({line}) Tj T*" for line in lines)
    drawing = f"BT /F1 13 Tf 20 TL 72 760 Td\n{words}\nET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    ]
    written, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return f"{written}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode("ascii")
