"""What was installed: read once, verified against its list, answered from memory."""

from collections.abc import Mapping
from dataclasses import dataclass
import gzip
import hashlib
from pathlib import Path, PurePosixPath
import re
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import ConfigurationError
from proxy.http.json import accepts_gzip
from proxy.ohif.package import BASE, CONFIGURATION, EVALUATING, PAGE, VERSION
from proxy.ohif.preparing import MANIFEST, Manifest
from proxy.viewer.files import FOLDER

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webapp": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "text/xml; charset=utf-8",
}
_NAMED_BY_CONTENT: Final = re.compile(r"(.*\.)?[0-9a-f]{16}\.\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file, gzip-coded; a file that is `lasting` has its content's hash in its name and never changes."""

    packed: bytes
    media_type: str
    lasting: bool
    policy: str

    def answer(self, request: Request) -> Response:
        kept = "public, max-age=31536000, immutable" if self.lasting else "no-cache"
        headers = {"Cache-Control": kept, "Vary": "Accept-Encoding", "Content-Security-Policy": self.policy}
        if not accepts_gzip(request.headers.get("accept-encoding", "")):
            return Response(gzip.decompress(self.packed), headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.packed, headers=headers, media_type=self.media_type)


def read_installed(folder: Path) -> dict[str, PackedFile]:
    """All its files by name. Raises `ConfigurationError` when one differs from what was prepared."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        if (manifest.version, manifest.base) != (VERSION, BASE):
            raise ConfigurationError(f"`{folder}` holds OHIF {manifest.version}, not {VERSION}: install it again")
        return {name: _read(folder, name, digest, manifest.scripts) for name, digest in manifest.files.items()}
    except (OSError, msgspec.DecodeError):
        raise ConfigurationError(f"`{folder}` holds no OHIF: `vitrine ohif install` makes it") from None


def own_configuration() -> PackedFile:
    """How OHIF is set up here (`web/ohif/app-config.js`)."""
    packed = gzip.compress((FOLDER / "ohif" / CONFIGURATION).read_bytes(), mtime=0)
    return PackedFile(packed, _MEDIA_TYPES[".js"], lasting=False, policy=_policy((), evaluating=False))


def _read(folder: Path, name: str, digest: str, scripts: tuple[str, ...]) -> PackedFile:
    if ".." in PurePosixPath(name).parts:
        raise ConfigurationError(f"`{folder}` lists a file outside of it")
    packed = (folder / f"{name}.gz").read_bytes()
    if hashlib.sha256(packed).hexdigest() != digest:
        raise ConfigurationError(f"`{folder}` was changed: `{name}` is not what was installed. Install it again")
    media_type = _MEDIA_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
    policy = _policy(scripts if name == PAGE else (), evaluating=name.startswith(EVALUATING))
    return PackedFile(packed, media_type, bool(_NAMED_BY_CONTENT.fullmatch(name)), policy)


def _policy(scripts: tuple[str, ...], *, evaluating: bool) -> str:
    """The strictest under which OHIF works; only the workers of its decoders may compile text (CSP Level 3)."""
    compiling = ("'unsafe-eval'",) if evaluating else ()
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self' 'wasm-unsafe-eval'", *compiling, *scripts)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self' blob: data:",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "frame-src blob:",
            "object-src 'self' blob:",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'none'",
        )
    )
