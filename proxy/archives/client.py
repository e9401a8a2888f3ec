"""One archive, asked in DICOMweb (PS3.18 §10.4, §10.6): bounded in time and size, and believed only when it answers
what was asked.
"""

from proxy.archives.retrieve.bulkdata import BulkdataAsking
from proxy.archives.retrieve.extents import ExtentAsking
from proxy.archives.retrieve.frames import FrameAsking
from proxy.archives.retrieve.metadata import MetadataAsking
from proxy.archives.search.searching import Searching


class ArchiveClient(Searching, MetadataAsking, FrameAsking, BulkdataAsking, ExtentAsking):
    """Everything that one archive is asked for."""
