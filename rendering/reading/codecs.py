"""How a stored video is coded, by its transfer syntax (PS3.5 §8.2.5 to §8.2.9, PS3.6 Table A-1)."""

from enum import StrEnum
import re

from rendering.reading import tags
from rendering.reading.elements import Dataset, text


class Codec(StrEnum):
    """The families of codecs that DICOM keeps video in."""

    MPEG2 = "MPEG-2"
    H264 = "H.264"
    HEVC = "HEVC"


_SYNTAX = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(10[0-8])(\.1)?", re.ASCII)  # .1: in fragments
_CODECS = {
    **dict.fromkeys(("100", "101"), Codec.MPEG2),
    **dict.fromkeys(("102", "103", "104", "105", "106"), Codec.H264),
    **dict.fromkeys(("107", "108"), Codec.HEVC),
}
_METHODS = {"ISO_13818_2": Codec.MPEG2, "ISO_14496_10": Codec.H264, "ISO_23008_2": Codec.HEVC}


def codec_of(dataset: Dataset) -> Codec | None:
    """The codec of the instance's pixels, `None` when they are no video.

    Archives that do not tell the transfer syntax leave the method of compression to tell it (PS3.3 C.7.6.1.1.5.1).
    """
    syntax = text(dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)
    if not syntax:
        return _METHODS.get(text(dataset, tags.LOSSY_IMAGE_COMPRESSION_METHOD))
    found = _SYNTAX.fullmatch(syntax)
    return _CODECS[found[1]] if found else None
