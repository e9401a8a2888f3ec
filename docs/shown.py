"""The page that lists all that is shown, each with the test that shows it (docs/shown.toml)."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
import tomllib
from typing import Any

from pydicom.uid import UID

from rendering.decode.decoding import TRANSFER_SYNTAXES
from rendering.kinds.table import KINDS, Kind
from rendering.options import Encoding

TREE = Path(__file__).resolve().parents[1]
_PARAMETERS = {"window", "voilut", "viewport", "quality", "annotation", "iccprofile", "accept"}
_NAMES = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
    "1.2.840.113619.5.2": "Implicit VR Little Endian with big-endian pixels (private)",
    "1.2.840.10008.5.1.4.1.1.66.7": "Label Map Segmentation Storage",
}
_VIDEO = tuple(f"1.2.840.10008.1.2.4.{number}{more}" for number in range(100, 107) for more in ("", ".1"))
_VIDEO_SYNTAXES = (*_VIDEO, "1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108")
_HEAD = """# What is shown

Every SOP class, transfer syntax, parameter and media type of rendered resources (`…/rendered`, PS3.18 §10.4.1.1.3),
each with the test that shows it through the service's own routes. A class that is not here, a private one included, is
406; a parameter that cannot be honoured is 400, 406 or a `Warning`, never silence. Of the retired JPEG syntaxes
(.52 to .66) the code streams are shown that are coded by Huffman and not hierarchical, whatever the name says.
"""


def page() -> str:
    """The text of the page. Raises `LookupError` for what has no test, and for a test that is not there."""
    shown = tomllib.loads((TREE / "docs/shown.toml").read_text("utf-8"))
    return "\n".join((_HEAD, *_kinds(shown), *_syntaxes(shown), *_parameters(shown), *_media(shown)))


def _kinds(shown: Mapping[str, Any]) -> Iterator[str]:
    _require(set(shown["kinds"]), {kind.value for kind in Kind}, "kind")
    yield "## Kinds\n\n| kind | what is shown | given as | test |\n|---|---|---|---|"
    for kind in Kind:
        one = shown["kinds"][kind.value]
        yield f"| {kind.value} | {one['about']} | {one['media']} | {_test(one['test'])} |"
    yield "\n## SOP classes\n\n| SOP class | name | kind | test |\n|---|---|---|---|"
    for uid, kind in KINDS.items():
        yield f"| `{uid}` | {_name(uid)} | {kind.value} | {_test(shown['kinds'][kind.value]['test'])} |"


def _syntaxes(shown: Mapping[str, Any]) -> Iterator[str]:
    yield "\n## Transfer syntaxes\n\n| transfer syntax | name | test |\n|---|---|---|"
    for uids, test in ((TRANSFER_SYNTAXES, shown["syntaxes"]["test"]), (_VIDEO_SYNTAXES, shown["syntaxes"]["video"])):
        for uid in sorted(uids, key=lambda one: [int(part) for part in one.split(".")]):
            yield f"| `{uid}` | {_name(uid)} | {_test(test)} |"


def _parameters(shown: Mapping[str, Any]) -> Iterator[str]:
    _require(set(shown["parameters"]), _PARAMETERS, "parameter")
    yield "\n## Parameters\n\n| parameter | value | test |\n|---|---|---|"
    for name, one in shown["parameters"].items():
        yield f"| `{name}` | {one['about']} | {_test(one['test'])} |"


def _media(shown: Mapping[str, Any]) -> Iterator[str]:
    missing = {encoding.value for encoding in Encoding} - set(shown["media"])
    if missing:
        raise LookupError(f"shown.toml names no test for {sorted(missing)}")
    yield "\n## Media types\n\n| media type | test |\n|---|---|"
    for media_type, test in shown["media"].items():
        yield f"| `{media_type}` | {_test(test)} |"


def _require(told: set[str], there: set[str], what: str) -> None:
    if told != there:
        raise LookupError(f"shown.toml does not tell of each {what} once: {sorted(told ^ there)}")


def _test(name: str) -> str:
    file, _, function = name.partition("::")
    if function not in _functions(file):
        raise LookupError(f"there is no test {name}")
    return f"`{function}` in `{Path(file).name}`"


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((TREE / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _name(uid: str) -> str:
    known = UID(uid)
    return _NAMES.get(uid) or f"{known.name}{' (retired)' if known.is_retired else ''}"
