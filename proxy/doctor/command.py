"""`vitrine doctor`: every finding a line, the level reached at the end, exit status 1 when something is missing."""

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
import platform
import sys
from typing import TextIO

from proxy.doctor.audit_folder import audit_findings
from proxy.doctor.configuration import configuration_findings
from proxy.doctor.confinement import service_findings, worker_findings
from proxy.doctor.finding import Finding, Verdict, good, missing
from proxy.doctor.host import host_findings
from proxy.doctor.repositories import repository_findings
from proxy.errors import ConfigurationError
from proxy.settings.file import Settings, read_settings

_DECODERS = ("granian", "imagecodecs", "simplejpeg", "opencv-python-headless", "av", "pypdfium2", "pydicom", "numpy")


def doctor(configuration: Path | None, out: TextIO | None = None) -> int:
    """Examine this host, and with a `configuration` all that it names. Returns 0, or 1 when something is missing."""
    findings = list(_findings(configuration))
    (out or sys.stdout).writelines(f"{line}\n" for line in (*map(str, findings), level(findings)))
    return 1 if any(one.verdict is Verdict.MISSING for one in findings) else 0


def level(findings: Iterable[Finding]) -> str:
    """The level reached, in a sentence."""
    lacking = [one.about for one in findings if one.verdict is Verdict.MISSING]
    if not lacking:
        return "level: everything that protects is in force on this host"
    return f"level: {len(lacking)} of the protections missing: {', '.join(lacking)}"


def _findings(configuration: Path | None) -> Iterator[Finding]:
    settings: Settings | None = None
    if configuration is not None:
        try:
            settings = read_settings(configuration)
        except ConfigurationError as error:
            yield missing("configuration", str(error))
    folder = settings.audit.folder if settings else None
    yield from service_findings(folder if folder and folder.is_dir() else None)
    yield from worker_findings()
    yield from host_findings()
    yield good("versions", ", ".join(_versions()))
    if settings is not None and configuration is not None and folder is not None:
        yield from audit_findings(folder)
        yield from repository_findings(settings)
        yield from configuration_findings(configuration, settings)


def _versions() -> Iterator[str]:
    yield f"Linux {platform.release()}"
    yield f"Python {platform.python_version()}"
    yield from (f"{name} {version(name)}" for name in _DECODERS)
