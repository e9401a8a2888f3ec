"""The pages and modules of the portal and the viewer: a fixed table of files, read once, answered from memory."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
import gzip
import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import NotFound
from proxy.http.json import accepts_gzip

FOLDER: Final = Path(__file__).resolve().parents[2] / "web"

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file, plain and gzip-coded; `etag` is weak because it stands for both codings (RFC 9110 §8.8.3)."""

    content: bytes
    coded: bytes
    media_type: str
    etag: str

    def answer(self, request: Request) -> Response:
        """The file, or 304 when the client has it already; browsers ask each time, so an upgrade shows at once."""
        headers = {"ETag": self.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self.etag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if not accepts_gzip(request.headers.get("accept-encoding", "")):
            return Response(self.content, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.coded, headers=headers, media_type=self.media_type)


@cache
def read_files(folder: Path = FOLDER) -> Mapping[str, WebFile]:
    """All files below `folder` of the kinds that are served, by their path relative to it; read once by a process."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES)
    return {path.relative_to(folder).as_posix(): _read_file(path) for path in paths}


def _read_file(path: Path) -> WebFile:
    content = path.read_bytes()
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:20]}"'
    return WebFile(content, gzip.compress(content, mtime=0), MEDIA_TYPES[path.suffix], etag)


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
