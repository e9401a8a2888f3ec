"""What another exchange is believed: its own people, for one question, here, and never more than it may say of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
import httpx

from proxy.archives.authorization.assertion import PrivateKey
from proxy.archives.hubs.signer import Signer
from proxy.passage import Passage, Person
from tests.exchange import Exchange, ct
from tests.linked import Member, linked_exchanges, signer_of, url_of

STUDIES = "/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL"
WAY = {"Via": "1.1 vitrine-south.test", "Max-Forwards": "1"}
NOW = 1_900_000_000.0


def person(**more: Any) -> Person:
    known = {"name": "The clinician", "organization": "General Hospital", "roles": ("clinician",), "purpose": "TREAT"}
    return Person(**{"subject": "exchange:clinician", "assurance": 3, "session": "s-1", **known, **more})


def members(**issuer: Any) -> dict[str, Member]:
    return {
        "south": Member({}, asks=["north"]),
        "north": Member(
            {"university": [ct("1.2.3")]},
            believes=["south"],
            treats=["south:exchange:clinician"],
            issuer=issuer,
        ),
    }


async def ask(exchange: Exchange, token: str, way: dict[str, str] | None = None, path: str = STUDIES) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", **(WAY if way is None else way)}
    return await exchange.client.get(path, headers=headers)


def assertion(signer: Signer, audience: str = "north", kind: str = "at+jwt", **who: Any) -> str:
    return signer.sign(Passage(), person(**who), url_of(audience), kind)


def other_signer(issuer: str, key_id: str = "k1", clock: Callable[[], float] = lambda: NOW) -> Signer:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = PrivateKey(pem.decode("ascii"), "ES256", key_id)
    return Signer([key], issuer, "vitrine-other.test", clock, iter(map(str, range(1000))).__next__)


async def test_an_assertion_counts_once_here_and_while_it_is_fresh(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, members()) as exchanges:
        south, north = exchanges["south"], exchanges["north"]
        signer = signer_of(south)
        token = assertion(signer)
        assert (await ask(north, token)).status_code == 200
        assert (await ask(north, token)).status_code == 401
        assert (await ask(north, assertion(signer, audience="south"))).status_code == 401
        assert (await ask(north, assertion(signer, kind="JWT"))).status_code == 401
        forged = other_signer(url_of("south"), clock=north.services.outside.clock)
        assert (await ask(north, assertion(forged))).status_code == 401
        stranger = other_signer("https://nobody.test", clock=north.services.outside.clock)
        assert (await ask(north, assertion(stranger))).status_code == 401
        late = Signer(signer._keys, url_of("south"), "x", lambda: north.services.outside.clock() - 120, lambda: "late")
        assert (await ask(north, assertion(late))).status_code == 401
        assert (await ask(north, assertion(signer, session=""))).status_code == 401
        assert (await ask(north, assertion(signer))).status_code == 200


async def test_the_other_exchange_says_no_more_of_people_than_it_may(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, members(purposes=("TREAT",))) as exchanges:
        north, signer = exchanges["north"], signer_of(exchanges["south"])
        assert len((await ask(north, assertion(signer))).json()) == 1
        for role in ("quality-officer", "privacy-officer", "administrator"):
            answer = await ask(north, assertion(signer, roles=(role,)))
            assert answer.status_code == 403 or answer.json() == []
        assert (await ask(north, assertion(signer, purpose="ETREAT"))).status_code == 403
        own = assertion(signer, roles=("patient",), purpose="PATRQT", patient=("GENERAL", "G-1001"))
        assert (await ask(north, own)).status_code == 403
        events = [event for event in north.events() if event.subject]
        assert {event.organization for event in events} == {"south General Hospital"}


async def test_people_of_another_exchange_are_on_the_network_that_is_said_of_it(tmp_path: Path) -> None:
    """Their exchange stands in the clinical network, and they may sit anywhere."""
    frame = "/dicomweb/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1/frames/1"
    async with linked_exchanges(tmp_path, members(network="internet")) as exchanges:
        north, signer = exchanges["north"], signer_of(exchanges["south"])
        assert (await ask(north, assertion(signer), path=frame)).status_code == 403
        assert (await ask(north, assertion(signer), path=f"{frame}/rendered")).status_code == 200


async def test_a_question_that_comes_back_is_refused_alike_for_everything(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, members()) as exchanges:
        north, signer = exchanges["north"], signer_of(exchanges["south"])
        way = {"Via": "1.1 vitrine-north.test, 1.1 vitrine-south.test", "Max-Forwards": "1"}
        for path in (STUDIES, "/dicomweb/studies/1.2.3/metadata", "/dicomweb/studies/1.2.99/metadata"):
            answer = await ask(north, assertion(signer), way, path)
            assert (answer.status_code, answer.json()["type"]) == (508, "urn:vitrine:problem:loop-detected")
        assert (await ask(north, assertion(signer), {"Via": "no way"})).status_code == 400
        people = await north.get(STUDIES, headers=way)
        assert people.status_code == 200, "only another exchange is believed about the way of a question"


async def test_the_keys_are_published_and_nothing_else_of_them(tmp_path: Path) -> None:
    async with linked_exchanges(tmp_path, members()) as exchanges:
        client = exchanges["south"].client
        document = (await client.get("/.well-known/oauth-authorization-server")).json()
        assert document["issuer"] == url_of("south")
        (key,) = (await client.get(document["jwks_uri"].removeprefix(url_of("south")))).json()["keys"]
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
