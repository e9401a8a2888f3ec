"""Metadata of the instances that a permit names: fetched once, checked to be what was asked for, kept for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec

from proxy.access.permit import Permit
from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import ArchiveFailed, NotFound, Overloaded, RefusedElsewhere, TooLarge
from proxy.resources import BulkdataRef, FramesRef, HeldStudy, InstanceRef, SeriesRef, StudyRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.masking import told_under
from proxy.retrieval.memory import Memory
from proxy.retrieval.shared import Shared
from proxy.settings.retrieval import Retrieval
from proxy.wire import dicomjson, tags
from rendering.bulk import BulkReference, bulk_references, voi_lut_reference, with_bulk
from rendering.laid_over import Rectangle
from rendering.reading.anonymity import anonymous_areas
from rendering.reading.functional_groups import without_tile_positions

Dataset = dict[str, Any]
_DICT_TO_JSON_BYTES = 6  # a decoded DICOM JSON object takes about six times the memory of its text
_POINTER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Gathered:
    """Metadata from several archives, and what is held by those that gave none: they failed, or refuse the person."""

    datasets: list[Dataset]
    missing: tuple[HeldStudy, ...] = ()
    refused: tuple[HeldStudy, ...] = ()


class Objects:
    """The attributes of instances, by permit."""

    def __init__(self, archives: Archives, audit: AuditLog, settings: Retrieval, memory: Memory) -> None:
        self._archives = archives
        self._audit = audit
        self._encoder = msgspec.json.Encoder()
        self._cache: ByteCache[tuple[str, InstanceRef], Dataset] = memory.attribute_cache(
            "metadata", settings.metadata_cache_bytes, self._size
        )
        self._shared = Shared(self._cache)

    def archive_of(self, held: HeldStudy) -> ArchiveClient:
        return self._archives[held.archive]

    async def instances(self, permit: Permit[StudyRef | SeriesRef | InstanceRef]) -> list[Dataset]:
        """The metadata of everything below the permit's target at its archive, as far as the permit lets it be told."""
        return [told_under(permit, dataset) for dataset in await self._instances(permit)]

    async def _instances(self, permit: Permit[StudyRef | SeriesRef | InstanceRef]) -> list[Dataset]:
        purges = self._cache.purges
        archive = self.archive_of(permit.held)
        with archive.failing_at(permit.target):
            datasets = await archive.metadata(permit.target)
            for dataset in datasets:
                await self._check_patient(permit.held, dataset)
        for dataset in datasets if self._cache.purges == purges else ():
            self._remember(permit.held, dataset)
        return datasets

    async def distinct(self, permits: Sequence[Permit[StudyRef | SeriesRef | InstanceRef]]) -> Gathered:
        """What `instances` gives for each of `permits`, each instance once; of those that fail at least one answers."""
        answers: list[list[Dataset]] = []
        failed: list[tuple[HeldStudy, ArchiveFailed | Overloaded | NotFound | RefusedElsewhere]] = []
        for permit in permits:
            try:
                answers.append(await self.instances(permit))
            except (ArchiveFailed, Overloaded, NotFound, RefusedElsewhere) as failure:
                failed.append((permit.held, failure))
        if failed and not answers:
            raise min((failure for _, failure in failed), key=_telling_least)
        refused = tuple(held for held, failure in failed if isinstance(failure, RefusedElsewhere))
        missing = tuple(held for held, failure in failed if not isinstance(failure, RefusedElsewhere))
        return Gathered(_distinct(answers), missing, refused)

    async def instance(self, permit: Permit[InstanceRef | FramesRef | BulkdataRef]) -> Dataset:
        """The metadata of the one instance that the permit's target is or belongs to, as far as they may be told."""
        return told_under(permit, await self.stored(permit))

    async def stored(self, permit: Permit[InstanceRef | FramesRef | BulkdataRef]) -> Dataset:
        """The same as its archive has them, from which rendering takes what explains pixels."""
        target = permit.target if isinstance(permit.target, InstanceRef) else permit.target.of
        key = (permit.held.place, target)
        return await self._shared.have(key, lambda: self._fetch(permit.held, target), permit.held)

    async def with_voi_lut(self, permit: Permit[FramesRef], frame: int, number: int) -> Dataset:
        """The same with the data of VOI LUT `number` of a frame, which are fetched once somebody chooses it."""
        purges = self._cache.purges
        dataset = await self.stored(permit)
        reference = voi_lut_reference(dataset, frame, number)
        if reference is None:
            return dataset
        archive = self.archive_of(permit.held)
        with archive.failing_at(permit.target.of):
            data = await archive.table(reference.uri)
        completed = dict(with_bulk(dataset, reference.path, data))
        if self._cache.purges == purges:
            self._cache.keep((permit.held.place, permit.target.of), completed, permit.held)
        return completed

    async def areas(self, permit: Permit[InstanceRef] | Permit[FramesRef]) -> tuple[Rectangle, ...] | None:
        """The areas of the instance's frames that the permit lets be shown; `None` for all.

        Raises `NotAnonymous`, which says why, for what may not be shown at all.
        """
        if not permit.obligations.masked:
            return None
        return anonymous_areas(await self.stored(permit), self.archive_of(permit.held).institution.clean_equipment)

    async def bulk(self, permit: Permit[InstanceRef | FramesRef], path: dicomjson.Path, maximum_bytes: int) -> bytes:
        """The bytes of the instance's element at `path`, whole, from its metadata or from where that points to.

        Raises `NotFound` when there are none, `TooLarge` when there are more than `maximum_bytes`.
        """
        element = dicomjson.element_at(await self.instance(permit), path)
        inline = dicomjson.inline_binary(element) if element is not None else None
        if inline is not None:
            return inline
        uri = element.get("BulkDataURI") if element is not None else None
        if not isinstance(uri, str):
            raise NotFound
        archive = self.archive_of(permit.held)
        with archive.failing_at(permit.target if isinstance(permit.target, InstanceRef) else permit.target.of):
            return await archive.whole(uri, maximum_bytes)

    async def _fetch(self, held: HeldStudy, target: InstanceRef) -> Dataset:
        archive = self.archive_of(held)
        with archive.failing_at(target):
            return await self._fetch_from(archive, held, target)

    async def _fetch_from(self, archive: ArchiveClient, held: HeldStudy, target: InstanceRef) -> Dataset:
        datasets = await archive.metadata(target)
        if not datasets:
            raise NotFound
        await self._check_patient(held, datasets[0])
        dataset = datasets[0]
        for reference in bulk_references(dataset):
            data = await archive.table(reference.uri) if reference.required else await _dispensable(archive, reference)
            dataset = dict(with_bulk(dataset, reference.path, data)) if data is not None else dataset
        return dict(without_tile_positions(dataset))

    def _remember(self, held: HeldStudy, dataset: Dataset) -> None:
        """Keep what a study's or series' metadata tells of an instance, if it is all that rendering will need."""
        series = dicomjson.uid(dataset, tags.SERIES_INSTANCE_UID)
        instance = dicomjson.uid(dataset, tags.SOP_INSTANCE_UID)
        if series is not None and instance is not None and not bulk_references(dataset):
            lean = dict(without_tile_positions(dataset))
            self._cache.keep((held.place, InstanceRef(held.study, series, instance)), lean, held)

    async def _check_patient(self, held: HeldStudy, dataset: Dataset) -> None:
        """An object of another patient than the one that was decided about is never used."""
        patient, issuer = (dicomjson.text(dataset, tag) for tag in (tags.PATIENT_ID, tags.ISSUER_OF_PATIENT_ID))
        known_issuer = dicomjson.text(held.attributes, tags.ISSUER_OF_PATIENT_ID)
        known = {one.value for one in (held.patient, *held.aliases)}
        if patient in {"", *known} and (not issuer or known_issuer in {"", issuer}):
            return
        institution = self.archive_of(held).institution
        event = Event(
            EventKind.ARCHIVE_MISMATCH,
            Outcome.FAILED,
            institution=held.institution,
            archive=held.archive,
            patient=f"{held.patient.authority}|{held.patient.value}",
            study=held.study,
        )
        await self._audit.record(event)
        raise ArchiveFailed("the archive answered with an object of another patient", institution.name)

    def _size(self, dataset: Dataset) -> int:
        """Functional groups that many frames share are there once."""
        groups = dicomjson.values(dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS)
        distinct = list({id(group): group for group in groups}.values())
        other = {tag: element for tag, element in dataset.items() if tag != tags.PER_FRAME_FUNCTIONAL_GROUPS}
        return _DICT_TO_JSON_BYTES * len(self._encoder.encode([other, distinct])) + _POINTER_BYTES * len(groups)


def _telling_least(failure: Exception) -> int:
    """What an archive did not say weighs more than what it refuses, and that more than that it has nothing."""
    return 2 if isinstance(failure, NotFound) else int(isinstance(failure, RefusedElsewhere))


def _distinct(answers: Sequence[Sequence[Dataset]]) -> list[Dataset]:
    """Each instance once, as the first archive that has it gives it."""
    found: dict[object, Dataset] = {}
    for dataset in chain.from_iterable(answers):
        found.setdefault(dicomjson.uid(dataset, tags.SOP_INSTANCE_UID) or id(dataset), dataset)
    return list(found.values())


async def _dispensable(archive: ArchiveClient, reference: BulkReference) -> bytes | None:
    """A colour profile or an overlay, without which an image can be shown and is said to lack it."""
    try:
        return await archive.whole(reference.uri, reference.maximum_bytes)
    except (ArchiveFailed, NotFound, TooLarge):
        return None
