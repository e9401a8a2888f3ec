"""The configuration file: TOML, read once at start, refused with the name of the entry that is wrong."""

from pathlib import Path
import tomllib

import msgspec

from proxy.errors import ConfigurationError
from proxy.settings.archives import Institution
from proxy.settings.audit import Audit
from proxy.settings.care import Care
from proxy.settings.consents import Consents
from proxy.settings.emergencies import Emergencies
from proxy.settings.entries import Section, is_loopback
from proxy.settings.launch import Launching
from proxy.settings.linking import Linking
from proxy.settings.ohif import Ohif
from proxy.settings.patients import Patients
from proxy.settings.repositories import Repositories
from proxy.settings.retrieval import Copying, Federation, Retrieval
from proxy.settings.server import Issuer, Policy, Server
from proxy.settings.sharing import Sharing


class Settings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """With `diagnostic_use` whole images without loss are not said to be unfit for it."""

    name: str = "Vitrine"
    diagnostic_use: bool = False
    server: Server
    audit: Audit
    repositories: Repositories = Repositories()
    policy: Policy
    issuers: tuple[Issuer, ...]
    institutions: tuple[Institution, ...]
    retrieval: Retrieval = Retrieval()
    copying: Copying = Copying()
    federation: Federation = Federation()
    patients: Patients = Patients()
    consents: Consents = Consents()
    care: Care = Care()
    emergencies: Emergencies = Emergencies()
    linking: Linking = Linking()
    ohif: Ohif = Ohif()
    sharing: Sharing = Sharing()
    launch: Launching = Launching()

    def __post_init__(self) -> None:
        archives = [archive.id for institution in self.institutions for archive in institution.archives]
        for what, ids in (
            ("institution id", [institution.id for institution in self.institutions]),
            ("archive id", archives),
            ("issuer id", [issuer.id for issuer in self.issuers]),
            ("issuer address", [issuer.issuer for issuer in self.issuers]),
        ):
            shared = [one for one in ids if ids.count(one) > 1]
            if shared:
                raise ValueError(f"two entries share the {what} `{shared[0]}`")
        self._check_linking()
        if self.sharing.show_code and not is_loopback(self.server.public_url):
            raise ValueError("`sharing.show_code` is for demos on this machine alone")
        known = {institution.id for institution in self.institutions}
        strange = [name for one in self.emergencies.notified for name in one.institutions if name not in known]
        if strange:
            raise ValueError(f"`emergencies.notified` names the institution `{strange[0]}`, which there is not")

    def _check_linking(self) -> None:
        personal = any(archive.knows_people for institution in self.institutions for archive in institution.archives)
        if personal and not self.linking.keys:
            raise ValueError("a hub is told who asks by assertions: `linking` needs a key that signs them")


def read_settings(path: Path) -> Settings:
    """Read `path`; paths inside it are relative to its folder. Raises `ConfigurationError` naming the entry."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"`{path}` is not valid TOML: {error}") from None
    root = path.resolve().parent

    def to_path(kind: type, value: object) -> object:
        if kind is not Path or not isinstance(value, str):
            raise ValueError("expected a path")
        return root / value

    try:
        return msgspec.convert(document, Settings, dec_hook=to_path)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"`{path}`: {error}") from None
