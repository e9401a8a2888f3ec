"""From OHIF's own package to a folder that can be served below a path: verified, led there, compressed, listed."""

import base64
from collections.abc import Iterator, Mapping
import fnmatch
import gzip
import hashlib
import hmac
import io
from pathlib import Path, PurePosixPath
import re
import shutil
import tarfile
from typing import Final

import msgspec

from proxy.errors import ConfigurationError
from proxy.ohif.package import BASE, INTEGRITY, LEFT_OUT, LICENSE, NAME, PAGE, REMOVED, REWRITTEN, VERSION

MANIFEST: Final = "MANIFEST.json"
_MEMBERS: Final = 2000
_BYTES: Final = 512 << 20


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a prepared folder holds: the SHA-256 of each compressed file, and the page's scripts as CSP names them."""

    version: str
    base: str
    files: Mapping[str, str]
    scripts: tuple[str, ...]


def prepare(package: bytes, folder: Path) -> Manifest:
    """Write what `package` (the tarball) holds into `folder`, which must not exist yet; it appears whole or not at all.

    Raises `ConfigurationError` when the tarball is another one, or is made differently inside.
    """
    if folder.exists():
        raise ConfigurationError(f"`{folder}` exists already: remove it, or name another folder")
    found = base64.b64encode(hashlib.sha512(package).digest()).decode()
    if not hmac.compare_digest(f"sha512-{found}", INTEGRITY):
        raise ConfigurationError(f"this is not the package {NAME} {VERSION}: its SHA-512 differs")
    return _write(_rewrite(dict(_unpack(package))), folder)


def _unpack(package: bytes) -> Iterator[tuple[str, bytes]]:
    """The files that are kept, by name; neither links nor names that lead elsewhere."""
    total = 0
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        for count, member in enumerate(archive):
            total += member.size
            if count >= _MEMBERS or total > _BYTES:
                raise ConfigurationError("the package holds more than it should")
            name = _kept_name(member)
            content = archive.extractfile(member) if name else None
            if name and content:
                yield name, content.read()


def _kept_name(member: tarfile.TarInfo) -> str:
    """Its name in the prepared folder; empty when it is left out."""
    if not member.isfile():
        return ""
    if member.name == f"package/{LICENSE}":
        return LICENSE
    _, inside, name = member.name.partition("package/dist/")
    if not inside or member.name != f"package/dist/{name}" or ".." in PurePosixPath(name).parts:
        return ""
    return "" if LEFT_OUT.fullmatch(name) else name


def _rewrite(files: dict[str, bytes]) -> dict[str, bytes]:
    """Lead what leads to the root to `BASE`."""
    if PAGE not in files:
        raise ConfigurationError(f"the package has no {PAGE}")
    for unwanted in REMOVED:
        files[PAGE] = re.sub(unwanted, b"", files[PAGE])
    for pattern, text, expected in REWRITTEN:
        before, after = (text.format(root=root).encode() for root in ("/", BASE))
        names = fnmatch.filter(files, pattern)
        found = sum(files[name].count(before) for name in names)
        if found != expected:
            raise ConfigurationError(
                f"{NAME} {VERSION} is made differently: in {pattern}, `{text}` is {found} times, not {expected}"
            )
        for name in names:
            files[name] = files[name].replace(before, after)
    return files


def _write(files: Mapping[str, bytes], folder: Path) -> Manifest:
    making = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    digests = {}
    for name, content in files.items():
        path = making / f"{name}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(content, mtime=0)
        path.write_bytes(packed)
        digests[name] = hashlib.sha256(packed).hexdigest()
    manifest = Manifest(version=VERSION, base=BASE, files=digests, scripts=tuple(_inline_scripts(files[PAGE])))
    (making / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    making.rename(folder)
    return manifest


def _inline_scripts(page: bytes) -> Iterator[str]:
    """The hash of each script that stands in the page itself (CSP Level 3, §2.3.1)."""
    for script in re.findall(rb"<script>(.*?)</script>", page, re.DOTALL):
        yield f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
