"""How people come in, and how that they left is heard."""

from collections.abc import Callable
from dataclasses import dataclass

from proxy.access.authentication import Authentication
from proxy.access.caller import Caller
from proxy.access.logout.notices import LogoutNotices
from proxy.access.logout.revocations import Revocations
from proxy.access.networks import Networks
from proxy.access.signin.login import Login
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import TokenVerifier
from proxy.access.views.views import Views
from proxy.audit.views.view import Ended
from proxy.http.ongoing import Ongoing
from proxy.outside import Outside
from proxy.services.opened import Opened
from proxy.settings.file import Settings
from proxy.viewer.routes import CALLBACK
from proxy.viewer.signin import HOME


@dataclass(frozen=True, slots=True)
class Doors:
    """Ways in, what is under way for those who came in, and ways out."""

    networks: Networks
    verifier: TokenVerifier
    authentication: Authentication
    login: Login
    notices: LogoutNotices
    ongoing: Ongoing
    views: Views

    def ending(self, why: Ended) -> Callable[[Callable[[Caller], bool]], None]:
        """What ends the answers to the callers that it is told of, and their view sessions."""

        def end(covers: Callable[[Caller], bool]) -> None:
            self.ongoing.end(covers)
            self.views.end_all(covers, why)

        return end


def doors_of(settings: Settings, outside: Outside, opened: Opened) -> Doors:
    """Whoever leaves has no answers under way and no view sessions any longer."""
    public_url, journal = settings.server.public_url.rstrip("/"), opened.journal
    networks = Networks(settings.server.clinical_networks)
    ongoing, views = Ongoing(), Views(journal, outside.timer)
    revocations = Revocations(outside.clock)
    sessions = Sessions(outside.clock, lambda caller: views.end_all(caller.is_signed_in_as, Ended.SIGNED_OUT))
    verifier = TokenVerifier([provider.trusted for provider in opened.providers], outside.clock)
    login = Login(
        *(opened.providers, verifier, sessions, networks, journal),
        *(public_url + CALLBACK, public_url + HOME, outside.clock),
    )
    notices = LogoutNotices(
        *(verifier, sessions, revocations, journal, outside.clock),
        lambda ending: doors.ending(Ended.SIGNED_OUT)(ending.covers),
    )
    authentication = Authentication(verifier, sessions, networks, revocations, outside.clock)
    doors = Doors(networks, verifier, authentication, login, notices, ongoing, views)
    return doors
