"""Whatever our own code logs has constant words: values have fields of their own, which are checked."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = sorted(
    path for package in ("proxy", "policy", "rendering", "demo") for path in (ROOT / package).rglob("*.py")
)
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


def logging_calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and _is_logging(node.func)]


def _is_logging(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in METHODS
        and isinstance(function.value, ast.Name)
        and "log" in function.value.id
    )


def is_constant(call: ast.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant)


@pytest.mark.parametrize(
    ("call", "constant"),
    [
        ("_logger.info('words')", True),
        ("_logger.info('words', extra=fields)", True),
        ("logger.info(f'words {name}')", False),
        ("log.error('words %s', name)", False),
        ("_logger.info(words)", False),
    ],
)
def test_constant_words_are_told_from_others(call, constant):
    assert [is_constant(one) for one in logging_calls(call)] == [constant]


def test_all_our_words_are_constant():
    calls = [(path, call) for path in SOURCES for call in logging_calls(path.read_text("utf-8"))]
    assert calls
    assert [f"{path.relative_to(ROOT)}:{call.lineno}" for path, call in calls if not is_constant(call)] == []
