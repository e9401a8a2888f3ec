"""Examples in the documentation are read by the code that reads them in use."""

from pathlib import Path
import re
import tomllib

import pytest

from policy.bundle import BundleFile, read_bundle, to_bundle
from policy.cases.trial import require_sound
from policy.labels.reading import read_label_rules
from proxy.patients.register import read_register
from proxy.settings.file import read_settings
from tests.docs.pages import TREE, blocks

_MINIMAL = {
    "server": '[server]\npublic_url = "https://imaging.exchange.example"\n',
    "audit": '[audit]\nfolder = "audit"\n',
    "policy": '[policy]\nfolder = "policy"\nregister = "register.toml"\n',
    "issuers": '[[issuers]]\nid = "exchange"\nissuer = "https://login.exchange.example"\naudience = "vitrine"\n',
    "institutions": "institutions = []\n",
}
_TOML = dict(blocks("toml"))
_REGISTERS = {where: text for where, text in _TOML.items() if text.startswith("# register.toml")}
_CASES = {where: text for where, text in _TOML.items() if text.startswith("# cases/")}
_LABELS = {where: text for where, text in _TOML.items() if text.startswith("# institutions/general/labels.toml")}
_SETTINGS = {where: text for where, text in _TOML.items() if where not in _REGISTERS | _CASES | _LABELS}


def _completed(text: str) -> str:
    """A fragment with the required tables that it leaves out; a whole file as it is."""
    missing = [table for name, table in _MINIMAL.items() if name not in tomllib.loads(text)]
    return "".join(sorted(missing, key=lambda table: table.startswith("["))) + text


def test_there_are_examples() -> None:
    assert _SETTINGS
    assert _REGISTERS


@pytest.mark.parametrize("where", _SETTINGS)
def test_configuration_examples_are_valid(where: str, tmp_path: Path) -> None:
    file = tmp_path / "vitrine.toml"
    file.write_text(_completed(_SETTINGS[where]), "utf-8")
    settings = read_settings(file)
    assert [one.id for one in settings.institutions] == re.findall(
        r'^\[\[institutions\]\]\nid = "(.*?)"', _SETTINGS[where], re.MULTILINE
    )


def test_the_example_in_the_readme_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "vitrine.toml"
    file.write_text(next(text for where, text in _SETTINGS.items() if where.startswith("README")), "utf-8")
    assert read_settings(file).server.port == 8080


@pytest.mark.parametrize("where", _REGISTERS)
def test_register_examples_are_valid(where: str, tmp_path: Path) -> None:
    file = tmp_path / "register.toml"
    file.write_text(_REGISTERS[where], "utf-8")
    assert read_register(file)


@pytest.mark.parametrize("where", _LABELS)
def test_labelling_rules_that_are_shown_are_rules(where: str) -> None:
    written = {"institutions/general/labels.toml": _LABELS[where]}
    rules, problems = read_label_rules(written, read_bundle(TREE / "policy/bundle").vocabulary)
    assert (bool(rules.rules), problems) == (True, [])


@pytest.mark.parametrize("where", _CASES)
def test_decision_cases_that_are_shown_are_answered_so(where: str) -> None:
    bundle = read_bundle(TREE / "policy/bundle")
    require_sound(to_bundle([*bundle.files, BundleFile("cases/shown.toml", _CASES[where])]))


@pytest.mark.parametrize("text", [text for _, text in blocks("cedar")])
def test_rules_that_are_shown_are_rules(text: str) -> None:
    schema = (TREE / "policy/bundle/schema.cedarschema").read_text("utf-8")
    bundle = to_bundle([BundleFile("schema.cedarschema", schema), BundleFile("hie/shown.cedar", text)])
    assert bundle.rules


@pytest.mark.parametrize("text", [text for _, text in blocks("cedar")])
def test_rules_that_are_shown_are_in_the_bundle(text: str) -> None:
    assert any(text.strip() in file.read_text("utf-8") for file in (TREE / "policy/bundle").rglob("*.cedar"))
