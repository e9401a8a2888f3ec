"""`vitrine ohif install`: fetch the one package that is known, and prepare it for this service."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
import shutil
import subprocess

from proxy.errors import ConfigurationError
from proxy.ohif.package import NAME, VERSION
from proxy.ohif.preparing import prepare

_SECONDS = 600


def add_install_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where it is put; must not exist yet")
    parser.add_argument(
        "--from",
        dest="file",
        type=Path,
        metavar="FILE",
        help=f"the package, if fetched already: npm pack {NAME}@{VERSION}",
    )


def ohif_install(parsed: Namespace) -> str:
    """Prepare the package in `parsed.to`, and say so. Raises `ConfigurationError` in words for the operator."""
    folder: Path = parsed.to.resolve()
    package = _read(parsed.file) if parsed.file else _fetch(folder)
    manifest = prepare(package, folder)
    return f"OHIF {manifest.version}: {len(manifest.files)} files in {folder}, to be named as `folder` under [ohif]"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read `{file}`: {error.strerror}") from None


def _fetch(folder: Path) -> bytes:
    """By npm, from the registry that it is set to; none of the package's own scripts are run."""
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigurationError("npm is not installed here: fetch the package elsewhere, and name it by --from")
    fetching = folder.with_name(f"{folder.name}.fetching")
    shutil.rmtree(fetching, ignore_errors=True)
    fetching.mkdir(parents=True)
    try:
        subprocess.run(  # noqa: S603 - the package manager, with a name that is written here
            [npm, "pack", f"{NAME}@{VERSION}", "--ignore-scripts", "--silent"],
            cwd=fetching, check=True, capture_output=True, timeout=_SECONDS,
        )  # fmt: skip
        return next(fetching.glob("*.tgz")).read_bytes()
    except (subprocess.SubprocessError, StopIteration):
        raise ConfigurationError(f"npm could not fetch {NAME} {VERSION}: name the package by --from") from None
    finally:
        shutil.rmtree(fetching, ignore_errors=True)
