"""Content items of structured reports, and the reports that hold them."""

from typing import Any

from pydicom import Dataset, FileMetaDataset
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian

CT = "1.2.840.10008.5.1.4.1.1.2"


def item(**attributes: Any) -> Dataset:
    made = Dataset()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def code(meaning: str, value: str = "1", scheme: str = "99TEST") -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def content(value_type: str, name: str = "", relationship: str = "CONTAINS", **more: Any) -> Dataset:
    """A content item; `name` is the meaning of its concept name."""
    made = item(RelationshipType=relationship, ValueType=value_type)
    if name:
        made.ConceptNameCodeSequence = [code(name)]
    for keyword, value in more.items():
        setattr(made, keyword, value)
    return made


def container(name: str, *children: Dataset, **more: Any) -> Dataset:
    return content("CONTAINER", name, **{"ContinuityOfContent": "SEPARATE", "ContentSequence": list(children), **more})


def number(name: str, value: float | None, unit: str = "mm", *children: Dataset, **more: Any) -> Dataset:
    measured = (
        [] if value is None else [item(NumericValue=value, MeasurementUnitsCodeSequence=[code(unit, unit, "UCUM")])]
    )
    return content("NUM", name, MeasuredValueSequence=measured, ContentSequence=list(children), **more)


def reference(instance: str, sop_class: str = CT, **more: Any) -> Dataset:
    return item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance, **more)


def evidence(study: str, series: str, *references: Dataset) -> Dataset:
    return item(
        StudyInstanceUID=study,
        ReferencedSeriesSequence=[item(SeriesInstanceUID=series, ReferencedSOPSequence=list(references))],
    )


def report(*children: Dataset, **more: Any) -> Dataset:
    """A report that is complete and verified unless `more` says otherwise."""
    made = container("Imaging Report", *children)
    del made.RelationshipType
    made.SOPClassUID = ComprehensiveSRStorage
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = "1.2.1", "1.2.1.6", "1.2.1.6.1"
    made.PatientID, made.PatientName, made.Modality = "G-1001", "Yamada^Tarou", "SR"
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "VERIFIED"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for name, value in more.items():
        setattr(made, name, value)
    return made
