"""Reading a Dockerfile into stages of steps: as much of the language as this repository uses, the rest refused."""

from dataclasses import dataclass, field
import json
from pathlib import Path
import re
import shlex

KNOWN = frozenset({"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"})


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its word, its `--flags`, and what follows them as written."""

    word: str
    flags: dict[str, str]
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows the flags as words: JSON form (exec form) or shell words."""
        found = json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)
        return [str(word) for word in found]


@dataclass(slots=True)
class Stage:
    """One FROM with the steps below it."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        """The step that stands: the last one with this word. Raises LookupError when there is none."""
        return next(step for step in reversed(self.steps) if step.word == word)


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages in their order. Raises ValueError for an instruction outside the known part of the language."""
    stages: list[Stage] = []
    for line in _logical_lines(path.read_text("utf-8")):
        step = _read_step(line)
        if step.word == "FROM":
            base, *alias = step.words
            stages.append(Stage(base, alias[-1] if alias else str(len(stages))))
        else:
            stages[-1].steps.append(step)
    return stages


def _logical_lines(text: str) -> list[str]:
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [line.strip() for line in re.sub(r"\\\n", " ", "\n".join(kept)).splitlines() if line.strip()]


def _read_step(line: str) -> Step:
    word, _, rest = line.partition(" ")
    if word not in KNOWN:
        raise ValueError(f"`{word}` is outside the part of the Dockerfile language that is read here")
    flags: dict[str, str] = {}
    rest = rest.strip()
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags[match[1]] = match[2]
        rest = rest[match.end() :]
    if word == "HEALTHCHECK":
        rest = rest.removeprefix("CMD").strip()
    return Step(word, flags, rest)
