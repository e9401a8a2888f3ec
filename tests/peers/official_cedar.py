"""Cedar as its makers build it, `@cedar-policy/cedar-wasm` of npm, asked in a process of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
from typing import Any, Final

HERE: Final = Path(__file__).parent / "cedar"


@dataclass(frozen=True)
class Answer:
    """`reason` are the ids of the rules that decided."""

    permitted: bool
    reason: frozenset[str]
    errors: int


def ask(schema: str, policies: Mapping[str, Any], questions: Iterable[Mapping[str, Any]]) -> list[Answer | None]:
    """The answer to each of `questions`, with their entities; None where Cedar does not understand one.

    `policies` are Cedar's JSON form by id.
    """
    _install()
    told = {"schema": schema, "policies": {"staticPolicies": policies}, "questions": list(questions)}
    command = ["node", "decide.mjs"]
    done = subprocess.run(
        command, cwd=HERE, input=json.dumps(told).encode(), check=True, stdout=subprocess.PIPE, timeout=120
    )
    return [
        None if one is None else Answer(one["decision"] == "allow", frozenset(one["reason"]), one["errors"])
        for one in json.loads(done.stdout)
    ]


def _install() -> None:
    """From the lock file, without running anything of it."""
    if not (HERE / "node_modules" / "@cedar-policy").exists():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=120)
