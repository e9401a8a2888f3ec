"""Each foreign thing has one door: who may import what, and who alone makes permits."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOORS = {
    "httpx": {
        "proxy/archives",
        "proxy/access/providers/documents.py",
        "proxy/audit/checkpoints/remote.py",
        "proxy/access/providers/provider.py",
        "proxy/care/webhooks.py",
        "proxy/outside.py",
        "proxy/fhirserver.py",
        "proxy/launch/smart.py",
        "proxy/patients/index.py",
        "proxy/repositories/composition.py",
        "proxy/repositories/restful.py",
    },
    "jose": {"proxy/access/providers/signatures.py", "proxy/archives/authorization/assertion.py"},
    "joserfc": {"proxy/access/providers/signatures.py"},
    "sqlite3": {"proxy/storage"},
    "psycopg": {"proxy/storage"},
    "starlette": {
        "proxy/accounting/routes.py",
        "proxy/app.py",
        "proxy/console",
        "proxy/dicomweb",
        "proxy/evaluations",
        "proxy/fhir",
        "proxy/http",
        "proxy/hubs",
        "proxy/ohif",
        "proxy/operations",
        "proxy/oversight",
        "proxy/policies/routes.py",
        "proxy/senders",
        "proxy/viewer",
    },
    "cedarpy": {"policy"},
    "fpdf": {"proxy/accounting/formats/paper.py"},
    "granian": {"proxy/serving.py"},
    "numpy": {"rendering"},
    "cv2": {"rendering"},
    "pydicom": {"rendering"},
    "PIL": {"rendering"},
    "imagecodecs": {"rendering"},
    "av": {"rendering"},
    "tempfile": {"proxy/doctor/confinement.py"},  # a folder in which a trial must fail to write
    "subprocess": {"rendering/sandbox", "proxy/retrieval/workers.py", "proxy/doctor", "proxy/ohif/commands.py"},
}


@cache
def sources() -> list[tuple[str, ast.Module]]:
    return list(_read())


def _read() -> Iterator[tuple[str, ast.Module]]:
    for package in ("proxy", "policy", "rendering"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


@cache
def users() -> dict[str, set[str]]:
    """The files that import each foreign module."""
    found: dict[str, set[str]] = {}
    for path, tree in sources():
        for module in imported(tree):
            found.setdefault(module, set()).add(path)
    return found


@cache
def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def within(path: str, doors: set[str]) -> bool:
    return any(path == door or path.startswith(f"{door}/") for door in doors)


@pytest.mark.parametrize("module", DOORS)
def test_a_foreign_thing_is_imported_by_its_door_only(module: str) -> None:
    assert {path for path in users()[module] if not within(path, DOORS[module])} == set()


def test_only_the_enforcement_point_makes_permits() -> None:
    makers = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _called(node.func) == "Permit"
    }
    assert makers == {"proxy/access/enforcement.py"}


def _called(call: ast.expr) -> str:
    """The last name of what is called, `Permit` of `permits.Permit[StudyRef](…)`."""
    name = call.value if isinstance(call, ast.Subscript) else call
    return getattr(name, "id", getattr(name, "attr", ""))


def test_the_server_process_does_not_load_what_computes() -> None:
    """Threads that libraries start when imported would escape the confinement, and decoders belong in workers."""
    computing = {"numpy", "cv2", "imagecodecs", "simplejpeg", "isal", "PIL", "pydicom", "av"}
    loaded, waiting = set(), ["proxy.app", "proxy.services.opening", "proxy.serving"]
    trees = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): tree for path, tree in sources()}
    while waiting:
        name = waiting.pop()
        if name in loaded or name not in trees:
            continue
        loaded.add(name)
        assert imported(trees[name]) & computing == set(), name
        waiting += _modules(trees[name])
    assert {"proxy.access.enforcement", "rendering.frame"} <= loaded


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
