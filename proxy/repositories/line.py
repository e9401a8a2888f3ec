"""A TLS connection that is only written to, on a blocking socket: what TCP has not delivered is known to the octet,
which no buffered stream can say.
"""

from contextlib import suppress
import fcntl
import hashlib
import select
import socket
import ssl
import struct
import termios
import time
from typing import Final

from proxy.archives.http1.tls import FingerprintMismatch
from proxy.settings.credentials import ArchiveTls
from proxy.settings.entries import plain_fingerprint

CONNECT_SECONDS: Final = 10.0
_SEND_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.002


class Line:
    """One connection. Its methods block, and are called from one thread at a time; `close` from any."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, tls: ArchiveTls) -> None:
        """Connect, and verify who is there. Raises `OSError`."""
        bare = socket.create_connection((host, port), CONNECT_SECONDS)
        try:
            self._socket = context.wrap_socket(bare, server_hostname=host)
        except BaseException:
            bare.close()
            raise
        try:
            _require_known(self._socket, tls)
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(_SEND_SECONDS)

    def send(self, octets: bytes) -> None:
        """Returns when the other end's kernel has acknowledged all of `octets`. Raises `OSError`."""
        self.require_standing()
        self._socket.sendall(octets)
        end = time.monotonic() + _SEND_SECONDS
        while self._unacknowledged():
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(_LOOK_SECONDS)

    def require_standing(self) -> None:
        """Raises `OSError` when the other end has ended the connection; what else it says is passed over."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        if readable:
            self._socket.settimeout(0)
            try:
                if not self._socket.recv(4096):
                    raise ConnectionResetError
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass  # TLS itself had something to say
            finally:
                self._socket.settimeout(_SEND_SECONDS)

    def close(self) -> None:
        """End it, also while a thread is sending."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _unacknowledged(self) -> int:
        """Octets that TCP has no acknowledgement of (tcp(7), SIOCOUTQ)."""
        return int(struct.unpack("=i", fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4)))[0])


def _require_known(secured: ssl.SSLSocket, tls: ArchiveTls) -> None:
    """Its certificate, which was verified, is one of those that are named, where any are."""
    known = {plain_fingerprint(one) for one in tls.fingerprints}
    if known and hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest() not in known:
        raise FingerprintMismatch("the certificate has another fingerprint")
