"""`vitrine policy …` for officers: with a running service, which takes their steps, and without one."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
import shutil
import subprocess

import pytest

from policy.bundle import read_bundle
from proxy.__main__ import main
from proxy.audit.canonical import read_body
from proxy.storage.sqlite import SqliteEvents
from tests.exchange import BUNDLE, ISSUER, ORIGIN, REGISTER
from tests.proxy.policies.office import FRAME, get, narrowed, officers, opened_office

CONFIGURATION = """
[server]
public_url = "{origin}"
[audit]
folder = "audit"
[policy]
folder = "{bundle}"
register = "register.toml"
[[policy.officers]]
subject = "exchange:ana"
key = "ana.pub"
[[policy.officers]]
subject = "exchange:ben"
key = "ben.pub"
[[issuers]]
id = "exchange"
issuer = "{issuer}"
audience = "vitrine"
[[institutions]]
id = "general"
name = "General Hospital"
archives = [{{ id = "general-main", base_url = "http://127.0.0.1:1/dicom-web", assigning_authority = "GENERAL" }}]
"""
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The bundle in which only referrals see, in a folder."""
    folder = tmp_path / "changed"
    shutil.copytree(BUNDLE, folder)
    for path, text in narrowed().items():
        place = folder / path
        place.unlink() if text is None else place.write_text(text, "utf-8")
    return folder


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Types `vitrine policy …`, and gives the exit code and what was printed."""
    configuration = tmp_path / "vitrine.toml"
    configuration.write_text(CONFIGURATION.format(origin=ORIGIN, bundle=BUNDLE, issuer=ISSUER), "utf-8")
    (tmp_path / "register.toml").write_text(REGISTER, "utf-8")
    officers(tmp_path)

    def typed(command: str, *arguments: object, by: str = "") -> tuple[int, str, str]:
        signed = ["--key", str(tmp_path / f"{by}.pem")] if by else []
        code = main(["policy", command, "--config", str(configuration), *signed, *map(str, arguments)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return typed


def kinds(folder: Path) -> Sequence[str]:
    return [read_body(entry.body).event.kind.value for entry in SqliteEvents(folder / "audit").entries()]


def test_a_change_without_a_running_service(tmp_path: Path, ask: Ask, changed: Path) -> None:
    first, version = read_bundle(BUNDLE).hash, read_bundle(changed).hash
    assert ask("status") == (0, f"in force: {first}, as configured\n", "")
    code, out, _ = ask("propose", changed, "--note", "referrals only", by="ana")
    assert (code, out) == (0, f"proposal 1: {version}\nanother officer has to approve it\n")
    assert f"proposal 1: {version[:12]} by exchange:ana: referrals only" in ask("status")[1]
    assert ask("approve", 1, by="ana")[::2] == (
        1,
        "vitrine: whoever proposes a change cannot approve it: it takes two people\n",
    )
    assert ask("approve", 1, by="ben")[0] == 0
    assert ask("status")[1].startswith(f"in force: {version} since ")
    assert ask("rollback", first[:8], by="ana")[::2] == (
        1,
        "vitrine: rolling back needs a reason: one person does it alone\n",
    )
    assert ask("rollback", first[:8], "--note", "locked out", by="ana")[0] == 0
    assert "rolled back to by one officer" in ask("status")[1]
    history = ask("history")[1].splitlines()
    assert [line.split()[4] for line in history] == ["proposed", "approved", "rolled-back"]
    assert kinds(tmp_path) == [
        *("policy-proposed", "policy-approved", "policy-approved", "policy-loaded"),
        *("policy-rolled-back", "policy-rolled-back", "policy-loaded"),
    ]
    code, _, error = ask("withdraw", 1, by="ben")
    assert (code, error) == (1, "vitrine: only what is not yet in force can be withdrawn; roll back instead\n")


def test_a_version_is_written_out_to_be_changed(tmp_path: Path, ask: Ask) -> None:
    out = tmp_path / "mine"
    assert ask("export", "current", out)[0] == 0
    assert read_bundle(out).hash == read_bundle(BUNDLE).hash
    assert ask("export", "current", out)[0] == 1
    assert ask("export", "ffff", tmp_path / "other")[2] == "vitrine: no version begins with `ffff`\n"


async def test_a_running_service_takes_what_is_signed_elsewhere(tmp_path: Path, ask: Ask, changed: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 200
        await exchange.services.policies.past.write()
        code, out, _ = await asyncio.to_thread(ask, "replay", changed)
        assert (code, out.splitlines()[0]) == (0, "1 past decisions, 1 of them would change")
        assert "not kept" not in out
        code, facts, _ = await asyncio.to_thread(ask, "facts")
        assert (code, facts.count("\n")) == (0, 1)
        assert (await asyncio.to_thread(ask, "propose", changed, by="ana"))[0] == 0
        assert (await asyncio.to_thread(ask, "approve", 1, by="ben"))[0] == 0
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 403
        assert (await get(exchange))["in_force"]["version"] == read_bundle(changed).hash
    told = [event for event in exchange.events() if event.kind == "policy-approved"]
    assert [(event.subject, event.outcome) for event in told] == [("exchange:ben", "success")]


async def test_decisions_on_record_whose_facts_are_gone_are_counted(tmp_path: Path, ask: Ask, changed: Path) -> None:
    async with opened_office(tmp_path, policy_more={"replay_days": 0}) as exchange:
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 200
        out = (await asyncio.to_thread(ask, "replay", changed))[1].splitlines()
    assert out[0] == "0 past decisions, 0 of them would change"
    assert out[-1] == "decisions on record of which the facts are not kept, and nothing is said here: 1"


def test_keys_that_are_nobodys_or_no_keys_are_refused(tmp_path: Path, ask: Ask, changed: Path) -> None:
    stranger = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True).stdout
    (tmp_path / "stranger.pem").write_bytes(stranger)
    assert "belongs to no officer" in ask("propose", changed, by="stranger")[2]
    (tmp_path / "broken.pem").write_text("x")
    assert "cannot be used" in ask("propose", changed, by="broken")[2]
    assert "cannot be read" in ask("propose", changed, by="missing")[2]
    assert ask("propose", tmp_path / "nowhere", by="ana")[0] == 1


def test_a_folder_of_no_institution_is_found_where_the_configuration_is_known(tmp_path: Path, ask: Ask) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(BUNDLE, folder, ignore=shutil.ignore_patterns("university", "*.toml"))
    code, out, _ = ask("check", folder)
    assert (code, out.splitlines()[0]) == (0, f"policy {read_bundle(folder).hash}")
    own = folder / "institutions" / "general"
    misspelt = own.rename(own.with_name("genral")) / "behavioural-health.cedar"
    misspelt.write_text(misspelt.read_text("utf-8").replace("general", "genral"), "utf-8")
    assert main(["policy", "check", str(folder)]) == 0
    code, out, _ = ask("check", folder)
    assert code == 1
    assert "institutions/genral: is for an institution that the configuration does not have" in out


@pytest.mark.parametrize("when", ["tomorrow", "2026-13-01"])
def test_a_time_that_is_none_is_refused(when: str, ask: Ask, changed: Path) -> None:
    with pytest.raises(SystemExit) as left:
        ask("propose", changed, "--from", when, by="ana")
    assert left.value.code == 2
