"""Inside the clinical network, or anywhere else."""

import pytest

from policy.request import Network
from proxy.access.networks import Networks
from proxy.errors import ConfigurationError


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.0", Network.CLINICAL),
        ("10.255.255.255", Network.CLINICAL),
        ("::ffff:10.1.2.3", Network.CLINICAL),
        ("2001:db8:1::7", Network.CLINICAL),
        ("11.0.0.0", Network.INTERNET),
        ("192.168.1.1", Network.INTERNET),
        ("127.0.0.1", Network.INTERNET),
        ("2001:db8:2::7", Network.INTERNET),
        ("::10.1.2.3", Network.INTERNET),
        ("10.1.2.3, 203.0.113.9", Network.INTERNET),
        ("10.1.2", Network.INTERNET),
        ("010.1.2.3", Network.INTERNET),
        ("portal.test", Network.INTERNET),
        ("", Network.INTERNET),
    ],
)
def test_the_network_of_an_address(address: str, network: Network) -> None:
    assert Networks(["10.0.0.0/8", "2001:db8:1::/48"]).network_of(address) is network


def test_without_clinical_networks_everybody_is_outside() -> None:
    assert Networks([]).network_of("10.1.2.3") is Network.INTERNET


@pytest.mark.parametrize("block", ["10.0.0.0/33", "10.0.0.1/8", "clinic", ""])
def test_a_block_that_is_none_is_named(block: str) -> None:
    with pytest.raises(ConfigurationError, match="clinical_networks"):
        Networks(["10.0.0.0/8", block])
