"""What has to be said with a study (42 CFR 2.32) goes with every answer about it; what has to lose something does."""

from contextlib import AbstractAsyncContextManager
from io import BytesIO
from pathlib import Path
import shutil

from PIL import Image
import pytest

from proxy.http.passage import to_display
from proxy.settings.server import Policy
from tests.exchange import BUNDLE, REGISTER, Exchange, ct, opened_exchange

STUDY = "/dicomweb/studies/1.2.1"
SERIES = f"{STUDY}/series/1.2.1.1"
INSTANCE = f"{SERIES}/instances/1.2.1.1.1"
RENDERED = f"{INSTANCE}/frames/1/rendered"
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
LABELLED = REGISTER + '\n[[studies]]\nstudy = "1.2.1"\ninstitution = "general"\nlabels = ["SUD"]\n'
LOSSY = """
@id("general-900-lossy")
@owner("institution:general")
@basis("a test")
@obligation("lossy_only=1")
@says("General Hospital gives images with loss only.")
@user_says("General Hospital gives images with loss only.")
forbid (principal, action == HIE::Action::"viewLossless", resource in HIE::Institution::"general");
"""
EXACT = ("image/png", "image/gif", "image/png; bits=16")
EITHER = ("image/webp", "image/jxl", "image/jp2", "image/jph", "image/avif", "image/jpeg")


def policy(folder: Path, **files: str) -> Policy:
    """The bundle with rules of substance use left out but for the notice, and with `files` of General Hospital."""
    bundle, register = folder / "policy", folder / "register.toml"
    shutil.copytree(BUNDLE, bundle, ignore=shutil.ignore_patterns("cases"))
    sensitive = bundle / "hie" / "sensitive.cedar"
    rules = sensitive.read_text("utf-8").split('@id("hie-')
    sensitive.write_text('@id("hie-'.join(rule for rule in rules if not rule.startswith("004-")), "utf-8")
    for name, text in files.items():
        (bundle / "institutions" / "general" / f"{name}.cedar").write_text(text, "utf-8")
    return Policy(folder=bundle, register=register)


def _lossy_exchange(folder: Path) -> AbstractAsyncContextManager[Exchange]:
    return opened_exchange(folder, {"general": [ct("1.2.1")]}, policy=policy(folder, lossy=LOSSY))


async def test_the_notice_goes_with_every_answer_about_the_study_and_no_other(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1"), ct("1.2.2")]}
    async with opened_exchange(tmp_path, holdings, register=LABELLED, policy=policy(tmp_path)) as exchange:
        paths = (RENDERED, f"{INSTANCE}/frames/1", f"{INSTANCE}/metadata", f"{STUDY}/thumbnail", f"{STUDY}/rendered")
        for _ in range(2):
            for path in paths:
                shown = await exchange.get(path)
                assert (shown.status_code, shown.headers.get("vitrine-notice")) == (200, f'%"{NOTICE}"'), path
                other = await exchange.get(path.replace("1.2.1", "1.2.2"))
                assert (other.status_code, "vitrine-notice" in other.headers) == (200, False), path
        source = await exchange.get("/portal/source?study=1.2.1&series=1.2.1.1")
        assert source.json()["notices"] == [NOTICE]
        rows = (await exchange.get("/portal/studies?authority=GENERAL&identifier=G-1001")).json()["studies"]
        assert {row["study"]: row["notices"] for row in rows} == {"1.2.1": [NOTICE], "1.2.2": []}
        opened = [event for event in exchange.events() if event.kind == "view-opened"]
        assert {event.study: event.detail.get("notices") for event in opened} == {"1.2.1": NOTICE, "1.2.2": None}


def test_a_notice_in_any_language_is_a_header() -> None:
    assert to_display('Weitergabe "verboten", 100 % – ü') == '%"Weitergabe %22verboten%22, 100 %25 %e2%80%93 %c3%bc"'


@pytest.mark.parametrize("path", [RENDERED, f"{INSTANCE}/rendered", f"{STUDY}/thumbnail", f"{INSTANCE}/thumbnail"])
async def test_nothing_leaves_without_loss_where_loss_is_owed(tmp_path: Path, path: str) -> None:
    async with _lossy_exchange(tmp_path) as exchange:
        for form in EXACT:
            refused = await exchange.get(path, form)
            assert refused.status_code == 406, form
        fallback = await exchange.get(path, "image/png, image/jpeg;q=0.1")
        assert fallback.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("form", EITHER)
async def test_the_best_quality_still_loses_something(tmp_path: Path, form: str) -> None:
    async with _lossy_exchange(tmp_path) as exchange:
        best = await exchange.get(f"{RENDERED}?quality=100", form)
        assert best.status_code == 200, best.text
        usual = await exchange.get(f"{RENDERED}?quality=90", form)
        assert best.content == usual.content
        worse = await exchange.get(f"{RENDERED}?quality=20", form)
        assert worse.status_code == 200


async def test_stored_values_stay_and_the_record_says_so(tmp_path: Path) -> None:
    async with _lossy_exchange(tmp_path) as exchange:
        assert (await exchange.get(f"{INSTANCE}/frames/1")).status_code == 403
        moving = await exchange.get(f"{STUDY}/rendered", 'multipart/related; type="image/png"')
        assert moving.status_code == 406
        image = Image.open(BytesIO((await exchange.get(RENDERED)).content))
        assert image.format == "JPEG"
        (opened,) = [event for event in exchange.events() if event.kind == "view-opened"]
        assert opened.detail["lossy-only"] == 1
