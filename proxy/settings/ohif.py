"""OHIF, where an operator has installed it."""

from pathlib import Path

from proxy.settings.entries import Section


class Ohif(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`folder` is what `vitrine ohif install` made; without it there is our own viewer alone."""

    folder: Path | None = None
