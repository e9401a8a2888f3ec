"""Packages of npm, installed from the lock file beside this file without running anything of them."""

from pathlib import Path
import subprocess

HERE = Path(__file__).parent


def install() -> None:
    if not (HERE / "node_modules/dicomweb-client").exists():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=120)
