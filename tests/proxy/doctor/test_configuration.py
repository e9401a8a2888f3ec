"""Files that the configuration names: who may read them, whether they are what they should be, until when."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from proxy.doctor.configuration import configuration_findings
from proxy.doctor.finding import Finding, Verdict
from proxy.settings.file import read_settings
from tests.exchange import BUNDLE, REGISTER

_CONFIGURATION = """
institutions = []
[server]
public_url = "https://images.test"
tls_certificate = "certificate.pem"
tls_key = "key.pem"

[audit]
folder = "audit"

[policy]
folder = "{bundle}"
register = "register.toml"

[[issuers]]
id = "exchange"
issuer = "https://login.test"
audience = "vitrine"
client_secret = {{ env = "VITRINE_TEST_SECRET" }}
"""


def examined(folder: Path, **certificate: datetime) -> Mapping[str, Finding]:
    """The findings about a configuration in `folder`, with a new certificate unless there is one."""
    if not (folder / "key.pem").exists():
        issued = trustme.CA().issue_cert("images.test", **certificate)
        issued.private_key_pem.write_to_path(folder / "key.pem")
        issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        (folder / "key.pem").chmod(0o600)
    path = folder / "vitrine.toml"
    if not path.exists():
        path.write_text(_CONFIGURATION.format(bundle=BUNDLE), "utf-8")
        (folder / "register.toml").write_text(REGISTER, "utf-8")
    return {one.about: one for one in configuration_findings(path, read_settings(path))}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is where the operator puts it."""
    monkeypatch.setenv("VITRINE_TEST_SECRET", "open-sesame")


def test_what_is_as_it_should_be_is_good(tmp_path: Path) -> None:
    found = examined(tmp_path, not_after=datetime.now(UTC) + timedelta(days=300))
    assert {one.verdict for one in found.values()} == {Verdict.GOOD}, found
    until = datetime.now(UTC) + timedelta(days=300)
    assert f"{until:%Y-%m-%d}" in found["server.tls_certificate"].words
    assert not any("open-sesame" in one.words for one in found.values())


@pytest.mark.parametrize(("days", "verdict"), [(-1, Verdict.MISSING), (10, Verdict.NOTE), (90, Verdict.GOOD)])
def test_certificates_end(tmp_path: Path, days: int, verdict: Verdict) -> None:
    found = examined(tmp_path, not_after=datetime.now(UTC) + timedelta(days=days))
    assert found["server.tls_certificate"].verdict is verdict


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    examined(tmp_path)
    trustme.CA().issue_cert("images.test").private_key_pem.write_to_path(tmp_path / "key.pem")
    assert examined(tmp_path)["server TLS"].verdict is Verdict.MISSING


@pytest.mark.parametrize(
    ("name", "mode", "about"),
    [
        ("key.pem", 0o640, "server.tls_key"),
        ("vitrine.toml", 0o666, "configuration"),
        ("register.toml", 0o664, "register"),
    ],
)
def test_files_that_others_can_use_are_told(tmp_path: Path, name: str, mode: int, about: str) -> None:
    assert examined(tmp_path)[about].verdict is Verdict.GOOD
    (tmp_path / name).chmod(mode)
    found = examined(tmp_path)[about]
    assert found.verdict is Verdict.MISSING
    assert f"{mode:o}" in found.words


def test_a_secret_that_is_not_there_is_told_by_the_name_of_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VITRINE_TEST_SECRET")
    found = examined(tmp_path)["issuers[exchange].client_secret"]
    assert found.verdict is Verdict.MISSING
    assert "`VITRINE_TEST_SECRET` is not set" in found.words


def test_a_policy_that_may_not_come_into_force_is_told(tmp_path: Path) -> None:
    examined(tmp_path)
    path = tmp_path / "vitrine.toml"
    path.write_text(path.read_text("utf-8").replace(str(BUNDLE), "nowhere"), "utf-8")
    assert examined(tmp_path)["policy"].verdict is Verdict.MISSING
