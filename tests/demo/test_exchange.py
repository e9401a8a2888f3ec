"""Starting and ending what surrounds the proxy in the demo."""

import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from demo import exchange
from demo.surroundings import Orders
from policy.bundle import read_bundle
from proxy.archives.transport import index_transport
from proxy.errors import ConfigurationError
from proxy.patients.index import FhirPatientIndex, Traits
from proxy.resources import PatientIdentifier
from proxy.settings.file import read_settings

ROOT = Path(exchange.__file__).parents[1]
PUBLIC_URL = "http://127.0.0.1:8080"

STARTER = """
import signal, sys, time
from demo import exchange
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
orders = exchange._orders("http://127.0.0.1:8080")
with exchange.surroundings(orders):
    print(orders.issuer, orders.archive("university"), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo writes below the working directory, and names its secrets in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("GENERAL", "LAKESIDE", "INDEX", "CLIENT"):
        monkeypatch.setenv(f"VITRINE_DEMO_{name}", "")
    return tmp_path


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def ends_within(url: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not answers(url):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_surroundings_end_with_the_process_that_started_them(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    issuer, archive = process.stdout.readline().split()
    assert answers(f"{issuer}/.well-known/openid-configuration")
    assert answers(f"{archive}/studies?limit=1")
    process.send_signal(number)
    process.communicate(timeout=10)
    assert ends_within(f"{issuer}/.well-known/openid-configuration", 5)
    assert ends_within(f"{archive}/studies?limit=1", 5)


def test_a_key_pressed_for_the_proxy_is_not_for_its_surroundings() -> None:
    orders, before = exchange._orders(PUBLIC_URL), children()
    with exchange.surroundings(orders):
        assert answers(f"{orders.issuer}/.well-known/openid-configuration")
        (child,) = children() - before
        assert os.getsid(child) != os.getsid(0)
    assert not answers(f"{orders.issuer}/.well-known/openid-configuration")


def children() -> set[int]:
    return {int(one) for one in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def test_the_archives_insist_on_the_credentials_of_the_configuration(folder: Path) -> None:
    orders = exchange._orders(PUBLIC_URL)
    settings = read_settings(exchange._configure(orders, PUBLIC_URL, 8080))
    with exchange.surroundings(orders):
        for institution in settings.institutions:
            (archive,) = institution.archives
            expected = 200 if archive.credentials.kind == "none" else 401
            url = f"{archive.base_url}/studies?limit=1"
            assert httpx.get(url, trust_env=False).status_code == expected
        bearer = {"Authorization": f"Bearer {orders.secrets['general']}"}
        assert httpx.get(f"{orders.archive('general')}/studies", headers=bearer, trust_env=False).status_code == 200
        basic = ("vitrine", orders.secrets["lakeside"])
        assert httpx.get(f"{orders.archive('lakeside')}/studies", auth=basic, trust_env=False).status_code == 200


async def test_the_index_insists_on_the_credentials_and_the_configuration_has_its_authorities(folder: Path) -> None:
    orders = exchange._orders(PUBLIC_URL)
    settings = read_settings(exchange._configure(orders, PUBLIC_URL, 8080)).patients.index
    assert settings is not None
    with exchange.surroundings(orders):
        assert httpx.get(f"{orders.index}/Patient?identifier=a|1", trust_env=False).status_code == 401
        index = FhirPatientIndex(settings, index_transport(settings), time.monotonic)
        buc = PatientIdentifier("GENERAL", "G-1001")
        others = {PatientIdentifier("LAKESIDE", "77-201"), PatientIdentifier("UNIVERSITY", "U-20417")}
        assert await index.known_as(buc) == others
        first, *_ = await index.match(Traits("Buc", "", "19610312"))
        assert set(first.identifiers) == {buc, *others}
        await index.close()


def test_the_configuration_is_written_where_the_demo_runs_and_can_be_written_again(folder: Path) -> None:
    for _ in range(2):
        orders = exchange._orders(PUBLIC_URL)
        settings = read_settings(exchange._configure(orders, PUBLIC_URL, 8080))
        assert settings.server.public_url == PUBLIC_URL
        assert settings.audit.folder == folder / ".demo/8080/audit"
        assert settings.issuers[0].issuer == orders.issuer
        assert [institution.id for institution in settings.institutions] == ["general", "lakeside", "university"]
    written = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert {path for path in written if "policy" not in path.parts} == {Path(".demo/8080/vitrine.toml")}
    (rule,) = read_bundle(settings.policy.folder).labelling.rules
    assert (rule.id, rule.institution) == ("general-psychiatry", "general")
    configured = (folder / ".demo/8080/vitrine.toml").read_text("utf-8")
    assert not any(secret in configured for secret in orders.secrets.values())


def test_a_taken_port_is_said_before_anything_is_started(folder: Path) -> None:
    before = children()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port}"):
            exchange.run(port)
    assert list(folder.iterdir()) == []
    assert children() == before


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused(folder: Path, port: int) -> None:
    with pytest.raises(ConfigurationError, match="port"):
        exchange.run(port)


def test_surroundings_that_cannot_start_are_an_error(folder: Path) -> None:
    orders = exchange._orders(PUBLIC_URL)
    impossible = Orders(orders.parent, {"general": 1}, orders.secrets, orders.callback, orders.folder)
    with pytest.raises(ConfigurationError, match="could not be started"), exchange.surroundings(impossible):
        pass


def test_the_announcement_names_the_address_the_people_and_the_audit_log() -> None:
    text = exchange._announcement(PUBLIC_URL, Path("/somewhere/vitrine.toml"), Path("/somewhere/audit"))
    command = "vitrine audit verify --config /somewhere/vitrine.toml"
    for words in (PUBLIC_URL, "Treating clinician", "Privacy officer", "/somewhere/audit", command):
        assert words in text
