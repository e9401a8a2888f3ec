"""The configuration file: read whole or refused with the name of the entry that is wrong."""

from pathlib import Path

import pytest

from proxy.errors import ConfigurationError
from proxy.settings.archives import Limits
from proxy.settings.file import read_settings
from proxy.settings.secrets import Secret

SMALLEST = """
issuers = []
institutions = []

[server]
public_url = "https://view.exchange.example"

[audit]
folder = "audit"

[policy]
folder = "policy"
register = "register.toml"
"""

WHOLE = """
name = "Example Exchange"

[server]
public_url = "https://view.exchange.example"
bind = "0.0.0.0"
port = 8443
tls_certificate = "tls/server.pem"
tls_key = "/etc/vitrine/server-key.pem"
clinical_networks = ["10.0.0.0/8"]
trusted_proxies = ["10.0.0.1/32"]

[audit]
folder = "audit"

[policy]
folder = "policy"
register = "register.toml"

[[issuers]]
id = "login"
issuer = "https://login.exchange.example"
audience = "vitrine"
algorithms = ["RS256", "ES256"]
client_id = "vitrine"
client_secret = { env = "LOGIN_SECRET" }
ca = "login-ca.pem"

[issuers.claims]
roles = "realm_access.roles"

[[institutions]]
id = "general"
name = "General Hospital"
allows_sharing = true

[[institutions.archives]]
id = "general-main"
base_url = "https://pacs.general.example:8443/dicom-web"
assigning_authority = "GENERAL"
credentials = { kind = "basic", username = "vitrine", secret = { file = "general-password" } }

[institutions.archives.tls]
ca = "general-ca.pem"
certificate = "vitrine.pem"
key = "vitrine-key.pem"

[institutions.archives.limits]
connections = 4
search_seconds = 8

[institutions.archives.gentleness]
hours = ["mon-fri 07:00-19:00", "sat 22:00-06:00", "sun 00:00-24:00"]
time_zone = "Europe/Berlin"
full_fidelity_share = 0.5

[[institutions.archives]]
id = "general-cloud"
base_url = "https://cloud.general.example/dicom-web"
search_url = "https://cloud.general.example/qido-rs"
retrieve_url = "https://cloud.general.example/wado-rs"

[[institutions.archives.bulkdata_urls]]
url = "https://bulk.general.example/objects"
send_credentials = true
tls = { ca = "bulk-ca.pem", fingerprints = ["00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"] }

[institutions.archives.credentials]
kind = "oauth2"
secret = { file = "vitrine-key.pem" }

[institutions.archives.credentials.oauth2]
token_url = "https://login.general.example/token"
client_id = "vitrine"
authentication = "private_key_jwt"
algorithm = "ES384"
key_id = "2026"
scope = "system/*.rs"

[retrieval]
workers = 1

[federation]
deadline_seconds = 2.5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "vitrine.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(written(folder, text))
    return str(caught.value)


def test_the_smallest_file_is_enough(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, SMALLEST))
    assert settings.name == "Vitrine"
    assert (settings.server.bind, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.institutions == ()


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080"])
def test_this_machine_needs_no_tls(tmp_path: Path, host: str) -> None:
    address = f"http://{host}"
    settings = read_settings(written(tmp_path, SMALLEST.replace("https://view.exchange.example", address)))
    assert settings.server.public_url == address


def test_a_whole_file(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, WHOLE))
    (institution,), (issuer,) = settings.institutions, settings.issuers
    archive, cloud = institution.archives
    assert institution.allows_sharing
    assert (cloud.search_url, cloud.retrieve_url) == (
        "https://cloud.general.example/qido-rs",
        "https://cloud.general.example/wado-rs",
    )
    assert cloud.bulkdata_urls[0].tls.ca == tmp_path / "bulk-ca.pem"
    assert cloud.credentials.oauth2 is not None
    assert (cloud.credentials.oauth2.algorithm, cloud.credentials.oauth2.scope) == ("ES384", "system/*.rs")
    assert issuer.algorithms == ("RS256", "ES256")
    assert (issuer.claims.roles, issuer.claims.name) == ("realm_access.roles", "name")
    assert archive.limits == Limits(connections=4, search_seconds=8.0)
    assert archive.credentials.secret == Secret(file=tmp_path / "general-password")
    assert settings.federation.deadline_seconds == 2.5


def test_paths_are_relative_to_the_file_wherever_it_is_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, WHOLE)
    monkeypatch.chdir(tmp_path)
    settings = read_settings(Path(path.name))
    assert settings == read_settings(path)
    assert settings.audit.folder == tmp_path / "audit"
    assert settings.server.tls_certificate == tmp_path / "tls" / "server.pem"
    assert settings.server.tls_key == Path("/etc/vitrine/server-key.pem")


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("port = 8443", "port = 0", "$.server.port"),
        ("port = 8443", 'port = "8443"', "$.server.port"),
        ("port = 8443", "prot = 8443", "`prot`"),
        ('"https://view.exchange.example"', '"https://view.exchange.example/viewer"', "`public_url`"),
        ('"https://view.exchange.example"', '"view.exchange.example"', "`public_url`"),
        ('"https://view.exchange.example"', '"http://view.exchange.example"', "must be https"),
        ('"https://view.exchange.example"', '"http://10.0.0.1:8080"', "must be https"),
        ('"https://view.exchange.example"', '"https://view.exchange.example:99999"', "`public_url`"),
        ('tls_certificate = "tls/server.pem"', "", "`tls_certificate` and `tls_key`"),
        ('"10.0.0.1/32"', '"10.0.0.1/8"', "`trusted_proxies`"),
        ('"10.0.0.1/32"', '"proxy.exchange.example"', "`trusted_proxies`"),
        ("connections = 4", "connections = 0", "limits.connections"),
        ('"https://login.general.example/token"', '"http://login.general.example/token"', "oauth2`"),
        ('algorithm = "ES384"', 'algorithm = "HS256"', "oauth2.algorithm"),
        ('kind = "oauth2"', 'kind = "bearer"', "belong together"),
        ('"https://bulk.general.example/objects"', '"https://2130706433/objects"', "`url`"),
        ('"0011', '"011', "`fingerprints`"),
        ('"https://cloud.general.example/qido-rs"', '"https://127.1/qido-rs"', "`search_url`"),
        ("connections = 4", "conections = 4", "`conections`"),
        ("mon-fri 07:00-19:00", "mo-fr 07:00-19:00", "`hours` must be like"),
        ("mon-fri 07:00-19:00", "mon-fri 7:00-19:00", "`hours` must be like"),
        ("mon-fri 07:00-19:00", "mon-fri 07:00-25:00", "`hours` must be like"),
        ("mon-fri 07:00-19:00", "07:00-19:00", "`hours` must be like"),
        ("Europe/Berlin", "Europe/Nowhere", "`time_zone`"),
        ("Europe/Berlin", "../../etc/passwd", "`time_zone`"),
        ("full_fidelity_share = 0.5", "full_fidelity_share = 1.5", "gentleness.full_fidelity_share"),
        ("full_fidelity_share = 0.5", "requests_per_second = 0", "gentleness.requests_per_second"),
        ("full_fidelity_share = 0.5", "longest_pause_seconds = 1", "`longest_pause_seconds`"),
        ("search_seconds = 8", "search_seconds = 0", "limits.search_seconds"),
        ("workers = 1", "workers = 65", "$.retrieval.workers"),
        ("deadline_seconds = 2.5", "deadline_seconds = -1", "$.federation.deadline_seconds"),
        ('kind = "basic"', 'kind = "kerberos"', "credentials.kind"),
        ('{ file = "general-password" }', "{}", "a secret names either `env` or `file`"),
        ('{ file = "general-password" }', '{ env = "A", file = "b" }', "a secret names either `env` or `file`"),
        ('{ file = "general-password" }', '"canary"', "credentials.secret"),
        ('algorithms = ["RS256", "ES256"]', 'algorithms = ["none"]', "algorithms"),
        ('algorithms = ["RS256", "ES256"]', 'algorithms = ["HS256"]', "algorithms"),
        ('id = "general"', 'id = "General Hospital"', "$.institutions[0].id"),
        ('id = "general"', "", "`id`"),
        ('folder = "audit"', "folder = 3", "$.audit.folder"),
        ("[retrieval]", "[retreival]", "`retreival`"),
        ('[audit]\nfolder = "audit"', "", "`audit`"),
        ("allows_sharing = true", 'allows_sharing = "yes"', "allows_sharing"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, good: str, bad: str, named: str) -> None:
    assert WHOLE.count(good) == 1
    words = refusal(tmp_path, WHOLE.replace(good, bad))
    assert named in words
    assert "vitrine.toml" in words
    assert "canary" not in words


@pytest.mark.parametrize(
    "url",
    [
        *("", "pacs.example", "ftp://pacs.example", "file:///dicom-web", "https://", "https:///dicom-web"),
        *("https://user:canary@pacs.example/", "https://pacs.example/?a=b", "https://pacs.example/#a"),
        *("https://pacs.example/../admin", "https://pacs.example/a b", "https://pacs.example/%2e%2e", "https://[::1"),
        *("https://pacs.example:99999", "https://pacs.example:0", "https://pacs.example:port"),
        *("https://pacs.example\n", "https://päcs.example", "https://pacs.example\\admin"),
    ],
)
def test_a_base_url_is_a_place_and_nothing_else(tmp_path: Path, url: str) -> None:
    escaped = url.encode("unicode_escape").decode("ascii") if "\n" in url or "\\" in url else url
    words = refusal(tmp_path, WHOLE.replace("https://pacs.general.example:8443/dicom-web", escaped))
    assert "`base_url`" in words
    assert "canary" not in words


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8042", "https://[::1]:8443/dicom-web/", "https://pacs.example/a/b-c_d~e"]
)
def test_a_base_url_may_be_any_host_and_folder(tmp_path: Path, url: str) -> None:
    settings = read_settings(written(tmp_path, WHOLE.replace("https://pacs.general.example:8443/dicom-web", url)))
    assert settings.institutions[0].archives[0].base_url == url


SECOND = """
[[institutions]]
id = "{institution}"
name = "Lakeside Imaging"

[[institutions.archives]]
id = "{archive}"
base_url = "https://pacs.lakeside.example"

[[issuers]]
id = "{issuer}"
issuer = "https://login.lakeside.example"
audience = "vitrine"
"""


@pytest.mark.parametrize(
    ("institution", "archive", "issuer", "named"),
    [
        ("general", "lakeside-main", "lakeside-login", "institution id `general`"),
        ("lakeside", "general-main", "lakeside-login", "archive id `general-main`"),
        ("lakeside", "lakeside-main", "login", "issuer id `login`"),
    ],
)
def test_an_id_names_one_entry(tmp_path: Path, institution: str, archive: str, issuer: str, named: str) -> None:
    text = WHOLE + SECOND.format(institution=institution, archive=archive, issuer=issuer)
    assert named in refusal(tmp_path, text)


def test_an_address_is_that_of_one_issuer(tmp_path: Path) -> None:
    second = SECOND.format(institution="lakeside", archive="lakeside-main", issuer="lakeside-login")
    text = WHOLE + second.replace("https://login.lakeside.example", "https://login.exchange.example")
    assert "issuer address `https://login.exchange.example`" in refusal(tmp_path, text)


def test_different_ids_are_fine(tmp_path: Path) -> None:
    text = WHOLE + SECOND.format(institution="lakeside", archive="lakeside-main", issuer="lakeside-login")
    assert len(read_settings(written(tmp_path, text)).institutions) == 2


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.toml"):
        read_settings(tmp_path / "missing.toml")
    with pytest.raises(ConfigurationError, match="cannot read"):
        read_settings(tmp_path)
    assert "not valid TOML" in refusal(tmp_path, "server =")
    (tmp_path / "vitrine.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        read_settings(tmp_path / "vitrine.toml")


def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_settings(written(tmp_path, SMALLEST))
    monkeypatch.setenv("VITRINE_SERVER_PORT", "1")
    monkeypatch.setenv("SERVER_PORT", "1")
    assert read_settings(written(tmp_path, SMALLEST)) == before
