"""Metadata of one archive (WADO-RS, PS3.18 §10.4.1.1.2), checked to be of what was asked for."""

import httpx

from proxy.archives.asking import Asking
from proxy.archives.checks import foreign_dataset
from proxy.archives.gate import Patience
from proxy.errors import NotFound
from proxy.resources import InstanceRef, SeriesRef, StudyRef
from proxy.wire.dicomjson import Dataset, Element, Path, rewrite


class MetadataAsking(Asking):
    """Metadata at three levels."""

    async def metadata(self, ref: StudyRef | SeriesRef | InstanceRef) -> list[Dataset]:
        """DICOM JSON of every instance of `ref`; relative bulk data links resolved. Raises `NotFound` for none."""
        url = self._addresses.metadata(ref)
        patience = Patience(self._limits.retrieve_seconds)
        async with self._channel.ask(url, self.archive.dialect.json, patience, self._limits.metadata_bytes) as answer:
            self._expect_success(answer)
            body = await answer.read()
        datasets = [self._issuers.named(one) for one in await self._datasets(body, self._limits.metadata_bytes)]
        if not datasets:
            raise NotFound
        for dataset in datasets:
            foreign = foreign_dataset(dataset, ref)
            if foreign is not None:
                raise await self._mismatch(foreign, ref.study)
        if isinstance(ref, InstanceRef) and len(datasets) > 1:
            raise await self._mismatch("instance", ref.study)
        return [self._with_absolute_links(dataset, url) for dataset in datasets] if b"BulkDataURI" in body else datasets

    def _with_absolute_links(self, dataset: Dataset, url: httpx.URL) -> Dataset:
        def resolve(_: Path, element: Element) -> Element:
            link = self._addresses.link(element["BulkDataURI"], url) if "BulkDataURI" in element else None
            return {**element, "BulkDataURI": str(link)} if link is not None else element

        return rewrite(dataset, resolve)
