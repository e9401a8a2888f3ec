"""A small FHIR R4 patient index: read and search of Patient, `$ihe-pix` (IHE ITI-83) and `$match` (ITI-119)."""

from demo.index.app import index_app
from demo.index.people import PEOPLE, SYSTEMS, IndexedPerson

__all__ = ["PEOPLE", "SYSTEMS", "IndexedPerson", "index_app"]
