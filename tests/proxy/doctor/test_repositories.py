"""Audit repositories as the doctor finds them: reached over verified TLS, or not, and how far behind."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace
import pytest

from proxy.doctor.finding import Finding, Verdict
from proxy.doctor.repositories import repository_findings
from proxy.settings.credentials import ArchiveTls
from proxy.settings.repositories import Repositories, RestfulRepository, SyslogRepository
from proxy.storage.positions import SqlitePositions
from proxy.storage.sqlite import SqliteEvents
from tests.exchange import settings_of
from tests.peers.rsyslog import Rsyslog
from tests.proxy.audit.logs import chained, view
from tests.service import free_port


def examined(folder: Path, repositories: Repositories) -> Sequence[Finding]:
    return list(repository_findings(replace(settings_of(folder, []), repositories=repositories)))


@pytest.fixture(scope="module")
def rsyslog(tmp_path_factory: pytest.TempPathFactory) -> Rsyslog:
    return Rsyslog(tmp_path_factory.mktemp("rsyslog"))


def syslog(rsyslog: Rsyslog, **tls: object) -> Repositories:
    whole = ArchiveTls(**{"ca": rsyslog.folder / "ca.pem", **tls})  # type: ignore[arg-type] # paths and digests
    return Repositories(syslog=(SyslogRepository(id="arr", host="127.0.0.1", port=rsyslog.port, tls=whole),))


def test_a_repository_that_can_be_reached_is_good_and_says_how_far_it_is(tmp_path: Path, rsyslog: Rsyslog) -> None:
    log = SqliteEvents(tmp_path / "audit")
    log.open()
    log.append(chained(*map(view, range(1, 6))))
    log.close()
    SqlitePositions(tmp_path / "audit").keep("arr", 3)
    with rsyslog.running():
        reached, behind = examined(tmp_path, syslog(rsyslog))
    assert (reached.verdict, reached.about) == (Verdict.GOOD, "repository `arr`")
    assert "verified" in reached.words
    assert (behind.verdict, behind.words[:1]) == (Verdict.GOOD, "2")


def test_another_certificate_is_told_in_words(tmp_path: Path, rsyslog: Rsyslog) -> None:
    with rsyslog.running():
        (stranger,) = examined(tmp_path, syslog(rsyslog, ca=Rsyslog(tmp_path / "other").folder / "ca.pem"))
        (pinned,) = examined(tmp_path, syslog(rsyslog, fingerprints=("0" * 64,)))
    assert (stranger.verdict, pinned.verdict) == (Verdict.MISSING, Verdict.MISSING)
    assert "authority" in stranger.words
    assert "none of those" in pinned.words


def test_a_repository_that_is_not_there_is_missing(tmp_path: Path) -> None:
    restful = RestfulRepository(id="fhir", base_url=f"http://127.0.0.1:{free_port()}/fhir")
    (finding,) = examined(tmp_path, Repositories(restful=(restful,)))
    assert finding.verdict is Verdict.MISSING
    assert "events wait in the audit log" in finding.words
