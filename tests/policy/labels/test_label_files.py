"""`labels.toml` in a policy bundle: part of it, read strictly, an institution's about its own studies."""

import pytest

from policy.bundle import BundleFile, to_bundle
from policy.errors import InvalidBundle
from policy.labels.rules import Attribute, PatientFlag
from tests.policy.worlds import bundle, bundle_with

RULE = """
[[rule]]
id = "general-psychiatry"
says = "Asked for by psychiatry."
department = ["psychiatry"]
labels = ["PSY"]
confidentiality = "R"
vip = true
"""


def test_rules_are_part_of_the_bundle_and_of_its_hash() -> None:
    made = bundle_with(
        BundleFile("institutions/general/labels.toml", RULE), BundleFile("hie/labels.toml", "minor_below = 18")
    )
    (rule,) = made.labelling.of("general")
    assert (rule.when, rule.labels, rule.confidentiality) == ({Attribute.DEPARTMENT: ("psychiatry",)}, {"PSY"}, "R")
    assert (rule.flags, rule.institution, made.labelling.minor_below) == ({PatientFlag.VIP}, "general", 18)
    assert list(made.labelling.of("lakeside")) == []
    assert made.hash != bundle().hash


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("hie/labels.toml", "rule = 1", "Expected `array`"),
        ("hie/labels.toml", "[", "Invalid"),
        ("hie/labels.toml", RULE.replace("department", "departement"), "unknown field"),
        ("hie/labels.toml", RULE.replace('"PSY"', '"PSYCHIC"'), "`PSYCHIC` is not a label"),
        ("hie/labels.toml", RULE.replace('department = ["psychiatry"]', ""), "reads nothing"),
        ("hie/labels.toml", '[[rule]]\nid = "a"\nsays = "b"\nmodality = ["MR"]', "adds neither"),
        ("hie/labels.toml", RULE.replace('"R"', '"X"'), "Invalid enum value"),
        ("hie/labels.toml", RULE + RULE, "share this id"),
        ("hie/labels.toml", RULE + 'procedure = ["12345"]', "coding scheme"),
        ("hie/labels.toml", RULE.replace("vip = true", "vip = false"), "vip"),
        ("institutions/general/labels.toml", "minor_below = 18", "for the exchange to say"),
        ("hie/labels.toml", RULE.replace('["psychiatry"]', '["psychiatry", "---"]'), "without a word"),
        ("hie/others.toml", RULE, "is not part of a bundle"),
        ("institutions/general/more/labels.toml", RULE, "is not part of a bundle"),
    ],
)
def test_what_is_wrong_with_a_file_keeps_the_bundle_out_of_force(path: str, text: str, problem: str) -> None:
    with pytest.raises(InvalidBundle) as invalid:
        to_bundle([*bundle().files, BundleFile(path, text)])
    assert problem in str(invalid.value)
