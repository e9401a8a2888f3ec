"""A decision case takes on what a changed policy answers, and nothing else in its file moves."""

from pathlib import Path

import pytest

import policy
from policy.bundle import Bundle, BundleFile, read_bundle, to_bundle
from policy.cases.case import read_cases
from policy.cases.rewriting import expected_by, rewritten
from policy.cases.trial import try_cases
from policy.engine import CedarEngine

BUNDLE = read_bundle(Path(policy.__file__).parent / "bundle")
TREATMENT = "hie/treatment.cedar"


def changed(path: str, old: str, new: str) -> Bundle:
    files = [
        BundleFile(file.path, file.text.replace(old, new) if file.path == path else file.text) for file in BUNDLE.files
    ]
    return to_bundle(files)


NARROWED = changed(
    TREATMENT,
    'context.relationship != HIE::Relationship::"none"',
    'context.relationship == HIE::Relationship::"referral"',
)
DECIDING = CedarEngine(NARROWED)


def test_all_cases_that_a_change_contradicts_expect_it_afterwards() -> None:
    failed = [trial.case for trial in try_cases(NARROWED).failed]
    assert len(failed) > 3
    texts = {file.path: file.text for file in NARROWED.files}
    for path in {case.path for case in failed}:
        own = [expected_by(NARROWED, DECIDING, path, case.name) for case in failed if case.path == path]
        texts[path] = rewritten(texts[path], own)
    after = to_bundle([BundleFile(path, text) for path, text in texts.items()])
    assert try_cases(after).failed == ()
    assert [case.name for case in after.cases] == [case.name for case in BUNDLE.cases]
    untouched = {case.name for case in BUNDLE.cases} - {case.name for case in failed}
    assert [one for one in after.cases if one.name in untouched] == [
        one for one in BUNDLE.cases if one.name in untouched
    ]


def test_comments_and_everything_else_stay_as_they_are_written() -> None:
    text = next(file.text for file in BUNDLE.files if file.path == "cases/treatment.toml")
    case = expected_by(NARROWED, DECIDING, "cases/treatment.toml", "the treating clinician")
    after = rewritten(text, [case])
    assert after.startswith("# Decision cases: who asks for what")
    first = after.index("[[case]]"), after.index('name = "the treating clinician in an emergency"')
    assert after[: first[0]] == text[: text.index("[[case]]")]
    assert after[first[1] :] == text[text.index('name = "the treating clinician in an emergency"') :]
    assert [one.name for one in read_cases(after, case.path)[0]] == [one.name for one in read_cases(text, case.path)[0]]


def test_a_case_that_there_is_not_and_one_written_strangely_are_refused() -> None:
    with pytest.raises(ValueError, match="no case `nobody`"):
        expected_by(NARROWED, DECIDING, "cases/treatment.toml", "nobody")
    case = expected_by(NARROWED, DECIDING, "cases/treatment.toml", "the treating clinician")
    strange = (
        'case = [{ name = "the treating clinician", answer = "view", because = ["hie-001-treating-clinician"] }]\n'
    )
    with pytest.raises(ValueError, match="only its author"):
        rewritten(strange, [case])
