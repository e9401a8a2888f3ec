"""Carrying out the steps of a Dockerfile in plain folders; base images come from debootstrap."""

from collections.abc import Callable, Mapping
from pathlib import Path
import shutil

from deploy.dockerfile import Stage, Step
from deploy.isolation import Unfit, connected, mounted, run, within

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def build(stages: list[Stage], context: Path, folder: Path, say: Callable[[str], None]) -> Path:
    """Build all stages below `folder` from the build context; the root of the last one. Raises `Unfit`."""
    roots: dict[str, Path] = {}
    for stage in stages:
        say(f"FROM {stage.base}")
        roots[stage.name] = folder / f"stage-{len(roots)}"
        run(["cp", "-a", "--reflink=auto", str(_base(stage.base, folder)), str(roots[stage.name])])
        _Building(roots[stage.name], context, roots, say).carry_out(stage)
    return roots[stages[-1].name]


def _base(image: str, folder: Path) -> Path:
    """The minimal root of `debian:RELEASE[-slim]`, made once."""
    if not image.startswith("debian:"):
        raise Unfit(f"only Debian's own images can be stood in for, and `{image}` is none")
    target = folder / image.replace(":", "-")
    if not target.exists():
        release = image.removeprefix("debian:").removesuffix("-slim")
        run(["debootstrap", "--variant=minbase", release, str(target)])
    return target


class _Building:
    """One stage: its root, and what ENV and WORKDIR said so far."""

    def __init__(self, root: Path, context: Path, roots: Mapping[str, Path], say: Callable[[str], None]) -> None:
        self._root = root
        self._context = context
        self._roots = roots
        self._say = say
        self._folder = "/"
        self._environment = {"PATH": _PATH, "DEBIAN_FRONTEND": "noninteractive"}

    def carry_out(self, stage: Stage) -> None:
        for step in stage.steps:
            self._say(f"  {step.word} {step.rest[:96]}")
            match step.word:
                case "RUN":
                    self._run(step)
                case "COPY":
                    self._copy(step)
                case "WORKDIR":
                    self._folder = step.rest
                    self._inside(step.rest).mkdir(parents=True, exist_ok=True)
                case "ENV":
                    self._environment |= dict(word.split("=", 1) for word in step.words)
                case _:
                    pass  # says how the image is started, which the trial does

    def _inside(self, path: str) -> Path:
        return self._root / str(Path("/", self._folder, path)).lstrip("/")

    def _run(self, step: Step) -> None:
        with mounted(self._root), connected(self._root) as lent:
            command = ["/bin/sh", "-c", f"cd {self._folder} && {step.rest}"]
            run(within(self._root, command), self._environment | lent)

    def _copy(self, step: Step) -> None:
        *sources, target = step.words
        for source in sources:
            found = self._source(step, source)
            if found.is_dir():
                without = shutil.ignore_patterns("__pycache__", "node_modules") if "from" not in step.flags else None
                shutil.copytree(found, self._inside(target), symlinks=True, dirs_exist_ok=True, ignore=without)
            else:
                name = self._inside(target) / found.name if target.endswith("/") else self._inside(target)
                name.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, name)

    def _source(self, step: Step, source: str) -> Path:
        if "from" in step.flags:
            return self._roots[step.flags["from"]] / source.lstrip("/")
        lines = (self._context / ".dockerignore").read_text("utf-8").splitlines()
        admitted = [line[1:] for line in lines if line.startswith("!")]
        if not any(source == entry or source.startswith(f"{entry}/") for entry in admitted):
            raise Unfit(f"`{source}` is kept out of the build by .dockerignore")
        return self._context / source
