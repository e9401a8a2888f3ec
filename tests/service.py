"""The service as its operator runs it: `vitrine serve` in its own process, archives and issuer over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import socket
import sys
import time
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from demo.archive.app import Archive
from tests.exchange import BUNDLE, NAMES, REGISTER, Holding, TokenIssuer, archives_of

TREE = Path(__file__).parents[1]
_CONFIGURATION = """
[server]
public_url = "{origin}"
port = {port}
{tls}clinical_networks = ["127.0.0.0/8"]

[audit]
folder = "audit"

[policy]
folder = "{bundle}"
register = "register.toml"

[retrieval]
workers = 1
{retrieval}

[[issuers]]
id = "exchange"
issuer = "{issuer}"
audience = "vitrine"
client_id = "vitrine"
"""
_TLS = """tls_certificate = "certificate.pem"
tls_key = "key.pem"
"""
_INSTITUTION = """
[[institutions]]
id = "{name}"
name = "{title}"

[[institutions.archives]]
id = "{name}-main"
base_url = "{base_url}"
assigning_authority = "{authority}"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def served(app: Starlette, port: int | None = None) -> AsyncIterator[str]:
    """`app` on a loopback port, of its own unless told otherwise; gives its origin."""
    port = port or free_port()
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, log_enabled=False)
    task = asyncio.create_task(server.serve())
    try:
        await listening(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await task


async def listening(port: int, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return


@dataclass
class Service:
    """A running `vitrine serve`. `origin` is where it answers; `output` what it wrote so far."""

    origin: str
    process: asyncio.subprocess.Process
    issuer: TokenIssuer
    folder: Path

    @property
    def output(self) -> str:
        return (self.folder / "output.log").read_text("utf-8")

    def bearer(self, **who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(**who)}"}

    @asynccontextmanager
    async def client(self, **who: str) -> AsyncIterator[httpx.AsyncClient]:
        headers = self.bearer(**who)
        async with httpx.AsyncClient(base_url=self.origin, headers=headers, trust_env=False, timeout=20) as client:
            yield client


@asynccontextmanager
async def running_service(
    folder: Path,
    archives: Mapping[str, str],
    register: str = REGISTER,
    *,
    tls: bool = False,
    options: str = "",
    retrieval: str = "",
    public: str = "",
) -> AsyncIterator[Service]:
    """`vitrine serve` in front of `archives`, base URLs by institution; files and output are in `folder`.

    With `tls`, `certificate.pem` and `key.pem` are expected there. `options` are lines for each archive's table,
    `retrieval` for that of the caches. `public` is where people reach it, when not at its own origin.
    """
    port = free_port()
    origin = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        issuer = TokenIssuer()
        issuer.location = await stack.enter_async_context(served(issuer.app))
        (folder / "register.toml").write_text(register, "utf-8")
        configuration = _CONFIGURATION.format(
            origin=public or origin,
            port=port,
            tls=_TLS if tls else "",
            bundle=BUNDLE,
            issuer=issuer.location,
            retrieval=retrieval,
        )
        for name, base_url in archives.items():
            configuration += _INSTITUTION.format(
                name=name, title=NAMES.get(name, name), base_url=base_url, authority=name.upper()
            )
            configuration += options
        (folder / "vitrine.toml").write_text(configuration, "utf-8")
        with (folder / "output.log").open("wb") as output:
            command = (sys.executable, "-m", "proxy", "serve", "--config", str(folder / "vitrine.toml"))
            process = await asyncio.create_subprocess_exec(*command, cwd=TREE, stdout=output, stderr=output)
        try:
            await listening(port)
            yield Service(origin, process, issuer, folder)
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 20)


@asynccontextmanager
async def running_exchange(
    folder: Path, holdings: Mapping[str, Holding], **options: Any
) -> AsyncIterator[tuple[Service, dict[str, Archive]]]:
    """`running_service` with its `options` in front of archives over `holdings`, which are given too."""
    async with AsyncExitStack() as stack:
        archives = archives_of(holdings)
        addresses = {}
        for name, archive in archives.items():
            origin = await stack.enter_async_context(served(Starlette(routes=[Mount("/dicom-web", archive.app)])))
            addresses[name] = f"{origin}/dicom-web"
        service = await stack.enter_async_context(running_service(folder, addresses, **options))
        yield service, archives


def open_files(pid: int) -> dict[str, bool]:
    """What a process has open: the target of each descriptor, and whether it may be written to."""
    found: dict[str, bool] = {}
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
            flags = Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text("ascii").split("flags:")[1].split()[0]
        except OSError:
            continue
        found[target] = found.get(target, False) or int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]
