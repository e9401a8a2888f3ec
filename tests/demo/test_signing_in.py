"""The proxy's own login with the demo's provider, which it takes for any other."""

from collections.abc import Mapping
import re
import time
from urllib.parse import urlsplit

import httpx
import pytest

from demo.people import PEOPLE, Person
from demo.provider import Client, provider_app
from policy.request import PurposeOfUse
from proxy.access.networks import Networks
from proxy.access.providers.documents import to_client
from proxy.access.providers.provider import Provider
from proxy.access.signin.login import Login
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import TokenVerifier
from proxy.errors import NotAuthenticated
from proxy.settings.server import Issuer

ISSUER = "http://127.0.0.1:9000"
CALLBACK = "http://127.0.0.1:8080/auth/callback"
HOME = "http://127.0.0.1:8080/portal"


class Silence:
    """An audit log of which nothing is asked here."""

    async def record(self, event: object) -> None:
        """Nothing."""


def opened(sessions: Sessions) -> tuple[Login, httpx.AsyncClient]:
    app = provider_app(ISSUER, Client("vitrine", CALLBACK, "vitrine"), PEOPLE)
    transport = httpx.ASGITransport(app)
    provider = Provider(Issuer(id="demo", issuer=ISSUER, audience="vitrine", client_id="vitrine"), transport, time.time)
    verifier = TokenVerifier([provider.trusted], time.time)
    login = Login([provider], verifier, sessions, Networks(()), Silence(), CALLBACK, HOME, time.time)
    return login, to_client(transport)


async def answer_of(browser: httpx.AsyncClient, address: str, person: str) -> Mapping[str, str]:
    page = await browser.get(address)
    found = re.search(r'name="request" value="([^"]+)"', page.text)
    assert found
    back = await browser.post(f"{ISSUER}/choose", data={"request": found[1], "person": person})
    return httpx.QueryParams(urlsplit(back.headers["location"]).query)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.subject)
async def test_everybody_signs_in_for_what_they_may(person: Person) -> None:
    sessions = Sessions(time.time)
    login, browser = opened(sessions)
    for purpose in ("TREAT", "ETREAT", "PATRQT", "HOPERAT"):
        departure = await login.begin(PurposeOfUse(purpose), "/portal")
        answer = await answer_of(browser, departure.address, person.subject)
        if purpose not in person.may:
            with pytest.raises(NotAuthenticated):
                await login.complete(answer, departure.binding, "127.0.0.1")
            continue
        arrival = await login.complete(answer, departure.binding, "127.0.0.1")
        caller = sessions.find(arrival.session)
        assert caller is not None
        assert (caller.subject, caller.name) == (f"demo:{person.subject}", person.role)
        assert caller.roles == set(person.roles)
        assert (caller.patient is not None) == (person.subject == "patient")
