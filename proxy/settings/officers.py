"""The officers who may change the policy: by name, by the part they answer for, and by their keys."""

from pathlib import Path

from proxy.settings.entries import Section


class Officer(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`institution` is the one whose rules this officer may change; without it, all. `key` is for the command line."""

    subject: str
    institution: str = ""
    key: Path | None = None

    def __post_init__(self) -> None:
        issuer, _, name = self.subject.partition(":")
        if not issuer or not name:
            raise ValueError("`subject` must be the issuer's id, a colon and the subject of its tokens")
