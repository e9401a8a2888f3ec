"""dcmjs-imaging as a reference: the rendering of JavaScript viewers, in one process of Node for all files."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.conformance.rendering.specimens import Specimen

HERE = Path(__file__).parent


@contextmanager
def dcmjs_images() -> Iterator[Callable[[Specimen], NDArray[Any] | None]]:
    if not (HERE / "node_modules").exists():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=120)
    command = ["node", str(HERE / "dcmjs_imaging.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        yield lambda specimen: _image(node, specimen)
        node.terminate()


def _image(node: "subprocess.Popen[str]", specimen: Specimen) -> NDArray[Any] | None:
    window = specimen.window
    asked = {"file": str(specimen.file), "frame": specimen.frame - 1}
    asked |= {} if window is None else {"center": window.center, "width": window.width}
    assert node.stdin is not None
    assert node.stdout is not None
    print(json.dumps(asked), file=node.stdin, flush=True)
    made = json.loads(node.stdout.readline())
    if "pixels" not in made:
        return None
    pixels = np.frombuffer(base64.b64decode(made["pixels"]), np.uint8).reshape(made["height"], made["width"], 4)
    return pixels[..., 0] if specimen.is_gray else pixels[..., :3]
