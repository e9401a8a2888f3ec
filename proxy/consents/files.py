"""Consents in a folder of JSON files, each a Consent or a Bundle of them; read again when a file has changed.

A file that breaks still refuses those whom it was about; one that nobody has read may be about anybody.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from policy.consent import codes
from policy.consent.directive import Identity, Known, UnreadableConsent
from policy.consent.elements import an_object, objects, text
from policy.consent.references import References, contained_in, identities_of
from proxy.consents.source import ConsentsSilent, Found, Unreadable, understand
from proxy.errors import ConfigurationError
from proxy.tasks import Task, TaskKind

MAXIMUM_FILES: Final = 20_000
MAXIMUM_BYTES: Final = 4 * 2**20
_LOOK_SECONDS: Final = 1.0

_UNREADABLE: Final = "the file cannot be read as a Consent or a Bundle; what it may forbid, and to whom, is not known"
_NO_CONSENT: Final = "the file has no Consent in it"
_NOBODY_S: Final = "a Consent does not say whose it is by an identifier of an authority that is known here"

_Stamp = tuple[int, int, int]
Person = frozenset[Identity]


@dataclass(frozen=True, slots=True)
class _File:
    """A file's consents with whoever each is of, and the identities of what is beside them, by reference.

    Those of one that is not `readable` are of its last version that was, or none. `wrong` is what officers are told.
    """

    stamp: _Stamp
    consents: Sequence[tuple[Person, Mapping[str, Any]]] = ()
    included: Mapping[str, Person] = field(default_factory=dict)
    readable: bool = True
    wrong: str = ""


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
        self._people: dict[Identity, set[str]] = {}
        self._looked: float | None = None
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Nothing is open."""

    async def consents_of(self, person: Person) -> Found:
        """Those of whoever has these identities. Raises `ConsentsSilent` when the folder cannot be read."""
        async with self._turn:
            if self._looked is None or self._timer() - self._looked >= _LOOK_SECONDS:
                await asyncio.to_thread(self._look)
                self._looked = self._timer()
        return self._found(person)

    def _found(self, person: Person) -> Found:
        """Each file by itself, with what it calls people: another's `Practitioner/1` is somebody else."""
        found = Found(whole=all(file.readable for file in self._files.values()))
        for name in sorted({name for identity in person for name in self._people.get(identity, ())}):
            file = self._files[name]
            own = [(name, consent) for whose, consent in file.consents if whose & person]
            found = found.and_also(understand(own, person, self._known, file.included))
            if not file.readable:
                found = found.and_also(Found(unreadable=(Unreadable(name, _UNREADABLE),)))
        return found

    def _look(self) -> None:
        try:
            paths = sorted(self._folder.glob("*.json"))[: MAXIMUM_FILES + 1]
            stamps = {path.name: _stamp(path) for path in paths}
        except OSError:
            raise ConsentsSilent("the folder of consents cannot be read") from None
        if len(stamps) > MAXIMUM_FILES:
            raise ConsentsSilent("the folder has more consents than can be read")
        if self._stands(stamps):
            return
        self._files = {name: self._file(name, stamp) for name, stamp in stamps.items()}
        self._people = _by_person(self._files)
        self._tell(Task(TaskKind.UNREADABLE_FILE, name, file.wrong) for name, file in self._files.items() if file.wrong)

    def _stands(self, stamps: Mapping[str, _Stamp]) -> bool:
        """Whether there is nothing to read. What could not be read may be readable now, and looks no different."""
        same = {name: file.stamp for name, file in self._files.items()} == stamps
        return same and all(file.readable for file in self._files.values())

    def _file(self, name: str, stamp: _Stamp) -> _File:
        known = self._files.get(name)
        if known is not None and known.readable and known.stamp == stamp:
            return known
        try:
            return _read(self._folder / name, stamp, self._known)
        except (OSError, ValueError, RecursionError, UnreadableConsent):
            last = known or _File(stamp)
            return _File(stamp, last.consents, last.included, readable=False, wrong=_UNREADABLE)


def _stamp(path: Path) -> _Stamp:
    state = path.stat()
    return state.st_mtime_ns, state.st_size, state.st_ino


def _read(path: Path, stamp: _Stamp, known: Known) -> _File:
    """Raises `OSError`, `ValueError`, `RecursionError` or `UnreadableConsent` for what nobody can read."""
    if stamp[1] > MAXIMUM_BYTES:
        raise ValueError
    entries = _entries(msgspec.json.decode(path.read_bytes()))
    included = _included(entries)
    found = [one for _, one in entries if one["resourceType"] == "Consent"]
    consents = [(_whose(one, known, included), one) for one in found]
    nobody_s = "" if all(whose for whose, _ in consents) else _NOBODY_S
    return _File(stamp, consents, included, wrong=nobody_s if consents else _NO_CONSENT)


def _entries(document: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Each resource with its `fullUrl`; one that is missing could stand for a consent that is not shown."""
    if not isinstance(document, dict):
        raise ValueError  # noqa: TRY004 - what is in a file is a value
    if document.get("resourceType") != "Bundle":
        return [("", _resource(document))]
    return [(text(one, "fullUrl", "entry"), _resource(one.get("resource"))) for one in objects(document, "entry", "")]


def _resource(found: object) -> Mapping[str, Any]:
    if not isinstance(found, dict) or text(found, "resourceType", "") in {"", "Bundle"}:
        raise ValueError
    text(found, "id", "")
    return found


def _included(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Person]:
    """Whom references lead to in this file. One that leads to two people leads to nobody who can be told."""
    included: dict[str, Person] = {}
    for url, one in entries:
        if one["resourceType"] == "Consent":
            continue
        person = identities_of(one, "")
        for reference in {url, f"{one['resourceType']}/{one['id']}" if "id" in one else ""} - {""}:
            if included.setdefault(reference, person) != person:
                raise ValueError
    return included


def _whose(consent: Mapping[str, Any], known: Known, included: Mapping[str, Person]) -> Person:
    """Whoever it is of is found out first: a consent that is not understood refuses that person, and nobody else."""
    reference = an_object(consent, "patient", "Consent")
    if reference is None:
        return frozenset()
    inside = text(reference, "reference", "patient").startswith("#")
    references = References(known, included, contained_in(consent) if inside else {})
    return frozenset(one for one in references.named(reference, "patient") if one.system in _assigning(known))


def _assigning(known: Known) -> frozenset[str]:
    return known.systems - {codes.DICOM_UID}


def _by_person(files: Mapping[str, _File]) -> dict[Identity, set[str]]:
    """The names of the files with consents of each."""
    people: defaultdict[Identity, set[str]] = defaultdict(set)
    for name, file in files.items():
        for whose, _ in file.consents:
            for identity in whose:
                people[identity].add(name)
    return dict(people)
