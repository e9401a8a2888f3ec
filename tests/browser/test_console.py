"""The officers' console in a browser: a rule by form, tried, replayed, approved, obeyed by an open viewer."""

from collections.abc import Callable, Iterator
import re
from typing import Any

from playwright.sync_api import Page, expect
import pytest

from tests.browser.test_accessibility import violations
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]

LISTED = "/console/api/policies"
RULE = "hie-050-no-computed-tomography"
PAGES = (
    "policy",
    "rule",
    "rule-hie-001-treating-clinician",
    "draft",
    "changes",
    "refused",
    "try",
    "reviews",
    "anomalies",
    "audit",
    "labels",
)


@pytest.fixture
def officers(visit: Visit) -> Callable[..., Visitor]:
    """Opens the console on a page of its own, as one of the demo's officers."""

    def at(page: str, person: str = "privacy-officer", **options: Any) -> Visitor:
        officer = visit(person, "HOPERAT", **options)
        go(officer, page)
        return officer

    return at


def go(officer: Visitor, page: str) -> None:
    officer.page.goto(f"{officer.origin}/console#{page}")
    expect(officer.page.locator("#content h1")).to_be_visible()
    expect(officer.page.get_by_text("One moment")).to_have_count(0)


@pytest.fixture
def as_before(visit: Visit) -> Iterator[None]:
    """What is in force afterwards is what was in force before, whatever came of the test."""
    page = visit("second-privacy-officer", "HOPERAT").page
    before = page.request.get(f"{_origin(page)}{LISTED}").json()["in_force"]["version"]
    yield
    now = page.request.get(f"{_origin(page)}{LISTED}").json()["in_force"]["version"]
    if now != before:
        headers = {"Origin": _origin(page), "Sec-Fetch-Site": "same-origin"}
        body = {"version": before, "note": "the test is over"}
        done = page.request.post(f"{_origin(page)}{LISTED}/rollback", data=body, headers=headers)
        assert done.ok, done.text()


def _origin(page: Page) -> str:
    return page.url.partition("/portal")[0]


def write_the_rule(page: Page) -> None:
    """No computed tomography for those who treat: the officer fills the form in."""
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_role("radio", name="forbids").check()
    page.get_by_role("group", name="Who").get_by_label("clinician", exact=True).check()
    page.get_by_role("group", name="What").get_by_label("view images", exact=True).check()
    when = page.get_by_role("group", name="When")
    when.get_by_role("button", name="Add a condition").click()
    when.get_by_label("Condition 1", exact=True).select_option(label="modality")
    when.get_by_label("Any of").fill("CT")
    page.get_by_label("In a sentence, for officers").fill("Computed tomography is not shown today.")
    page.get_by_label("What whoever asks is told").fill("Computed tomography is not shown today.")
    page.get_by_label("What it rests on").fill("an agreement of this afternoon")
    page.get_by_label("Its name").fill(RULE)
    expect(page.locator(".sentence")).to_have_text("Forbids clinicians to view images when the modality is CT.")
    expect(page.get_by_label("The rule as Cedar")).to_have_value(re.compile('resource.modality == "CT"'))


def test_what_a_rule_sets_is_ticked_chosen_or_typed_as_what_it_is(officers: Callable[..., Visitor]) -> None:
    officer = officers("rule")
    page = officer.page
    cedar, sentence = page.get_by_label("The rule as Cedar"), page.locator(".sentence")
    page.get_by_label("Longest side of images, in pixels").fill("512")
    lossy = page.get_by_role("group", name="Compression").get_by_label("Lossy images only")
    lossy.check()
    expect(cedar).to_have_value(re.compile(r'@obligation\("lossy_only=1;maximum_side=512"\)'))
    lossy.uncheck()
    expect(cedar).to_have_value(re.compile(r'@obligation\("maximum_side=512"\)'))

    when = page.get_by_role("group", name="When")
    when.get_by_role("button", name="Add a condition").click()
    when.get_by_label("Condition 1", exact=True).select_option(label="level at which the person was identified")
    expect(when.get_by_label("Number").get_by_role("option")).to_have_text(["1", "2", "3"])
    when.get_by_label("Number").select_option("2")
    expect(sentence).to_contain_text("when the level at which the person was identified is at least 2.")
    when.get_by_label("Condition 1", exact=True).select_option(label="age of the study")
    when.get_by_label("Number of days").fill("365")
    expect(sentence).to_contain_text("when the age of the study is at least 365 days.")
    expect(cedar).to_have_value(re.compile("resource.ageDays >= 365"))
    officer.assert_clean()


@pytest.mark.usefixtures("as_before")
def test_a_rule_by_form_is_tried_replayed_approved_and_obeyed_by_an_open_viewer(
    visit: Visit, officers: Callable[..., Visitor]
) -> None:
    clinician = visit("treating-clinician")
    clinician.open_patient("G-1001")
    clinician.open_study("Chest with contrast")
    assert clinician.pixels().bright > 0.01

    first = officers("policy")
    page = first.page
    write_the_rule(page)
    expect(page.locator(".wrong")).to_contain_text("decision cases would be answered otherwise")
    page.get_by_role("button", name="Put into the draft").click()
    expect(page.get_by_role("heading", name="Your draft")).to_be_focused()
    page.get_by_role("button", name="All of these are what I want now").click()
    expect(page.locator(".right")).to_contain_text("Nothing is wrong with it")
    expect(page.locator(".diff .added").first).to_be_visible()

    page.get_by_role("link", name="Try a decision by this draft").click()
    expect(page.get_by_label("Decide by")).to_have_value("draft")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".verdict")).to_have_text("The study is listed, and not shown.")
    expect(page.locator(".answer")).to_contain_text(RULE)
    page.get_by_label("Decide by").select_option(label="the policy in force")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".verdict")).to_have_text("The study is shown.")

    go(first, "draft")
    page.get_by_label("Why, for the other officer and for the record").fill("No computed tomography today")
    page.get_by_role("button", name="Propose the change").click()
    expect(page.get_by_role("heading", name=re.compile("Change \\d+"))).to_be_focused()
    expect(page.get_by_text("You proposed it: somebody else approves it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve the change")).to_have_count(0)
    number = re.sub(r"\D", "", page.locator("h1").inner_text())

    second = officers(f"change-{number}", "second-privacy-officer")
    other = second.page
    expect(other.locator(".lead")).to_have_text("No computed tomography today")
    other.get_by_role("button", name="Replay the decisions").click()
    expect(other.get_by_text("newly refused").first).to_be_visible()
    expect(other.get_by_role("region", name="Counts by role and institution")).to_contain_text("clinician")
    expect(clinician.page.locator("#pane[data-painted]")).not_to_have_attribute("data-painted", "")
    with clinician.page.expect_response(lambda asked: "/portal/source" in asked.url and asked.status == 403):
        other.get_by_role("button", name="Approve the change").click()
        expect(other.locator(".tag").first).to_have_text("In force since approved")
    expect(clinician.page.locator(".failure")).to_contain_text("Computed tomography is not shown today")
    assert clinician.pixels().bright == 0
    go(second, "policy")
    expect(other.locator(f"#{RULE}")).to_contain_text("an agreement of this afternoon")
    for visitor in (first, second, clinician):
        visitor.assert_clean()


@pytest.mark.usefixtures("as_before")
def test_going_back_takes_one_officer_and_a_reason(officers: Callable[..., Visitor]) -> None:
    officer = officers("rule-hie-010-quarantined")
    page = officer.page
    page.get_by_label("What whoever asks is told").fill("Not available at the moment.")
    expect(page.locator(".right")).to_be_visible()
    page.get_by_role("button", name="Put into the draft").click()
    page.get_by_role("button", name="Propose the change").click()
    expect(page.locator("h1")).to_contain_text("Change")
    second = officers(page.url.rpartition("#")[2], "second-privacy-officer")
    second.page.get_by_role("button", name="Approve the change").click()
    expect(second.page.locator(".tag").first).to_have_text("In force since approved")
    go(second, "changes")
    second.page.get_by_role("button", name="Roll back").click()
    expect(second.page.get_by_role("alert")).to_contain_text("needs a reason")
    second.page.get_by_label("Why").fill("It confuses people.")
    second.page.get_by_role("button", name="Roll back").click()
    expect(second.page.locator("tbody tr").first).to_contain_text("Rolled back")
    go(second, "policy")
    expect(second.page.locator(".lead")).to_contain_text("One officer rolled back to it")
    officer.assert_clean()
    second.assert_clean()


def test_an_officer_of_an_institution_changes_the_own_rules_and_no_others(officers: Callable[..., Visitor]) -> None:
    officer = officers("policy", "archive-officer")
    page = officer.page
    expect(page.locator("#hie-001-treating-clinician")).to_be_visible()
    expect(page.get_by_text("university-001-preliminary")).to_have_count(0)
    expect(page.get_by_role("link", name="Change this rule")).to_have_count(0)
    page.get_by_role("link", name="Add a rule").click()
    expect(page.get_by_role("radio", name="permits")).to_have_count(0)
    page.get_by_label("Its name").fill("lakeside-001-nothing")
    cedar = page.get_by_label("The rule as Cedar")
    expect(cedar).to_have_value(re.compile('HIE::Institution::"lakeside"'))
    go(officer, "rule-hie-001-treating-clinician")
    expect(page.get_by_text("Somebody else answers for this rule.")).to_be_visible()
    expect(page.get_by_role("button", name="Put into the draft")).to_have_count(0)
    headers = {"Origin": officer.origin, "Sec-Fetch-Site": "same-origin"}
    for path in ("hie/treatment.cedar", "institutions/university/preliminary.cedar"):
        refused = page.request.post(
            f"{officer.origin}{LISTED}/proposals", data={"changes": {path: None}}, headers=headers
        )
        assert refused.status == 409
    officer.assert_clean()


def test_why_a_study_was_refused_is_answered_from_the_record(visit: Visit, officers: Callable[..., Visitor]) -> None:
    unrelated = visit("unrelated-clinician")
    unrelated.look_up("GENERAL", "G-1001")
    expect(unrelated.page.locator(".study").first).to_be_visible()
    study = _some_study(unrelated)
    assert unrelated.page.request.get(f"{unrelated.origin}/dicomweb/studies/{study}/thumbnail").status == 403
    officer = officers("try")
    page = officer.page
    page.get_by_role("radio", name="a decision on record").check()
    page.get_by_role("button", name=re.compile("refused")).first.click()
    expect(page.locator(".verdict")).to_have_text("The study is listed, and not shown.")
    expect(page.locator(".answer")).to_contain_text("no treating relationship between you and the patient")
    page.get_by_role("radio", name="a person and a study").check()
    page.get_by_label("The person").fill("demo:treating-clinician")
    page.get_by_label("The study").fill(study)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".verdict")).to_have_text("The study is shown.")
    officer.assert_clean()


def test_whatever_somebody_was_refused_is_found_and_explained(visit: Visit, officers: Callable[..., Visitor]) -> None:
    """A study by no rule, a search by a rule, and a page by neither."""
    unrelated = visit("unrelated-clinician")
    unrelated.look_up("GENERAL", "G-1001")
    expect(unrelated.page.locator(".study").first).to_be_visible()
    study = _some_study(unrelated)
    ask = unrelated.page.request
    for path in (f"/dicomweb/studies/{study}/thumbnail", "/dicomweb/studies", "/console/api/officer"):
        assert ask.get(f"{unrelated.origin}{path}").status == 403
    officer = officers("refused")
    page = officer.page
    page.get_by_label("The person").fill("demo:unrelated-clinician")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("listitem").filter(has_text="GET /console/api/officer").first.wait_for()
    cards = page.locator("#content .card")
    expect(cards.filter(has_text="A search").first).to_contain_text("hie-022-search-without-a-patient")
    expect(cards.filter(has_text="GET /console/api/officer").first).to_contain_text("whatever the rules say")
    page.get_by_label("The study").fill(study)
    page.get_by_role("button", name="Find").click()
    expect(cards.filter(has_text="A search")).to_have_count(0)
    expect(cards.first).to_contain_text("no treating relationship between you and the patient")
    cards.first.get_by_role("button", name=re.compile("Every rule and fact")).click()
    expect(cards.first.locator(".verdict")).to_have_text("The study is listed, and not shown.")
    officer.assert_clean()


def _some_study(visitor: Visitor) -> str:
    query = "PatientID=G-1001&IssuerOfPatientID=GENERAL"
    rows = visitor.page.request.get(f"{visitor.origin}/dicomweb/studies?{query}").json()
    return str(next(row for row in rows if "CT" in row["00080061"]["Value"])["0020000D"]["Value"][0])


def test_labels_decided_about_a_study_are_told_and_taken_back(officers: Callable[..., Visitor]) -> None:
    officer = officers("labels")
    page = officer.page
    page.get_by_label("The study").fill("1.2.3")
    page.get_by_role("group", name="Add labels").get_by_label("psychiatry (PSY)").check()
    page.get_by_label("Why").fill("The ward round of this morning")
    page.get_by_role("button", name="Decide").click()
    row = page.get_by_role("row", name=re.compile("1.2.3"))
    expect(row).to_contain_text("labelled psychiatry (PSY)")
    row.get_by_role("button", name="Take back the decision about 1.2.3").click()
    expect(row).to_have_count(0)
    officer.assert_clean()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_of_the_console_has_a_violation(
    officers: Callable[..., Visitor], axe: str, scheme: str, width: int
) -> None:
    officer = officers("policy", color_scheme=scheme, width=width, bypass_csp=True)
    page = officer.page
    for name in PAGES:
        go(officer, name)
        page.wait_for_load_state("networkidle")
        assert violations(page, axe) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert officer.errors == []


def test_the_console_is_walked_by_keyboard_and_names_where_one_is(officers: Callable[..., Visitor]) -> None:
    officer = officers("policy")
    page = officer.page
    page.get_by_role("link", name="Try a decision").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Try a decision")).to_be_focused()
    expect(page.locator("#pages [aria-current=page]")).to_have_text("Try a decision")
    assert page.title() == "Try a decision"
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_whoever_is_no_officer_sees_nothing_of_it(visit: Visit) -> None:
    clinician = visit("treating-clinician")
    clinician.page.goto(f"{clinician.origin}/console")
    expect(clinician.page.get_by_role("alert")).to_contain_text("Only officers")
    stranger = visit()
    stranger.page.goto(f"{stranger.origin}/console")
    stranger.page.get_by_role("link", name="Sign in").click()
    stranger.page.get_by_text("Privacy officer", exact=True).click()
    expect(stranger.page.get_by_role("heading", name="Policy in force")).to_be_visible()


def test_a_declared_emergency_is_reviewed_with_a_clock_by_somebody_else(
    visit: Visit, officers: Callable[..., Visitor]
) -> None:
    declarer = visit("emergency-clinician", "ETREAT")
    offer = declarer.page.request.get(f"{declarer.origin}/portal/emergencies").json()
    statement = {
        "authority": "GENERAL",
        "identifier": "G-1002",
        "opinion": "Unconscious after a fall from a ladder.",
        "attested": [one["code"] for one in offer["attestations"]],
    }
    headers = {"Origin": declarer.origin, "Sec-Fetch-Site": "same-origin"}
    declared = declarer.page.request.post(f"{declarer.origin}/portal/emergencies", data=statement, headers=headers)
    assert declared.ok, declared.text()

    officer = officers("reviews")
    case = officer.page.locator(".card", has_text="GENERAL G-1002")
    expect(case.locator(".clock")).to_contain_text("left")
    expect(case).to_contain_text("Unconscious after a fall from a ladder.")
    case.get_by_role("button", name="Record the review").click()
    expect(case.get_by_role("alert")).to_be_visible()
    case.get_by_label("What came of it").select_option(label="More has to be known")
    case.get_by_label("Why").fill("I have asked the ward.")
    case.get_by_role("button", name="Record the review").click()
    expect(case).to_contain_text("More has to be known: I have asked the ward.")
    case.get_by_label("Why").fill("The ward confirms it.")
    case.get_by_role("button", name="Record the review").click()
    officer.page.get_by_text(re.compile("^Reviewed: ")).click()
    expect(officer.page.locator("details .card", has_text="The ward confirms it.")).to_contain_text("Closed")
    officer.assert_clean()


def test_unusual_accesses_are_told_with_their_reasons_and_closed(
    visit: Visit, officers: Callable[..., Visitor]
) -> None:
    unrelated = visit("unrelated-clinician")
    query = "PatientID=G-1001&IssuerOfPatientID=GENERAL"
    for row in unrelated.page.request.get(f"{unrelated.origin}/dicomweb/studies?{query}").json():
        study = row["0020000D"]["Value"][0]
        assert unrelated.page.request.get(f"{unrelated.origin}/dicomweb/studies/{study}/thumbnail").status == 403
    officer = officers("anomalies")
    case = officer.page.locator("#content > .sheet > .cards > .card", has_text="Unrelated clinician")
    expect(case).to_contain_text("different studies within an hour")
    expect(case.locator(".clock")).to_contain_text("left")
    case.get_by_label("What came of it").select_option(label="To be talked about with the person")
    case.get_by_label("Why").fill("A new colleague who did not know the portal")
    case.get_by_role("button", name="Record it").click()
    expect(case).to_have_count(0)
    officer.page.get_by_text(re.compile("^Looked at: ")).click()
    expect(officer.page.locator("details .card").first).to_contain_text("A new colleague")
    officer.assert_clean()
