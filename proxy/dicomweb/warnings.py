"""`Warning` headers in the wording of PS3.18 §8.3 and §10.6, and what a partial answer adds to them."""

from collections.abc import Iterable, Sequence

from proxy.federation.sources import SourceState, SourceStatus
from proxy.resources import HeldStudy
from proxy.retrieval.objects import Gathered, Objects

_WORDS = {
    SourceState.FAILED: "failed",
    SourceState.TIMED_OUT: "did not answer in time",
    SourceState.REFUSED: "does not support this search",
    SourceState.OUTSIDE_HOURS: "is outside its hours",
    SourceState.RESTING: "is not asked at the moment",
    SourceState.NOT_PERMITTED: "does not permit this search to you",
    SourceState.HOP_LIMIT: "is too many exchanges away to be asked",
}
_LITERAL = "does not support the fuzzymatching parameter. Only literal matching has been performed."


def source_warnings(sources: Sequence[SourceStatus]) -> list[str]:
    """One sentence for each institution whose answer is not whole."""
    said = [f"{_header_safe(source)} {_words(source)}" for source in sources if not source.state.complete]
    literal = [f"{_header_safe(source)} {_LITERAL}" for source in sources if source.literal]
    return [*dict.fromkeys((*said, *literal))]


def lacking_in(gathered: Gathered, objects: Objects) -> list[SourceStatus]:
    """Whose parts are not among what was gathered, and whether they failed or refuse the person."""

    def status(held: HeldStudy, state: SourceState) -> SourceStatus:
        name = objects.archive_of(held).institution.name
        return SourceStatus(held.archive, held.institution, name, state)

    failed = (status(held, SourceState.FAILED) for held in gathered.missing)
    return [*failed, *(status(held, SourceState.NOT_PERMITTED) for held in gathered.refused)]


def _words(source: SourceStatus) -> str:
    if source.state is SourceState.TRUNCATED:
        return "has more results than it gave, or may have; some may be missing"
    return f"{_WORDS[source.state]}; {'some of ' if source.rows else ''}its results are missing"


def _header_safe(source: SourceStatus) -> str:
    """The institution's name where a header can carry it, its id where not (RFC 9110 §5.5)."""
    return source.name if source.name.isascii() and source.name.isprintable() else source.institution


def warning_headers(base_url: str, texts: Iterable[str]) -> dict[str, str]:
    """All texts as one `Warning` field; the service is named by its base URI as PS3.18 has it."""
    values = [f"299 {base_url}: {text}" for text in texts]
    return {"Warning": ", ".join(values)} if values else {}
