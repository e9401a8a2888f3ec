"""The certified OpenID provider of npm, oidc-provider, on a loopback port, and a browser that signs in there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import re
import subprocess
from typing import Final

import httpx

from tests.service import free_port

HERE: Final = Path(__file__).parent / "openid"
CLIENT: Final = "vitrine"
AUDIENCE: Final = "https://view.exchange.test"
_START_SECONDS: Final = 30.0


@dataclass(frozen=True)
class OpenIdProvider:
    """A running one. `algorithm` is what it signs everything with."""

    issuer: str
    algorithm: str

    async def sign_in(self, browser: httpx.AsyncClient, address: str, person: str, acr: str = "") -> str:
        """Go to `address` and sign in as `person`; the address to which the browser is sent back."""
        own = {"x-person": person, **({"x-acr": acr} if acr else {})}
        while address.startswith(self.issuer):
            answer = await browser.get(address, headers=own)
            assert answer.status_code in {302, 303}, answer.text
            address = str(answer.url.join(answer.headers["location"]))
        return address

    async def sign_out(self, browser: httpx.AsyncClient, address: str) -> str:
        """End the session there, from the page at `address`, as its person confirms; where that leads back to."""
        page = await browser.get(address)
        secret = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert secret, page.text
        form = {"xsrf": secret[1], "logout": "yes"}
        answer = await browser.post(f"{self.issuer}/session/end/confirm", data=form)
        return str(answer.headers["location"])


@asynccontextmanager
async def openid_provider(algorithm: str, service: str) -> AsyncIterator[OpenIdProvider]:
    """A provider whose one client is the service at the address `service`."""
    _install()
    port = free_port()
    settings = {
        "port": port,
        "algorithm": algorithm,
        "audience": AUDIENCE,
        "client": CLIENT,
        "redirect": f"{service}/auth/callback",
        "home": f"{service}/portal",
        "notices": f"{service}/auth/backchannel-logout",
    }
    command = ("node", "provider.mjs", json.dumps(settings))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=HERE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_START_SECONDS):
            assert await process.stdout.readline() == b"ready\n"
        yield OpenIdProvider(f"http://127.0.0.1:{port}", algorithm)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _install() -> None:
    """From the lock file, without running anything of it."""
    if not (HERE / "node_modules" / "oidc-provider").exists():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=120)
