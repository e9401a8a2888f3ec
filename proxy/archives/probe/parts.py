"""The parts of a reply that was read as far as it tells something, and what they say that they are."""

from dataclasses import dataclass

from proxy.archives.labels import frame_transfer_syntax, is_frame
from proxy.archives.probe.questions import Reply
from proxy.wire.errors import WireError
from proxy.wire.media import MediaType, default_transfer_syntax
from proxy.wire.multipart import MultipartReader, PartBegan, PartData, settle_boundary


@dataclass(slots=True)
class Part:
    """A part as far as it was read."""

    media_type: MediaType | None
    data: bytearray


@dataclass(frozen=True, slots=True)
class Parts:
    """`outer` is the media type of the whole; `malformed` when it calls itself a multipart and is none.

    `misnamed` when its boundary is another than it says, which is tolerated.
    """

    outer: MediaType | None
    parts: list[Part]
    malformed: bool = False
    misnamed: bool = False

    @property
    def is_multipart(self) -> bool:
        return self.outer is not None and self.outer.is_multipart

    def label(self, available: str) -> str:
        """Whether the first part says rightly what it is."""
        if not self.parts or self.malformed:
            return "no multipart, though called one"
        first = self.parts[0]
        if not is_frame(first.media_type, self.outer):
            return "another media type than a frame can have"
        declared = _declared(first.media_type, self.outer)
        if declared is None:
            return "no transfer syntax"
        return "right" if declared == self.transfer_syntax(available) else "another transfer syntax than it is in"

    def transfer_syntax(self, available: str) -> str:
        """What the first part is in, by its bytes."""
        first = self.parts[0]
        return frame_transfer_syntax(first.media_type, self.outer, available, bytes(first.data))


def read_parts(reply: Reply) -> Parts:
    """The parts that have begun; a reply that is no multipart is one part."""
    outer = reply.media_type
    if outer is None or not outer.is_multipart:
        return Parts(outer, [Part(outer, bytearray(reply.body))])
    parts: list[Part] = []
    boundary = settle_boundary(outer.boundary or "", reply.body)
    misnamed = boundary != outer.boundary
    try:
        for event in MultipartReader(boundary).feed(reply.body):
            match event:
                case PartBegan(headers):
                    parts.append(Part(headers.media_type, bytearray()))
                case PartData(data):
                    parts[-1].data += data
                case _:
                    pass
    except WireError:
        return Parts(outer, parts, malformed=True)
    return Parts(outer, parts, malformed=not parts, misnamed=misnamed)


def _declared(part: MediaType | None, outer: MediaType | None) -> str | None:
    """The syntax that is named, or implied by a media type that is an encoding."""
    kinds = [one for one in (part, outer.root if outer else None) if one is not None]
    named = next((one.transfer_syntax for one in kinds if one.transfer_syntax not in {None, "*"}), None)
    if named is not None:
        return named
    encoding = kinds[0] if kinds else None
    return default_transfer_syntax(encoding) if encoding and encoding.subtype != "octet-stream" else None
