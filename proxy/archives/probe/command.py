"""`vitrine archive probe`: ask an archive what it is like, and say how to configure it."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import re
import sys
from urllib.parse import urlsplit

import httpx
import msgspec

from proxy.archives.channel import Channel
from proxy.archives.credentials import goes_in_the_clear
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.probe.arguments import CHANGED
from proxy.archives.probe.probing import probe
from proxy.archives.probe.questions import Allowance
from proxy.archives.probe.report import Change, Report, differences, read_report, save_report
from proxy.archives.probe.suggestion import suggest
from proxy.archives.transport import archive_transport
from proxy.errors import ConfigurationError
from proxy.settings.archives import Archive
from proxy.settings.file import read_settings

_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")

Open = Callable[[Archive], httpx.AsyncBaseTransport]
Sleep = Callable[[float], Awaitable[None]]


def archive_probe(
    parsed: argparse.Namespace, transport_of: Open = archive_transport, sleep: Sleep = asyncio.sleep
) -> int:
    """Returns 0, 1 when the archive cannot be searched, or `CHANGED`. Raises `ConfigurationError`."""
    archive = _archive(parsed.target, parsed.config)
    earlier = read_report(parsed.against) if parsed.against else None
    _announce(archive)
    report = asyncio.run(_probe(archive, transport_of, sleep))
    if parsed.save:
        save_report(report, parsed.save)
    changes = differences(earlier.facts, report.facts) if earlier else ()
    text = _document(report, archive, changes) if parsed.json else _text(report, archive, earlier, changes)
    sys.stdout.write(f"{text}\n")
    if changes:
        return CHANGED
    return 0 if report.facts.get("search: studies") == "yes" else 1


async def _probe(archive: Archive, transport_of: Open, sleep: Sleep) -> Report:
    transport = transport_of(archive)
    try:
        turnstile = Turnstile(archive, archive.id)
        return await probe(archive, Channel(transport, turnstile.apart(), archive.id), sleep=sleep)
    finally:
        await transport.aclose()


def _archive(target: str, configuration: Path | None) -> Archive:
    if "://" in target:
        try:
            return Archive(id=_to_id(target), base_url=target)
        except ValueError as error:
            raise ConfigurationError(str(error).replace("`base_url`", "the URL")) from None
    if configuration is None:
        raise ConfigurationError("an archive's id needs `--config`; a URL begins with https://")
    institutions = read_settings(configuration).institutions
    found = [archive for one in institutions for archive in one.archives if archive.id == target]
    if not found:
        raise ConfigurationError(f"`{configuration}` has no archive `{target}`")
    return found[0]


def _to_id(url: str) -> str:
    """A name of the configuration's form, after the host."""
    name = _NOT_IN_AN_ID.sub("-", (urlsplit(url).hostname or "").lower()).strip("-")
    return (name if name[:1].isalpha() else f"archive-{name}")[:60].strip("-")


def _announce(archive: Archive) -> None:
    sys.stderr.write(f"asking {archive.base_url}: {Allowance()}\n")
    if goes_in_the_clear(archive):
        sys.stderr.write("its credentials cross the network without TLS\n")


def _document(report: Report, archive: Archive, changes: tuple[Change, ...]) -> str:
    document = {"report": report, "configuration": suggest(report, archive), "changes": changes}
    return msgspec.json.format(msgspec.json.encode(document)).decode("utf-8")


def _text(report: Report, archive: Archive, earlier: Report | None, changes: tuple[Change, ...]) -> str:
    lines = [str(report), "\nsuggested configuration; entries that it does not name stay\n", suggest(report, archive)]
    if earlier is not None:
        lines += [f"\nsince {earlier.at}", *(map(str, changes) if changes else ["nothing changed"])]
    return "\n".join(lines)
