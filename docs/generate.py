"""The reference pages, written from the code itself: `python docs/generate.py`, which `make docs` runs first."""

from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout, suppress
from io import StringIO
import os
from pathlib import Path
import re
import runpy
import tomllib
from typing import Any, cast

import msgspec
from msgspec import inspect

from proxy import __main__ as command
from proxy.dicomweb.institutions import INSTITUTION_ROOT
from proxy.dicomweb.rooms import Rooms
from proxy.dicomweb.routes import METHODS, ROOT, resources
from proxy.http.problems import PROBLEMS
from proxy.settings.file import Settings

DOCS = Path(__file__).resolve().parent
Words = Mapping[str, Mapping[str, str]]

_CONFIGURATION = """# Configuration

One TOML file, given to `vitrine serve --config FILE`, read once at start. An entry that is unknown, missing or wrong is
refused with its name: a misspelt limit would be no limit. Paths are relative to the file's folder; sizes are in bytes,
times in seconds. Secrets never stand in the file, only where to find them.

[Connect an archive](../guides/connect-an-archive.md) has complete examples.
"""
_ROUTES = f"""# DICOMweb routes

Root: `{ROOT}`. Methods: {", ".join(METHODS)}; every other method is refused with 405, because nothing can be stored,
changed or deleted through this service. Clauses are those of
[DICOM PS3.18](https://dicom.nema.org/medical/dicom/current/output/html/part18.html). Errors are
[problem documents](problems.md). `OPTIONS {ROOT}` lists the same resources for machines (§8.9). The
service of one institution alone has them below `{INSTITUTION_ROOT}` ([search](search.md)).

| clause | resource |
|---|---|
"""
_PROBLEMS = """# Problems

Every error is an `application/problem+json` document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with `type`,
`title`, `status`, `detail` and `instance`; the last names the request in the operational log. None of them carries a
patient, an identifier, a token or what an archive said. What may not be known of and what does not exist are the same
404, word for word. A request that is ambiguous, too large or for another host is refused before any route sees it, by
such a document without `detail` and `instance` (400, 414, 421, 431); a method that a route does not have is 405.

| status | `type` | title |
|---|---|---|
"""
_COMMAND = """# Command line

Errors of configuration are one line on standard error and exit status 1; Ctrl-C ends a running service cleanly.
"""


def pages() -> dict[str, str]:
    """The text of every generated page, by its path below docs/."""
    words: Words = tomllib.loads((DOCS / "entries.toml").read_text("utf-8"))
    return {
        "reference/configuration.md": "\n".join([_CONFIGURATION, *_sections(words)]),
        "reference/routes.md": _ROUTES + "".join(_routes()),
        "reference/problems.md": _PROBLEMS + "".join(sorted(set(_problems()))),
        "reference/command-line.md": "\n".join([_COMMAND, *_commands()]),
        "reference/rendering.md": runpy.run_path(str(DOCS / "shown.py"))["page"](),
    }


def _sections(words: Words) -> Iterator[str]:
    root = cast("inspect.StructType", inspect.type_info(Settings))
    plain = [field for field in root.fields if _table(field.type) is None]
    yield "## The top of the file\n"
    yield from _rows(plain, words["settings"], "")
    for field in root.fields:
        table = _table(field.type)
        if table is not None:
            yield from _section(field.encode_name, table, words, many=_is_list(field.type))


def _section(path: str, table: inspect.StructType, words: Words, *, many: bool) -> Iterator[str]:
    """One table and, below it, the tables inside it; `words` are found under the last part of its path."""
    own = words[_words_of(path)]
    yield f"\n## `{f'[[{path}]]' if many else f'[{path}]'}`\n\n{own['about']}\n"
    yield from _rows(table.fields, own, path)
    for field in table.fields:
        inner = _table(field.type)
        if inner is not None:
            yield from _section(f"{path}.{field.encode_name}", inner, words, many=_is_list(field.type))


def _words_of(path: str) -> str:
    last = path.rsplit(".", 1)[-1]
    return {"client_secret": "secret", "database": "secret", "password": "secret"}.get(last, last)


def _rows(fields: Any, words: Mapping[str, str], path: str) -> Iterator[str]:
    unknown = set(words) - {"about"} - {field.encode_name for field in fields}
    if unknown:
        raise LookupError(f"entries.toml explains what does not exist: {path} {sorted(unknown)}")
    yield "| entry | value | default | meaning |\n|---|---|---|---|"
    for field in fields:
        meaning = words.get(field.encode_name)
        if meaning is None and _table(field.type) is None:
            raise LookupError(f"entries.toml does not explain `{path}.{field.encode_name}`")
        link = "" if _table(field.type) is None else " See below."
        yield f"| `{field.encode_name}` | {_kind(field.type)} | {_default(field)} | {meaning or ''}{link} |"


def _table(kind: inspect.Type) -> inspect.StructType | None:
    """The table that an entry holds, one or many or none of it."""
    match kind:
        case inspect.StructType():
            return kind
        case inspect.VarTupleType(item_type=item):
            return _table(item)
        case inspect.UnionType(types=types):
            return next((found for found in map(_table, types) if found), None)
        case _:
            return None


def _is_list(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.VarTupleType)


def _kind(kind: inspect.Type) -> str:
    match kind:
        case inspect.StructType():
            return "table"
        case inspect.VarTupleType(item_type=item):
            return "tables" if isinstance(item, inspect.StructType) else f"list of {_kind(item)}"
        case inspect.UnionType(types=types):
            return " or ".join(_kind(one) for one in types if not isinstance(one, inspect.NoneType))
        case _:
            return _plain(kind)


def _plain(kind: inspect.Type) -> str:
    match kind:
        case inspect.LiteralType(values=values):
            return ", ".join(f"`{value}`" for value in values)
        case inspect.IntType() | inspect.FloatType():
            return _number(kind)
        case inspect.StrType(pattern=pattern):
            return "short name (`a`–`z`, digits, `-`)" if pattern else "text"
        case inspect.DictType(key_type=key, value_type=value):
            return f"table of {_kind(value)} by {_kind(key)}"
        case inspect.BoolType():
            return "`true` or `false`"
        case inspect.CustomType():
            return "path"
        case _:
            raise LookupError(f"there are no words for {kind}")


def _number(kind: inspect.IntType | inspect.FloatType) -> str:
    word = "whole number" if isinstance(kind, inspect.IntType) else "number"
    if kind.ge is not None and kind.le is not None:
        return f"{word}, {kind.ge} to {kind.le}"
    return f"{word} above {kind.gt}" if kind.gt is not None else word


def _default(field: inspect.Field) -> str:
    if field.required:
        return "*required*"
    value = field.default
    if isinstance(value, msgspec.Struct) or value in ("", (), None) or value is msgspec.NODEFAULT:
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{value}`{_size(value)}"


def _size(value: object) -> str:
    """Whole mebibytes and gibibytes as people read them."""
    if isinstance(value, int) and value >= 2**20:
        for unit, name in ((2**30, "GiB"), (2**20, "MiB")):
            if value % unit == 0:
                return f" ({value // unit} {name})"
    return ""


def _routes() -> Iterator[str]:
    nobody = cast("Any", None)
    rooms = Rooms("", *[nobody] * (len(Rooms.__dataclass_fields__) - 1))
    for one in resources(rooms):
        clause, _, words = one.clause.partition(" ")
        yield f"| {clause} {words} | `{one.path}` |\n"


class _Anything:
    """Stands where a route's endpoint would be; only the table's clauses and paths are read."""

    def __getattr__(self, name: str) -> Any:
        return name


def _problems() -> Iterator[str]:
    for problem in PROBLEMS.values():
        yield f"| {problem.status.value} | `{problem.type}` | {problem.title} |\n"


def _commands(*words: str) -> Iterator[str]:
    """The help of a command that does something, or of all commands below it."""
    text = _help(words)
    below = re.findall(r"^    ([a-z]+)\b", text.partition("positional arguments:")[2], re.MULTILINE)
    for word in below:
        yield from _commands(*words, word)
    if not below:
        yield f"## `vitrine {' '.join(words)}`\n\n```text\n{text.strip()}\n```\n"


def _help(words: tuple[str, ...]) -> str:
    written = StringIO()
    with redirect_stdout(written), suppress(SystemExit):
        command.main([*words, "--help"])
    return written.getvalue()


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"
    for path, text in pages().items():
        (DOCS / path).write_text(text.rstrip("\n") + "\n", "utf-8")
