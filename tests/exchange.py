"""A whole exchange in one process: archives over data sets, an issuer of tokens, and the real service between them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
import httpx
from jose import jwk, jwt
from jose.backends.base import Key
import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from demo.archive.app import Archive
from proxy.app import build_app
from proxy.audit.canonical import read_body
from proxy.audit.event import Event
from proxy.outside import Outside
from proxy.retrieval.cache import ByteCache
from proxy.services.opening import open_services
from proxy.services.services import Services
from proxy.settings.archives import Archive as ArchiveSettings
from proxy.settings.archives import Institution, Limits
from proxy.settings.audit import Audit
from proxy.settings.care import Care
from proxy.settings.consents import Consents
from proxy.settings.emergencies import Emergencies
from proxy.settings.file import Settings
from proxy.settings.gentleness import Gentleness
from proxy.settings.launch import Launching
from proxy.settings.ohif import Ohif
from proxy.settings.patients import Patients
from proxy.settings.repositories import Repositories
from proxy.settings.retrieval import Copying, Federation, Retrieval
from proxy.settings.server import Issuer, Policy, Server
from proxy.settings.sharing import Sharing
from proxy.storage.sqlite import SqliteEvents
from tests.kept_workers import start_kept_worker

ORIGIN = "http://127.0.0.1:8080"
ISSUER = "https://login.test"
BUNDLE = Path(__file__).parents[1] / "policy" / "bundle"
EXCHANGE_ISSUER = Issuer(id="exchange", issuer=ISSUER, audience="vitrine", client_id="vitrine")
NAMES = {"general": "General Hospital", "lakeside": "Lakeside Imaging", "university": "University Hospital"}
REGISTER = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [
  { authority = "GENERAL", value = "G-1001" },
  { authority = "LAKESIDE", value = "77-201" },
  { authority = "UNIVERSITY", value = "U5" },
]

[[patients]]
id = "p-out"
consent = "optout"
identifiers = [{ authority = "LAKESIDE", value = "77-300" }]

[[relationships]]
subject = "exchange:clinician"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z

[[relationships]]
subject = "exchange:clinician"
patient = "p-out"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""


@cache
def _signing_key(number: int) -> Key:
    """One of the issuers' keys, which are made once for all tests of a process."""
    key = rsa.generate_private_key(65537, 2048)
    return jwk.construct(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), "RS256")


class TokenIssuer:
    """Publishes its key at `location` and signs access tokens (RFC 9068) of whoever the test needs.

    Issuers of different `number` have different keys.
    """

    def __init__(self, number: int = 0) -> None:
        self._key = _signing_key(number)
        self.location = ISSUER
        self._public = {**self._key.public_key().to_dict(), "kid": "1", "use": "sig", "alg": "RS256"}
        self.app = Starlette(
            routes=[Route("/.well-known/openid-configuration", self._describe), Route("/jwks", self._publish)]
        )

    async def _describe(self, _: Request) -> Response:
        return JSONResponse({"issuer": self.location, "jwks_uri": f"{self.location}/jwks"})

    async def _publish(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._public]})

    def token(self, sub: str = "clinician", role: str = "clinician", purpose: str = "TREAT", **more: Any) -> str:
        """Clinicians may also list studies without naming anybody, unless `roles` says otherwise."""
        now = int(time.time())
        claims = {
            "iss": self.location,
            "aud": "vitrine",
            "sub": sub,
            "jti": f"jti-{sub}",
            "iat": now,
            "exp": now + 600,
            "name": f"The {sub}",
            "roles": [role, *(["quality-officer"] if role == "clinician" else [])],
            "organization": "General Hospital",
            "purpose_of_use": purpose,
        }
        return self.sign(claims | more)

    def sign(self, claims: Mapping[str, Any], typ: str = "at+jwt") -> str:
        return str(jwt.encode(dict(claims), self._key, "RS256", {"kid": "1", "typ": typ}))


Holding = Sequence[Dataset | Path] | Archive
"""What an institution has: data sets in an archive as the demo has them, or an archive of its own kind."""


@dataclass
class Exchange:
    """`archives` by institution; `client` speaks to the service as the clinician unless told otherwise."""

    client: httpx.AsyncClient
    archives: Mapping[str, Archive]
    issuer: TokenIssuer
    services: Services
    folder: Path
    headers: dict[str, str] = field(default_factory=dict)

    def bearer(self, **who: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(**who)}"}

    async def get(self, path: str, accept: str = "*/*", **options: Any) -> httpx.Response:
        headers = {**self.bearer(), "Accept": accept, **options.pop("headers", {})}
        return await self.client.get(path, headers=headers, **options)

    def events(self) -> list[Event]:
        """What is committed to the audit log, in its order."""
        reader = SqliteEvents(self.folder / "audit")
        return [read_body(entry.body).event for entry in reader.entries()]

    def kinds(self) -> list[str]:
        return [event.kind.value for event in self.events()]

    def cache(self, name: str) -> ByteCache[Any, Any]:
        return next(cache for cache in self.services.memory.caches if cache.name == name)

    def forget(self) -> None:
        """Empty the caches of images and metadata, and the archives' notes of what they were asked."""
        self.services.memory.forget()
        for archive in self.archives.values():
            archive.requests.clear()


def settings_of(folder: Path, institutions: Sequence[str], **sections: Any) -> Settings:
    """The configuration of an exchange whose files are in `folder`; `sections` replace parts of it."""
    register = folder / "register.toml"
    register.write_text(sections.pop("register", REGISTER), "utf-8")
    limits = sections.pop("limits", Limits(search_seconds=2, retrieve_seconds=3, connect_seconds=2))
    gentleness = sections.pop("gentleness", {})
    shares = sections.pop("allows_sharing", ())
    uncached, clean = sections.pop("uncached", ()), sections.pop("clean_equipment", ())
    entries = sections.pop("archives", {})
    return Settings(
        name="Test exchange",
        diagnostic_use=sections.pop("diagnostic_use", False),
        server=sections.pop("server", Server(public_url=ORIGIN, clinical_networks=("127.0.0.0/8",))),
        audit=sections.pop("audit", Audit(folder=folder / "audit")),
        policy=sections.pop("policy", Policy(folder=BUNDLE, register=register)),
        issuers=(sections.pop("issuer", EXCHANGE_ISSUER),),
        institutions=tuple(
            _institution(
                *(name, limits, gentleness.get(name, Gentleness()), entries.get(name, {})),
                caching=name not in uncached,
                clean_equipment=clean,
                allows_sharing=name in shares,
            )
            for name in institutions
        ),
        retrieval=sections.pop("retrieval", Retrieval(workers=1)),
        federation=sections.pop("federation", Federation(deadline_seconds=2, absent_seconds=0.01)),
        copying=sections.pop("copying", Copying()),
        patients=sections.pop("patients", Patients()),
        care=sections.pop("care", Care()),
        repositories=sections.pop("repositories", Repositories()),
        consents=sections.pop("consents", Consents()),
        emergencies=sections.pop("emergencies", Emergencies()),
        ohif=sections.pop("ohif", Ohif()),
        sharing=sections.pop("sharing", Sharing()),
        launch=sections.pop("launch", Launching()),
    )


def _institution(
    name: str, limits: Limits, gentleness: Gentleness, entries: Mapping[str, Any], **more: Any
) -> Institution:
    archive = ArchiveSettings(
        id=f"{name}-main",
        base_url=f"http://{name}.test/dicom-web",
        limits=limits,
        gentleness=gentleness,
        **{"assigning_authority": name.upper(), **entries},
    )
    return Institution(id=name, name=NAMES.get(name, name), archives=(archive,), **more)


def archives_of(holdings: Mapping[str, Holding]) -> dict[str, Archive]:
    return {name: one if isinstance(one, Archive) else Archive(one) for name, one in holdings.items()}


@asynccontextmanager
async def opened_exchange(folder: Path, holdings: Mapping[str, Holding], **sections: Any) -> AsyncIterator[Exchange]:
    """The service in front of one archive for each institution of `holdings`, until the context ends.

    Of `sections`, `index` is a patient index and `consent_register` a FHIR server with Consents, ASGI applications.
    """
    index, consent_register = sections.pop("index", None), sections.pop("consent_register", None)
    archives = archives_of(holdings)
    apps = {f"{name}-main": Starlette(routes=[Mount("/dicom-web", one.app)]) for name, one in archives.items()}
    issuer = TokenIssuer()
    outside = replace(
        Outside(),
        archive_transport=lambda archive: httpx.ASGITransport(apps[archive.id], raise_app_exceptions=False),
        provider_transport=lambda _: httpx.ASGITransport(issuer.app),
        index_transport=lambda _: httpx.ASGITransport(index, raise_app_exceptions=False),
        consents_transport=lambda _: httpx.ASGITransport(consent_register, raise_app_exceptions=False),
        start_worker=start_kept_worker,
        **sections.pop("outside", {}),
    )
    async with open_services(settings_of(folder, list(holdings), **sections), outside) as services:
        transport = httpx.ASGITransport(build_app(services), client=("127.0.0.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Exchange(client, archives, issuer, services, folder)


def ct(study: str, series: int = 1, number: int = 1, patient: str = "G-1001", **more: Any) -> Dataset:
    """A CT image of 16 × 16 pixels, all of which have the value 100 × `series` + `number`; `more` are attributes."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = CTImageStorage
    dataset.StudyInstanceUID = study
    dataset.SeriesInstanceUID = f"{study}.{series}"
    dataset.SOPInstanceUID = f"{study}.{series}.{number}"
    dataset.PatientID = patient
    dataset.PatientName = "Yamada^Tarou"
    dataset.StudyDate, dataset.StudyTime, dataset.Modality = "20260102", "101500", "CT"
    dataset.StudyDescription, dataset.SeriesNumber, dataset.InstanceNumber = "Chest", series, number
    dataset.Rows = dataset.Columns = 16
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.WindowCenter, dataset.WindowWidth = 128, 256
    dataset.PixelData = np.full((16, 16), 100 * series + number, "<u2").tobytes()
    for name, value in more.items():
        setattr(dataset, name, value)
    return dataset
