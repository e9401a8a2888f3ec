"""Debian's rsyslog with its TLS driver, as an audit record repository on a loopback port (RFC 5425)."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
import re
import socket
import subprocess
import time

import trustme

from tests.service import free_port

_PROGRAM = "/usr/sbin/rsyslogd"
_START_SECONDS = 15.0
_CONFIGURATION = """
global(
  workDirectory="{folder}"
  maxMessageSize="256k"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/certificate.pem"
  defaultNetstreamDriverKeyFile="{folder}/key.pem"
  parser.escapeControlCharactersOnReceive="off"
)
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
template(name="record" type="string" string="%structured-data% %msgid% %msg%\\n")
input(type="imtcp" address="127.0.0.1" port="{port}")
action(type="omfile" file="{folder}/received" template="record" asyncWriting="off" flushOnTXEnd="on")
"""
_RECORD = re.compile(r'\[meta sequenceId="(\d+)"\] (\S+) ?\ufeff?(<\?xml(?:(?!\[meta ).)*?</AuditMessage>)', re.DOTALL)
"""A whole message: of what was being written when it was killed, there may be a part."""


@dataclass
class Rsyslog:
    """`folder` holds everything of it; `ca.pem` verifies it, `client.pem` and `client.key` are known to it."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.folder / "ca.pem")
        own, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("vitrine.test")
        for name, certificate in (("certificate.pem", own), ("client.pem", client)):
            pems = certificate.cert_chain_pems
            (self.folder / name).write_bytes(b"".join(one.bytes() for one in pems))
        own.private_key_pem.write_to_path(self.folder / "key.pem")
        client.private_key_pem.write_to_path(self.folder / "client.key")
        configuration = _CONFIGURATION.format(folder=self.folder, port=self.port)
        (self.folder / "rsyslog.conf").write_text(configuration, "utf-8")

    @contextmanager
    def running(self) -> Generator["subprocess.Popen[bytes]"]:
        """The process, which may be killed; what it received before stays."""
        pid = self.folder / "rsyslogd.pid"
        pid.unlink(missing_ok=True)
        command = [_PROGRAM, "-n", "-f", str(self.folder / "rsyslog.conf"), "-i", str(pid)]
        with (self.folder / "output.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self._wait(process)
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def received(self) -> list[tuple[int, str, str]]:
        """Place, kind and body of each message, in the order in which they came."""
        path = self.folder / "received"
        text = path.read_text("utf-8") if path.exists() else ""
        return [(int(place), kind, body) for place, kind, body in _RECORD.findall(text)]

    def places(self) -> list[int]:
        return [place for place, _, _ in self.received()]

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                time.sleep(0.05)
        said = (self.folder / "output.log").read_text("utf-8", "replace")
        raise RuntimeError(f"rsyslog did not start: {said[-2000:]}")
