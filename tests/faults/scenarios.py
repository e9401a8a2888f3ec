"""Every bad thing that an archive is made to do, and what is asked of it meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.ways import (
    JSON,
    PIXELS,
    Way,
    changed,
    compressed,
    cut,
    dripping,
    j2k_of,
    multipart,
    once,
    raw,
    replacing,
    saying,
    silent,
    single,
    typed,
)

DEADLINE = 2.0
"""Seconds that archives have in this run, for a search as for an object."""


class Wanted(StrEnum):
    """What the user asks for."""

    SEARCH = "search"
    METADATA = "metadata"
    IMAGE = "rendered image"
    FRAME = "frame"
    BULKDATA = "bulk data"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`way` is how requests of the kinds in `kinds` are answered; `None` where nobody listens at all."""

    fault: str
    wanted: Wanted
    kinds: str
    way: Way | None


def _search(fault: str, way: Way | None) -> Scenario:
    return Scenario(fault, Wanted.SEARCH, "search", way)


def _metadata(fault: str, way: Way) -> Scenario:
    return Scenario(fault, Wanted.METADATA, "metadata", way)


def _image(fault: str, way: Way) -> Scenario:
    return Scenario(fault, Wanted.IMAGE, "frames", way)


def _frame(fault: str, way: Way) -> Scenario:
    return Scenario(fault, Wanted.FRAME, "frames", way)


def _bulkdata(fault: str, way: Way) -> Scenario:
    return Scenario(fault, Wanted.BULKDATA, "bulkdata", way)


_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\n"
_PIXELS = "Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
_J2K = "Content-Type: image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90"
_ELSEWHERE = "/studies/9.9/series/9.9/instances/9.9/frames/1"
_HUGE_J2K = j2k_of(60_000)

SEARCHES: Sequence[Scenario] = (
    # connections and HTTP
    _search("is switched off", None),
    _search("accepts and says nothing", silent),
    _search("hangs up without an answer", raw(closes=True)),
    _search("does not speak HTTP", raw(b"SSH-2.0-OpenSSH_9.2\r\n", closes=True)),
    _search("drips its answer, a byte at a time", dripping()),
    _search("sends headers without end", raw(_OK, forever=b"X-Filler: " + b"x" * 8000 + b"\r\n")),
    _search("sends two lengths that differ", raw(_OK + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n[]")),
    _search(
        "sends a length and chunks",
        raw(_OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"),
    ),
    _search("sends a header with a NUL", raw(_OK + b"X-A: b\0c\r\nContent-Length: 2\r\n\r\n[]")),
    _search("changes the protocol", raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")),
    _search(
        "sends a second answer unasked",
        raw(_OK + b"Content-Length: 2\r\n\r\n[]" + _OK + b"Content-Length: 2\r\n\r\n[]"),
    ),
    _search("breaks off within its answer", cut(0.5)),
    _search("falls silent within its answer", cut(0.5, silently=True)),
    _search("sends rows without end", raw(_OK + b"\r\n[", forever=b" " * 2**16)),
    _search("compresses, though asked not to", changed(compressed)),
    # what it says
    _search("answers 500", saying(500)),
    _search("answers 401", saying(401, WWW_Authenticate="Basic")),
    _search("answers 403", saying(403)),
    _search("answers 400", saying(400)),
    _search("answers 404", saying(404)),
    _search("answers 429 with Retry-After", saying(429, Retry_After="7")),
    _search("answers 503 with Retry-After", saying(503, Retry_After="7")),
    _search("sends elsewhere (302)", saying(302, Location="http://169.254.169.254/latest/meta-data")),
    _search("shows a page to sign in", saying(200, b"<html>Sign in</html>", "text/html")),
    _search("sends half a JSON document", saying(200, b'[{"0020000D": {"vr": "UI", "Value"', JSON)),
    _search("nests JSON 100,000 deep", saying(200, b"[" * 100_000 + b"]" * 100_000, JSON)),
    _search("sends numbers where rows should be", saying(200, b"[1, 2, 3]", JSON)),
    _search("sends rows without UIDs", saying(200, b"[{}, {}]", JSON)),
)
RETRIEVALS: Sequence[Scenario] = (
    _metadata("answers 500", saying(500)),
    _metadata("answers 404", saying(404)),
    _metadata("answers 503 with Retry-After", saying(503, Retry_After="7")),
    _metadata("accepts and says nothing", silent),
    _metadata("sends elsewhere (307)", saying(307, Location="http://127.0.0.1:1/")),
    _metadata("gives another instance's", replacing(b'"1.2.', b'"9.9.')),
    _metadata("gives none", saying(200, b"[]", JSON)),
    _metadata("nests JSON 100,000 deep", saying(200, b"[" * 100_000 + b"]" * 100_000, JSON)),
    _metadata("breaks off within its answer", cut(0.5)),
    # frames, to be rendered
    _image("answers 500", saying(500)),
    _image("answers 404", saying(404)),
    _image("answers 406", saying(406)),
    Scenario("answers 404, also for bulk data", Wanted.IMAGE, "frames bulkdata", saying(404)),
    _image("answers 429 with Retry-After", saying(429, Retry_After="7")),
    _image("accepts and says nothing", silent),
    _image("breaks off within its answer", cut(0.5)),
    _image("breaks off once, then is well", once(cut(0.5))),
    _image("hangs up once, then is well", once(raw(closes=True))),
    _image("drips its answer, a byte at a time", dripping()),
    _image("sends one part where several were asked for", changed(single)),
    _image("calls native pixels a JPEG", multipart(["Content-Type: image/jpeg"])),
    _image("names another boundary than it uses", multipart([_PIXELS], boundary="other")),
    _image("names no boundary", multipart([_PIXELS], boundary="")),
    _image("gives another instance's frame", multipart([_PIXELS, f"Content-Location: {_ELSEWHERE}"])),
    _image("gives two frames for one", multipart([_PIXELS], count=2)),
    _image("gives half a frame", multipart([_PIXELS], PIXELS[:256])),
    _image("gives a frame of nothing", multipart([_PIXELS], b"")),
    _image(
        "gives noise for JPEG 2000",
        multipart([_J2K], b"U" * 512),
    ),
    _image("claims a JPEG 2000 of 60,000 × 60,000", multipart([_J2K], _HUGE_J2K)),
    _image("sends a part with 10,000 headers", multipart([_PIXELS, *(f"X-{n}: y" for n in range(10_000))])),
    _image("sends a page to sign in", saying(200, b"<html>Sign in</html>", "text/html")),
    # frames, passed on
    _frame("breaks off within its answer", cut(0.5)),
    _frame("falls silent within its answer", cut(0.5, silently=True)),
    _frame("gives another instance's frame", multipart([_PIXELS, f"Content-Location: {_ELSEWHERE}"])),
    _frame("sends 100,000 parts", multipart([_PIXELS], b"", count=100_000)),
    _frame("answers 503 with Retry-After", saying(503, Retry_After="7")),
    _frame("sends one part where several were asked for", changed(single)),
    _frame("breaks off once, then is well", once(cut(0.5))),
    # bulk data, passed on
    _bulkdata("answers 404", saying(404)),
    _bulkdata("sends elsewhere (302)", saying(302, Location="http://127.0.0.1:1/")),
    _bulkdata("breaks off within its answer", cut(0.5)),
    _bulkdata("falls silent within its answer", cut(0.5, silently=True)),
    _bulkdata("calls it something else", typed("text/html")),
    Scenario(
        "links to another host",
        Wanted.BULKDATA,
        "metadata",
        replacing(b'"http://127.0.0.1:', b'"http://169.254.169.254:'),
    ),
    Scenario("links to a file", Wanted.BULKDATA, "metadata", replacing(b'"http://127.0.0.1:', b'"file:///etc/')),
    Scenario(
        "links out of its own path", Wanted.BULKDATA, "metadata", replacing(b"/dicom-web/", b"/dicom-web/../admin/")
    ),
)
