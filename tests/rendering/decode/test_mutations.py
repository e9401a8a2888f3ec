"""Frames mutated at random: a decoder refuses them or gives the right shape; it neither dies nor hangs."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

from tests.rendering.decode.samples import ENCODED_SYNTAXES

EXAMPLES = int(os.environ.get("VITRINE_MUTATIONS", "100"))
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("kind", ["gray", "color"])
@pytest.mark.parametrize("syntax", ENCODED_SYNTAXES)
def test_mutated_frames_are_survived(syntax, kind):
    command = [sys.executable, "-W", "error", "-m", "tests.rendering.decode.mutations", syntax, kind, str(EXAMPLES)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 + EXAMPLES / 2, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
