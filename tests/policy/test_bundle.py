"""What must not come into force: misspelt words, rules without words, institutions that widen, files out of place."""

from pathlib import Path

import pytest

from policy.bundle import MAXIMUM_FILE_BYTES, BundleFile, read_bundle, to_bundle
from policy.errors import InvalidBundle
from tests.policy.worlds import BUNDLE, bundle, files, rule

FORBID = "forbid (principal, action, resource is HIE::Study)"
GENERAL = 'forbid (principal, action, resource in HIE::Institution::"general")'


def problems(*extra: BundleFile, **rules: str) -> list[str]:
    with pytest.raises(InvalidBundle) as invalid:
        to_bundle([*files(**rules), *extra])
    return [str(problem) for problem in invalid.value.problems]


def test_the_exchanges_own_bundle_is_valid() -> None:
    assert {rule.owner for rule in bundle().rules} == {"hie", "institution:general", "institution:university"}
    assert len(bundle().hash) == 64


@pytest.mark.parametrize(
    "condition",
    [
        'resource.patient.consnt == HIE::Consent::"optout"',
        'resource.patient.consent == HIE::Consent::"optuot"',
        'resource.patient.consent == HIE::Consnt::"optout"',
        'resource.patient.consent == "optout"',
        'resource.patient.consent == HIE::Network::"internet"',
        'resource.patient.consent != HIE::Network::"internet"',
        'resource.patient.vip || !(context.network == HIE::Consent::"optout")',
        'if resource.patient.vip then context.network == HIE::Consent::"optout" else true',
        "principal == resource",
        "resource.patient == principal.patientRecord",
        'resource.labels.contains(HIE::Label::"HVI")',
        'resource.labels.contains(HIE::Purpose::"TREAT")',
        'resource.labels.containsAny([HIE::Label::"HIV", HIE::Purpose::"TREAT"])',
        'resource.confidentiality == HIE::Confidentiality::"X"',
        'context.purpose == HIE::Purpose::"TREATMENT"',
        "context.breakglass",
        "principal.patientRecord == resource.patient.record",
        "resource.ageDays > 365",
        'resource.ageDays > "365"',
        'principal.roles.contains("clinician")',
        'resource.custodian.name == "general"',
    ],
)
def test_a_misspelt_condition_is_refused_with_its_rule(condition: str) -> None:
    (problem, *_) = problems(hie__a=rule(FORBID, condition))
    assert problem.startswith("hie/a.cedar `test-001`: ")


@pytest.mark.parametrize(
    "condition",
    [
        f"{'(' * 5000}true{')' * 5000}",
        f"{'[' * 5000}1{']' * 5000} == [1]",
        f"// \r {'(' * 5000}true{')' * 5000}",
        f"{'if true then true else ' * 5000}true",
        " && ".join(["principal.suspended"] * 20_000),
        " && ".join(["principal.suspended"] * 70),
        f"{'(' * 35}principal.suspended{' == principal.suspended)' * 35}",
    ],
    ids=["parentheses", "sets", "behind a comment", "ifs", "conjunction", "long", "deeper once checked"],
)
def test_a_condition_that_goes_too_deep_is_refused(condition: str) -> None:
    """Cedar itself would not refuse the deepest, but end the process."""
    (problem,) = problems(hie__a=rule(FORBID, condition))
    assert "nested too deeply" in problem


def test_what_is_long_and_not_deep_is_read() -> None:
    persons = ", ".join(f'HIE::Person::"{{[(-{number}"' for number in range(2000))
    to_bundle(files(hie__a=rule(FORBID, f"[{persons}].contains(principal.person)")))


@pytest.mark.parametrize("kind", [f"{'Set<' * 30_000}Long{'>' * 30_000}", f"{'{ a: ' * 30_000}Long{' }' * 30_000}"])
def test_a_schema_that_goes_too_deep_is_refused(kind: str) -> None:
    deep = f"namespace HIE {{ entity Person {{ deep: {kind} }}; }}"
    with pytest.raises(InvalidBundle, match="nested too deeply"):
        to_bundle([BundleFile("schema.cedarschema", deep)])


@pytest.mark.parametrize("table", [f"a = {'[' * 5000}{']' * 5000}", f"a{'.a' * 100_000} = 1"], ids=["deep", "dotted"])
@pytest.mark.parametrize("path", ["cases/a.toml", "hie/labels.toml"])
def test_a_table_that_takes_too_much_to_read_is_refused(path: str, table: str) -> None:
    (problem,) = problems(BundleFile(path, table))
    assert problem.startswith(path)


@pytest.mark.parametrize(
    "head",
    [
        'forbid (principal, action == HIE::Action::"vue", resource)',
        'forbid (principal in HIE::Role::"clinican", action, resource)',
        "forbid (principal is HIE::Usr, action, resource)",
        'forbid (principal, action, resource in HIE::Institute::"general")',
        'permit (principal, action == HIE::Action::"import", resource)',
    ],
)
def test_a_misspelt_scope_is_refused(head: str) -> None:
    assert problems(hie__a=rule(head))


@pytest.mark.parametrize(
    "text",
    ["forbid (principal, action, resource", "deny (principal, action, resource);", "}", '@id("a") @id("b") ' + FORBID],
)
def test_what_is_not_cedar_is_refused_with_its_file(text: str) -> None:
    (problem,) = problems(hie__a=text)
    assert problem.startswith("hie/a.cedar: ")


def test_every_problem_is_reported_at_once() -> None:
    found = problems(hie__a=rule(FORBID, "resource.x"), hie__b=rule(FORBID, "resource.y", id="test-002"), hie__c="}")
    assert [problem.partition(".")[0] for problem in found] == ["hie/a", "hie/b", "hie/c"]


def test_a_rule_is_found_by_its_id_wherever_it_stands_in_its_file() -> None:
    text = "\n".join(
        rule(FORBID, "resource.x" if number == 11 else "true", id=f"test-{number}") for number in range(12)
    )
    assert [problem.partition(":")[0] for problem in problems(hie__a=text)] == ["hie/a.cedar `test-11`"]


@pytest.mark.parametrize(
    ("annotations", "complaint"),
    [
        ({"id": None}, "needs an @id"),
        ({"id": "Test_001"}, "needs an @id"),
        ({"owner": None}, 'needs @owner("hie")'),
        ({"owner": "institution:general"}, 'needs @owner("hie")'),
        ({"says": None}, "needs @says"),
        ({"says": "  "}, "needs @says"),
        ({"user_says": None}, "needs @user_says"),
        ({"basis": None}, "needs @basis"),
        ({"basis": " "}, "needs @basis"),
        ({"basis": "42 CFR 2.31, 42 CFR 2.32(a)(2)"}, "which words it for @user_says: 42 CFR part 2 prohibits"),
        ({"user_sais": "x"}, "@user_sais is not an annotation"),
        ({"breakable": "maybe"}, '@breakable is "yes" or "no"'),
        ({"breakable": "yes"}, "disagree about a declared emergency"),
        ({"obligation": "maximum_sise=512"}, "`maximum_sise` is not an obligation"),
        ({"obligation": "maximum_side=0"}, "`maximum_side` needs a whole number"),
        ({"obligation": "maximum_side=1e3"}, "`maximum_side` needs a whole number"),
        ({"obligation": "maximum_side=٥"}, "`maximum_side` needs a whole number"),
    ],
)
def test_a_rule_without_its_words_is_refused(annotations: dict[str, str], complaint: str) -> None:
    assert any(complaint in problem for problem in problems(hie__a=rule(FORBID, **annotations)))


def test_the_notice_that_the_law_words_keeps_its_words() -> None:
    written = next(file.text for file in bundle().files if file.path == "hie/sensitive.cedar")
    sentence = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert sentence in written
    to_bundle(files(hie__sensitive=written.replace(sentence, f"{sentence} Ask the privacy office.")))
    (problem,) = problems(hie__sensitive=written.replace(sentence, "Do not pass these records on."))
    assert problem.startswith("hie/sensitive.cedar `hie-042-redisclosure`: rests on 42 CFR 2.32(a)(2)")


def test_a_rule_that_emergencies_lift_says_so_and_only_a_forbid_does() -> None:
    lifted = rule(FORBID, "!context.breakGlass")
    assert "disagree about a declared emergency" in problems(hie__a=lifted)[0]
    to_bundle(files(hie__a=rule(FORBID, "!context.breakGlass", breakable="yes")))
    permit = rule("permit (principal, action, resource)", breakable="yes")
    assert "@breakable belongs to a forbid" in problems(hie__a=permit)[0]


def test_ids_are_unique_in_the_whole_bundle() -> None:
    (problem,) = problems(hie__a=rule(FORBID), institutions__general__b=rule(GENERAL, owner="institution:general"))
    assert problem == "`test-001`: 2 rules share this @id"


@pytest.mark.parametrize(
    "head",
    [
        'permit (principal, action, resource in HIE::Institution::"general")',
        "permit (principal, action, resource)",
        FORBID,
        'forbid (principal, action, resource in HIE::Institution::"university")',
        'forbid (principal, action, resource == HIE::Study::"1.2@general")',
        "forbid (principal, action, resource is HIE::Study)",
        'forbid (principal, action, resource is HIE::Study in HIE::Institution::"university")',
    ],
)
def test_an_institution_may_only_narrow_and_only_its_own(head: str) -> None:
    assert problems(institutions__general__a=rule(head, owner="institution:general"))


@pytest.mark.parametrize("head", [GENERAL, GENERAL.replace("resource in", "resource is HIE::Study in")])
def test_an_institution_may_forbid_for_its_own_studies(head: str) -> None:
    assert to_bundle(files(institutions__general__a=rule(head, owner="institution:general"))).rules[0].institution == (
        "general"
    )


def test_an_institution_cannot_speak_for_the_exchange() -> None:
    found = problems(institutions__general__a=rule(GENERAL, owner="hie"))
    assert any('needs @owner("institution:general")' in problem for problem in found)


def test_templates_are_refused() -> None:
    assert "template" in problems(hie__a=rule("forbid (principal == ?principal, action, resource)"))[0]


@pytest.mark.parametrize(
    "path",
    [
        "hie/a.ceder",
        "a.cedar",
        "hie/more/a.cedar",
        "institutions/a.cedar",
        "institutions/general/more/a.cedar",
        "hospitals/general/a.cedar",
        "schema2.cedarschema",
    ],
)
def test_a_file_out_of_place_is_refused_rather_than_left_out(path: str) -> None:
    assert problems(BundleFile(path, rule(FORBID))) == [f"{path}: is not part of a bundle"]


def test_a_bundle_needs_its_schema() -> None:
    with pytest.raises(InvalidBundle, match=r"schema\.cedarschema: is missing"):
        to_bundle([BundleFile("hie/a.cedar", rule(FORBID))])


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"optin", "optout", "unknown"', '"optin", "optout"', '`Consent` needs the value "unknown"'),
        ('"clinical", "internet"', '"clinical", "internets"', '`Network` needs the value "internet"'),
        ("entity Purpose enum", "entity Purpos enum", "Purpose"),
        ("namespace HIE {", "namespace HIE", "schema.cedarschema"),
    ],
)
def test_a_schema_that_does_not_know_what_is_stated_is_refused(old: str, new: str, complaint: str) -> None:
    schema = (BUNDLE / "schema.cedarschema").read_text("utf-8")
    assert old in schema
    with pytest.raises(InvalidBundle, match=complaint):
        to_bundle([BundleFile("schema.cedarschema", schema.replace(old, new, 1))])


def test_a_bundle_is_read_from_its_folder_without_notes_and_hidden_files(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "README.md").write_text("Notes.")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("[core]")
    assert read_bundle(tmp_path).hash == bundle().hash
    (tmp_path / "hie" / "consent.cedar~").write_text("forgotten")
    with pytest.raises(InvalidBundle, match="is not part of a bundle"):
        read_bundle(tmp_path)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="is not a folder"):
        read_bundle(tmp_path / "nowhere")
    write(tmp_path)
    (tmp_path / "hie" / "a.cedar").write_bytes(b"\xff")
    with pytest.raises(InvalidBundle, match="not UTF-8"):
        read_bundle(tmp_path)
    (tmp_path / "hie" / "a.cedar").write_bytes(b" " * (MAXIMUM_FILE_BYTES + 1))
    with pytest.raises(InvalidBundle, match="too large"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("path", [file.path for file in bundle().files])
def test_any_change_is_another_bundle(path: str) -> None:
    changed = [BundleFile(file.path, file.text + "\n" * (file.path == path)) for file in bundle().files]
    assert to_bundle(changed).hash != bundle().hash


def test_a_file_that_moves_is_another_bundle() -> None:
    moved = [BundleFile(file.path.replace("hie/network", "hie/place"), file.text) for file in bundle().files]
    assert to_bundle(moved).hash != bundle().hash


def write(folder: Path) -> None:
    for file in bundle().files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, "utf-8")
