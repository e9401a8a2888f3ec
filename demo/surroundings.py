"""What surrounds the proxy in the demo, in one process of its own: three archives, the patient index, the provider.

The process ends with the one that started it, however that ends, and never before: Ctrl-C is for the proxy.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
import os
from pathlib import Path
import sys

from granian.constants import Interfaces
from granian.server.embed import Server
import msgspec
from starlette.applications import Starlette
from starlette.routing import Mount
import uvloop

from demo.archive import Credentials, archive_app
from demo.consents import CONSENTS, PATIENTS, ConsentRegister
from demo.data import studies_of
from demo.index import PEOPLE as INDEXED
from demo.index import index_app
from demo.outage import Outage
from demo.people import PEOPLE
from demo.provider import Client, provider_app

ARCHIVE_PATH = "/dicom-web"
INDEX_PATH = "/fhir"
CONSENTS_PATH = "/consents"
_LOOK_SECONDS = 0.2
_TRIES = 500


class Orders(msgspec.Struct, frozen=True):
    """What the starting process wants: ports by name, secrets by name, its own number, and where sign-ins return to.

    `folder` is that of the configuration, where outages are noted.
    """

    parent: int
    ports: Mapping[str, int]
    secrets: Mapping[str, str]
    callback: str
    folder: str

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.ports['provider']}"

    def archive(self, institution: str) -> str:
        """The base URL of an institution's archive."""
        return f"http://127.0.0.1:{self.ports[institution]}{ARCHIVE_PATH}"

    @property
    def index(self) -> str:
        """The base URL of the patient index."""
        return f"http://127.0.0.1:{self.ports['index']}{INDEX_PATH}"

    @property
    def consents(self) -> str:
        """The base URL of the consent register, which is beside the patient index."""
        return f"http://127.0.0.1:{self.ports['index']}{CONSENTS_PATH}"


def _apps(orders: Orders) -> dict[str, Starlette]:
    credentials = {
        "general": Credentials(orders.secrets["general"]),
        "lakeside": Credentials(orders.secrets["lakeside"], "vitrine"),
        "university": None,
    }
    archives = {name: archive_app(studies_of(name, date.today()), shown) for name, shown in credentials.items()}  # noqa: DTZ011 - the day on this machine's wall
    outages = {name: Outage(app, Path(orders.folder), name) for name, app in archives.items()}
    mounted = {name: Starlette(routes=[Mount(ARCHIVE_PATH, app)]) for name, app in outages.items()}
    client = Client("vitrine", orders.callback, "vitrine", orders.secrets["client"])
    shown = Credentials(orders.secrets["index"])
    consents = ConsentRegister(CONSENTS, PATIENTS, shown)
    people = [Mount(INDEX_PATH, index_app(INDEXED, shown)), Mount(CONSENTS_PATH, consents.app)]
    return {**mounted, "index": Starlette(routes=people), "provider": provider_app(orders.issuer, client, PEOPLE)}


async def _until_listening(port: int) -> None:
    for _ in range(_TRIES):
        if await _listens(port):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _serve(orders: Orders) -> None:
    servers = [_server(app, orders.ports[name]) for name, app in _apps(orders).items()]
    async with asyncio.TaskGroup() as tasks:
        for server in servers:
            tasks.create_task(server.serve())
        for port in orders.ports.values():
            await _until_listening(port)
        print("ready", flush=True)
        while os.getppid() == orders.parent:  # noqa: ASYNC110 - nothing tells a process that its parent is gone
            await asyncio.sleep(_LOOK_SECONDS)
        for server in servers:
            server.stop()  # type: ignore[no-untyped-call]  # granian gives no types here


def _server(app: Starlette, port: int) -> Server:
    return Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False)


def main() -> None:
    """Read the orders from standard input, say `ready` on standard output, and serve."""
    uvloop.run(_serve(msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)))


if __name__ == "__main__":
    main()
