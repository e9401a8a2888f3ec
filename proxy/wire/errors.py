"""What is wrong with received bytes, in words that never repeat the bytes."""


class WireError(ValueError):
    """Root: what was received does not follow its format, or exceeds what is believed of it."""


class MalformedMultipart(WireError):
    """A multipart/related body that breaks RFC 2046, is cut short, or exceeds its limits."""


class CutShort(MalformedMultipart):
    """A multipart/related body that ends before it is whole."""


class MalformedMediaType(WireError):
    """A media type that breaks RFC 9110 §8.3.1 beyond what is understood leniently."""


class MalformedJson(WireError):
    """Not DICOM JSON (PS3.18 Annex F), or deeper or larger than is believed."""


class MalformedObject(WireError):
    """Not a DICOM file (PS3.10), or pixels in which the frames cannot be told apart."""


class MalformedMllp(WireError):
    """Bytes on a connection are not a message between blocks, or one that is `too_large`."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


class MalformedHl7(WireError):
    """An HL7 v2 message cannot be read; `code` is of HL7 table 0357."""

    def __init__(self, message: str, code: int = 100) -> None:
        super().__init__(message)
        self.code = code
