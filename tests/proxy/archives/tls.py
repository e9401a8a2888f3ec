"""A TLS server on blocking sockets: unlike asyncio's it tells its peer why a handshake failed (RFC 8446 §6)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
import socket
import ssl
import threading


@dataclass(slots=True)
class TlsLine:
    """Its port, and the heads of the requests that came through."""

    port: int
    heads: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def serving(context: ssl.SSLContext, answer: bytes) -> AsyncGenerator[TlsLine]:
    """Gives `answer` to the one request of each connection, one connection after another."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        line = TlsLine(listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listener, context, answer, line))
        thread.start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


def _serve(listener: socket.socket, context: ssl.SSLContext, answer: bytes, line: TlsLine) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        peer.settimeout(5)
        with closing(peer):
            _converse(peer, context, answer, line)


def _converse(peer: socket.socket, context: ssl.SSLContext, answer: bytes, line: TlsLine) -> None:
    try:
        secured = context.wrap_socket(peer.dup(), server_side=True, suppress_ragged_eofs=False)
    except OSError:
        _linger(peer)
        return
    with closing(secured), suppress(OSError):  # the other end has gone
        _answer(secured, answer, line)


def _answer(secured: ssl.SSLSocket, answer: bytes, line: TlsLine) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = secured.recv(2**14)
        if not piece:
            return
        head += piece
    line.heads.append(head)
    secured.sendall(answer)
    secured.unwrap()


def _linger(peer: socket.socket) -> None:
    """Closing with something unread would take back what was said."""
    with suppress(OSError):
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(2**14):
            pass
