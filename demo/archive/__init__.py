"""A read-only DICOMweb archive over DICOM files (PS3.18 §10): the demo's, and the one that tests ask."""

from demo.archive.app import Archive, archive_app
from demo.archive.credentials import Credentials
from demo.archive.faults import Fault
from demo.archive.objects import StoredObject, read_object

__all__ = ["Archive", "Credentials", "Fault", "StoredObject", "archive_app", "read_object"]
