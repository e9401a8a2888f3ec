"""Bulk data of one archive (WADO-RS, PS3.18 §10.4.1.1.5), by the links of its metadata."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from proxy.archives.asking import RENEWING_BYTES, Asking
from proxy.archives.dialect import EXPLICIT_SYNTAX
from proxy.archives.fragments import FragmentStream
from proxy.archives.gate import Patience
from proxy.archives.parts import BodyStream
from proxy.resources import InstanceRef

_MAXIMUM_TABLE_BYTES = 2**18  # 65536 entries of 16 bits (PS3.3 C.11.1.1), and as much again


class BulkdataAsking(Asking):
    """Elements, and the encoded pixels of a video."""

    @asynccontextmanager
    async def bulkdata(self, uri: str) -> AsyncGenerator[BodyStream, None]:
        """The bulk data that a link of this archive's metadata leads to; a link out of the archive is refused."""
        patience = Patience(self._limits.retrieve_seconds, renewed_by=RENEWING_BYTES)
        async with (
            self.turnstile.stream(patience),
            self._bulkdata(uri, patience, self._limits.bulkdata_bytes) as stream,
        ):
            yield stream

    async def table(self, uri: str) -> bytes:
        """A look-up table or palette that metadata only links to, whole: they are small by definition."""
        return await self.whole(uri, _MAXIMUM_TABLE_BYTES)

    async def whole(self, uri: str, maximum_bytes: int) -> bytes:
        """The bulk data that a link of this archive's metadata leads to, whole."""
        patience = Patience(self._limits.retrieve_seconds)
        async with self._bulkdata(uri, patience, 2 * maximum_bytes) as body:
            return await body.read(maximum_bytes)

    @asynccontextmanager
    async def _bulkdata(self, uri: str, patience: Patience, maximum: int) -> AsyncGenerator[BodyStream, None]:
        async with self._ask(await self._link(uri), (EXPLICIT_SYNTAX, "*/*"), patience, maximum) as answer:
            self._expect_success(answer)
            async with aclosing(BodyStream(answer, maximum, self.institution.name)) as stream:
                await stream.begin()
                yield stream

    @asynccontextmanager
    async def fragments(self, ref: InstanceRef, uri: str | None) -> AsyncGenerator[FragmentStream, None]:
        """The encoded pixels of `ref` as bulk data, for an archive that cannot give them as a frame.

        `uri` is where its metadata link to, if they do.
        """
        url = self._addresses.stored_pixels(ref) if uri is None else await self._link(uri)
        patience = Patience(self._limits.retrieve_seconds, renewed_by=RENEWING_BYTES)
        maximum = self._limits.bulkdata_bytes
        async with (
            self.turnstile.stream(patience),
            self._ask(url, (EXPLICIT_SYNTAX, "*/*"), patience, maximum) as answer,
        ):
            self._expect_success(answer)
            async with aclosing(FragmentStream(answer, maximum, self.institution.name)) as stream:
                yield stream
