"""An issuer's keys: rotated, unreachable and poisoned, on a clock that the test moves."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from proxy.access.providers.documents import Document, ProviderFailed
from proxy.access.providers.keys import (
    KEEP_SECONDS,
    MAXIMUM_KEYS,
    REFETCH_SECONDS,
    RETRY_SECONDS,
    FetchedKeys,
    read_key_set,
)
from tests.proxy.access.signing import NOON, Clock, ec_signer, rsa_signer

ALGORITHMS = ("RS256", "ES256")


@dataclass
class Published:
    """A provider's key set, how long it may be kept, and how often it was fetched."""

    clock: Clock = field(default_factory=Clock)
    entries: list[object] = field(default_factory=lambda: [ec_signer().jwk()])
    lifetime: int = 3600
    down: bool = False
    fetched: int = 0

    async def fetch(self) -> Document:
        self.fetched += 1
        await asyncio.sleep(0)
        if self.down:
            raise ProviderFailed("down")
        return Document({"keys": self.entries}, self.lifetime)

    def keys(self) -> FetchedKeys:
        return FetchedKeys(self.fetch, ALGORITHMS, self.clock)


async def test_keys_are_fetched_once_for_as_long_as_their_issuer_says() -> None:
    published = Published()
    keys = published.keys()
    for published.clock.now in (NOON, NOON + 1, NOON + 3599):
        assert await keys.key("e1") is not None
    assert published.fetched == 1
    published.clock.now = NOON + 3600
    assert await keys.key("e1") is not None
    assert published.fetched == 2


async def test_a_rotated_key_is_found_and_the_old_one_no_longer() -> None:
    published = Published()
    keys = published.keys()
    await keys.key("e1")
    published.entries, published.clock.now = [ec_signer("e2").jwk()], NOON + REFETCH_SECONDS
    assert await keys.key("e2") is not None
    assert await keys.key("e1") is None
    assert published.fetched == 2


async def test_a_thousand_unknown_names_cost_the_issuer_one_question() -> None:
    published = Published()
    keys = published.keys()
    assert await keys.key("e1") is not None
    published.clock.now += REFETCH_SECONDS
    answers = await asyncio.gather(*(keys.key(f"unknown-{number}") for number in range(1000)))
    assert set(answers) == {None}
    assert published.fetched == 2
    for published.clock.now in range(NOON + REFETCH_SECONDS, NOON + 10 * REFETCH_SECONDS):
        await keys.key("unknown")
        assert await keys.key("e1") is not None
    assert published.fetched <= 2 + 9


async def test_known_keys_do_not_wait_for_a_slow_issuer() -> None:
    published, answered = Published(), asyncio.Event()
    keys = published.keys()
    await keys.key("e1")

    async def slow() -> Document:
        await answered.wait()
        return Document({"keys": published.entries}, 3600)

    keys._fetch = slow
    published.clock.now += 3600
    renewing = asyncio.create_task(keys.key("e1"))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(keys.key("e1"), 1) is not None
    answered.set()
    assert await renewing is not None


async def test_keys_outlive_an_issuer_that_is_down_for_a_day_and_no_longer() -> None:
    published = Published(lifetime=300)
    keys = published.keys()
    await keys.key("e1")
    published.down = True
    for published.clock.now in (NOON + 301, NOON + 3600, NOON + KEEP_SECONDS):
        assert await keys.key("e1") is not None
    published.clock.now = NOON + KEEP_SECONDS + 1
    with pytest.raises(ProviderFailed):
        await keys.key("e1")
    published.down, published.clock.now = False, NOON + KEEP_SECONDS + 1 + RETRY_SECONDS
    assert await keys.key("e1") is not None


async def test_an_issuer_that_is_down_is_left_alone_for_a_while() -> None:
    published = Published(down=True)
    keys = published.keys()
    for _ in range(100):
        with pytest.raises(ProviderFailed):
            await keys.key("e1")
    assert published.fetched == 1


POISONED: Mapping[str, list[object]] = {
    "no key": [],
    "none that is usable": [ec_signer().jwk(use="enc")],
    "a private key": [ec_signer().jwk(), ec_signer("e2").jwk(d="AAAA")],
    "one name twice": [ec_signer().jwk(), rsa_signer("e1").jwk()],
    "something else": [ec_signer().jwk(), "key"],
    "too many": [ec_signer(f"e{number}").jwk() for number in range(MAXIMUM_KEYS + 1)],
    "curves in a list": [ec_signer().jwk(crv=["P-256"])],
    "algorithm in a list": [ec_signer().jwk(alg=["ES256"])],
    "kind in a list": [ec_signer().jwk(kty=["EC"])],
    "operations that are a number": [ec_signer().jwk(key_ops=1)],
    "a point that is on no curve": [ec_signer().jwk(y="AAAA")],
    "coordinates that are numbers": [ec_signer().jwk(x=1)],
}


@pytest.mark.parametrize("name", POISONED)
async def test_a_poisoned_set_changes_nothing(name: str) -> None:
    published = Published()
    keys = published.keys()
    good = await keys.key("e1")
    published.entries = POISONED[name]
    published.clock.now += 3600
    assert await keys.key("e1") is good
    assert await keys.key("e2") is None
    assert published.fetched == 2
    fresh = Published(entries=POISONED[name])
    strangers = fresh.keys()
    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await strangers.key("e1")
    assert fresh.fetched == 1


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {"e1": ec_signer().jwk()}}, {"keys": "e1"}])
def test_a_document_without_a_list_of_keys_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        read_key_set(document, ALGORITHMS)


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "kid": "x", "alg": "HS256", "k": "AAAA"},
        {"kty": "oct", "kid": "x", "k": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "x", "x": "AAAA"},
        rsa_signer("x", 1024).jwk(),
        rsa_signer("x").jwk(n="AQAB"),
        rsa_signer("x").jwk(e=None),
        rsa_signer("x").jwk(alg="HS256"),
        rsa_signer("x").jwk(alg="RS512"),
        rsa_signer("x").jwk(alg="ES256"),
        rsa_signer("x").jwk(alg="none"),
        rsa_signer("x").jwk(use="enc"),
        rsa_signer("x").jwk(key_ops=["encrypt"]),
        rsa_signer("x").jwk(kid=None),
        rsa_signer("x").jwk(kid=1),
        ec_signer("x").jwk(crv="P-384"),
        ec_signer("x").jwk(crv="secp256k1"),
        ec_signer("x").jwk(x=ec_signer("e2").jwk()["x"]),
    ],
)
def test_keys_that_cannot_verify_are_left_out(entry: dict[str, Any]) -> None:
    assert set(read_key_set({"keys": [entry, ec_signer().jwk()]}, ALGORITHMS)) == {"e1"}


def test_a_key_without_an_algorithm_is_pinned_to_the_first_that_fits() -> None:
    keys = read_key_set({"keys": [rsa_signer().jwk(alg=None), ec_signer().jwk(alg=None, use=None)]}, ALGORITHMS)
    assert {name: pinned.algorithm for name, pinned in keys.items()} == {"r1": "RS256", "e1": "ES256"}
