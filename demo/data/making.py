"""Stored objects from the attributes that a series shares and the pixels of its images (PS3.3 A.1, C.7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
import uuid

from pydicom import Dataset
from pydicom.uid import UID

from demo.archive.objects import StoredObject
from demo.data.coding import Pixels, encode
from demo.data.patients import AUTHORITIES, Patient

INSTITUTIONS = {
    "general": "General Hospital",
    "lakeside": "Lakeside Imaging",
    "university": "University Hospital",
}
_NAMESPACE = uuid.UUID("6c1f64a2-0d0c-4b5c-8f35-6f7b1d1b2a10")


def to_uid(*names: object) -> str:
    """A UID that is the same at every start (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, '/'.join(map(str, names))).int}"


@dataclass(frozen=True, slots=True)
class Study:
    """A study: `key` names it among all, `description` is what people read."""

    key: str
    patient: Patient
    description: str
    date: date
    time: str = "101500"

    @property
    def uid(self) -> str:
        return to_uid(self.key)


@dataclass(frozen=True, slots=True)
class Series:
    """A series as one institution holds it. `attributes` are those of the modality, common to all its images."""

    study: Study
    institution: str
    number: int
    modality: str
    sop_class: UID
    description: str
    syntax: UID
    attributes: Mapping[str, Any]

    @property
    def uid(self) -> str:
        return to_uid(self.study.key, self.institution, self.number)

    def image(
        self, number: int, own: Mapping[str, Any], pixels: Callable[[int], Pixels], frames: int = 1
    ) -> StoredObject:
        """Image `number` of the series; `pixels(n)` draws frame n, when somebody asks for it."""
        dataset = self.described(number)
        for keyword, value in {**self.attributes, **own}.items():
            setattr(dataset, keyword, value)
        if frames > 1:
            dataset.NumberOfFrames = frames
        return StoredObject(dataset, self.syntax, frames, lambda frame: encode(pixels(frame), self.syntax))

    def described(self, number: int) -> Dataset:
        """What every object of the series says, object `number` here."""
        dataset = Dataset()
        identify(dataset, self.study, self.institution)
        dataset.SOPClassUID = self.sop_class
        dataset.SOPInstanceUID = to_uid(self.study.key, self.institution, self.number, number)
        dataset.SeriesInstanceUID = self.uid
        dataset.SeriesNumber = self.number
        dataset.SeriesDescription = self.description
        dataset.SeriesDate = dataset.StudyDate
        dataset.Modality = self.modality
        dataset.InstanceNumber = number
        dataset.ContentDate = dataset.StudyDate
        dataset.ContentTime = self.study.time
        dataset.Manufacturer = "Phantom"
        return dataset


def identify(dataset: Dataset, study: Study, institution: str) -> None:
    """Write the demo's patient and study into `dataset`, under the patient's number at `institution`."""
    patient = study.patient
    for element in list(dataset.group_dataset(0x0010)):
        del dataset[element.tag]
    dataset.SpecificCharacterSet = list(patient.character_set)
    dataset.PatientName = patient.name
    dataset.PatientID = patient.identifiers[institution]
    dataset.IssuerOfPatientID = AUTHORITIES[institution]
    dataset.PatientBirthDate = patient.birth_date
    dataset.PatientSex = patient.sex
    dataset.InstitutionName = INSTITUTIONS[institution]
    dataset.InstitutionalDepartmentName = "Radiology"
    dataset.StudyInstanceUID = study.uid
    dataset.StudyDate = f"{study.date:%Y%m%d}"
    dataset.StudyTime = study.time
    dataset.StudyDescription = study.description
    dataset.StudyID = study.key.upper()[:16]
    dataset.AccessionNumber = f"{study.date:%y%m%d}-{study.patient.key[2:]}"
    dataset.ReferringPhysicianName = ""
