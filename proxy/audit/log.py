"""The audit log as the rest of the proxy sees it: record an event, and go on only once it is committed."""

from typing import Protocol

from proxy.audit.event import Event


class AuditLog(Protocol):
    async def record(self, event: Event) -> int:
        """Commit `event` durably and return its sequence number, or raise `proxy.errors.AuditUnavailable`."""
        ...
