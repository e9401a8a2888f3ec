"""Files that pydicom ships for its own tests, under the demo's patients: what scanners and archives really wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pydicom.data

from demo.archive.objects import StoredObject, copy_of, read_object
from demo.data.making import Study, identify, to_uid

_FILES = Path(pydicom.data.__file__).with_name("test_files")


def teaching(
    study: Study, institution: str, modality: str, files: Sequence[tuple[str, str]], department: str = "Radiology"
) -> Iterator[StoredObject]:
    """Each of `files`, a name and a description, as a series of one object that `department` made."""
    for number, (name, description) in enumerate(files, start=1):
        stored = read_object(_FILES / name)
        attributes = copy_of(stored.attributes)
        attributes.remove_private_tags()
        identify(attributes, study, institution)
        attributes.Modality = modality
        attributes.SeriesInstanceUID = to_uid(study.key, institution, number)
        attributes.SOPInstanceUID = to_uid(study.key, institution, number, 1)
        attributes.SeriesNumber = number
        attributes.InstanceNumber = 1
        attributes.SeriesDescription = description
        attributes.InstitutionalDepartmentName = department
        yield replace(stored, attributes=attributes)
