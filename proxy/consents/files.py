"""Consents in a folder of JSON files, each a Consent or a Bundle of them; read again when a file has changed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from policy.consent.directive import Identity, Known, UnreadableConsent
from policy.consent.elements import an_object
from policy.consent.references import References, contained_in, identities_of
from proxy.consents.source import ConsentsSilent, Found, understand
from proxy.errors import ConfigurationError
from proxy.tasks import Task, TaskKind

MAXIMUM_FILES: Final = 20_000
MAXIMUM_BYTES: Final = 4 * 2**20
_LOOK_SECONDS: Final = 1.0

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _File:
    """A file's resources with the identities of whoever each is of; not `whole` when it could not be read."""

    stamp: _Stamp
    consents: Sequence[tuple[frozenset[Identity], Mapping[str, Any]]] = ()
    included: Mapping[str, frozenset[Identity]] = field(default_factory=dict)
    whole: bool = True


class ConsentFiles:
    """The consents in `folder`. `tell` hears of files that cannot be read. `timer` gives seconds."""

    def __init__(
        self, folder: Path, known: Known, timer: Callable[[], float], tell: Callable[[Iterable[Task]], None]
    ) -> None:
        if not folder.is_dir():
            raise ConfigurationError(f"`{folder}` is not a folder of consents")
        self._folder = folder
        self._known = known
        self._timer = timer
        self._tell = tell
        self._files: dict[str, _File] = {}
        self._people: dict[Identity, list[tuple[str, Mapping[str, Any]]]] = {}
        self._looked: float | None = None
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Nothing is open."""

    async def consents_of(self, person: frozenset[Identity]) -> Found:
        """Those of whoever has these identities. Raises `ConsentsSilent` when the folder cannot be read."""
        async with self._turn:
            if self._looked is None or self._timer() - self._looked >= _LOOK_SECONDS:
                await asyncio.to_thread(self._look)
                self._looked = self._timer()
        found = {id(one): (about, one) for identity in person for about, one in self._people.get(identity, ())}
        included = {reference: named for file in self._files.values() for reference, named in file.included.items()}
        return understand(found.values(), person, self._known, included)

    def _look(self) -> None:
        try:
            paths = sorted(self._folder.glob("*.json"))[: MAXIMUM_FILES + 1]
            stamps = {path.name: _stamp(path) for path in paths}
        except OSError:
            raise ConsentsSilent("the folder of consents cannot be read") from None
        if len(stamps) > MAXIMUM_FILES:
            raise ConsentsSilent("the folder has more consents than can be read")
        if {name: file.stamp for name, file in self._files.items()} == stamps:
            return
        known = self._files
        self._files = {
            name: known[name] if name in known and known[name].stamp == stamp else _read(self._folder / name, stamp)
            for name, stamp in stamps.items()
        }
        self._people = _by_person(self._files)
        self._tell(
            Task(TaskKind.UNREADABLE_FILE, name, "the file is no Consent and no Bundle of them, or does not say whose")
            for name, file in self._files.items()
            if not file.whole
        )


def _stamp(path: Path) -> _Stamp:
    state = path.stat()
    return state.st_mtime_ns, state.st_size, state.st_ino


def _read(path: Path, stamp: _Stamp) -> _File:
    try:
        if stamp[1] > MAXIMUM_BYTES:
            raise ValueError  # noqa: TRY301 - answered as every other file that cannot be read
        document = msgspec.json.decode(path.read_bytes())
        resources = [*_resources(document)]
        included = {
            f"{one['resourceType']}/{one['id']}": identities_of(one, "")
            for one in resources
            if one.get("resourceType") != "Consent" and one.get("id")
        }
        consents = [(_whose(one, included), one) for one in resources if one.get("resourceType") == "Consent"]
    except (OSError, ValueError, RecursionError, UnreadableConsent):
        return _File(stamp, whole=False)
    return _File(stamp, consents, included, whole=bool(consents) and all(whose for whose, _ in consents))


def _resources(document: object) -> Iterable[Mapping[str, Any]]:
    if not isinstance(document, dict):
        raise ValueError  # noqa: TRY004 - what is in a file is a value
    if document.get("resourceType") != "Bundle":
        return [document]
    return [one["resource"] for one in document.get("entry", ()) if isinstance(one.get("resource"), dict)]


def _whose(consent: Mapping[str, Any], included: Mapping[str, frozenset[Identity]]) -> frozenset[Identity]:
    """Whoever it is of is found out first: a consent that is not understood refuses that person, and nobody else."""
    reference = an_object(consent, "patient", "Consent")
    return (
        References(Known(), included, contained_in(consent)).named(reference, "patient") if reference else frozenset()
    )


def _by_person(files: Mapping[str, _File]) -> dict[Identity, list[tuple[str, Mapping[str, Any]]]]:
    people: defaultdict[Identity, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for name, file in files.items():
        for whose, consent in file.consents:
            for identity in whose:
                people[identity].append((name, consent))
    return dict(people)
