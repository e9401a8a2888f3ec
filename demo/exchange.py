"""`vitrine demo`: an exchange of three institutions on this machine, around the real service in its real process."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import json
import os
from pathlib import Path
import secrets
import shutil
import socket
from string import Template
import subprocess
import sys
from urllib.parse import urlsplit

import msgspec

from demo.outage import end_outages
from demo.people import PEOPLE
from demo.surroundings import Orders
import policy
from proxy.errors import ConfigurationError
from proxy.serving import require_free, serve
from proxy.settings.file import read_settings
from proxy.settings.server import Server

FOLDER = Path(".demo")
_OHIF = FOLDER / "ohif"
_HERE = Path(__file__).parent
_STOP_SECONDS = 5


def run(port: int) -> None:
    """Serve the demo on loopback until a signal ends it. Raises `ConfigurationError`, before anything is started, when
    `port` is taken.
    """
    public_url = f"http://127.0.0.1:{port}"
    if not 1 <= port <= 65535:
        raise ConfigurationError(f"{port} is not the number of a port")
    require_free(Server(public_url=public_url, port=port))
    orders = _orders(public_url)
    file = _configure(orders, public_url, port)
    settings = read_settings(file)
    with surroundings(orders):
        print(_announcement(public_url, file, settings.audit.folder), flush=True)
        serve(settings, log_level="WARNING")


def _orders(public_url: str) -> Orders:
    names = ("general", "lakeside", "university", "index", "provider")
    random = {name: secrets.token_urlsafe(24) for name in ("general", "lakeside", "index", "client")}
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    folder = FOLDER.absolute() / str(urlsplit(public_url).port)
    return Orders(os.getpid(), ports, random, f"{public_url}/auth/callback", str(folder))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _configure(orders: Orders, public_url: str, port: int) -> Path:
    """Write the configuration into a folder of this port. Its secrets are in the environment."""
    for name, secret in orders.secrets.items():
        os.environ[f"VITRINE_DEMO_{name.upper()}"] = secret
    content = Template((_HERE / "vitrine.toml").read_text("utf-8")).substitute(
        public_url=public_url,
        port=port,
        policy=json.dumps("policy"),
        register=json.dumps(str(_HERE / "register.toml")),
        issuer=orders.issuer,
        index=orders.index,
        consents=orders.consents,
        mllp=_free_ports(1)[0],
        ohif=f"[ohif]\nfolder = {json.dumps(str(_OHIF.absolute()))}\n" if _OHIF.is_dir() else "",
        **{name: orders.archive(name) for name in ("general", "lakeside", "university")},
    )
    file = FOLDER / str(port) / "vitrine.toml"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
        _write_policy(file.parent / "policy")
        end_outages(file.parent)
    except OSError as error:
        raise ConfigurationError(f"cannot write `{file}`: {error.strerror}") from None
    return file


def _write_policy(folder: Path) -> None:
    """The rules that come with the service, and how one institution of the demo labels its studies."""
    shutil.copytree(Path(policy.__file__).parent / "bundle", folder, dirs_exist_ok=True)
    shutil.copy(_HERE / "labels.toml", folder / "institutions" / "general" / "labels.toml")


@contextmanager
def surroundings(orders: Orders) -> Iterator[None]:
    """The archives and the provider, running. They are in a session of their own, so that Ctrl-C is not for them."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "demo.surroundings"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _give(process, orders)
        yield
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _give(process: "subprocess.Popen[bytes]", orders: Orders) -> None:
    """Hand over the orders, and wait until they are carried out."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    with suppress(BrokenPipeError), process.stdin as orders_to:
        orders_to.write(msgspec.json.encode(orders) + b"\n")
    with process.stdout as answer:
        if answer.readline() != b"ready\n":
            raise ConfigurationError("the demo's archives and provider could not be started")


def _command() -> str:
    """The `vitrine` command of the environment that runs this, as one types it here."""
    path = Path(sys.executable).with_name("vitrine")
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _python() -> str:
    path = Path(sys.executable)
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _announcement(public_url: str, file: Path, audit: Path) -> str:
    people = "\n".join(f"  {person.role:<25}{person.sentence}" for person in PEOPLE)
    return f"""
The demo exchange is running. Open {public_url}

Sign in there as one of these; no password is asked for:
{people}

Who looked at what is recorded in {audit}
and checked by: {_command()} audit verify --config {file}

The unrelated clinician is given a patient, and expects one, by: {_python()} -m demo.feed {file}

An archive goes down, and is named to whoever searches, by: {_python()} -m demo.outage {file} lakeside
(`up` behind it ends that; `silent` lets it answer nothing at all)

Ctrl-C ends all of it.
"""
