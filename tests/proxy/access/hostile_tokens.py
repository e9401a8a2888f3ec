"""Tokens that must not be believed, each for a reason of its own, and a good one to begin from."""

from collections.abc import Callable
import hashlib
import hmac
import json
import string
from typing import Any

from cryptography.hazmat.primitives import serialization

from proxy.access.tokens import LEEWAY_SECONDS
from tests.proxy.access.signing import NOON, claims_of, ec_signer, encode, rsa_signer, segment


def public_key(encoding: serialization.Encoding) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return rsa_signer().private.public_key().public_bytes(encoding, form)


def by_hmac(secret: bytes) -> str:
    """A token for which the provider's public key was taken as a shared secret (CVE-2015-9235, CVE-2024-33663)."""
    content = f"{segment({'alg': 'HS256', 'kid': 'r1', 'typ': 'at+jwt'})}.{segment(claims_of())}"
    return f"{content}.{encode(hmac.digest(secret, content.encode(), hashlib.sha256))}"


def signed(header: dict[str, Any] | None = None, **claims: Any) -> str:
    return rsa_signer().token(claims_of(**claims), **(header or {}))


def raw(claims: str) -> str:
    return rsa_signer().jws({"alg": "RS256", "kid": "r1", "typ": "at+jwt"}, claims.encode("utf-8", "surrogatepass"))


def text_of(**claims: Any) -> str:
    return json.dumps(claims_of(**claims))


def good() -> str:
    return signed()


def parts() -> list[str]:
    return good().split(".")


def by(name: str, **more: Any) -> str:
    return rsa_signer(name, **more).token(claims_of())


def respelt(token: str) -> str:
    """The same bytes in other characters: the last one of a 256-byte signature has four unused bits."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


HOSTILE: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: f"{segment({'alg': 'none', 'kid': 'r1', 'typ': 'at+jwt'})}.{segment(claims_of())}.",
    "no algorithm, some signature": lambda: (
        f"{segment({'alg': 'none', 'kid': 'r1', 'typ': 'at+jwt'})}.{segment(claims_of())}.{parts()[2]}"
    ),
    "NONE in capitals": lambda: signed({"alg": "NONE"}),
    "HS256 with the PEM": lambda: by_hmac(public_key(serialization.Encoding.PEM)),
    "HS256 with the stripped PEM": lambda: by_hmac(public_key(serialization.Encoding.PEM).strip()),
    "HS256 with the DER": lambda: by_hmac(public_key(serialization.Encoding.DER)),
    "HS256 with the JWK": lambda: by_hmac(json.dumps(rsa_signer().jwk()).encode()),
    "HS256 with nothing": lambda: by_hmac(b""),
    "algorithm of another key": lambda: signed({"alg": "ES256"}),
    "algorithm that is a list": lambda: signed({"alg": ["RS256"]}),
    "algorithm left out": lambda: signed({"alg": None}),
    "RS512 under a key for RS256": lambda: by("r1", algorithm="RS512"),
    "key for an algorithm that is not allowed": lambda: by("rs512", algorithm="RS512"),
    "key id of another key": lambda: signed({"kid": "e1"}),
    "key id of another issuer": lambda: ec_signer("theirs").token(claims_of()),
    "unknown key id": lambda: signed({"kid": "r2"}),
    "empty key id": lambda: signed({"kid": ""}),
    "no key id": lambda: signed({"kid": None}),
    "key id that is a list": lambda: signed({"kid": ["r1"]}),
    "key id that is a path": lambda: signed({"kid": "../../../../dev/null"}),
    "weak key": lambda: by("weak", bits=1024),
    "key for encryption": lambda: by("encrypting"),
    "key that does not verify": lambda: by("signing-only"),
    "key without a name": lambda: by("anonymous"),
    "signature of another key": lambda: ec_signer("e2").token(claims_of(), kid="e1"),
    "signature left out": lambda: ".".join([*parts()[:2], ""]),
    "signature cut short": lambda: ".".join([*parts()[:2], parts()[2][:-4]]),
    "signature of zeros": lambda: ec_signer().token(claims_of()).rpartition(".")[0] + "." + encode(bytes(64)),
    "signature of another token": lambda: ".".join([*parts()[:2], signed(sub="0815").split(".")[2]]),
    "claims of another token": lambda: ".".join([parts()[0], segment(claims_of(sub="0815")), parts()[2]]),
    "critical extension": lambda: signed({"crit": ["exp"]}),
    "empty critical extensions": lambda: signed({"crit": []}),
    "unencoded payload": lambda: signed({"crit": ["b64"], "b64": False}),
    "an ID token's type": lambda: signed({"typ": "JWT"}),
    "no type": lambda: signed({"typ": None}),
    "a proof's type": lambda: signed({"typ": "dpop+jwt"}),
    "a logout token's type": lambda: signed({"typ": "logout+jwt"}),
    "type that is a number": lambda: signed({"typ": 1}),
    "own key in the header": lambda: ec_signer("e2").token(claims_of(), kid="e2", jwk=ec_signer("e2").jwk()),
    "own key set in the header": lambda: ec_signer("e2").token(claims_of(), kid="e2", jku="https://evil.example/keys"),
    "own certificate in the header": lambda: ec_signer("e2").token(claims_of(), kid="e2", x5u="https://evil.example/c"),
    "another issuer": lambda: signed(iss="https://evil.example"),
    "another issuer that is believed": lambda: signed(iss="https://login.other.test"),
    "issuer with a slash more": lambda: signed(iss="https://login.exchange.test/"),
    "issuer in capitals": lambda: signed(iss="HTTPS://LOGIN.EXCHANGE.TEST"),
    "issuers in a list": lambda: signed(iss=["https://login.exchange.test"]),
    "no issuer": lambda: signed(iss=None),
    "another audience": lambda: signed(aud="archive"),
    "audience that begins alike": lambda: signed(aud="vitrine2"),
    "audience with a wildcard": lambda: signed(aud="*"),
    "audience of the browser client": lambda: signed(aud="vitrine-web"),
    "audience with a number beside it": lambda: signed(aud=["vitrine", 1]),
    "audience that is an object": lambda: signed(aud={"vitrine": True}),
    "no audience in the list": lambda: signed(aud=[]),
    "empty audience": lambda: signed(aud=""),
    "no audience": lambda: signed(aud=None),
    "no expiry": lambda: signed(exp=None),
    "no time of issue": lambda: signed(iat=None),
    "no subject": lambda: signed(sub=None),
    "no token id": lambda: signed(jti=None),
    "empty subject": lambda: signed(sub=""),
    "subject that is a number": lambda: signed(sub=4711),
    "subject with a line break": lambda: signed(sub="4711\n0815"),
    "subject of 256 characters": lambda: signed(sub="4" * 256),
    "subject outside ASCII": lambda: signed(sub="山田"),
    "expired": lambda: signed(iat=NOON - 600, exp=NOON - LEEWAY_SECONDS),
    "not yet valid": lambda: signed(nbf=NOON + LEEWAY_SECONDS + 1),
    "issued in the future": lambda: signed(iat=NOON + LEEWAY_SECONDS + 1, exp=NOON + 300),
    "valid for more than an hour": lambda: signed(exp=NOON + 3601),
    "valid for a hundred years": lambda: signed(exp=NOON + 100 * 365 * 86_400),
    "expires before it was issued": lambda: signed(iat=NOON + 20, exp=NOON + 10),
    "expiry as text": lambda: signed(exp=str(NOON + 300)),
    "expiry with a fraction": lambda: signed(exp=NOON + 300.5),
    "expiry that is true": lambda: signed(exp=True),
    "expiry that is null": lambda: raw(text_of().replace(f'"exp": {NOON + 300}', '"exp": null')),
    "expiry that is infinite": lambda: raw(text_of().replace(str(NOON + 300), "Infinity")),
    "expiry that is no number": lambda: raw(text_of().replace(str(NOON + 300), "NaN")),
    "expiry beyond all floats": lambda: raw(text_of().replace(str(NOON + 300), "1e999")),
    "expiry of five thousand digits": lambda: raw(text_of().replace(str(NOON + 300), "9" * 5000)),
    "times as lists": lambda: signed(exp=[NOON + 300], iat=[NOON]),
    "bound to a key": lambda: signed(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
    "a name twice": lambda: raw(text_of()[:-1] + ', "sub": "0815"}'),
    "a name twice in the header": lambda: rsa_signer().jws(
        b'{"alg":"none","alg":"RS256","kid":"r1","typ":"at+jwt"}', claims_of()
    ),
    "half a character": lambda: raw(text_of()[:-1] + ', "name": "\ud800"}'),
    "half a character, escaped": lambda: raw(text_of()[:-1] + ', "name": "\\ud800"}'),
    "claims that are a list": lambda: raw("[]"),
    "claims that are a word": lambda: raw('"claims"'),
    "claims that are no JSON": lambda: raw("claims"),
    "claims in UTF-16": lambda: rsa_signer().jws(
        {"alg": "RS256", "kid": "r1", "typ": "at+jwt"}, text_of().encode("utf-16")
    ),
    "deep claims": lambda: raw(text_of()[:-1] + ',"x":' + "[" * 2000 + "]" * 2000 + "}"),
    "deep header": lambda: f"{encode(b'[' * 600 + b']' * 300)}.{segment(claims_of())}.eA",
    "header two hundred thousand deep": lambda: f"{encode(b'[' * 200_000)}.{segment(claims_of())}.eA",
    "header of 1025 bytes": lambda: signed({"x": "x" * 1025}),
    "nine kilobytes": lambda: signed(name="x" * 9 * 1024),
    "nine kilobytes of nothing": lambda: "a" * 9 * 1024,
    "two segments": lambda: ".".join(parts()[:2]),
    "four segments": lambda: f"{good()}.",
    "encrypted": lambda: f"{segment({'alg': 'RSA-OAEP', 'enc': 'A256GCM', 'zip': 'DEF', 'kid': 'r1'})}.a.b.c.d",
    "padding": lambda: f"{good()}==",
    "padding in the header": lambda: ".".join([f"{parts()[0]}=", *parts()[1:]]),
    "another spelling of the last character": lambda: respelt(good()),
    "the other alphabet": lambda: good().replace("-", "+").replace("_", "/") + "+",
    "space before": lambda: f" {good()}",
    "line break after": lambda: f"{good()}\n",
    "tabulator within": lambda: good().replace(".", "\t.", 1),
    "nul within": lambda: good().replace(".", "\x00.", 1),
    "two tokens": lambda: f"{good()},{good()}",
    "not ASCII": lambda: "é.é.é",
    "digits that are not ASCII": lambda: good()[:-1] + "٣",
    "half a character in the token": lambda: "\udc80.a.b",
    "empty": lambda: "",
    "dots": lambda: "..",
    "None": lambda: "None",
    "null": lambda: "null",
    "the JSON form": lambda: json.dumps({"payload": parts()[1], "protected": parts()[0], "signature": parts()[2]}),
}
