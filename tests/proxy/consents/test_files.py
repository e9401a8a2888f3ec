"""Consents in a folder of files: read again when one changes, and named when one cannot be read."""

import json
import os
from pathlib import Path

import pytest

from proxy.consents.files import ConsentFiles
from proxy.consents.names import Names
from proxy.errors import ConfigurationError
from proxy.tasks import Task
from tests.policy.consent.consents import PATIENT
from tests.proxy.consents.registers import deny, permit, settings

PERSON = frozenset({PATIENT})
ELSEBODY = {"patient": {"identifier": {"system": PATIENT.system, "value": "G-2"}}}


class Folder:
    """A folder with files, asked at a moment that a test turns on."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, 0.0
        self.told: list[Task] = []
        self.files = ConsentFiles(path, Names(settings()).known, lambda: self.now, self._tell)

    def _tell(self, found: object) -> None:
        self.told = list(found)  # type: ignore[call-overload]  # it is given tasks

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


async def test_a_consent_that_is_not_understood_is_that_person_s(folder: Folder) -> None:
    folder.write("a.json", permit() | {"modifierExtension": [{"url": "x"}]})
    folder.write("b.json", permit("elsebody") | ELSEBODY | {"status": "odd"})
    found = await folder.files.consents_of(PERSON)
    assert [one.about for one in found.unreadable] == ["a.json"]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a folder of consents"):
        Folder(tmp_path / "absent")
