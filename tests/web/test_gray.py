"""The viewer's grey values are those of the service, for every stored value (PS3.4 N.2.1)."""

import json
from pathlib import Path
import shutil
import subprocess

import numpy as np
import pytest

from rendering.grayscale import Transformation, to_presentation
from rendering.options import VoiFunction, Window

HERE = Path(__file__).parent

SHAPES = {
    "linear": VoiFunction.LINEAR,
    "linear-exact": VoiFunction.LINEAR_EXACT,
    "sigmoid": VoiFunction.SIGMOID,
}
WINDOWS = [(40.0, 400.0), (40.0, 1.0), (-600.5, 1500.25), (0.0, 65536.0), (2048.0, 2.0)]
KINDS = [
    {"slope": 1.0, "intercept": -1024.0, "signed": False, "lowest": 0, "highest": 4095, "padding": None},
    {"slope": 1.0, "intercept": 0.0, "signed": True, "lowest": -32768, "highest": 32767, "padding": [-2000, -1990]},
    {"slope": 0.0625, "intercept": 3.5, "signed": False, "lowest": 0, "highest": 65535, "padding": [0, 0]},
    {"slope": -2.0, "intercept": 100.0, "signed": True, "lowest": -2048, "highest": 2047, "padding": None},
]
CASES = [
    {**kind, "inverted": inverted, "window": {"center": center, "width": width, "shape": shape}}
    for kind in KINDS
    for inverted in (False, True)
    for center, width in WINDOWS
    for shape in SHAPES
]
PROGRAM = """
import { readFileSync } from 'node:fs';
import { toPixels, toTable } from '/static/viewer/picture/gray.js';
const patterns = Uint16Array.from({ length: 1 << 16 }, (_, pattern) => pattern);
for (const { window, ...kind } of JSON.parse(readFileSync(0, 'utf8'))) {
  process.stdout.write(toPixels(patterns, toTable(kind, window)));
}
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_every_stored_value_is_as_grey_as_the_service_renders_it() -> None:
    command = ["node", "--import", str(HERE / "resolve.mjs"), "--input-type=module", "--eval", PROGRAM]
    run = subprocess.run(command, input=json.dumps(CASES).encode(), capture_output=True, timeout=60, check=True)
    drawn = np.frombuffer(run.stdout, np.uint8).reshape(len(CASES), 1 << 16, 4)
    for case, pixels in zip(CASES, drawn, strict=True):
        np.testing.assert_array_equal(pixels[:, :3], np.repeat(_rendered(case)[:, None], 3, axis=1), str(case))
        assert (pixels[:, 3] == 255).all()


def _rendered(case: dict) -> np.ndarray:
    one = case["window"]
    stored = np.arange(1 << 16, dtype=np.uint16).view(np.int16 if case["signed"] else np.uint16)
    transformation = Transformation(
        case["slope"],
        case["intercept"],
        None,
        Window(one["center"], one["width"], SHAPES[one["shape"]]),
        None,
        case["inverted"],
        tuple(case["padding"]) if case["padding"] else None,
        case["lowest"],
        case["highest"],
    )
    return to_presentation(stored, transformation)
