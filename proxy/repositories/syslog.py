"""Audit messages over syslog on TLS (RFC 5425, IHE ITI-20), on one connection that stays.

There are no receipts. A message counts as sent when the other end's kernel has acknowledged its last octet, and as
received when the connection has stood for a while after that: a peer that ends meanwhile is sent it again.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from proxy.archives.http1.tls import archive_context
from proxy.audit.reading import Record
from proxy.repositories.dicom.messages import to_audit_message
from proxy.repositories.line import Line
from proxy.repositories.naming import Naming
from proxy.repositories.way import Refused, RepositoryFailed
from proxy.settings.repositories import SyslogRepository
from proxy.wire.syslog import Header, to_frame, to_message

MESSAGE_ID: Final = "DICOM+RFC3881"
"""What tells a repository that audit messages of DICOM follow (PS3.15 A.6)."""

_APPLICATION: Final = "vitrine"


class SyslogWay:
    """To one repository. Raises `ConfigurationError` when a TLS file cannot be used."""

    most = 200

    def __init__(self, settings: SyslogRepository, naming: Naming) -> None:
        self.settle_seconds = settings.settle_seconds
        self._settings = settings
        self._naming = naming
        self._context = archive_context(f"audit repository `{settings.id}`", settings.tls)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit-repository")
        self._line: Line | None = None

    async def send(self, records: Sequence[Record]) -> Sequence[Refused]:
        """Syslog has no way to refuse a message."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._send, records)
        except OSError:
            await self.hang_up()
            raise RepositoryFailed("the repository cannot be reached, or does not take what is sent") from None
        return ()

    def require_standing(self) -> None:
        try:
            if self._line is not None:
                self._line.require_standing()
                return
        except OSError:
            pass
        raise RepositoryFailed("the repository has ended the connection")

    async def hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    async def close(self) -> None:
        await self.hang_up()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _send(self, records: Sequence[Record]) -> None:
        """On a thread of its own: a repository that hangs takes none from anybody, and no view waits for the XML."""
        if self._line is None:
            settings = self._settings
            self._line = Line(settings.host.strip("[]"), settings.port, self._context, settings.tls)
        self._line.send(b"".join(map(self._frame, records)))

    def _frame(self, record: Record) -> bytes:
        header = Header(self._naming.host, _APPLICATION, MESSAGE_ID, record.at, record.sequence)
        return to_frame(to_message(header, to_audit_message(record, self._naming)))
