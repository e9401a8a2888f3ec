"""URLs of an archive, built from its configured roots and UIDs alone (PS3.18 §10.1.1, Table 10.6.1-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
import re
from urllib.parse import quote

import httpx

from proxy.archives.http1.egress import read_destinations
from proxy.errors import BadRequest
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef, Uid, read_uid

_LONGEST_LINK = 4096
_SEARCH_PATH = re.compile(r"(?:studies/([0-9.]+)/)?(?:series/([0-9.]+)/)?(studies|series|instances)", re.ASCII)
_LEVELS_BELOW_NOTHING = frozenset({"studies", "series", "instances"})
_LEVELS_BELOW_STUDY = frozenset({"series", "instances"})
_LEVELS_BELOW_SERIES = frozenset({"instances"})
_UID_LIST = re.compile(r"[0-9.,]+", re.ASCII)
_HIDDEN_STEPS = re.compile(r"%(?:25)*(?:2e|2f|5c|00)|\\|\.\.;", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SearchScope:
    """A search resource: the collection searched, and what it lies within."""

    level: str
    study: Uid | None = None
    series: Uid | None = None

    @property
    def path(self) -> str:
        within_study = f"studies/{self.study}/" if self.study else ""
        within_series = f"series/{self.series}/" if self.series else ""
        return f"{within_study}{within_series}{self.level}"


def read_scope(path: str) -> SearchScope:
    """Parse the path of a search resource, e.g. `studies/1.2.3/series`; raises `BadRequest` for any other."""
    found = _SEARCH_PATH.fullmatch(path)
    if found is None:
        raise BadRequest("there is no such search")
    study, series = (read_uid(text) if text else None for text in found.group(1, 2))
    levels = _LEVELS_BELOW_SERIES if series else _LEVELS_BELOW_STUDY if study else _LEVELS_BELOW_NOTHING
    if found[3] not in levels or (series and not study):
        raise BadRequest("there is no such search")
    return SearchScope(found[3], study, series)


class Addresses:
    """Where an archive's resources are."""

    def __init__(
        self, base_url: str, search_url: str = "", retrieve_url: str = "", bulkdata_urls: Sequence[str] = ()
    ) -> None:
        """Searches lie below `search_url`, all else below `retrieve_url`, where these are not empty.

        `bulkdata_urls` are other places that links of the archive's metadata may lead to.
        """
        self._search = _Root(search_url or base_url)
        self._retrieve = _Root(retrieve_url or base_url)
        self._places = read_destinations([base_url, self._search.url, self._retrieve.url, *bulkdata_urls])

    def metadata(self, ref: StudyRef | SeriesRef | InstanceRef) -> httpx.URL:
        return self._retrieve.below(f"{_path(ref)}/metadata")

    def frames(self, ref: FramesRef) -> httpx.URL:
        return self._retrieve.below(f"{_path(ref.of)}/frames/{','.join(map(str, ref.frames))}")

    def pixeldata(self, ref: InstanceRef) -> httpx.URL:
        return self._retrieve.below(f"{_path(ref)}/pixeldata")

    def bulkdata_pixels(self, ref: InstanceRef) -> httpx.URL:
        """Where many archives keep pixels to which their metadata do not link."""
        return self._retrieve.below(f"{_path(ref)}/bulkdata/7FE00010")

    def instance(self, ref: InstanceRef) -> httpx.URL:
        return self._retrieve.below(_path(ref))

    def stored_pixels(self, ref: InstanceRef) -> httpx.URL:
        """Where Orthanc keeps the fragments of pixels to which its metadata do not link."""
        return self._retrieve.below(f"{_path(ref)}/bulk/7fe00010")

    def search(self, scope: SearchScope, query: Sequence[tuple[str, str]]) -> httpx.URL:
        """`query` holds decoded pairs in their order; the same name may come several times."""
        return self._search.below(scope.path, "&".join(_to_parameter(name, value) for name, value in query))

    def link(self, uri: str, referrer: httpx.URL | None = None) -> httpx.URL | None:
        """The resource that a link given by the archive leads to, or `None` when it leads out of the archive.

        Relative links are resolved against `referrer`. Scheme, host, port and path prefix must be those of one of the
        configured URLs, and the path must mean the same to every server on its way (RFC 3986 §3.3, §6.2.2).
        """
        if len(uri) > _LONGEST_LINK or not (uri.isascii() and uri.isprintable()) or _HIDDEN_STEPS.search(uri):
            return None
        try:
            url = (referrer or self._retrieve.below("")).join(uri)
        except (httpx.InvalidURL, ValueError):
            return None
        inside = any(place.contains(url) for place in self._places)
        return url.copy_with(fragment=None) if inside else None


class _Root:
    """A URL that others lie below."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._stem = str(httpx.URL(url)).rstrip("/")

    def below(self, path: str, query: str = "") -> httpx.URL:
        suffix = f"?{query}" if query else ""
        return httpx.URL(f"{self._stem}/{path}{suffix}")


def _path(ref: StudyRef | SeriesRef | InstanceRef) -> str:
    match ref:
        case StudyRef():
            return f"studies/{ref.study}"
        case SeriesRef():
            return f"studies/{ref.study}/series/{ref.series}"
        case InstanceRef():
            return f"studies/{ref.study}/series/{ref.series}/instances/{ref.instance}"


def _to_parameter(name: str, value: str) -> str:
    """Commas separate UIDs and fields, and are part of other values (PS3.18 §8.3.4.1)."""
    separates = name == "includefield" or _UID_LIST.fullmatch(value)
    return f"{quote(name, safe='')}={quote(value, safe='*,' if separates else '*')}"
