"""Exit 0 when the service of a configuration file is alive: asked on loopback, under the Host that it answers to."""

from http.client import HTTPConnection, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
import ssl
import sys
from urllib.parse import urlsplit

from proxy.settings.file import read_settings
from proxy.settings.server import Server


def is_live(server: Server, seconds: float = 3.0) -> bool:
    """Whether `/health/live` answers 200 within `seconds`. The certificate names the public host, not loopback."""
    address = ip_address(server.bind)
    host = ("::1" if address.version == 6 else "127.0.0.1") if address.is_unspecified else server.bind
    connection = HTTPConnection(host, server.port, timeout=seconds)
    if server.tls_certificate:
        connection = HTTPSConnection(host, server.port, timeout=seconds, context=_without_verification())
    try:
        connection.request("GET", "/health/live", headers={"Host": urlsplit(server.public_url).netloc})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _without_verification() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(not is_live(read_settings(Path(sys.argv[1])).server))
