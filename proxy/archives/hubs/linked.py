"""Everything that links to other exchanges need of this one: its name, its key, and the way to token endpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from proxy.archives.authorization.endpoint import TokenEndpoint, TransportOpener
from proxy.archives.authorization.transport import Authorization
from proxy.archives.credentials import secret_of
from proxy.archives.hubs.link import Link
from proxy.archives.hubs.people import PersonAssertion, PersonToken
from proxy.archives.hubs.signer import Signer
from proxy.errors import ConfigurationError
from proxy.passage import pseudonym_of
from proxy.settings.archives import Archive

TokenWay = Callable[[Archive], TransportOpener]
"""The way to the token endpoint of an archive whose credentials name one."""


@dataclass(frozen=True, slots=True)
class Linked:
    """`own` is this exchange's name in `Via`; `timer` gives seconds. Without a `signer` nobody is spoken for."""

    own: str
    signer: Signer | None
    token_way: TokenWay
    timer: Callable[[], float]

    def origin_of(self, archive: Archive) -> str:
        """Its name among exchanges: the same wherever it is asked from, as far as configurations say so."""
        if archive.origin:
            return archive.origin
        return pseudonym_of(archive.base_url) if archive.hub else f"{self.own}/{archive.id}"

    def link(self, archive: Archive, institution: str) -> Link | None:
        """The link to `archive`, if it is another exchange; `institution` is its public name."""
        return Link(archive, self.own, institution) if archive.hub else None

    def authorization(self, archive: Archive) -> Authorization | None:
        """What tells `archive` who asks, if it is to know. Raises `ConfigurationError` for what cannot be used."""
        if archive.hub is None or not archive.knows_people:
            return None
        if self.signer is None:
            raise ConfigurationError(f"archive `{archive.id}`: there is no key that signs for people")
        assertion = PersonAssertion(self.signer, archive.hub.audience)
        settings = archive.credentials.oauth2
        if settings is None:
            return assertion
        owner = f"archive `{archive.id}`"
        try:
            endpoint = TokenEndpoint(settings, self.token_way(archive))
            read_secret = partial(secret_of, owner, archive.credentials)
            return PersonToken(settings, read_secret, endpoint, assertion, archive.hub.person, self.timer)
        except ConfigurationError as error:
            prefix = f"{owner}: "
            raise ConfigurationError(prefix + str(error).removeprefix(prefix)) from None
