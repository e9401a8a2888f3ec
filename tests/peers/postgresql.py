"""A PostgreSQL server of Debian's, started for tests: a cluster of its own, reached by a socket in its folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
import os
from pathlib import Path
import shutil
import subprocess
import tempfile

ACCOUNT = "postgres"
_FLUSHED = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on"


def programs() -> Path:
    """The newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent


class Postgresql:
    """`url` is the service's, whose role `vitrine` may add and read; `owner` may do everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self.url = f"postgresql://vitrine@/vitrine?host={folder}"
        self.owner = f"postgresql://{ACCOUNT}@/vitrine?host={folder}"

    def make(self) -> None:
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", ACCOUNT, "--no-sync", "-E", "UTF8", "--locale=C")
        self.start()
        self.execute("postgres", "CREATE ROLE vitrine LOGIN", "CREATE DATABASE vitrine")
        self.execute("vitrine", resources.files("proxy.storage").joinpath("postgresql.sql").read_text("utf-8"))

    def start(self) -> None:
        options = f"-c listen_addresses='' -k {self._folder} {_FLUSHED}"
        self._run("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-o", options, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is as a crash: what was not flushed has to be recovered."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def execute(self, database: str, *statements: str) -> str:
        """As the owner."""
        said = ""
        for statement in statements:
            said = self._run(
                *("psql", "-h", self._folder, "-U", ACCOUNT, "-d", database, "-qAtX", "-v", "ON_ERROR_STOP=1"),
                *("-c", statement),
            )
        return said

    def _run(self, program: str, *arguments: object, check: bool = True) -> str:
        as_account = (
            ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups"] if os.geteuid() == 0 else []
        )
        command = [*as_account, str(programs() / program), *map(str, arguments)]
        log = self._folder / "commands"
        with log.open("w") as output:  # not a pipe, which the server would keep open
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False, cwd="/", timeout=60)
        said = log.read_text()
        if check and done.returncode:
            raise AssertionError(said)
        return said.strip()


@contextmanager
def running() -> Iterator[Postgresql]:
    # not below pytest's folder, which nobody else may enter; and a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="vitrine-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        server = Postgresql(folder)
        server.make()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
