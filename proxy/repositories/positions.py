"""How far each repository has come, kept so that a restart goes on where it was."""

from typing import Protocol


class PositionStore(Protocol):
    def read(self, repository: str) -> int:
        """The last record that `repository` is known to have; 0 before the first. Raises `AuditUnavailable`."""
        ...

    def keep(self, repository: str, sequence: int) -> None:
        """Commit that it has everything up to `sequence`, durably, or raise `AuditUnavailable`."""
        ...
