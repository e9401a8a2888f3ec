"""Carry out the Dockerfile without a container engine, then run what it made as its user on a read-only root.

`make image-check`, as root on Debian. The base image is stood in for by the same release's
minimal root from debootstrap; the rest is what the Dockerfile says, step by step. All of it happens in a mount and
process namespace of its own, which ends, with whatever it mounted or started, before the folder is removed.
"""

import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

from deploy.building import build
from deploy.dockerfile import read_dockerfile
from deploy.isolation import Unfit, run
from deploy.trial import try_out

TREE = Path(__file__).resolve().parent.parent
_NAMESPACE = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]


def main() -> int:
    """Build and try the image; 0 when everything promised held."""
    if sys.argv[1:2] == ["--inside"]:
        return _inside(Path(sys.argv[2]))
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("image-check needs root and debootstrap (apt-get install debootstrap)", file=sys.stderr)
        return 1
    folder = tempfile.mkdtemp(prefix="vitrine-image-", dir="/var/tmp")
    try:
        return subprocess.call([*_NAMESPACE, sys.executable, "-m", "deploy.check_image", "--inside", folder], cwd=TREE)
    finally:
        run(["rm", "-rf", "--one-file-system", folder])


def _inside(folder: Path) -> int:
    stages = read_dockerfile(TREE / "Dockerfile")
    try:
        root = build(stages, TREE, folder, _say)
        _say(f"built: {run(['du', '-sxm', str(root)]).split()[0]} MB with its base")
        try_out(stages[-1], root, TREE / "policy" / "bundle", _say)
    except Unfit as error:
        print(f"image-check: {error}", file=sys.stderr)
        return 1
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
