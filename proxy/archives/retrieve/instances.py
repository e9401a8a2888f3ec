"""Frames cut out of an instance that an archive gives as a file (PS3.18 §10.4.1.1.1), checked to be that one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from proxy.archives.channel import Answer
from proxy.archives.parts import Part, Payload, read_parts
from proxy.archives.refusals import in_own_words
from proxy.archives.retrieve.events import EventCutter
from proxy.archives.retrieve.pixels import NAMING
from proxy.archives.retrieve.whole import Wanted
from proxy.errors import ArchiveFailed
from proxy.wire.multipart import PartHeaders
from proxy.wire.part10 import (
    Part10Reader,
    PixelsBegan,
)


async def cut_instance(answer: Answer, wanted: Wanted) -> AsyncGenerator[Part, None]:
    """The frames wanted of the instance that `answer` gives as a file (PS3.10), which is checked to be that one."""
    reader, cutter = Part10Reader(NAMING, wanted.object_bytes), EventCutter(wanted)
    async with aclosing(read_parts(answer, wanted.limits, wanted.institution)) as parts:
        async for piece in _bites(parts, reader):
            with in_own_words(wanted.institution):
                events = reader.feed(piece)
            for event in events:
                if isinstance(event, PixelsBegan) and (foreign := wanted.pixels.foreign(event.attributes)) is not None:
                    raise await wanted.refuse(foreign)
                for part in cutter.take(event):
                    yield part
            if cutter.complete:
                return
    raise ArchiveFailed("the archive's object ends before the frame that was asked for", wanted.institution)


async def _bites(
    parts: AsyncGenerator[tuple[PartHeaders, Payload], None], reader: Part10Reader
) -> AsyncGenerator[memoryview, None]:
    """The bytes of the first part, as much of them at once as `reader` may have; others have their turn between."""
    async for _, payload in parts:
        async for piece in payload:
            for bite in reader.bites(piece):
                yield bite
                if reader.may_swell:
                    await asyncio.sleep(0)
        return
