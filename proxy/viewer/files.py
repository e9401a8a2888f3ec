"""The pages and modules of the portal and the viewer: a fixed table of files, read once, answered from memory."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
import gzip
import hashlib
import logging
from pathlib import Path, PurePosixPath
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import NotFound
from proxy.http.json import accepts_gzip

FOLDER: Final = Path(__file__).resolve().parents[2] / "web"

OWN: Final = (".css", ".html", ".js", ".json", ".svg")
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
PACKAGES: Final[Mapping[str, str]] = {
    "vendor/openjph/openjphjs.js": "node_modules/@cornerstonejs/codec-openjph/dist/openjphjs.js",
    "vendor/openjph/openjphjs.wasm": "node_modules/@cornerstonejs/codec-openjph/dist/openjphjs.wasm",
    "vendor/openjph/LICENSE.txt": "node_modules/@cornerstonejs/codec-openjph/LICENSE",
    "vendor/openjph/OpenJPH.txt": "licences/openjph.txt",
    "vendor/openseadragon/openseadragon.min.js": "node_modules/openseadragon/build/openseadragon/openseadragon.min.js",
    "vendor/openseadragon/LICENSE.txt": "node_modules/openseadragon/LICENSE.txt",
}
"""What the pages load of packages that npm fetches (`web/package.json`), with their licences, by the name here."""

POLICIES: Final[Mapping[str, str]] = {
    "viewer/picture/htj2k/decoder.js": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
}
"""Policies of scripts that workers run under (CSP Level 3 §4.2.1): the one that decodes compiles WebAssembly."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file, plain and gzip-coded; `etag` is weak because it stands for both codings (RFC 9110 §8.8.3)."""

    content: bytes
    coded: bytes
    media_type: str
    etag: str
    policy: str = ""

    def answer(self, request: Request) -> Response:
        """The file, or 304 when the client has it already; browsers ask each time, so an upgrade shows at once."""
        headers = {"ETag": self.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        headers |= {"Content-Security-Policy": self.policy} if self.policy else {}
        if self.etag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if not accepts_gzip(request.headers.get("accept-encoding", "")):
            return Response(self.content, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.coded, headers=headers, media_type=self.media_type)


@cache
def read_files(folder: Path = FOLDER) -> Mapping[str, WebFile]:
    """The pages' files below `folder` and, where they are installed, those of packages; read once by a process."""
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.suffix in OWN)
    own = [name.as_posix() for name in names if len(name.parts) > 1 and name.parts[0] != "node_modules"]
    return {name: _read_file(folder / name, name) for name in own} | _read_packages(folder)


def _read_packages(folder: Path) -> dict[str, WebFile]:
    """All of them or none: what the pages do without them is worse, but it works."""
    try:
        return {name: _read_file(folder / path, name) for name, path in PACKAGES.items()}
    except FileNotFoundError:
        _logger.warning("packages of the pages are missing, npm ci in web/ fetches them")
        return {}


def _read_file(path: Path, name: str) -> WebFile:
    content = path.read_bytes()
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:20]}"'
    media_type, policy = MEDIA_TYPES[PurePosixPath(name).suffix], POLICIES.get(name, "")
    return WebFile(content, gzip.compress(content, mtime=0), media_type, etag, policy)


def _tags(header: str) -> Iterator[str]:
    return (tag.strip() for tag in header.split(","))


def page(file: WebFile) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that always answers with `file`; what the address asks for is the page's own business."""

    async def answer(request: Request) -> Response:
        return file.answer(request)

    return answer


def static(files: Mapping[str, WebFile]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that looks its path parameter up in `files`; nothing is ever joined to a path of the disk."""

    async def answer(request: Request) -> Response:
        file = files.get(request.path_params["file"])
        if file is None:
            raise NotFound
        return file.answer(request)

    return answer
