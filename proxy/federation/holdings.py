"""Whose the series and instances are that a search over all studies finds: the studies above them, archive by archive.

Policy decides about studies, as their archive describes them; what a row below says of its patient decides nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from proxy.archives.client import ArchiveClient
from proxy.errors import ArchiveFailed
from proxy.federation.location import study_fields, to_held
from proxy.federation.sources import Row
from proxy.resources import HeldStudy, Uid
from proxy.wire import dicomjson, tags

MOST_STUDIES = 2000
"""How many studies of one archive are looked up in one search; rows of further ones are left out."""

_AT_ONCE = 50
_ONE_BY_ONE = 200


class Holdings:
    """The studies of one archive that one search comes across. `exhausted` when there were too many."""

    def __init__(self, archive: ArchiveClient) -> None:
        self._archive = archive
        self._known: dict[Uid, list[HeldStudy]] = {}
        self._alone = 0
        self.exhausted = False

    async def of(self, rows: Iterable[Row]) -> Mapping[Uid, Sequence[HeldStudy]]:
        """What the archive says of the studies that `rows` name; of one patient each, unless it says otherwise."""
        named = dict.fromkeys(uid for row in rows if (uid := dicomjson.uid(row, tags.STUDY_INSTANCE_UID)))
        unknown = [uid for uid in named if uid not in self._known]
        room = MOST_STUDIES - len(self._known)
        self.exhausted = self.exhausted or len(unknown) > room
        for together in _batches(unknown[: max(0, room)]):
            await self._look_up(together)
        return self._known

    async def _look_up(self, studies: Sequence[Uid]) -> None:
        found = await self._ask_together(studies) if len(studies) > 1 else {}
        for study in studies:
            self._known[study] = found.get(study) or await self._ask_alone(study)

    async def _ask_together(self, studies: Sequence[Uid]) -> Mapping[Uid, list[HeldStudy]]:
        """By a list of UIDs (PS3.4 C.2.2.2.2), which some archives refuse or do not understand."""
        try:
            return await self._ask(",".join(studies))
        except ArchiveFailed:
            return {}

    async def _ask_alone(self, study: Uid) -> list[HeldStudy]:
        self._alone += 1
        self.exhausted = self.exhausted or self._alone > _ONE_BY_ONE
        return [] if self._alone > _ONE_BY_ONE else (await self._ask(study)).get(study, [])

    async def _ask(self, studies: str) -> dict[Uid, list[HeldStudy]]:
        found: dict[Uid, list[HeldStudy]] = {}
        fields = [("includefield", field) for field in study_fields(self._archive)]
        for row in await self._archive.search("studies", [("StudyInstanceUID", studies), *fields]):
            held = to_held(self._archive, row)
            if held is not None:
                found.setdefault(held.study, []).append(held)
        return found


def holder_of(row: Row, studies: Mapping[Uid, Sequence[HeldStudy]]) -> HeldStudy | None:
    """The study of `row`; `None` when nobody can say of which of several patients it is."""
    study = dicomjson.uid(row, tags.STUDY_INSTANCE_UID)
    candidates = studies.get(study, ()) if study else ()
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    patient, issuer = dicomjson.text(row, tags.PATIENT_ID), dicomjson.text(row, tags.ISSUER_OF_PATIENT_ID)
    named = [one for one in candidates if one.patient.value == patient and issuer in {"", one.patient.authority}]
    return named[0] if len(named) == 1 else None


def _batches(studies: Sequence[Uid]) -> Iterator[list[Uid]]:
    rest = iter(studies)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch
