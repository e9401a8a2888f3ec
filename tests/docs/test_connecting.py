"""The guide to connecting an archive says what the program says, and what its owner is told are the defaults."""

from collections.abc import Mapping
import re
import tomllib

import msgspec
import pytest

from proxy.archives.probe.questions import Allowance
from proxy.retrieval.ahead import LASTING_SECONDS, MOST_AHEAD, MOST_BYTES
from proxy.settings.archives import Archive, Limits
from proxy.settings.gentleness import Gentleness
from tests.docs.pages import TREE, blocks

GUIDE = (TREE / "docs/guides/connect-an-archive.md").read_text("utf-8")
OWNER = (TREE / "docs/explanation/what-your-archive-will-see.md").read_text("utf-8")
MESSAGES = re.findall(r"^\| `([^`]+)` \|", GUIDE, re.MULTILINE)
SOURCE = "\n".join(path.read_text("utf-8") for path in (TREE / "proxy").rglob("*.py"))


def shown() -> list[Mapping[str, object]]:
    """Every archive of the guide's examples."""
    documents = [tomllib.loads(text) for where, text in blocks("toml") if where.startswith("docs/guides/connect")]
    return [archive for one in documents for owner in one["institutions"] for archive in owner["archives"]]


def read(entry: Mapping[str, object]) -> Archive:
    return msgspec.convert(entry, Archive, dec_hook=lambda kind, value: kind(value))


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_in_the_table_are_the_programs(message: str) -> None:
    assert message in SOURCE


def test_the_table_has_what_goes_wrong_most() -> None:
    assert len(MESSAGES) > 15


def test_every_way_to_identify_oneself_has_an_example() -> None:
    archives = [read(one) for one in shown()]
    assert {one.credentials.kind for one in archives} == {"none", "basic", "bearer", "oauth2"}
    servers = [one.credentials.oauth2 for one in archives if one.credentials.oauth2]
    assert {one.authentication for one in servers} == {"client_secret_basic", "private_key_jwt"}
    assert any(one.tls.certificate and one.tls.key and one.tls.ca and one.tls.fingerprints for one in archives)
    assert any(one.search_url and one.retrieve_url and one.bulkdata_urls for one in archives)
    assert any(one.gentleness.hours for one in archives)


def test_the_owner_is_told_the_defaults() -> None:
    limits, gentle, text = Limits(), Gentleness(), " ".join(OWNER.split())
    for told in (
        f"`connections = {limits.connections}`",
        f"{limits.connect_seconds:g} s to connect, {limits.search_seconds:g} s for a search",
        f"{limits.retrieve_seconds:g} s for metadata",
        f"`requests_per_second = {gentle.requests_per_second:g}` after a `burst` of {gentle.burst}",
        f"`daily_bytes`, {gentle.daily_bytes // 2**30} GiB",
        f"left alone for {gentle.pause_seconds:g} s",
        f"at most {MOST_AHEAD} or {MOST_BYTES // 2**20} MiB",
    ):
        assert told in text
    assert (gentle.full_fidelity_share, gentle.emergency_share, gentle.failures) == (0.8, 0.1, 5)
    assert (gentle.longest_pause_seconds, LASTING_SECONDS) == (300, 10)
    assert not Archive(id="one", base_url="https://pacs.example/dicom-web").retrieves_instances


def test_what_a_probe_costs_is_said_on_both_pages() -> None:
    allowance = Allowance()
    assert f"at most {allowance.requests} requests" in GUIDE
    assert f"at most {allowance.requests} requests and {allowance.bytes // 2**20} MiB" in OWNER
    assert f"{allowance.pause_seconds:g} s apart" in OWNER
