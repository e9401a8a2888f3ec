"""Tarballs made like OHIF's package: everything that is rewritten is in them as often as in the real one."""

import base64
from collections import defaultdict
from collections.abc import Mapping
import hashlib
import io
import tarfile

from proxy.ohif.package import PAGE, REWRITTEN

SCRIPT = 'window.PUBLIC_URL="/"'
EXTRAS = {
    PAGE: '<link rel="apple-touch-startup-image" href="/x.png">'
    '<meta content="width=1,maximum-scale=1.0,user-scalable=no">'
    '<script rel="preload" as="script" type="module" src="/init-service-worker.js"></script>'
    f"<script>first,{SCRIPT}</script><script>second,{SCRIPT}</script>"
}


def like_the_real_one() -> dict[str, bytes]:
    """Files by their names in the tarball."""
    files: dict[str, str] = defaultdict(str) | EXTRAS
    for pattern, text, count in REWRITTEN:
        name = pattern.replace("*", "0123456789abcdef")
        wanted = text.format(root="/")
        files[name] += wanted * (count - files[name].count(wanted) + _removed(name, wanted))
    files |= {"sw.js": "keeps copies", "ort/model.wasm": "large", "app.js.map": "map"}
    inside = {f"package/dist/{name}": text.encode() for name, text in files.items()}
    return {**inside, "package/LICENSE": b"MIT", "package/package.json": b"{}"}


def _removed(name: str, wanted: str) -> int:
    """How often it stands in what is taken out of the page."""
    return EXTRAS[PAGE].split("<script>")[0].count(wanted) if name == PAGE else 0


def packed(files: Mapping[str, bytes], *more: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in more:
            archive.addfile(member)
    return out.getvalue()


def integrity(package: bytes) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(package).digest()).decode()}"
