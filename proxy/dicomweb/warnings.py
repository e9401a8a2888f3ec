"""`Warning` headers in the wording of PS3.18 §8.3 and §10.6, and what a partial answer adds to them."""

from collections.abc import Iterable, Sequence

from proxy.federation.sources import SourceState, SourceStatus

_WORDS = {
    SourceState.FAILED: "failed; its results are missing",
    SourceState.TIMED_OUT: "did not answer in time; its results are missing",
    SourceState.REFUSED: "does not support this search; its results are missing",
    SourceState.OUTSIDE_HOURS: "is outside its hours; its results are missing",
    SourceState.RESTING: "is not asked at the moment; its results are missing",
    SourceState.TRUNCATED: "has more results than were asked for; some are missing",
}


def source_warnings(sources: Sequence[SourceStatus]) -> list[str]:
    """One sentence for each institution whose answer is not whole."""
    incomplete = [source for source in sources if not source.state.complete]
    return [f"{_header_safe(source)} {_WORDS[source.state]}" for source in dict.fromkeys(incomplete)]


def _header_safe(source: SourceStatus) -> str:
    """The institution's name where a header can carry it, its id where not (RFC 9110 §5.5)."""
    return source.name if source.name.isascii() and source.name.isprintable() else source.institution


def warning_headers(base_url: str, texts: Iterable[str]) -> dict[str, str]:
    """All texts as one `Warning` field; the service is named by its base URI as PS3.18 has it."""
    values = [f"299 {base_url}: {text}" for text in texts]
    return {"Warning": ", ".join(values)} if values else {}
