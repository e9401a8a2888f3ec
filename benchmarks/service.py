"""The whole of Vitrine as users run it: its command, its configuration, the repository's policy, a real token."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import sys
import time

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jose import jwk, jwt

from benchmarks.archive import ROOT
from benchmarks.processes import running

TREE = Path(__file__).resolve().parent.parent
_CONFIGURATION = """
[server]
public_url = "http://127.0.0.1:{public}"
port = {port}
clinical_networks = ["127.0.0.0/8"]

[audit]
folder = "audit"

[policy]
folder = "{policy}"
register = "register.toml"

[[issuers]]
id = "exchange"
issuer = "http://127.0.0.1:{origin}"
audience = "vitrine"
"""
_INSTITUTION = """
[[institutions]]
id = "general"
name = "General Hospital"

[[institutions.archives]]
id = "general-main"
base_url = "http://127.0.0.1:{origin}{root}"
assigning_authority = "GENERAL"
limits = {{ connections = 32 }}
gentleness = {{ requests_per_second = 1e6, burst = 1000000, daily_bytes = 1125899906842624 }}
"""
_GENERALS = '{ authority = "GENERAL", value = "G-1001" }'
_REGISTER = """
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [IDENTIFIERS]

[[relationships]]
subject = "exchange:clinician"
patient = "p-1"
kind = "encounter"
from = 2026-01-01T00:00:00Z
until = 2100-01-01T00:00:00Z
"""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider as two files, by their paths there, and a token that it has signed."""

    files: Mapping[str, Path]
    token: str

    @property
    def locations(self) -> str:
        """The files as nginx serves them."""
        return "\n".join(
            f"location = {path} {{ default_type application/json; alias {file}; }}" for path, file in self.files.items()
        )


def write_provider(folder: Path, origin: int) -> Provider:
    """Make a key, publish it in `folder` for a server on port `origin`, and sign an hour's token with it (RFC 9068)."""
    folder.mkdir()
    issuer = f"http://127.0.0.1:{origin}"
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = jwk.construct(pem, "RS256").public_key().to_dict()
    documents = {
        "/.well-known/openid-configuration": {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks",
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
        },
        "/jwks": {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]},
    }
    files = {path: folder / str(number) for number, path in enumerate(documents)}
    for path, document in documents.items():
        files[path].write_text(json.dumps(document), "utf-8")
    return Provider(files, _sign(issuer, pem))


def _sign(issuer: str, pem: str) -> str:
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": "vitrine",
        "sub": "clinician",
        "jti": "benchmark",
        "iat": now,
        "exp": now + 3600,
        "name": "A clinician",
        "roles": ["clinician"],
        "organization": "general",
        "purpose_of_use": "TREAT",
    }
    return str(jwt.encode(claims, pem, "RS256", {"kid": "1", "typ": "at+jwt"}))


@contextmanager
def vitrine(
    folder: Path,
    port: int,
    origin: int,
    core: int | None = None,
    more: str = "",
    program: str = "proxy",
    public: int | None = None,
) -> Iterator[int]:
    """The service in front of the archive and the provider on port `origin`; its process id.

    `more` is added to its configuration; `program` is the module that is run; `public` the port that browsers see, if
    another.
    """
    institution = _INSTITUTION.format(origin=origin, root=ROOT)
    with exchange(folder, port, origin, institution + more, core=core, program=program, public=public) as pid:
        yield pid


@contextmanager
def exchange(
    folder: Path,
    port: int,
    origin: int,
    institutions: str,
    identifiers: str = _GENERALS,
    core: int | None = None,
    program: str = "proxy",
    public: int | None = None,
) -> Iterator[int]:
    """The service in front of any `institutions`, in words of its configuration; its process id.

    `identifiers` are those of its one patient, in words of the register.
    """
    folder.mkdir()
    (folder / "register.toml").write_text(_REGISTER.replace("IDENTIFIERS", identifiers), "utf-8")
    configuration = folder / "vitrine.toml"
    policy = TREE / "policy" / "bundle"
    content = _CONFIGURATION.format(port=port, public=public or port, origin=origin, policy=policy)
    configuration.write_text(content + institutions, "utf-8")
    command = [sys.executable, "-m", program, "serve", "--config", str(configuration)]
    with running(command, port, folder / "output.log", core) as pid:
        yield pid
