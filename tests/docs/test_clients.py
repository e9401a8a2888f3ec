"""The page of clients names those that the tests run, in the versions that are pinned."""

import json
import re

from tests.conformance.large import INSTANCES, LONG, LONGER, STUDIES
from tests.docs.pages import TREE
from tests.peers import ohif

PAGE = (TREE / "docs/reference/clients.md").read_text("utf-8")
VERSIONS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE, re.MULTILINE))


def test_versions_are_those_pinned() -> None:
    (pypi,) = re.findall(r"^dicomweb-client==(\S+)", (TREE / "requirements/dev.txt").read_text("utf-8"), re.MULTILINE)
    npm = json.loads((TREE / "tests/conformance/package.json").read_text("utf-8"))["devDependencies"]["dicomweb-client"]
    assert VERSIONS["dicomweb-client (PyPI)"] == VERSIONS["`dicomweb_client`, its command line"] == pypi
    assert VERSIONS["dicomweb-client (npm)"] == npm
    assert VERSIONS["OHIF (npm `@ohif/app`)"] == ohif.VERSION


def test_numbers_are_those_of_the_archives() -> None:
    counts = {INSTANCES[LONG], INSTANCES[LONGER], len(STUDIES), len(STUDIES) + len(INSTANCES)}
    assert {int(text.replace(",", "")) for text in re.findall(r"\d,\d{3}", PAGE)} == counts | {1000, 5000}


def test_the_settings_of_ohif_are_those_tried() -> None:
    (source,) = ohif.CONFIGURATION["dataSources"]
    section = PAGE.partition("## OHIF")[2].partition("\n## ")[0]
    entries = [name for row in re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE) for name in row.split(", ")]
    assert entries
    assert {name.strip("`") for name in entries} <= set(source["configuration"])
