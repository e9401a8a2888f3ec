"""Where a request comes from: inside the clinical network, or from anywhere else."""

from collections.abc import Iterable
import ipaddress

from policy.request import Network
from proxy.errors import ConfigurationError


class Networks:
    """The exchange's clinical networks as CIDR blocks (RFC 4632). Raises `ConfigurationError` for what is none."""

    def __init__(self, clinical: Iterable[str]) -> None:
        try:
            self._clinical = tuple(ipaddress.ip_network(block) for block in clinical)
        except ValueError as error:
            raise ConfigurationError(f"`server.clinical_networks`: {error}") from None

    def network_of(self, address: str) -> Network:
        """The network of a client's IP address; an address that is unknown or not one counts as the internet."""
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return Network.INTERNET
        mapped = getattr(client, "ipv4_mapped", None)
        if any((mapped or client) in block for block in self._clinical):
            return Network.CLINICAL
        return Network.INTERNET
