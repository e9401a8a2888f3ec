"""How an archive speaks HTTP (RFC 9110, RFC 9112), and whether it answers this service at all."""

from collections.abc import Iterator
import re

from proxy.archives.probe.findings import Findings, plain
from proxy.archives.probe.questions import ProbeEnded, Reply

_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s+[A-Za-z0-9_-]+\s*=|\s*(?:,|$))")
_WANTS_CERTIFICATE = b"SSL certificate"


def look_at_exchange(findings: Findings, reply: Reply) -> None:
    """Facts on the first reply. Raises `ProbeEnded` when there is nobody to go on asking."""
    if not reply.status:
        raise ProbeEnded(reply.words)
    findings.facts |= dict(_facts(findings, reply))
    if reply.status in {401, 403} or _wants_certificate(reply):
        raise ProbeEnded(f"the archive asks who this service is: {findings.facts['http: authentication']}")


def _facts(findings: Findings, reply: Reply) -> Iterator[tuple[str, str]]:
    yield "http: version", reply.http_version
    yield "http: keep-alive", "yes" if _keeps_alive(reply) else "no"
    encoding = plain(reply.headers.get("content-encoding", "identity"))
    yield "http: compression", "as asked" if encoding == "identity" else f"{encoding}, though not asked for"
    yield "http: server", plain(reply.headers.get("server", "not named"))
    yield "http: authentication", _authentication(findings, reply)


def _keeps_alive(reply: Reply) -> bool:
    connection = reply.headers.get("connection", "").lower()
    return "close" not in connection and (reply.http_version != "HTTP/1.0" or "keep-alive" in connection)


def _authentication(findings: Findings, reply: Reply) -> str:
    if _wants_certificate(reply):
        return "a client certificate"
    if reply.status == 401:
        schemes = sorted(
            {name for text in reply.headers.get_list("www-authenticate") for name in _SCHEME.findall(text)}
        )
        return ", ".join(map(plain, schemes)) or "of an unnamed kind"
    if reply.status == 403:
        return "refused (403)"
    return "none asked for" if findings.archive.credentials.kind == "none" else "accepted"


def _wants_certificate(reply: Reply) -> bool:
    """nginx asks for a certificate within TLS and complains about its absence outside of it."""
    return reply.status in {400, 495, 496} and _WANTS_CERTIFICATE in reply.body
