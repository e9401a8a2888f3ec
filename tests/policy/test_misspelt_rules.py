"""A slip of the pen in any word of any rule that forbids: the rule is refused when it is loaded, never left out."""

from collections.abc import Iterator
import re
from typing import Final

import pytest

from policy.bundle import BundleFile, to_bundle
from policy.errors import InvalidBundle
from tests.policy.worlds import bundle, files, rule

FORBID: Final = "forbid (principal, action, resource is HIE::Study)"
_FORBIDDING: Final = re.compile(r"^forbid\b.*?;$", re.DOTALL | re.MULTILINE)
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]+")


def words() -> Iterator[tuple[BundleFile, int, int]]:
    """Where each word stands with which a rule of the bundle forbids something; annotations are not among them."""
    for file in bundle().files:
        for found in _FORBIDDING.finditer(file.text) if file.path.endswith(".cedar") else ():
            for word in _WORD.finditer(file.text, *found.span()):
                yield file, *word.span()


@pytest.mark.parametrize("slip", ["a letter twice", "a letter short"])
def test_a_misspelt_word_is_refused_wherever_it_stands(slip: str) -> None:
    schema, believed = BundleFile("schema.cedarschema", bundle().schema), []
    for file, start, end in words():
        last = file.text[end - 1] * 2 if slip == "a letter twice" else ""
        written = file.text[: end - 1] + last + file.text[end:]
        try:
            to_bundle([schema, BundleFile(file.path, written)])
        except InvalidBundle:
            continue
        believed.append((file.path, written[start - 20 : end + 1]))
    assert believed == []


def test_there_are_words_to_misspell() -> None:
    assert len(list(words())) > 250
    assert {file.path.partition("/")[0] for file, _, _ in words()} == {"hie", "institutions"}


@pytest.mark.parametrize(
    ("condition", "attribute"),
    [
        ("resource has agDays && resource.agDays > 365", "agDays"),
        ("(resource has agDays && resource.agDays > 365) || resource.patient.vip", "agDays"),
        ("!(principal has patientRecrd) && resource.patient.vip", "patientRecrd"),
        ("principal has ageDays", "ageDays"),
        ("resource.patient has careTeem", "careTeem"),
        ("context has breakglas", "breakglas"),
        ("if resource.patient.vip then resource has agDays else false", "agDays"),
        ("resource has ageDays && principal has patientRecrd", "patientRecrd"),
    ],
)
def test_a_question_for_an_attribute_that_nothing_has_is_refused(condition: str, attribute: str) -> None:
    with pytest.raises(InvalidBundle, match=f"`has {attribute}` can never hold"):
        to_bundle(files(hie__a=rule(FORBID, condition)))


@pytest.mark.parametrize(
    "condition",
    [
        "resource has ageDays && resource.ageDays > 365",
        "if resource has ageDays then resource.ageDays > 365 else true",
        "principal has patientRecord && principal.patientRecord == resource.patient.record",
        'resource.modality == "has agDays"',
    ],
)
def test_a_question_for_an_attribute_that_may_be_there_is_asked(condition: str) -> None:
    assert len(to_bundle(files(hie__a=rule(FORBID, condition))).rules) == 1


def test_what_only_some_things_have_may_be_asked_of_all() -> None:
    assert to_bundle(files(hie__a=rule("forbid (principal, action, resource)", "resource has ageDays"))).rules
