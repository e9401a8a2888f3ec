"""The running server: confined before anything else, then granian in this process until a signal ends it."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
import gc
import logging
import os
from pathlib import Path
import resource
import signal
import socket

from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server
import uvloop

from proxy.app import build_app
from proxy.errors import ConfigurationError
from proxy.observability.configuration import configure
from proxy.outside import Outside
from proxy.services.opening import open_services
from proxy.settings.file import Settings
from proxy.settings.server import Server as ServerSettings
from rendering.sandbox import landlock, limits
from rendering.sandbox.wiping import overwrite_freed_memory

_logger = logging.getLogger(__name__)
_HEADER_BYTES = 64 * 1024
_OPEN_FILES = 4096
_GARBAGE = 50_000  # objects: a search makes many times as many, all of which live until it ends
_BACKLOG = 1024  # connections that wait to be accepted: what is beyond comes again after a second


def serve(settings: Settings, log_level: str = "INFO") -> None:
    """Serve until SIGINT or SIGTERM. Raises `ConfigurationError` when the address is taken or the setup unusable."""
    configure(log_level)
    require_free(settings.server)
    confinement = confine(settings.audit.folder, settings.audit.witness_files)
    uvloop.run(_serve(settings, confinement))


def require_free(server: ServerSettings) -> None:
    """Say plainly that a port is taken, before anything else is started."""
    family = socket.AF_INET6 if ":" in server.bind else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.bind, server.port))
        except OSError as error:
            raise ConfigurationError(f"cannot listen on {server.bind} port {server.port}: {error.strerror}") from None


def confine(audit_folder: Path, files: Sequence[Path] = ()) -> str:
    """Give up, for this process and all it starts, every right to write files except in the audit folder and `files`.

    Called before any thread exists, so that the server's threads and the rendering workers inherit it. Core dumps,
    which would carry pixels to disk, are switched off too, also where the kernel hands them to a program, and nobody of
    the same account may look into the memory. What is freed of it is overwritten.
    """
    try:
        audit_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the audit log in `{audit_folder}` cannot be written: {error.strerror}") from None
    for file in files:
        _have(file)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limits.forbid_inspection()
    overwrite_freed_memory()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_OPEN_FILES, hard), hard))
    return str(landlock.restrict(write=[audit_folder, Path(os.devnull), *files], read=None))


def _have(file: Path) -> None:
    """What is not there cannot be kept writable."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise ConfigurationError(f"`{file}` cannot be appended to: {error.strerror}") from None


async def _serve(settings: Settings, confinement: str) -> None:
    async with open_services(settings, Outside(), confinement) as services:
        server = Server(
            build_app(services),
            address=settings.server.bind,
            port=settings.server.port,
            interface=Interfaces.ASGINL,
            backlog=_BACKLOG,
            websockets=False,
            log_enabled=False,
            http1_settings=HTTP1Settings(max_buffer_size=_HEADER_BYTES),
            http2_settings=HTTP2Settings(max_headers_size=_HEADER_BYTES),
            ssl_cert=settings.server.tls_certificate,
            ssl_key=settings.server.tls_key,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)
        if os.geteuid() == 0:
            _logger.warning("the service runs as root and should have an account of its own")
        gc.collect()
        gc.freeze()  # what lives as long as the service is not looked through again and again
        gc.set_threshold(_GARBAGE)
        await server.serve()
