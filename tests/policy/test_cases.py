"""The exchange's rules against the decision cases of their bundle, and what becomes of a bundle that fails one."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.bundle import Bundle, BundleFile, read_bundle, to_bundle
from policy.cases.case import read_cases
from policy.cases.trial import Trial, report, require_sound, try_cases
from policy.check import try_all
from policy.errors import InvalidBundle
from policy.request import StudyState
from tests.policy.worlds import BUNDLE, bundle

CASE = """
[[case]]
name = "a co-worker"
answer = "view"
because = ["hie-001-treating-clinician"]
"""
TRIALS = {f"{trial.case.path}: {trial.case.name}": trial for trial in try_cases(bundle()).all}


@pytest.mark.parametrize("name", TRIALS)
def test_the_answer_and_the_rules_behind_it(name: str) -> None:
    trial: Trial = TRIALS[name]
    assert trial.differences == ()


def test_every_rule_decides_some_case() -> None:
    assert try_cases(bundle()).untried == ()


def with_cases(text: str, path: str = "cases/more.toml") -> Bundle:
    return to_bundle([*bundle().files, BundleFile(path, text)])


def complaint(text: str) -> str:
    with pytest.raises(InvalidBundle) as invalid:
        require_sound(with_cases(text))
    return str(invalid.value)


def test_cases_are_part_of_what_a_bundle_is_known_by() -> None:
    more = with_cases(CASE)
    require_sound(more)
    assert more.hash != bundle().hash
    assert len(more.cases) == len(bundle().cases) + 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CASE.replace('"view"', '"hidden"'), "expected hidden, got view"),
        (CASE.replace('["hie-001-treating-clinician"]', "[]"), "because of nothing, got hie-001-treating-clinician"),
        (CASE + 'refused = ["view"]', "expected view to be refused, got share"),
        (CASE + 'parameters = { maximum_side = "1024" }', "expected the parameters maximum_side=1024, got nothing"),
        (CASE + 'study = { confidentiality = "X" }', "could not be read"),
        (CASE + "wo = {}", "unknown field `wo`"),
        (CASE + "who = { rols = [] }", "no fact is called `rols`"),
        (CASE + 'asks = { purpose = "TREATMENT" }', "TREATMENT"),
        (CASE + 'study = { age_days = "30" }', "Expected `int | null`"),
        (CASE.replace('"view"', '"yes"'), "Invalid enum value"),
        (CASE + CASE, "stands twice"),
        ("[usual.whom]\nid = 'x'\n" + CASE, "nothing is called `usual.whom`"),
        ("[[case", "cases/more.toml"),
    ],
)
def test_a_case_that_fails_or_cannot_be_read_is_named(text: str, words: str) -> None:
    found = complaint(text)
    assert words in found
    assert "cases/more.toml" in found


def test_a_file_of_cases_has_its_own_usual_request() -> None:
    text = """
[usual.study]
state = "prelim"
age_days = "absent"

[[case]]
name = "unread"
answer = "view"
"""
    (case,), problems = read_cases(text, "cases/a.toml")
    assert problems == []
    assert (case.request.study.state, case.request.study.age_days) == (StudyState.PRELIMINARY, None)
    assert case.request.subject.roles == {"clinician"}


def test_an_institution_has_cases_of_its_own() -> None:
    own = '[usual.study]\ninstitution = "general"\nlabels = ["PSY"]\n' + CASE
    with pytest.raises(InvalidBundle, match=r"institutions/general/cases/own\.toml `a co-worker`: expected view, got"):
        require_sound(with_cases(own, "institutions/general/cases/own.toml"))


def test_the_report_names_what_failed_and_what_is_not_tried() -> None:
    few = [file for file in bundle().files if not file.path.startswith("cases/")]
    lines = list(report(try_cases(to_bundle([*few, BundleFile("cases/a.toml", CASE.replace('"view"', '"known"'))]))))
    assert lines[0] == "FAILED  cases/a.toml: a co-worker"
    assert lines[1].strip() == "expected known, got view"
    assert "no case is decided by: " in lines[2]
    assert lines[-1] == "0 of 1 cases passed"


def test_a_folder_is_tried_as_a_whole(tmp_path: Path) -> None:
    tried = try_all(BUNDLE)
    assert tried.valid
    assert tried.lines[-1] == f"{len(bundle().cases)} of {len(bundle().cases)} cases passed"
    assert not try_all(tmp_path).valid


def test_the_shipped_cases_stand_in_the_bundle() -> None:
    assert {case.path for case in read_bundle(BUNDLE).cases} >= {"cases/treatment.toml", "cases/restrictions.toml"}


@settings(max_examples=60)
@given(
    st.text(max_size=200) | st.sampled_from([CASE, "[[case]]", "[usual]"]).flatmap(lambda t: st.text().map(t.__add__))
)
def test_whatever_is_written_gives_cases_or_problems(text: str) -> None:
    cases, problems = read_cases(text, "cases/x.toml")
    assert cases or problems or "case = []" in text
