"""The facts of an example in the words that officers know from forms, so that nobody has to read Cedar for it."""

from collections.abc import Mapping
from typing import Final

from policy.forms.facts import FACTS

_WORDS: Final[Mapping[str, str]] = {
    **{fact.cedar.replace(".contains(", " contains ").removesuffix(")"): fact.words for fact in FACTS.values()},
    "context.breakGlass": "an emergency was declared",
    "principal has patientRecord": "the person is a patient too",
    "resource has ageDays": "it is known how old the study is",
    "resource.custodian": "institution",
}


def in_words(path: str, value: str) -> str:
    """What the rules find at `path`: its value, `yes` for what is so. A path that no form has is told as it is."""
    told = _WORDS.get(path) or _of_group(path)
    return told if value == "yes" else f"{told}: {value}"


def _of_group(path: str) -> str:
    """`principal in clinician`, `resource.labels contains PSY`, or neither."""
    role = path.removeprefix("principal in ")
    if role != path:
        return f"role: {role}"
    group, contains, member = path.partition(" contains ")
    return f"{_WORDS[group]}: {member}" if contains and group in _WORDS else path
