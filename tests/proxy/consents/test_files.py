"""Consents in a folder of files: read again when one changes, and named when one cannot be read."""

from collections.abc import Iterable
import json
import os
from pathlib import Path

import pytest

from policy.consent import codes
from policy.consent.directive import Identity
from proxy.consents.files import ConsentFiles
from proxy.consents.names import Names
from proxy.errors import ConfigurationError
from proxy.tasks import Task
from tests.policy.consent.consents import PATIENT, PEOPLE, STAFF, actor
from tests.proxy.consents.registers import deny, permit, settings

PERSON = frozenset({PATIENT})
ELSEBODY = {"patient": {"identifier": {"system": PATIENT.system, "value": "G-2"}}}
OTHER_PERSON = frozenset({Identity(PATIENT.system, "G-2")})
BROKEN = b'{"resourceType": "Consent", "id": "den'


def bundle(*resources: object, **more: object) -> dict[str, object]:
    return {"resourceType": "Bundle", "entry": [{"resource": one, **more} for one in resources]}


def included(kind: str, name: str, system: str, value: str) -> dict[str, object]:
    return {"resourceType": kind, "id": name, "identifier": [{"system": system, "value": value}]}


class Folder:
    """A folder with files, asked at a moment that a test turns on."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, 0.0
        self.told: list[Task] = []
        self.files = ConsentFiles(path, Names(settings()).known, lambda: self.now, self._tell)

    def _tell(self, found: Iterable[Task]) -> None:
        self.told = list(found)

    def write(self, name: str, content: object) -> None:
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        os.utime(path, ns=(int(self.now), int(self.now)))
        self.now += 2

    async def ids(self) -> list[str]:
        return [one.id for one in (await self.files.consents_of(PERSON)).directives]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def test_consents_come_and_go_with_their_files(folder: Folder) -> None:
    assert await folder.ids() == []
    folder.write("a.json", permit())
    folder.write("b.json", {"resourceType": "Bundle", "entry": [{"resource": deny()}]})
    folder.write("c.json", permit("elsebody") | ELSEBODY)
    folder.write("notes.txt", b"nothing")
    assert await folder.ids() == ["permit", "deny"]
    folder.write("a.json", permit("another"))
    assert await folder.ids() == ["another", "deny"]
    (folder.path / "b.json").unlink()
    folder.now += 2
    assert await folder.ids() == ["another"]
    assert folder.told == []


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"[" * 100_000, {"resourceType": "Patient"}, {"resourceType": "Consent"}, b"1"]
)
async def test_a_file_that_cannot_be_read_is_named_and_the_others_stand(folder: Folder, content: object) -> None:
    folder.write("a.json", permit())
    folder.write("odd.json", content)
    assert await folder.ids() == ["permit"]
    assert [task.about for task in folder.told] == ["odd.json"]


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "Bundle", "entry": [None]},
        {"resourceType": "Bundle", "entry": ["Consent/1"]},
        {"resourceType": "Bundle", "entry": None},
        {"resourceType": "Bundle", "entry": {"resource": deny()}},
        bundle(deny(), {"id": "1"}),
        bundle(deny(), None),
        bundle(deny(), {"resourceType": "Patient", "id": ["1"]}),
        bundle(deny(), {"resourceType": "Patient", "id": "1", "identifier": "G-1001"}),
        bundle(deny(), bundle(deny("nested"))),
        bundle(deny(), included("Patient", "1", "urn:oid:1", "1"), included("Patient", "1", "urn:oid:1", "2")),
        {"id": "1"},
        {"resourceType": ["Consent"], "id": "1"},
        BROKEN,
        b"",
    ],
)
async def test_while_a_file_cannot_be_read_nobody_is_known_to_have_said_nothing(
    folder: Folder, content: object
) -> None:
    folder.write("a.json", permit())
    folder.write("odd.json", content)
    assert [(await folder.files.consents_of(one)).whole for one in (PERSON, OTHER_PERSON)] == [False, False]
    assert [task.about for task in folder.told] == ["odd.json"]
    folder.write("odd.json", deny())
    assert await folder.ids() == ["permit", "deny"]
    assert (await folder.files.consents_of(OTHER_PERSON)).whole
    assert folder.told == []


async def test_a_file_that_breaks_refuses_those_whom_it_was_about(folder: Folder) -> None:
    folder.write("a.json", deny())
    assert await folder.ids() == ["deny"]
    folder.write("a.json", BROKEN)
    for _ in range(2):
        found = await folder.files.consents_of(PERSON)
        assert [one.id for one in found.directives] == ["deny"]
        assert [one.about for one in found.unreadable] == ["a.json"]
        folder.write("a.json", BROKEN + b"y")
    assert (await folder.files.consents_of(OTHER_PERSON)).unreadable == ()
    (folder.path / "a.json").unlink()
    folder.now += 2
    found = await folder.files.consents_of(PERSON)
    assert (found.directives, found.unreadable, found.whole) == ((), (), True)


async def test_a_file_that_could_not_be_read_is_tried_again_though_it_looks_the_same(folder: Folder) -> None:
    good = json.dumps(deny()).encode()
    folder.write("a.json", good[:-1] + b" ")
    looks = (folder.path / "a.json").stat()
    assert not (await folder.files.consents_of(PERSON)).whole
    folder.write("a.json", good)
    os.utime(folder.path / "a.json", ns=(looks.st_mtime_ns, looks.st_mtime_ns))
    assert await folder.ids() == ["deny"]


async def test_what_a_file_calls_somebody_holds_in_that_file_alone(folder: Folder) -> None:
    """Whom each consent names is read beside it: `Practitioner/1` of two files are two people."""
    named = {"provision": {"type": "deny", "actor": [actor(Identity("", "Practitioner/1"))]}}
    folder.write("a.json", bundle(deny("a") | named, included("Practitioner", "1", STAFF, "D-1")))
    folder.write("b.json", bundle(deny("b") | named, included("Practitioner", "1", STAFF, "D-2")))
    folder.write("c.json", deny("c") | named)
    found = await folder.files.consents_of(PERSON)
    actors = {one.id: one.provision.criteria.actors for one in found.directives}
    assert {name: one[0].identities for name, one in actors.items() if one} == {
        "a": {PEOPLE["dr-a"]},
        "b": {PEOPLE["dr-b"]},
    }
    assert [one.about for one in found.unreadable] == ["c.json"]


@pytest.mark.parametrize(
    "patient",
    [
        {"reference": "Patient/1"},
        {"reference": "urn:uuid:7b0ab1bb-4bb9-4a1c-8b06-6f9d2d5a6b1a"},
        {"reference": "#inside"},
        {"identifier": {"system": "urn:oid:9.9", "value": "G-1001"}},
        {"identifier": {"system": codes.DICOM_UID, "value": "urn:oid:1.2"}},
        {"reference": "Organization/exchange"},
    ],
)
async def test_a_consent_of_nobody_who_is_known_is_an_officer_s_task(folder: Folder, patient: object) -> None:
    folder.write("a.json", deny())
    folder.write("b.json", bundle(deny("b") | {"patient": patient}, permit("elsebody") | ELSEBODY))
    assert await folder.ids() == ["deny"]
    assert [task.about for task in folder.told] == ["b.json"]
    assert "whose it is" in folder.told[0].words
    assert (await folder.files.consents_of(OTHER_PERSON)).whole


@pytest.mark.parametrize(
    ("reference", "full_url"),
    [("Patient/1", "https://elsewhere.example/fhir/Patient/1"), ("urn:uuid:7b0ab1bb", "urn:uuid:7b0ab1bb")],
)
async def test_a_reference_leads_to_the_patient_in_the_same_file(folder: Folder, reference: str, full_url: str) -> None:
    patient = {"resource": included("Patient", "1", PATIENT.system, PATIENT.value), "fullUrl": full_url}
    entry = [{"resource": deny() | {"patient": {"reference": reference}}}, patient]
    folder.write("a.json", {"resourceType": "Bundle", "entry": entry})
    assert await folder.ids() == ["deny"]
    assert folder.told == []


async def test_a_patient_who_is_contained_is_known_too(folder: Folder) -> None:
    patient = included("Patient", "p", PATIENT.system, PATIENT.value)
    folder.write("a.json", deny() | {"patient": {"reference": "#p"}, "contained": [patient]})
    assert await folder.ids() == ["deny"]
    assert folder.told == []


async def test_a_consent_that_is_not_understood_is_that_person_s(folder: Folder) -> None:
    folder.write("a.json", permit() | {"modifierExtension": [{"url": "x"}]})
    folder.write("b.json", permit("elsebody") | ELSEBODY | {"status": "odd"})
    found = await folder.files.consents_of(PERSON)
    assert [one.about for one in found.unreadable] == ["a.json"]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a folder of consents"):
        Folder(tmp_path / "absent")
