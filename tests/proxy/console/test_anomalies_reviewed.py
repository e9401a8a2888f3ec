"""Anomalies through the service: found in the log, looked at by those who answer for them, and kept."""

from pathlib import Path
from typing import Any

from tests.exchange import NAMES, Exchange, ct
from tests.proxy.policies.office import ANA, as_officer, opened_office

ROOT = "/console/api/anomalies"
STUDIES = [f"1.2.{number}" for number in range(1, 6)]
OPINION = {"finding": "appropriate", "reason": "She looked for the right patient."}


async def cases(exchange: Exchange, headers: dict[str, str]) -> list[dict[str, Any]]:
    response = await exchange.client.get(ROOT, headers=headers)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


async def tries_doors(exchange: Exchange, who: str = "stranger", role: str = "clinician") -> None:
    headers = {**exchange.bearer(sub=who, role=role), "Accept": "image/jpeg"}
    for study in STUDIES:
        frame = f"/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.1/frames/1/rendered"
        assert (await exchange.client.get(frame, headers=headers)).status_code in {403, 404}


def office(folder: Path) -> Any:
    return opened_office(folder, holdings={"general": [ct(study) for study in STUDIES], "university": []})


async def test_a_case_is_found_looked_at_and_closed_for_good(tmp_path: Path) -> None:
    async with office(tmp_path) as exchange:
        assert await cases(exchange, as_officer(exchange, "ana")) == []
        await tries_doors(exchange)
        (case,) = await cases(exchange, as_officer(exchange, "ana"))
        assert (case["subject"], case["closed"], case["overdue"]) == ("exchange:stranger", False, False)
        assert [one["rule"] for one in case["findings"]] == ["refusals"]
        assert exchange.kinds()[-1] == "audit-read"
        kinds = exchange.kinds()
        assert {kinds[number - 1] for number in case["findings"][0]["evidence"]} == {"view-refused"}
        place = f"{ROOT}/{case['case']}"
        bad = await exchange.client.put(
            place, json={"finding": "fine", "reason": "x"}, headers=as_officer(exchange, "ana")
        )
        assert bad.status_code == 400
        more = {"finding": "unknown", "reason": "I have asked her."}
        for opinion, closed in ((more, False), (OPINION, True)):
            done = await exchange.client.put(place, json=opinion, headers=as_officer(exchange, "ana"))
            assert done.status_code == 200, done.text
            (case,) = await cases(exchange, as_officer(exchange, "ben"))
            assert case["closed"] is closed
        reviewed = [event for event in exchange.events() if event.kind == "anomaly-reviewed"]
        assert [(event.subject, event.detail["finding"]) for event in reviewed] == [
            (ANA, "unknown"),
            (ANA, "appropriate"),
        ]
    async with office(tmp_path) as exchange:
        (case,) = await cases(exchange, as_officer(exchange, "ben"))
        assert [one["finding"] for one in case["dispositions"]] == ["unknown", "appropriate"]


async def test_nobody_decides_about_themselves_and_nobody_else_about_anybody(tmp_path: Path) -> None:
    async with office(tmp_path) as exchange:
        await tries_doors(exchange, "ana")
        (case,) = await cases(exchange, as_officer(exchange, "ana"))
        assert case["own"] is True
        place = f"{ROOT}/{case['case']}"
        for headers, status in ((as_officer(exchange, "ana"), 403), (exchange.bearer(), 403), ({}, 401)):
            assert (await exchange.client.put(place, json=OPINION, headers=headers)).status_code == status
        missing = await exchange.client.put(f"{ROOT}/none", json=OPINION, headers=as_officer(exchange, "ben"))
        assert missing.status_code == 404


async def test_institutions_look_at_what_happened_with_them(tmp_path: Path) -> None:
    async with office(tmp_path) as exchange:
        await tries_doors(exchange)
        (everywhere,) = await cases(exchange, as_officer(exchange, "ana"))
        (own,) = await cases(exchange, as_officer(exchange, "cam"))
        assert own["case"] != everywhere["case"]
        abroad = exchange.bearer(
            sub="uni", role="institution-officer", purpose="HOPERAT", organization=NAMES["university"]
        )
        assert await cases(exchange, abroad) == []
        refused = await exchange.client.put(f"{ROOT}/{own['case']}", json=OPINION, headers=abroad)
        assert refused.status_code == 404
