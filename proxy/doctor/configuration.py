"""Whether the configuration can be used and the files it names are kept as they should be; no secret is printed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import stat

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
import msgspec

from policy.bundle import read_bundle
from policy.errors import InvalidBundle
from proxy.doctor.finding import Finding, either, good, missing, note
from proxy.errors import ConfigurationError
from proxy.patients.register import read_register
from proxy.settings.file import Settings
from proxy.settings.patients import Patients
from proxy.settings.secrets import Secret, read_secret
from proxy.settings.server import Policy, Server
from proxy.storage.tables import read_tables

_OTHERS_WRITE, _OTHERS_READ = stat.S_IWGRP | stat.S_IWOTH, stat.S_IRWXG | stat.S_IRWXO
_SOON = timedelta(days=30)
_PRIVATE_NAMES = ("key", "private_key")


def configuration_findings(path: Path, settings: Settings) -> Iterator[Finding]:
    """About the file that was read, and everything that it names."""
    yield _unchangeable("configuration", path)
    yield _policy(settings.policy)
    yield _unchangeable("register", settings.policy.register)
    if settings.patients.table is not None:
        yield _unchangeable("table of patients", settings.patients.table)
        yield _table(settings.patients)
    for name, value in named("", settings):
        last = name.rpartition(".")[2]
        if isinstance(value, Secret):
            yield _secret(name, value)
        elif last.endswith(_PRIVATE_NAMES):
            yield _private(name, value)
        elif last.endswith(("certificate", "ca")):
            yield _certificate(name, value)
    yield from _pair(settings.server)


def named(name: str, value: object) -> Iterator[tuple[str, Secret | Path]]:
    """Every secret and every path of `value`, by its place in the configuration."""
    match value:
        case Secret() | Path():
            yield name, value
        case msgspec.Struct():
            for field in value.__struct_fields__:
                yield from named(f"{name}.{field}".lstrip("."), getattr(value, field))
        case tuple():
            for one in value:
                yield from named(f"{name}[{getattr(one, 'id', '')}]", one)
        case _:
            pass


def _policy(policy: Policy) -> Finding:
    try:
        bundle = read_bundle(policy.folder)
        read_register(policy.register)
    except (InvalidBundle, ConfigurationError) as error:
        return missing("policy", str(error))
    return good("policy", f"{len(bundle.rules)} rules may come into force, and the register can be read")


def _table(patients: Patients) -> Finding:
    try:
        read_tables(patients)
    except ConfigurationError as error:
        return missing("table of patients", str(error))
    return good("table of patients", "it can be read")


def _secret(name: str, secret: Secret) -> Finding:
    try:
        text = read_secret(secret)
    except (OSError, UnicodeDecodeError):
        return missing(name, f"the secret in `{secret.file}` cannot be read")
    if not text:
        return missing(name, f"there is no secret: {secret.emptiness}")
    return _private(name, secret.file) if secret.file else good(name, "the secret is set")


def _private(name: str, path: Path) -> Finding:
    mode = _mode(path)
    if mode is None:
        return missing(name, f"`{path}` cannot be read")
    others = f"`{path}` can be used by other accounts (mode {mode:o})" if mode & _OTHERS_READ else ""
    return either(name, "kept from other accounts", otherwise=others)


def _unchangeable(name: str, path: Path) -> Finding:
    mode = _mode(path)
    if mode is None:
        return missing(name, f"`{path}` cannot be read")
    others = f"`{path}` can be changed by other accounts (mode {mode:o})" if mode & _OTHERS_WRITE else ""
    return either(name, "can be read, and not changed by other accounts", otherwise=others)


def _certificate(name: str, path: Path) -> Finding:
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return missing(name, f"`{path}` holds no certificate that can be read")
    return _validity(name, certificates, datetime.now(UTC))


def _validity(name: str, certificates: list[x509.Certificate], now: datetime) -> Finding:
    begins = max(one.not_valid_before_utc for one in certificates)
    ends = min(one.not_valid_after_utc for one in certificates)
    if now < begins or now > ends:
        return missing(name, f"the certificate is valid from {begins:%Y-%m-%d} until {ends:%Y-%m-%d}, not now")
    say = note if ends - now < _SOON else good
    return say(name, f"the certificate is valid until {ends:%Y-%m-%d}")


def _pair(server: Server) -> Iterator[Finding]:
    if server.tls_certificate is None or server.tls_key is None:
        return
    try:
        certificate = x509.load_pem_x509_certificate(server.tls_certificate.read_bytes())
        key = load_pem_private_key(server.tls_key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        yield missing("server TLS", "certificate or key cannot be read")
        return
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    belong = certificate.public_key().public_bytes(*form) == key.public_key().public_bytes(*form)
    yield either("server TLS", "certificate and key belong together", otherwise="" if belong else "they do not belong")


def _mode(path: Path) -> int | None:
    """The permissions of a file that this account can read."""
    try:
        with path.open("rb"):
            return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
