"""Nothing planted comes out: no patient's name, token or UID in what the service writes about its running."""

import json
from pathlib import Path

from demo.archive.faults import Fault
from tests.exchange import ct
from tests.service import running_exchange

STUDY = "1.2.276.0.7230010.3.1.2.8323329"
NAME, NUMBER = "Bucheron^Jérôme", "G-1001"
CANARIES = (STUDY, "Bucheron", "Jérôme", NUMBER, "8323329")
HOLDINGS = {
    "general": [ct(STUDY, 1, number, PatientName=NAME, SpecificCharacterSet="ISO_IR 100") for number in (1, 2)],
    "lakeside": [ct("1.2.9", 1, 1, patient="77-1")],
}
SERIES = f"/dicomweb/studies/{STUDY}/series/{STUDY}.1"
FRAME = f"{SERIES}/instances/{STUDY}.1.1/frames/1/rendered"


async def test_logs_metrics_and_problems_name_nobody(tmp_path: Path) -> None:
    said: list[str] = []
    async with running_exchange(tmp_path, HOLDINGS) as (service, archives), service.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
        for path in (f"/dicomweb/studies?PatientName={NAME}&PatientID={NUMBER}", FRAME, f"{SERIES}/metadata"):
            assert (await client.get(path)).status_code == 200
        refused = (
            f"{FRAME}?window={NAME}",
            FRAME.replace("frames/1", "frames/99"),
            f"/dicomweb/studies/{STUDY}.x/series",
            f"/{NAME}/{STUDY}?token={token}",
            f"/dicomweb/studies?StudyDate={NAME}&limit={NAME}",
        )
        said += [(await client.get(path)).text for path in refused]
        for fault in (Fault(status=500), Fault(truncate=20), Fault(drop=20), Fault(instead="/studies")):
            for kind in ("search", "metadata", "frames"):
                archives["general"].faults[kind] = fault
                answer = await client.get(FRAME.replace(".1.1/", ".1.2/"), headers={"Accept": "*/*"})
                if answer.headers["content-type"] == "application/problem+json":
                    said.append(answer.text)
                archives["general"].faults.clear()
        for bad in (token[:-4] + "AAAA", token + "=", f"{token}.{token}"):
            answer = await client.get(FRAME, headers={"Authorization": f"Bearer {bad}"})
            assert answer.status_code == 401
            said.append(answer.text)
        said.append((await client.get("/metrics")).text)
        said.append((await client.get("/health/ready")).text)
        said.append(Path(f"/proc/{service.process.pid}/cmdline").read_text("utf-8"))
    said.append(service.output)
    everything = "\n".join(said)
    assert '"route": "/dicomweb/studies/{study}/series/{series}/metadata"' in everything
    assert [canary for canary in (*CANARIES, *token.split(".")) if canary in everything] == []


async def test_every_line_that_the_service_writes_is_a_safe_one(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _), service.client() as client:
        await client.get(FRAME)
    for line in service.output.splitlines():
        assert set(json.loads(line)) >= {"at", "level", "logger"}


async def test_the_audit_log_holds_identifiers_but_no_names_and_no_tokens(tmp_path: Path) -> None:
    async with running_exchange(tmp_path, HOLDINGS) as (service, _), service.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
        await client.get(f"/dicomweb/studies?PatientName={NAME}")
        assert (await client.get(FRAME)).status_code == 200
    kept = b"".join(path.read_bytes() for path in (tmp_path / "audit").iterdir())
    assert NUMBER.encode() in kept
    assert STUDY.encode() in kept
    for secret in ("Bucheron", "Jérôme", *token.split(".")):
        assert secret.encode() not in kept
