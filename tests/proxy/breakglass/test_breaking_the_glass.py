"""A declared emergency through the whole service: declared, opened, told, ended, and reviewed by somebody else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from proxy.breakglass.statement import Attestation
from proxy.storage.emergencies import FILE_NAME
from tests.exchange import REGISTER
from tests.proxy.breakglass.hospital import OUT, PATH, RENDERED, REVIEWS, STATEMENT, Hospital, hospital

SEARCH = "/dicomweb/studies?PatientID=77-300&IssuerOfPatientID=LAKESIDE"


async def told(place: Hospital, count: int) -> list[dict[str, Any]]:
    """The first `count` notices."""
    async with asyncio.timeout(5):
        while len(place.receiver.notices) < count:
            await asyncio.sleep(0.01)
    return [json.loads(one.content) for one in place.receiver.notices]


async def test_refused_then_declared_then_shown_with_a_mark_and_on_record(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        assert await place.see() == 404
        declared = await place.declare()
        assert declared.status_code == 201, declared.text
        assert declared.json()["in_force"] is True
        assert await place.see() == 200
        assert [row["0020000D"]["Value"][0] for row in (await place.ask("GET", SEARCH)).json()] == ["1.2.4", "1.2.5"]
        events = place.exchange.events()
        (record,) = [event for event in events if event.kind == "emergency-declared"]
        assert (record.name, record.patient, record.reasons) == (
            "The er",
            "LAKESIDE|77-300",
            ("hie-040-declare-emergency",),
        )
        assert record.detail["nature"] == STATEMENT["opinion"]
        (opened,) = [event for event in events if event.kind == "view-opened"]
        assert opened.reasons == ("hie-003-break-glass",)
        assert opened.detail["emergency"] == declared.json()["id"]
        assert str(opened.detail["watermark"]).startswith("The er · ")
        assert opened.detail["rendered-only"] == 1
        assert events.index(record) < events.index(opened)


async def test_nothing_tells_whether_there_is_such_a_patient(tmp_path: Path) -> None:
    """The same answer, and no archive is asked, for whoever has studies and whoever does not exist."""
    async with hospital(tmp_path) as place:
        for archive in place.exchange.archives.values():
            archive.requests.clear()
        answers = [await place.declare(), await place.declare(identifier="nobody"), await place.declare(authority="X")]
        assert not any(archive.requests for archive in place.exchange.archives.values())
        shapes = []
        for answer in answers:
            document = answer.json()
            kept = {"authority", "identifier", "id", "since", "until"}
            shapes.append((answer.status_code, sorted(document), {k: v for k, v in document.items() if k not in kept}))
        cases = [shape[2].pop("cases") for shape in shapes]
        assert [[case["studies"] for case in one] for one in cases] == [[0], [0], [0]]
        assert shapes[0] == shapes[1] == shapes[2]


async def test_it_holds_for_one_person_one_patient_and_emergencies_only(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        await place.declare()
        assert await place.see(sub="er-2") == 404
        assert await place.see(purpose="TREAT", roles=["emergency-clinician", "clinician"]) == 404
        assert await place.see("/dicomweb/studies/1.2.1/metadata") == 404
        assert await place.see() == 200
        assert await place.see(RENDERED.replace("rendered", "frames/1")) == 403, "stored values carry no mark"


@pytest.mark.parametrize(
    "who",
    [
        {"role": "clinician", "roles": ["clinician"]},
        {"purpose": "TREAT"},
        {"role": "patient", "roles": ["patient"], "purpose": "PATRQT"},
        {"roles": ["privacy-officer"]},
    ],
)
async def test_who_may_not_declare_one_is_not_offered_it_and_refused_on_record(
    tmp_path: Path, who: dict[str, Any]
) -> None:
    async with hospital(tmp_path) as place:
        assert (await place.ask("GET", PATH, **who)).json()["offered"] is False
        refused = await place.ask("POST", PATH, STATEMENT, **who)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:vitrine:problem:not-permitted")
        (event,) = [event for event in place.exchange.events() if event.kind == "emergency-declared"]
        assert (event.outcome, event.detail["why"]) == ("refused", "policy")


async def test_a_surer_sign_in_is_asked_for_where_only_that_is_missing(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        assert (await place.ask("GET", PATH, assurance=1)).json()["offered"] is True
        refused = await place.ask("POST", PATH, STATEMENT, assurance=1)
        assert refused.status_code == 401
        assert refused.json()["assurance"] == 2
        assert "insufficient_user_authentication" in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize("left_out", list(Attestation))
async def test_every_attestation_is_needed(tmp_path: Path, left_out: Attestation) -> None:
    async with hospital(tmp_path) as place:
        refused = await place.declare(attested=[one.value for one in Attestation if one is not left_out])
        assert refused.status_code == 400
        assert await place.see() == 404


async def test_what_is_not_a_declaration_is_refused_and_not_repeated(tmp_path: Path) -> None:
    odd: list[dict[str, Any]] = [
        {"opinion": "urgent"},
        {"opinion": " " * 20},
        {"opinion": "x" * 1001},
        {"identifier": "77*"},
        {"identifier": ""},
        {"authority": "A\nB"},
        {"attested": ["Yamada"]},
        {"until": "2099-01-01"},
    ]
    async with hospital(tmp_path) as place:
        for change in odd:
            refused = await place.declare(**change)
            assert refused.status_code == 400, change
            assert "Yamada" not in refused.text


async def test_one_click_ends_it_in_an_open_viewer_and_nobody_else_may(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        name = (await place.declare()).json()["id"]
        assert await place.see() == 200
        assert (await place.ask("DELETE", f"{PATH}/{name}", sub="er-2")).status_code == 404
        assert await place.see() == 200
        assert (await place.ask("DELETE", f"{PATH}/{name}")).status_code == 204
        assert await place.see() == 404
        assert (await place.ask("DELETE", f"{PATH}/{name}")).status_code == 404
        (event,) = [event for event in place.exchange.events() if event.kind == "emergency-ended"]
        assert (event.subject, event.detail["how"]) == ("exchange:er", "by hand")
        again = (await place.declare()).json()["id"]
        assert again != name
        assert await place.see() == 200
        under = [event.detail["emergency"] for event in place.exchange.events() if event.kind == "view-opened"]
        assert under == [name, again]


async def test_after_four_hours_it_is_over_in_open_viewers_too(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        await place.declare()
        place.later(4 * 3600 - 5)
        assert await place.see() == 200
        place.later(6)
        await place.exchange.services.emergencies.look()
        assert await place.see() == 404
        (event,) = [event for event in place.exchange.events() if event.kind == "emergency-ended"]
        assert event.detail["how"] == "in time"


async def test_it_is_over_in_time_although_that_cannot_be_kept(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        await place.declare()
        assert await place.see() == 200
        place.later(4 * 3600 + 1)
        for one in (tmp_path / "audit").glob(f"{FILE_NAME}*"):
            one.unlink()
        (tmp_path / "audit" / FILE_NAME).mkdir()
        await place.exchange.services.emergencies.look()
        assert await place.see() == 404


async def test_it_outlasts_a_start_and_so_do_its_reviews(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        name = (await place.declare()).json()["id"]
        assert await place.see() == 200
    async with hospital(tmp_path) as place:
        assert await place.see() == 200
        assert (await place.declare()).json()["id"] == name, "still the same one"
        (own,) = (await place.ask("GET", PATH)).json()["own"]
        assert (own["in_force"], own["cases"][0]["institution"], own["cases"][0]["studies"]) == (True, "lakeside", 1)


async def test_nothing_is_declared_or_shown_that_cannot_be_kept(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        await place.declare()
        file = tmp_path / "audit" / FILE_NAME
        for one in file.parent.glob(f"{FILE_NAME}*"):
            one.unlink()
        file.mkdir()
        assert await place.see() == 503
        refused = await place.declare(identifier="another")
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:vitrine:problem:emergencies-unavailable")
        file.rmdir()
        assert await place.see() == 200


async def test_custodians_are_told_at_once_and_once_without_a_patient(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        name = (await place.declare()).json()["id"]
        await told(place, 1)
        for _ in range(3):
            assert await place.see() == 200
        notices = await told(place, 3)
        await asyncio.sleep(0.05)
        kinds = sorted((one.url.host, json.loads(one.content)["type"]) for one in place.receiver.notices)
        assert kinds == [
            ("exchange.test", "emergency.declared"),
            ("exchange.test", "emergency.opened"),
            ("lakeside.test", "emergency.opened"),
        ]
        assert {one["data"]["emergency"] for one in notices} == {name}
        assert not any(b"77-300" in one.content or b"1.2.4" in one.content for one in place.receiver.notices)
        assert all("webhook-signature" in one.headers for one in place.receiver.notices)


async def test_the_institution_reviews_what_was_opened_and_the_declarer_reads_what_came_of_it(tmp_path: Path) -> None:
    verdict = {"disposition": "justified", "words": "In the trauma log of that night"}
    async with hospital(tmp_path) as place:
        name = (await place.declare()).json()["id"]
        await place.see()
        lakeside, general = place.officer(), place.officer("General Hospital")
        (case,) = (await place.ask("GET", REVIEWS, **lakeside)).json()
        assert (case["emergency"], case["name"], case["organization"]) == (name, "The er", "General Hospital")
        assert (case["nature"], case["identifier"]) == (STATEMENT["opinion"], OUT["identifier"])
        assert [one["study"] for one in case["openings"]] == ["1.2.4"]
        assert (case["closed"], case["overdue"]) == (False, False)
        assert (await place.ask("GET", REVIEWS, **general)).json() == []
        assert (await place.ask("GET", REVIEWS)).status_code == 403
        path = f"{REVIEWS}/{name}/lakeside"
        assert (await place.ask("PUT", path, verdict, **general)).status_code == 404
        assert (await place.ask("PUT", f"{REVIEWS}/none/lakeside", verdict, **lakeside)).status_code == 404
        asked = await place.ask("PUT", path, {**verdict, "disposition": "needs-information"}, **lakeside)
        assert asked.json()["closed"] is False
        assert (await place.ask("PUT", path, verdict, **lakeside)).json()["closed"] is True
        assert (await place.ask("GET", PATH)).json()["own"][0]["cases"][0]["disposition"] == "justified"
        reviews = [event for event in place.exchange.events() if event.kind == "emergency-reviewed"]
        assert [event.detail["disposition"] for event in reviews] == ["needs-information", "justified"]
        assert await place.see(RENDERED.replace("1.2.4", "1.2.5")) == 200
        (case,) = (await place.ask("GET", REVIEWS, **lakeside)).json()
        assert (case["closed"], len(case["reviews"]), len(case["openings"])) == (False, 2, 2), "more was opened since"


async def test_nobody_reviews_what_they_declared(tmp_path: Path) -> None:
    both = {"roles": ["emergency-clinician", "privacy-officer"]}
    verdict = {"disposition": "justified", "words": "It was me"}
    async with hospital(tmp_path) as place:
        name = (await place.ask("POST", PATH, STATEMENT, **both, npi="4711")).json()["id"]
        for who in (both, {"sub": "other-account", "roles": ["privacy-officer"], "npi": "4711"}):
            refused = await place.ask("PUT", f"{REVIEWS}/{name}/exchange", verdict, **who)
            assert refused.status_code == 403, who
        somebody = place.officer("Exchange", "privacy-officer")
        assert (await place.ask("PUT", f"{REVIEWS}/{name}/exchange", verdict, **somebody)).status_code == 200


async def test_a_review_that_is_overdue_is_handed_on_once(tmp_path: Path) -> None:
    async with hospital(tmp_path) as place:
        await place.declare()
        await place.see()
        await told(place, 3)
        place.later(72 * 3600 + 1)
        for _ in range(2):
            await place.exchange.services.emergencies.look()
        notices = await told(place, 5)
        assert [one["type"] for one in notices[3:]] == ["emergency.review-overdue"] * 2
        (event,) = [event for event in place.exchange.events() if event.kind == "emergency-overdue"]
        assert (event.institution, event.detail["of"]) == ("lakeside", "exchange:er")
        metrics = (await place.exchange.client.get("/metrics")).text
        assert "vitrine_emergency_reviews_overdue 1\n" in metrics
        (case,) = (await place.ask("GET", REVIEWS, **place.officer())).json()
        assert (case["overdue"], case["escalated"] is not None) == (True, True)


async def test_nobody_declares_more_than_so_many(tmp_path: Path) -> None:
    async with hospital(tmp_path, per_hour=2, per_day=3) as place:
        assert [(await place.declare(identifier=f"{n}")).status_code for n in (1, 2, 2)] == [201, 201, 201]
        refused = await place.declare(identifier="3")
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:vitrine:problem:too-often")
        assert "2 emergencies within an hour" in refused.json()["detail"]
        assert 3590 < int(refused.headers["Retry-After"]) <= 3601
        assert (await place.ask("POST", PATH, STATEMENT, sub="er-2")).status_code == 201
        place.later(3601)
        assert (await place.declare(identifier="3")).status_code == 201
        place.later(3601)
        assert "within a day" in (await place.declare(identifier="4")).json()["detail"]


async def test_a_coworker_s_restricted_record_stays_closed(tmp_path: Path) -> None:
    """The emergency clinician's organization is General Hospital."""
    for employer, status in (("General Hospital", 404), ("Another Hospital", 200)):
        folder = tmp_path / employer.split()[0]
        folder.mkdir()
        register = REGISTER.replace('id = "p-out"\n', f'id = "p-out"\nemployee = true\nemployers = ["{employer}"]\n')
        async with hospital(folder, register=register) as place:
            assert (await place.declare()).status_code == 201
            assert await place.see() == status, employer


async def test_whom_nobody_registered_is_known_by_the_identifier(tmp_path: Path) -> None:
    async with hospital(tmp_path, register="patients = []\n") as place:
        assert await place.see() == 404
        await place.declare()
        assert await place.see() == 200


async def test_it_opens_what_the_person_has_elsewhere(tmp_path: Path) -> None:
    """Declared by the identifier of one institution, opened at another."""
    async with hospital(tmp_path) as place:
        await place.declare(authority="LAKESIDE", identifier="77-201")
        assert await place.see("/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/rendered") == 200
        assert await place.see() == 404
