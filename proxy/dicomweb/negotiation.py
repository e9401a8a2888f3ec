"""Which representation a client gets (PS3.18 §8.7.8), for Accept headers as browsers and DICOMweb clients send them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request

from proxy.access.permit import Obligations
from proxy.errors import BadRequest, NotAcceptable
from proxy.wire.media import MediaRange, MediaType, choose, read_accept, read_media_type
from rendering.options import EXACT

_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Offer:
    """A representation that can be given: a media type, alone or as parts of multipart/related."""

    type: str
    multipart: bool

    @property
    def media_type(self) -> MediaType:
        if not self.multipart:
            return read_media_type(self.type)
        return MediaType("multipart", "related", {"type": self.type})


def alone(types: Iterable[str]) -> tuple[Offer, ...]:
    """Each of `types` as the whole answer."""
    return tuple(Offer(str(one), multipart=False) for one in types)


def as_parts(types: Iterable[str]) -> tuple[Offer, ...]:
    """Each of `types` as parts of multipart/related."""
    return tuple(Offer(str(one), multipart=True) for one in types)


def accepted(request: Request) -> Sequence[MediaRange]:
    """The ranges of the Accept header, best first; a missing header admits everything (RFC 9110 §12.5.1)."""
    return read_accept(request.headers.get("accept", "*/*"))


def within(offers: Sequence[Offer], obligations: Obligations) -> tuple[Offer, ...]:
    """Those of `offers` that may be given under `obligations`."""
    return tuple(offer for offer in offers if not (obligations.lossy_only and offer.type in EXACT))


def choose_rendered(request: Request, offers: Sequence[Offer]) -> Offer:
    """The offer that the client prefers: of the `accept` parameter where the header admits it, else of the header.

    PS3.18 §8.3.3.1 and §8.7.8.1.
    """
    best = _preferred(request.headers.get("accept", "*/*"), request.query_params.get("accept", ""), tuple(offers))
    if best is None:
        types = [str(offer.media_type) for offer in offers]
        raise NotAcceptable("none of the media types asked for can be given", types)
    return best


@lru_cache(_REMEMBERED)
def _preferred(header: str, parameter: str, offers: tuple[Offer, ...]) -> Offer | None:
    by_type = {str(offer.media_type): offer for offer in offers}
    types, ranges = [offer.media_type for offer in offers], read_accept(header)
    admitted = [one for one in types if choose(ranges, [one])]
    best = choose(_named(parameter), admitted) or choose(ranges, types)
    return None if best is None else by_type[str(best)]


def _named(parameter: str) -> Sequence[MediaRange]:
    """The types of the `accept` parameter; it names no wildcards, nor objects beside images (§8.3.3.1, §8.7.5)."""
    named = read_accept(parameter)
    if any("*" in {one.media_type.root.type, one.media_type.root.subtype} for one in named):
        raise BadRequest("`accept` names media types without wildcards")
    if 0 < sum(one.media_type.root.essence == "application/dicom" for one in named) < len(named):
        raise BadRequest("`accept` mixes objects and rendered images")
    return named


def require_json(request: Request) -> None:
    """Metadata and search results are DICOM JSON; `application/json` is a common alias (PS3.18 Table 10.4.4-1)."""
    kinds = (MediaType("application", "dicom+json"), MediaType("application", "json"))
    ranges = accepted(request)
    if not any(one.admits(kind) and one.quality > 0 for one in ranges for kind in kinds):
        raise NotAcceptable("this resource is DICOM JSON", ["application/dicom+json"])
