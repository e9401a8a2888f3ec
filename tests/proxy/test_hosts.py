"""Where the configuration leads is written in one plain way, and never where no archive is."""

import pytest

from proxy.hosts import is_this_machine
from proxy.settings.archives import Archive, BulkdataUrl
from proxy.settings.credentials import ClientCredentials

SPELLINGS = [
    "2130706433",  # 127.0.0.1 as one number
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "127.1",
    "0",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[2002:7f00:1::]",
    "[fe80::1%25eth0]",
    "127.0.0.1.",
    "localhost.",
    "archive.test.",
    "user@archive.test",
    "user:secret@127.0.0.1",
    "archive.test%00.evil.test",
    "１２７.0.0.1",
    "archive。test",
    "-archive.test",
    "archive..test",
    "169.254.169.254",
    "[fe80::1]",
    "0.0.0.0",
    "[::]",
    "224.0.0.1",
    "100.100.100.200",
    "[fd00:ec2::254]",
]
PLAIN = [
    "archive.test",
    "orthanc",
    "10.0.0.1",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[2001:db8::1]",
    "PACS.hospital.test",
]


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("name", ["base_url", "search_url", "retrieve_url", "url", "token_url"])
def test_no_entry_names_a_host_in_a_way_that_hides_it(name: str, host: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}`"):
        configure(name, f"https://{host}/dicom-web")


@pytest.mark.parametrize("host", PLAIN)
@pytest.mark.parametrize("name", ["base_url", "search_url", "retrieve_url", "url", "token_url"])
def test_every_entry_names_a_host_plainly(name: str, host: str) -> None:
    configure(name, f"https://{host}:8443/dicom-web")


def configure(name: str, url: str) -> None:
    if name == "url":
        BulkdataUrl(url=url)
    elif name == "token_url":
        ClientCredentials(token_url=url, client_id="vitrine")
    else:
        Archive(id="main", **{"base_url": "https://archive.test", name: url})


@pytest.mark.parametrize("url", ["https://a.test/x?y", "https://a.test/x#y", "ftp://a.test", "https://a.test/a/../b"])
def test_what_is_no_root_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="`base_url`"):
        configure("base_url", url)


def test_a_client_secret_never_crosses_a_network_in_the_clear() -> None:
    ClientCredentials(token_url="http://127.0.0.1:9/token", client_id="vitrine")
    with pytest.raises(ValueError, match="must be https"):
        ClientCredentials(token_url="http://login.test/token", client_id="vitrine")


def test_this_machine_is_named_by_name_or_address() -> None:
    assert [host for host in (*PLAIN, "127.9.9.9", "LOCALHOST", "x.localhost") if is_this_machine(host)] == [
        *("127.0.0.1", "localhost", "[::1]", "127.9.9.9", "LOCALHOST")
    ]
