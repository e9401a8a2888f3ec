"""TLS towards archives: which certificates are believed, and what went wrong, in words that name no host."""

from collections.abc import Iterator, Sequence
from functools import cache
import hashlib
from pathlib import Path
import ssl

from proxy.errors import ConfigurationError
from proxy.settings.credentials import ArchiveTls

_VERIFY_WORDS = {
    2: "is from an authority that its configuration does not name",
    9: "is not valid yet",
    10: "has expired",
    18: "is from an authority that its configuration does not name",
    19: "is from an authority that its configuration does not name",
    20: "is from an authority that its configuration does not name",
    21: "is from an authority that its configuration does not name",
    62: "is for another host",
    64: "is for another host",
}
"""By OpenSSL's X509_V_ERR codes."""

_ALERT_WORDS = {
    "CERTIFICATE_REQUIRED": "the archive wants a certificate of this service",
    "BAD_CERTIFICATE": "the archive does not accept this service's certificate",
    "UNKNOWN_CA": "the archive does not accept this service's certificate",
    "CERTIFICATE_EXPIRED": "the archive does not accept this service's certificate",
    "CERTIFICATE_REVOKED": "the archive does not accept this service's certificate",
    "CERTIFICATE_UNKNOWN": "the archive does not accept this service's certificate",
    "ACCESS_DENIED": "the archive does not accept this service's certificate",
    "HANDSHAKE_FAILURE": "the archive and this service could not agree on TLS",
    "PROTOCOL_VERSION": "the archive and this service could not agree on TLS",
    "UNSUPPORTED_PROTOCOL": "the archive and this service could not agree on TLS",
    "WRONG_VERSION_NUMBER": "the archive does not speak TLS at its address",
}
"""By the alert's name (RFC 8446 §6.2), at the end of what OpenSSL calls it."""


class FingerprintMismatch(ssl.SSLCertVerificationError):
    """A certificate was verified, and is none of those that the configuration names."""


def archive_context(owner: str, tls: ArchiveTls) -> ssl.SSLContext:
    """Verifies an archive as `tls` says. Raises `ConfigurationError` naming `owner` when a file cannot be used."""
    if tls == ArchiveTls():
        return _public_context()
    context = tls_context(owner, tls.ca, tls.certificate, tls.key)
    if tls.fingerprints:
        context.sslobject_class = _pinned_to(tls.fingerprints)
    return context


def tls_context(
    owner: str, ca: Path | None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """TLS 1.2 or later, host names checked; `certificate` and `key` identify the proxy (IHE ITI-19)."""
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"{owner}: the TLS files cannot be used: {error.strerror or 'not valid'}") from None
    return context


@cache
def _public_context() -> ssl.SSLContext:
    """One for all archives that name no authority: to read the system's takes 20 ms each time, and a megabyte."""
    return tls_context("the system", None)


def tls_words(error: BaseException) -> str | None:
    """What went wrong in TLS, if that is what `error` stems from."""
    for cause in _causes(error):
        match cause:
            case FingerprintMismatch():
                return "the archive's certificate is none of those that its configuration names"
            case ssl.SSLCertVerificationError():
                return f"the archive's certificate {_VERIFY_WORDS.get(cause.verify_code, 'cannot be verified')}"
            case ssl.SSLError():
                return _alert_words(cause.reason or "")
            case _:
                pass
    return None


def _pinned_to(fingerprints: Sequence[str]) -> type[ssl.SSLObject]:
    """Handshakes that end only with a certificate of one of these fingerprints, before anything is sent."""
    known = {bytes.fromhex(one.replace(":", "")) for one in fingerprints}

    class Pinned(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            certificate = self.getpeercert(binary_form=True) or b""
            if hashlib.sha256(certificate).digest() not in known:
                raise FingerprintMismatch("the certificate has another fingerprint")

    return Pinned


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _alert_words(reason: str) -> str | None:
    return next((words for name, words in _ALERT_WORDS.items() if reason.endswith(name)), None)
