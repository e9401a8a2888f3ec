"""A decision case rewritten to expect what a policy now answers, in the file as its officer wrote it."""

from collections.abc import Iterable
from dataclasses import replace
import json
import re
from typing import Final

from policy.bundle import Bundle
from policy.cases.case import Answer, Case, read_cases
from policy.cases.trial import answer_of
from policy.engine import Engine
from policy.request import Capability
from policy.searches import SearchRequest

_CASE: Final = re.compile(r"(?m)^(?=\[\[case\]\])")
_ENTRIES: Final = {
    name: re.compile(rf"(?m)^{name}\s*=\s*{value}[^\S\n]*(?:#[^\n]*)?\n?")
    for name, value in {
        "answer": r'"[^"\n]*"',
        "because": r"\[[^\]]*\]",
        "refused": r"\[[^\]]*\]",
        "parameters": r"\{[^}\n]*\}",
    }.items()
}


def expected_by(bundle: Bundle, engine: Engine, path: str, name: str) -> Case:
    """The case of `bundle` as `engine` answers it, which has its rules. Raises `ValueError` when there is none."""
    case = next((one for one in bundle.cases if (one.path, one.name) == (path, name)), None)
    if case is None:
        raise ValueError(f"there is no case `{name}` in `{path}`")
    if isinstance(case.request, SearchRequest):
        searched = engine.decide_search(case.request)
        answer = Answer.PERMITTED if searched.permitted else Answer.REFUSED
        return replace(case, answer=answer, because=frozenset(one.rule for one in searched.because))
    decision = engine.decide(case.request)
    return replace(
        case,
        answer=answer_of(decision),
        because=frozenset(one.rule for one in decision.because),
        refused=None if case.refused is None else frozenset(Capability) - decision.permitted,
        parameters=None if case.parameters is None else decision.parameters,
    )


def rewritten(text: str, cases: Iterable[Case]) -> str:
    """The file `text` with `cases`, which are of it, expecting what they say.

    Raises `ValueError` when a case is written in a way that is not to be touched.
    """
    wanted = list(cases)
    for case in wanted:
        text = _with(text, case)
    known = {one.name: one for one in read_cases(text, wanted[0].path)[0]} if wanted else {}
    if any(known.get(case.name) != case for case in wanted):
        raise ValueError("a case is written in a way that only its author can change")
    return text


def _with(text: str, case: Case) -> str:
    blocks = _CASE.split(text)
    for at, block in enumerate(blocks):
        cases, _ = read_cases(block, case.path) if block.startswith("[[case]]") else ([], [])
        if [one.name for one in cases] == [case.name]:
            blocks[at] = _expecting(block, case)
    return "".join(blocks)


def _expecting(block: str, case: Case) -> str:
    """One case's own lines, with what is expected in place of what was; the rest stays."""
    told = [f"answer = {json.dumps(case.answer)}"]
    if case.because:
        told.append(f"because = {_listed(case.because)}")
    if case.refused is not None:
        told.append(f"refused = {_listed(case.refused)}")
    if case.parameters is not None:
        pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in sorted(case.parameters.items()))
        told.append(f"parameters = {{ {pairs} }}" if pairs else "parameters = {}")
    kept = block
    for entry in _ENTRIES.values():
        kept = entry.sub("", kept)
    body = kept.rstrip("\n")
    return body + "\n" + "\n".join(told) + "\n" + "\n" * (len(kept) - len(body) - 1)


def _listed(names: Iterable[str]) -> str:
    return json.dumps(sorted(names))
