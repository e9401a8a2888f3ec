"""Stored frames for whoever holds a permit, in a transfer syntax that their archive does not give them in."""

from dataclasses import dataclass

from proxy.access.permit import Permit
from proxy.archives.labels import frame_transfer_syntax
from proxy.archives.parts import Part
from proxy.resources import FramesRef
from proxy.retrieval.objects import Objects
from proxy.retrieval.workers import RenderingWorkers
from proxy.wire.codestreams import without_items
from rendering.attributes import is_image, read_attributes
from rendering.content import Transport
from rendering.errors import UnsupportedObject
from rendering.frame import EncodedFrame, TranscodedFrame


@dataclass(frozen=True, slots=True)
class Transcoded:
    """Nothing of it is kept: frames in full fidelity are asked for once.

    In lossy transfer syntaxes no value differs by more than `maximum_error` from the stored one.
    """

    objects: Objects
    workers: RenderingWorkers
    maximum_error: int

    async def stored(self, permit: Permit[FramesRef], part: Part, available: str) -> EncodedFrame:
        """`part`, a frame of the permit's target that its archive is giving, with the attributes that explain it.

        `available` is the instance's AvailableTransferSyntaxUID (0008,3002). Raises `UnsupportedObject` for what holds
        no still frames, and `MalformedAttributes` for what is not explained; `part` has been read also then.
        """
        data = without_items(await part.read())
        dataset = await self.objects.instance(permit)
        if not is_image(dataset):
            raise UnsupportedObject("this object has no frames that can be decoded")
        transfer_syntax = frame_transfer_syntax(part.media_type, None, available, data)
        return EncodedFrame(data, transfer_syntax, read_attributes(dataset, part.frame))

    async def frame(self, stored: EncodedFrame, transfer_syntax: str) -> TranscodedFrame:
        """The frame in another transfer syntax. Raises `UnsupportedObject` where it has no place in it."""
        return await self.workers.transcode(Transport(stored, transfer_syntax, self.maximum_error))
