"""The archive's resources (PS3.18 §10.4, §10.6): search, metadata, frames, bulk data and whole instances; GET only.

There is no rendering: `/rendered` and `/thumbnail` do not exist here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
import re

import imagecodecs
import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.archive.answers import Part, json_answer, parts_answer
from demo.archive.credentials import Credentials, Insisting
from demo.archive.dicomjson import find_bulkdata, key_of
from demo.archive.faults import Asked, Fault
from demo.archive.holdings import Holdings, Source, path_of
from demo.archive.levels import Level
from demo.archive.negotiation import (
    DICOM,
    OCTETS,
    Chosen,
    choose_files,
    choose_octets,
    choose_pixels,
    require_json,
)
from demo.archive.objects import PIXEL_TAGS, StoredObject
from demo.archive.query import read_query

MOST_RESULTS = 500

_UID = re.compile(r"[0-9.]{1,64}", re.ASCII)
_FRAMES = re.compile(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*", re.ASCII)
_BULKDATA = re.compile(r"[0-9A-Fa-f]{8}(/[0-9]{1,6}/[0-9A-Fa-f]{8})*", re.ASCII)


class Archive:
    """An archive over `sources`. `requests` are what it was asked, as (kind, path); `faults` happen to a kind.

    It gives no more than `most_results` at once, and says so unless it is told to cap in silence.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        credentials: Credentials | None = None,
        most_results: int = MOST_RESULTS,
        *,
        silent: bool = False,
    ) -> None:
        self.holdings = Holdings(sources)
        self.requests: list[tuple[str, str]] = []
        self.faults: dict[str, Fault] = {}
        self._most_results = most_results
        self._silent = silent
        middleware = [Middleware(Asked, requests=self.requests, faults=self.faults)]
        if credentials:
            middleware.append(Middleware(Insisting, credentials=credentials))
        self.app = Starlette(routes=self._routes(), middleware=middleware)
        self.app.state.archive = self

    def counts(self) -> Counter[str]:
        """How often each kind of resource was asked for."""
        return Counter(kind for kind, _ in self.requests)

    def reset(self) -> None:
        """Forget what was asked, and be well again."""
        self.requests.clear()
        self.faults.clear()

    def _routes(self) -> list[Route]:
        study, series = "/studies/{study}", "/studies/{study}/series/{series}"
        instance = series + "/instances/{instance}"
        return [
            *(Route(path, self.search, methods=["GET"]) for path in ("/studies", "/series", "/instances")),
            Route(f"{study}/series", self.search, methods=["GET"]),
            Route(f"{study}/instances", self.search, methods=["GET"]),
            Route(f"{series}/instances", self.search, methods=["GET"]),
            *(Route(f"{path}/metadata", self.metadata, methods=["GET"]) for path in (study, series, instance)),
            *(Route(path, self.files, methods=["GET"]) for path in (study, series, instance)),
            Route(instance + "/frames/{frames}", self.frames, methods=["GET"]),
            Route(f"{instance}/pixeldata", self.pixeldata, methods=["GET"]),
            Route(instance + "/bulkdata/{path:path}", self.bulkdata, methods=["GET"]),
        ]

    def search(self, request: Request) -> Response:
        require_json(request.headers.get("accept"))
        level = _LEVELS[request.url.path.rpartition("/")[2]]
        within = Level(len(request.path_params)) if request.path_params else None
        query = read_query(request.query_params.multi_items(), level, self._most_results)
        inside = self._found(request) if within else self.holdings.objects
        found = self.holdings.find(level, inside, query)
        page = found[query.offset : query.offset + query.limit]
        base = _base(request)
        warnings = list(query.warnings)
        remaining = max(0, len(found) - query.offset) - len(page)
        if remaining and not self._silent:
            warnings.append(f"There are {remaining} additional results that can be requested")
        rows = [self.holdings.to_row(one, level, within, query, base) for one in page]
        return json_answer(rows, [f"299 {base}: {warning}" for warning in warnings])

    def metadata(self, request: Request) -> Response:
        require_json(request.headers.get("accept"))
        base = _base(request)
        return json_answer([self.holdings.to_metadata(one, base) for one in self._found(request)])

    def files(self, request: Request) -> Response:
        found, base = self._found(request), _base(request)
        multipart = choose_files(request.headers.get("accept"), found)
        parts = (
            (f"{DICOM}; transfer-syntax={one.web_syntax}", f"{base}/{path_of(one, Level.INSTANCE)}", one.part10())
            for one in found
        )
        return parts_answer(DICOM, parts, multipart=multipart)

    def frames(self, request: Request) -> Response:
        text = request.path_params["frames"].replace("%2C", ",")
        if not _FRAMES.fullmatch(text):
            raise HTTPException(400, "the frame list is not valid")
        numbers = [int(one) for one in text.split(",")]
        if any(later <= earlier for earlier, later in pairwise(numbers)):
            raise HTTPException(400, "the frame list does not ascend")
        stored = self._instance(request)
        if numbers[-1] > stored.frames:
            raise HTTPException(404, "there is no such frame")
        chosen = choose_pixels(request.headers.get("accept"), stored, single=len(numbers) == 1)
        return self._frames(request, stored, numbers, chosen)

    def pixeldata(self, request: Request) -> Response:
        """All frames: native ones as one value field, compressed ones each as a part (PS3.18 §8.7.3.3)."""
        stored = self._instance(request)
        if not stored.pixel_tag:
            raise HTTPException(404, "there are no pixels")
        chosen = choose_pixels(request.headers.get("accept"), stored, single=stored.is_native or stored.frames == 1)
        if not stored.is_native:
            return self._frames(request, stored, stored.streams, chosen)
        part = (chosen.content_type, str(request.url), stored.pixels())
        return parts_answer(chosen.media_type, [part], multipart=chosen.multipart)

    def bulkdata(self, request: Request) -> Response:
        stored, path = self._instance(request), request.path_params["path"]
        if not _BULKDATA.fullmatch(path):
            raise HTTPException(404, "there is no such bulk data")
        if stored.pixel_tag in PIXEL_TAGS and path.upper() == key_of(stored.pixel_tag):
            return self.pixeldata(request)
        content = find_bulkdata(stored.attributes, path.split("/"))
        if content is None:
            raise HTTPException(404, "there is no such bulk data")
        chosen = choose_octets(request.headers.get("accept"))
        return parts_answer(OCTETS, [(OCTETS, str(request.url), content)], multipart=chosen.multipart)

    def _frames(self, request: Request, stored: StoredObject, numbers: Iterable[int], chosen: Chosen) -> Response:
        location = f"{_base(request)}/{path_of(stored, Level.INSTANCE)}/frames"

        def parts() -> Iterator[Part]:
            for number in numbers:
                yield chosen.content_type, f"{location}/{number}", _frame(stored, number, chosen.syntax)

        return parts_answer(chosen.media_type, parts(), multipart=chosen.multipart)

    def _found(self, request: Request) -> Sequence[StoredObject]:
        uids = {name: request.path_params[name] for name in _NAMES if name in request.path_params}
        if not all(_UID.fullmatch(uid) for uid in uids.values()):
            raise HTTPException(400, "a UID is not valid")
        found = self.holdings.within(**uids)
        if not found:
            raise HTTPException(404, "nothing is stored under these UIDs")
        return found

    def _instance(self, request: Request) -> StoredObject:
        return self._found(request)[0]


_LEVELS = {"studies": Level.STUDY, "series": Level.SERIES, "instances": Level.INSTANCE}
_NAMES = ("study", "series", "instance")


def archive_app(
    sources: Iterable[Source], credentials: Credentials | None = None, most_results: int = MOST_RESULTS
) -> Starlette:
    """An archive over files, folders, data sets or stored objects; `app.state.archive` is the `Archive`."""
    return Archive(sources, credentials, most_results).app


def _base(request: Request) -> str:
    """Where the archive is for who asks, below a path or not."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def _frame(stored: StoredObject, number: int, syntax: str) -> bytes:
    """A frame as it is stored, or the native little-endian octets of a grey RLE frame (PS3.5 Annex G)."""
    frame = stored.frame(number)
    if syntax == stored.web_syntax:
        return frame
    kind = f"<u{int(stored.attributes.BitsAllocated) // 8}"
    return np.frombuffer(imagecodecs.dicomrle_decode(frame, dtype=kind), kind).tobytes()
