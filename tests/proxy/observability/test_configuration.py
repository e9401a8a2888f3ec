"""A configured process: everything it prints about its running, however it fails, is safe lines."""

import json
import subprocess
import sys

import pytest

CANARY = "Yamada^Tarou"
PREPARED = f"""
import asyncio, logging, sys, threading, warnings
from proxy.observability.configuration import configure
configure("DEBUG")
canary = {CANARY!r}

class Finalised:
    def __del__(self):
        raise ValueError(canary)

async def failing_task():
    asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

async def fail():
    raise ValueError(canary)

def fail_now():
    raise ValueError(canary)
"""


def run(program: str) -> list[dict]:
    """The lines that `program` prints to standard error in a process of its own."""
    command = [sys.executable, "-c", PREPARED + program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert CANARY not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("fail_now()", "uncaught exception"),
        ("thread = threading.Thread(target=fail_now); thread.start(); thread.join()", "uncaught exception in a thread"),
        ("finalised = Finalised(); del finalised", "uncaught exception in a finaliser"),
    ],
)
def test_what_nobody_catches_is_told_without_its_values(program, message):
    (line,) = run(program)
    assert line["message"] == message
    assert line["faults"][0]["type"] == "builtins.ValueError"


def test_what_a_task_raises_is_told_without_its_values():
    (line,) = run("asyncio.run(failing_task()); import gc; gc.collect()")
    assert line["logger"] == "asyncio"
    assert line["faults"][0]["at"][0].endswith(" fail")


def test_warnings_and_other_loggers_are_told_without_their_words():
    lines = run(
        "warnings.warn(canary); logging.getLogger('granian').error(canary); logging.getLogger('x').info(canary)"
    )
    assert [line["logger"] for line in lines] == ["py.warnings", "granian"]


def test_our_own_loggers_have_the_level_asked_for():
    assert len(run("logging.getLogger('proxy.x').debug('words')")) == 1
    assert run("configure('WARNING'); logging.getLogger('proxy.x').info('words')") == []


def test_being_interrupted_is_not_an_error():
    assert run("raise KeyboardInterrupt") == []
