"""A policy bundle: schema, rules and decision cases together, known by the hash of their content."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
import hashlib
from pathlib import Path, PurePosixPath

import cedarpy

from policy.cases.case import Case, read_cases
from policy.errors import InvalidBundle, Problem
from policy.labels import reading as labelling
from policy.labels.rules import NO_LABEL_RULES, LabelRules
from policy.lint import lint
from policy.nesting import require_shallow
from policy.rule import Rule, read_rules
from policy.validation import validate
from policy.vocabulary import STATED, Vocabulary, read_vocabulary

SCHEMA = "schema.cedarschema"
MAXIMUM_FILES = 5000
MAXIMUM_FILE_BYTES = 2**20
_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A file of a bundle; `path` is relative to its folder, with `/`."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A valid bundle. `hash` is the SHA-256 of all its files and their paths; any change makes another bundle."""

    hash: str
    files: tuple[BundleFile, ...]
    rules: tuple[Rule, ...]
    vocabulary: Vocabulary
    cases: tuple[Case, ...] = ()
    labelling: LabelRules = NO_LABEL_RULES

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def schema(self) -> str:
        return next(file.text for file in self.files if file.path == SCHEMA)


def sentences_of(bundle: Bundle) -> dict[str, str]:
    """What the rules of `bundle` say, by id."""
    return {rule.id: rule.says for rule in bundle.rules}


def read_bundle(folder: Path) -> Bundle:
    """Read the bundle in `folder`: a schema, rules and cases of the exchange, and those of institutions.

    They are `hie/*.cedar` and `cases/*.toml`, `institutions/<id>/*.cedar` and `institutions/<id>/cases/*.toml`.
    Raises `InvalidBundle` with every problem found; a bundle with a problem never comes into force.
    """
    try:
        files = _read_files(folder)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InvalidBundle([Problem(str(folder), f"cannot be read: {reason}")]) from None
    return to_bundle(files)


def to_bundle(files: Iterable[BundleFile]) -> Bundle:
    """Check `files` together and make them a bundle. Raises `InvalidBundle`."""
    return _checked(tuple(sorted(files, key=lambda file: file.path)))


@lru_cache(_REMEMBERED)
def _checked(ordered: tuple[BundleFile, ...]) -> Bundle:
    """The bundle of files in the order of their paths; the same one for the same files, for as long as remembered."""
    misplaced = [Problem(file.path, "is not part of a bundle") for file in ordered if not _belongs(file.path)]
    schema = next((file for file in ordered if file.path == SCHEMA), None)
    if misplaced or schema is None:
        raise InvalidBundle(misplaced or [Problem(SCHEMA, "is missing")])
    parsed, vocabulary = _read_schema(schema)
    rules, problems = _read_all_rules([file for file in ordered if file.path.endswith(".cedar")], parsed)
    problems += lint(rules)
    tables = [file for file in ordered if file.path.endswith(".toml")]
    cases, unreadable = _read_all_cases([file for file in tables if not labelling.belongs(file.path)])
    label_rules, wrong = labelling.read_label_rules(
        {file.path: file.text for file in tables if labelling.belongs(file.path)}, vocabulary
    )
    problems += [*unreadable, *wrong]
    if problems:
        raise InvalidBundle(problems)
    return Bundle(hash_of(ordered), ordered, tuple(rules), vocabulary, tuple(cases), label_rules)


def _read_files(folder: Path) -> list[BundleFile]:
    return [BundleFile(path.relative_to(folder).as_posix(), path.read_text("utf-8")) for path in _walk(folder)]


def _walk(folder: Path) -> Iterator[Path]:
    """All files but hidden ones and notes in Markdown. Raises `InvalidBundle` beyond the bounds of a bundle."""
    if not folder.is_dir():
        raise InvalidBundle([Problem(str(folder), "is not a folder")])
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and _counts(path.relative_to(folder))]
    if len(paths) > MAXIMUM_FILES or any(path.stat().st_size > MAXIMUM_FILE_BYTES for path in paths):
        raise InvalidBundle([Problem(str(folder), "is too large for a policy bundle")])
    yield from paths


def _counts(path: Path) -> bool:
    return path.suffix != ".md" and not any(part.startswith(".") for part in path.parts)


def _belongs(path: str) -> bool:
    """Whether a file has its place: one that is silently left out could be the rule that forbids."""
    match PurePosixPath(path).parts:
        case (name,):
            return name == SCHEMA
        case ("hie", name) | ("institutions", _, name):
            return name.endswith(".cedar") or name == labelling.FILE_NAME
        case ("cases", name) | ("institutions", _, "cases", name):
            return name.endswith(".toml")
        case _:
            return False


def _read_schema(file: BundleFile) -> tuple[cedarpy.Schema, Vocabulary]:
    try:
        require_shallow(file.text, angles=True)
        schema = cedarpy.Schema.from_str(file.text)
    except ValueError as error:
        raise InvalidBundle([Problem(file.path, str(error))]) from None
    vocabulary = read_vocabulary(str(schema))
    lacking = [
        Problem(file.path, f'`{kind}` needs the value "{value}"')
        for kind, values in STATED.items()
        for value in values
        if value not in vocabulary.get(kind, frozenset())
    ]
    if lacking:
        raise InvalidBundle(lacking)
    return schema, vocabulary


def _read_all_rules(files: Sequence[BundleFile], schema: cedarpy.Schema) -> tuple[list[Rule], list[Problem]]:
    rules: list[Rule] = []
    problems: list[Problem] = []
    for file in files:
        try:
            own = read_rules(file.text, file.path)
        except ValueError as error:
            problems.append(Problem(file.path, str(error)))
            continue
        rules += own
        problems += (problem for rule in own for problem in validate(rule, schema))
    return rules, problems


def _read_all_cases(files: Sequence[BundleFile]) -> tuple[list[Case], list[Problem]]:
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in files:
        own, unreadable = read_cases(file.text, file.path)
        cases += own
        problems += unreadable
    return cases, problems


def hash_of(files: Iterable[BundleFile]) -> str:
    """What `files` are known by together: the SHA-256 of their paths and texts, in the order of the paths."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        content = file.text.encode()
        digest.update(f"{file.path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
