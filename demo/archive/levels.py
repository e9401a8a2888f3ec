"""Which attributes belong to a study, a series or an instance (PS3.18 Tables 10.6.1-5 and 10.6.3-3 to -5)."""

from enum import IntEnum

from pydicom.datadict import tag_for_keyword


class Level(IntEnum):
    STUDY = 1
    SERIES = 2
    INSTANCE = 3


def _tags(keywords: str) -> frozenset[int]:
    tags = {keyword: tag_for_keyword(keyword) for keyword in keywords.split()}
    return frozenset(tag for tag in tags.values() if tag is not None)


_PATIENT_GROUP = 0x0010
_STUDY = _tags(
    "StudyDate StudyTime AccessionNumber IssuerOfAccessionNumberSequence ModalitiesInStudy SOPClassesInStudy "
    "ReferringPhysicianName ReferringPhysicianIdentificationSequence TimezoneOffsetFromUTC StudyDescription "
    "ProcedureCodeSequence PhysiciansOfRecord NameOfPhysiciansReadingStudy StudyInstanceUID StudyID "
    "NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances ReasonForVisit ReferencedStudySequence"
)
_SERIES = _tags(
    "Modality SeriesDescription SeriesInstanceUID SeriesNumber SeriesDate SeriesTime BodyPartExamined Laterality "
    "ProtocolName PatientPosition PerformingPhysicianName OperatorsName PerformedProcedureStepStartDate "
    "PerformedProcedureStepStartTime PerformedProcedureStepID PerformedProcedureStepDescription "
    "RequestAttributesSequence Manufacturer ManufacturerModelName StationName InstitutionName "
    "InstitutionalDepartmentName FrameOfReferenceUID NumberOfSeriesRelatedInstances SoftwareVersions DeviceSerialNumber"
)
RETURNED = {
    Level.STUDY: _tags(
        "StudyDate StudyTime AccessionNumber ReferringPhysicianName PatientName PatientID PatientBirthDate PatientSex "
        "StudyInstanceUID StudyID TimezoneOffsetFromUTC"
    ),
    Level.SERIES: _tags(
        "Modality TimezoneOffsetFromUTC SeriesDescription SeriesInstanceUID SeriesNumber "
        "PerformedProcedureStepStartDate PerformedProcedureStepStartTime RequestAttributesSequence"
    ),
    Level.INSTANCE: _tags(
        "SOPClassUID SOPInstanceUID TimezoneOffsetFromUTC InstanceNumber Rows Columns BitsAllocated NumberOfFrames"
    ),
}
"""What a result holds without being asked for."""

REQUIRED = {
    Level.STUDY: _tags(
        "StudyDate StudyTime AccessionNumber ReferringPhysicianName PatientName PatientID PatientBirthDate PatientSex "
        "StudyID"
    ),
    Level.SERIES: _tags("Modality SeriesNumber"),
    Level.INSTANCE: _tags("InstanceNumber"),
}
"""What a result names even where it is empty."""


def level_of(tag: int) -> Level:
    if tag >> 16 == _PATIENT_GROUP or tag in _STUDY:
        return Level.STUDY
    return Level.SERIES if tag in _SERIES else Level.INSTANCE
