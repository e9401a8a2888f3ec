"""A provider ends a sign-in: sessions and tokens that came from it are over, at once, and nobody else's are."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from proxy.access.authentication import Authentication
from proxy.access.caller import Caller
from proxy.access.logout.ending import Ending
from proxy.access.logout.notices import LogoutNotices
from proxy.access.logout.revocations import KEPT_SECONDS, Revocations
from proxy.access.networks import Networks
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import LOGOUT_EVENT, REFUSED, TokenVerifier, TrustedIssuer
from proxy.audit.event import EventKind
from proxy.errors import AuditUnavailable, NotAuthenticated
from tests.proxy.access.keyring import KeyRing
from tests.proxy.access.mutations import another
from tests.proxy.access.people import caller_of
from tests.proxy.access.signing import NOON, Clock, claims_of, ec_signer, rsa_signer
from tests.proxy.access.site import Events, replace_issuer

ISSUER = replace_issuer(algorithms=("RS256",))
OTHER = replace_issuer(id="other", issuer="https://login.other.test", algorithms=("ES256",))


class Place:
    """Sessions, tokens, and the door for logout tokens."""

    def __init__(self) -> None:
        self.clock, self.events = Clock(), Events()
        rings = (KeyRing(rsa_signer().jwk(), algorithms=("RS256",)), KeyRing(ec_signer("theirs").jwk()))
        trusted = [TrustedIssuer(one, ring) for one, ring in zip((ISSUER, OTHER), rings, strict=True)]
        verifier = TokenVerifier(trusted, self.clock)
        self.sessions, revocations = Sessions(self.clock), Revocations(self.clock)
        self.authentication = Authentication(verifier, self.sessions, Networks([]), revocations, self.clock)
        self.ended: list[Ending] = []
        self.notices = LogoutNotices(
            *(verifier, self.sessions, revocations, self.events, self.clock), self.ended.append
        )

    async def is_in(self, session: str) -> bool:
        try:
            return bool(await self.authentication.identify(None, session, ""))
        except NotAuthenticated:
            return False

    async def believes(self, **claims: Any) -> bool:
        token = rsa_signer().token(claims_of(purpose_of_use="TREAT", **claims))
        try:
            return bool(await self.authentication.identify(f"Bearer {token}", None, ""))
        except NotAuthenticated:
            return False


def person(subject: str = "exchange:4711", sign_in: str = "s1", **more: Any) -> Caller:
    return caller_of(subject=subject, sign_in=sign_in, issued=NOON, **more)


def notice(header: dict[str, Any] | None = None, **claims: Any) -> str:
    whole = {"aud": "vitrine-web", "events": {LOGOUT_EVENT: {}}, "jti": "logout-1", "exp": NOON + 120} | claims
    return rsa_signer().token(claims_of(**whole), **({"typ": "logout+jwt"} | (header or {})))


async def test_one_sign_in_ends_and_no_other() -> None:
    place = Place()
    ours, theirs = place.sessions.begin(person()), place.sessions.begin(person(sign_in="s2"))
    stranger = place.sessions.begin(person("exchange:0815", "s3"))
    await place.notices.take(notice(sid="s1"))
    assert [await place.is_in(one) for one in (ours, theirs, stranger)] == [False, True, True]
    assert [(one.kind, one.subject, one.detail) for one in place.events.kept] == [
        (EventKind.LOGOUT, "exchange:4711", {"by": "provider"})
    ]
    assert place.ended == [Ending("exchange", "exchange:4711", "s1", NOON)]


async def test_a_person_is_signed_out_everywhere() -> None:
    place = Place()
    mine = [place.sessions.begin(person(sign_in=sign_in)) for sign_in in ("s1", "s2", "")]
    stranger = place.sessions.begin(person("exchange:0815"))
    assert await place.believes()
    await place.notices.take(notice())
    assert [await place.is_in(one) for one in (*mine, stranger)] == [False, False, False, True]
    assert not await place.believes()
    assert await place.believes(sub="0815")


async def test_tokens_of_a_sign_in_that_ended_are_nothing_and_later_ones_are() -> None:
    place = Place()
    await place.notices.take(notice(sub=None, sid="s1"))
    assert not await place.believes(sid="s1")
    assert await place.believes(sid="s2")
    await place.notices.take(notice(jti="logout-2"))
    assert not await place.believes(sid="s2")
    place.clock.now += 1
    assert await place.believes(iat=NOON + 1)


async def test_tokens_that_do_not_say_their_sign_in_end_with_any_of_the_person() -> None:
    place = Place()
    assert await place.believes()
    await place.notices.take(notice(sid="s1"))
    assert not await place.believes()
    assert await place.believes(sub="0815")
    assert await place.believes(sid="s2")
    place.clock.now += 1
    assert await place.believes(iat=NOON + 1)


async def test_a_logout_token_that_comes_late_takes_nothing_back() -> None:
    place = Place()
    await place.notices.take(notice())
    assert not await place.believes(iat=NOON - 10)
    await place.notices.take(notice(jti="logout-0", iat=NOON - 20))
    assert not await place.believes(iat=NOON - 10)


async def test_the_same_sid_or_subject_at_another_provider_is_somebody_else() -> None:
    place = Place()
    theirs = place.sessions.begin(person("other:4711", "s1"))
    await place.notices.take(notice(sid="s1"))
    await place.notices.take(notice(jti="logout-2"))
    assert await place.is_in(theirs)
    foreign = ec_signer("theirs").token(
        claims_of(iss=OTHER.issuer, aud="vitrine-web", events={LOGOUT_EVENT: {}}, sub=None, sid="s1"), typ="logout+jwt"
    )
    await place.notices.take(foreign)
    assert not await place.is_in(theirs)


async def test_what_ended_stays_over_for_as_long_as_any_token_lives() -> None:
    place = Place()
    revocations = Revocations(place.clock)
    revocations.add(Ending("exchange", "", "s1", NOON))
    place.clock.now += KEPT_SECONDS - 1
    assert revocations.covers(person())


@pytest.mark.parametrize("kind", ["logout+jwt", "LOGOUT+JWT", "JWT", None])
async def test_older_providers_write_other_types(kind: str | None) -> None:
    place = Place()
    await place.notices.take(notice({"typ": kind}, sid="s1"))
    assert place.ended


HOSTILE: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "an access token": lambda: rsa_signer().token(claims_of(aud="vitrine-web")),
    "an ID token": lambda: notice({"typ": "JWT"}, events=None, nonce="n", sid="s1"),
    "an ID token with an event": lambda: notice({"typ": "JWT"}, nonce="n", sid="s1"),
    "a proof's type": lambda: notice({"typ": "dpop+jwt"}, sid="s1"),
    "no event": lambda: notice(events=None),
    "another event": lambda: notice(events={"http://schemas.openid.net/event/other": {}}),
    "events that are a list": lambda: notice(events=[LOGOUT_EVENT]),
    "an event that is no object": lambda: notice(events={LOGOUT_EVENT: True}),
    "nobody": lambda: notice(sub=None),
    "a sign-in that is a number": lambda: notice(sid=7),
    "an empty sign-in": lambda: notice(sid=""),
    "no name": lambda: notice(jti=None),
    "no time": lambda: notice(iat=None),
    "no end": lambda: notice(exp=None),
    "expired": lambda: notice(iat=NOON - 600, exp=NOON - 60),
    "from the future": lambda: notice(iat=NOON + 100, exp=NOON + 200),
    "for another client": lambda: notice(aud="another"),
    "for the service itself": lambda: notice(aud="vitrine"),
    "of another issuer": lambda: notice(iss="https://evil.example"),
    "of another issuer that is believed": lambda: notice(iss=OTHER.issuer),
    "signed by nobody": lambda: notice().rpartition(".")[0] + ".",
    "signed by somebody": lambda: rsa_signer("r1", algorithm="RS512").token(claims_of()),
    "a critical extension": lambda: notice({"crit": ["events"]}),
    "bound to a key": lambda: notice(cnf={"jkt": "x" * 43}),
    "huge": lambda: notice(x="x" * 9000),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_logout_tokens_end_nothing(name: str) -> None:
    place = Place()
    session = place.sessions.begin(person())
    with pytest.raises(NotAuthenticated) as refusal:
        await place.notices.take(HOSTILE[name]())
    assert (type(refusal.value), str(refusal.value)) == (NotAuthenticated, REFUSED)
    assert await place.is_in(session)
    assert (place.ended, place.events.kept) == ([], [])


async def test_a_logout_token_counts_once() -> None:
    place = Place()
    await place.notices.take(notice(sid="s1"))
    with pytest.raises(NotAuthenticated):
        await place.notices.take(notice(sid="s1"))
    assert len(place.ended) == 1


async def test_a_sign_in_ends_whatever_the_log_does() -> None:
    place = Place()
    session = place.sessions.begin(person())
    place.events.failing = True
    with pytest.raises(AuditUnavailable):
        await place.notices.take(notice(sid="s1"))
    assert not await place.is_in(session)
    assert place.ended


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
async def test_no_mutated_logout_token_is_taken(data: st.DataObject) -> None:
    place, good = Place(), notice(sid="s1")
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(another("ABCxyz019-_.=\x00é"))(good[at])
    with pytest.raises(NotAuthenticated):
        await place.notices.take(good[:at] + other + good[at + 1 :])
    assert not place.ended
