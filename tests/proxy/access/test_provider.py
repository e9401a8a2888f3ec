"""What an OpenID provider must be before anybody is sent there, and how this service shows who it is."""

import asyncio
import base64
from typing import Any

import pytest

from proxy.access.providers.documents import ProviderFailed
from proxy.audit.event import Outcome
from proxy.errors import ConfigurationError
from proxy.settings.secrets import Secret
from tests.proxy.access.site import CLINIC, ISSUER, replace_issuer, site_of


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "https://login.exchange.test/"},
        {"issuer": None},
        {"authorization_endpoint": "http://login.exchange.test/authorize"},
        {"authorization_endpoint": "http://127.0.0.1/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user@login.exchange.test/authorize"},
        {"authorization_endpoint": None},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": "S256"},
    ],
)
async def test_a_provider_that_is_not_what_it_should_be_is_not_used(metadata: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        await site_of(metadata=metadata).begin()


@pytest.mark.parametrize("endpoint", ["http://login.exchange.test/token", "https://", None, 7])
async def test_a_code_is_sent_to_a_secure_address_only(endpoint: object) -> None:
    site = site_of(metadata={"token_endpoint": endpoint})
    departure = await site.begin()
    with pytest.raises(ProviderFailed):
        await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    assert (site.provider.forms, site.events.causes) == ([], ["provider-failed"])


@pytest.mark.parametrize("address", ["http://login.exchange.test/keys", "file:///etc/passwd", None, 7])
async def test_keys_are_fetched_from_a_secure_address_only(address: object) -> None:
    site = site_of(metadata={"jwks_uri": address})
    departure = await site.begin()
    await site.refuses(await site.answer(departure), departure)
    assert "/keys" not in site.provider.asked


async def test_a_provider_that_is_away_is_said_to_be_away() -> None:
    site = site_of()
    departure = await site.begin()
    answer = await site.answer(departure)
    site.provider.down = True
    with pytest.raises(ProviderFailed):
        await site.login.complete(answer, departure.binding, CLINIC)
    (event,) = site.events.kept
    assert (event.outcome, event.detail) == (Outcome.FAILED, {"cause": "provider-failed"})
    away = site_of()
    away.provider.down = True
    with pytest.raises(ProviderFailed):
        await away.begin()


async def test_a_crowd_asks_the_provider_once_what_it_is() -> None:
    site = site_of()
    await asyncio.gather(*(site.begin() for _ in range(50)))
    site.clock.now += 3599
    await site.begin()
    assert site.provider.asked == ["/.well-known/openid-configuration"]
    site.clock.now += 1
    await site.begin()
    assert len(site.provider.asked) == 2


async def test_the_first_issuer_with_a_client_signs_browsers_in() -> None:
    silent = replace_issuer(id="machines", issuer="https://machines.test", client_id="")
    site = site_of(silent, ISSUER)
    assert (await site.begin()).address.startswith("https://login.exchange.test/")
    with pytest.raises(ProviderFailed, match="client_id"):
        await site_of(silent).begin()


SECRET = "s%cr:t äö"


@pytest.mark.parametrize(
    ("methods", "header", "fields"),
    [
        (None, "vitrine-web:s%25cr%3At+%C3%A4%C3%B6", set()),
        (["client_secret_post", "client_secret_basic"], "vitrine-web:s%25cr%3At+%C3%A4%C3%B6", set()),
        (["client_secret_post"], None, {"client_id", "client_secret"}),
    ],
)
async def test_a_client_with_a_secret_shows_it_to_the_token_endpoint(
    monkeypatch: pytest.MonkeyPatch, methods: list[str] | None, header: str | None, fields: set[str]
) -> None:
    monkeypatch.setenv("VITRINE_TEST_SECRET", SECRET)
    site = site_of(
        replace_issuer(client_secret=Secret(env="VITRINE_TEST_SECRET")),
        metadata={"token_endpoint_auth_methods_supported": methods},
    )
    departure = await site.begin()
    await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    (form,), (authorization,) = site.provider.forms, site.provider.authorizations
    assert {"client_id", "client_secret"} & set(form) == fields
    assert form.get("client_secret") in {None, SECRET}
    expected = f"Basic {base64.b64encode(header.encode()).decode()}" if header else None
    assert authorization == expected
    assert SECRET not in departure.address


async def test_a_client_without_a_secret_names_itself() -> None:
    site = site_of()
    departure = await site.begin()
    await site.login.complete(await site.answer(departure), departure.binding, CLINIC)
    assert (site.provider.forms[0]["client_id"], site.provider.authorizations) == ("vitrine-web", [None])


def test_a_secret_that_is_missing_is_found_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VITRINE_TEST_SECRET", raising=False)
    with pytest.raises(ConfigurationError, match="issuer `exchange`"):
        site_of(replace_issuer(client_secret=Secret(env="VITRINE_TEST_SECRET")))
