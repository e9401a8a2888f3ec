"""`vitrine archive probe` as an operator uses it: by URL or id, for people or programs, now and later."""

import argparse
import json
from pathlib import Path
import tomllib

import httpx
import pytest

from proxy.__main__ import main
from proxy.archives.probe.arguments import CHANGED, add_probe_arguments
from proxy.archives.probe.command import archive_probe
from tests.proxy.archives.probe.probing import Ill, no_pause

URL = "http://pacs.lakeside.example/dicom-web"
CONFIGURATION = """
institutions = [{ id = "lakeside", name = "Lakeside", archives = [
  { id = "lakeside-main", base_url = "http://pacs.lakeside.example/dicom-web", assigning_authority = "LAKESIDE" },
] }]
issuers = []
[server]
public_url = "https://imaging.exchange.example"
[audit]
folder = "audit"
[policy]
folder = "policy"
register = "register.toml"
"""


def run(*arguments: str, ill: Ill | None = None) -> int:
    parser = argparse.ArgumentParser()
    add_probe_arguments(parser)
    return archive_probe(parser.parse_args(arguments), lambda _: ill or Ill(), no_pause)


def test_a_url_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(URL) == 0
    told = capsys.readouterr()
    assert told.err == f"asking {URL}: at most 64 requests, GET only, one at a time, 0.2 s apart, and 96 MiB\n"
    suggestion = tomllib.loads(told.out.partition("suggested configuration; entries that it does not name stay\n")[2])
    [entry] = suggestion["institutions"]["archives"]
    assert (entry["id"], entry["base_url"]) == ("pacs-lakeside-example", URL)


def test_an_id_stands_for_its_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "vitrine.toml"
    file.write_text(CONFIGURATION, "utf-8")
    assert run("lakeside-main", "--config", str(file), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["report"]["facts"]["search: studies"] == "yes"
    assert 'assigning_authority = "LAKESIDE"' in document["configuration"]
    assert document["changes"] == []


def test_an_archive_that_cannot_be_searched_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(URL, ill=Ill(instead=lambda _: httpx.Response(404))) == 1
    assert "no (404)" in capsys.readouterr().out


def test_what_changed_since_a_report_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = str(tmp_path / "report.json")
    assert run(URL, "--save", saved) == 0
    assert run(URL, "--again", saved) == 0
    assert "nothing changed" in capsys.readouterr().out
    ill = Ill(instead=lambda request: httpx.Response(404) if request.url.path.endswith("/pixeldata") else None)
    assert run(URL, "--against", saved, ill=ill) == CHANGED == 3
    assert "pixels: by pixeldata: was `yes`, is `no (404)`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lakeside-main"], "an archive's id needs `--config`"),
        (["ftp://pacs.example/dicom-web"], "the URL must be http(s)://host[:port]/path"),
        (["https://user:secret@pacs.example/dicom-web"], "the URL must be http(s)://host[:port]/path"),
        ([URL, "--against", "/nowhere.json"], "cannot read `/nowhere.json`"),
    ],
)
def test_what_cannot_be_used_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["archive", "probe", *arguments]) == 1
    told = capsys.readouterr().err
    assert told.startswith("vitrine: ")
    assert words in told
    assert told.count("\n") == 1
    assert "secret" not in told
