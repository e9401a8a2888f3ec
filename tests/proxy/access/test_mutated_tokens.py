"""A hundred thousand tokens that were good before somebody changed them: each is refused, and in the same words."""

import base64
from collections.abc import Callable
import random
import string
from typing import Final

import pytest

from proxy.access.tokens import REFUSED, TokenVerifier
from proxy.errors import NotAuthenticated
from tests.proxy.access.hostile_tokens import good
from tests.proxy.access.signing import claims_of, ec_signer, encode
from tests.proxy.access.test_tokens import verifier

COUNT: Final = 100_000
ALPHABET: Final = string.ascii_letters + string.digits + "-_"
STRANGE: Final = ALPHABET + ".=+/ \t\n\x00é٣\u2028"

Mutation = Callable[[random.Random, str], str]


def another_character(chance: random.Random, token: str) -> str:
    at = chance.randrange(len(token))
    return token[:at] + chance.choice(STRANGE) + token[at + 1 :]


def another_bit(chance: random.Random, token: str) -> str:
    """One bit of what a segment spells, spelt as it should be."""
    parts = token.split(".")
    which = chance.randrange(3)
    spelt = bytearray(base64.urlsafe_b64decode(parts[which] + "=="))
    spelt[chance.randrange(len(spelt))] ^= 1 << chance.randrange(8)
    parts[which] = encode(bytes(spelt))
    return ".".join(parts)


def a_piece_less(chance: random.Random, token: str) -> str:
    start = chance.randrange(len(token))
    return token[:start] + token[start + chance.randint(1, 12) :]


def a_piece_more(chance: random.Random, token: str) -> str:
    at = chance.randint(0, len(token))
    return token[:at] + "".join(chance.choices(STRANGE, k=chance.randint(1, 4))) + token[at:]


def a_piece_elsewhere(chance: random.Random, token: str) -> str:
    start, to = chance.randrange(len(token)), chance.randrange(len(token))
    piece = token[start : start + chance.randint(1, 12)]
    return token[:to] + piece + token[to + len(piece) :]


def other_segments(chance: random.Random, token: str) -> str:
    return ".".join(chance.choices(token.split("."), k=chance.choice((2, 3, 3, 3, 4, 5))))


MUTATIONS: Final[tuple[Mutation, ...]] = (
    another_character,
    another_bit,
    a_piece_less,
    a_piece_more,
    a_piece_elsewhere,
    other_segments,
)


async def judge(ours: TokenVerifier, token: str) -> str:
    """What becomes of `token`: nothing but this may come out of a verifier, whatever goes in."""
    try:
        await ours.verify(token)
    except NotAuthenticated as refusal:
        return str(refusal)
    return "believed"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_no_mutated_token_is_believed(algorithm: str) -> None:
    chance, ours = random.Random(20261124), verifier()
    token = good() if algorithm == "RS256" else ec_signer().token(claims_of())
    tried: set[str] = set()
    while len(tried) < COUNT // 2:
        mutated = chance.choice(MUTATIONS)(chance, token)
        if mutated == token or mutated in tried:
            continue
        tried.add(mutated)
        outcome = await judge(ours, mutated)
        assert outcome == REFUSED, mutated
    assert await judge(ours, token) == "believed"
