"""Letting an archive of the demo fail, as the archives see it."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from demo.outage import Outage, end_outages, main


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "vitrine.toml"
    file.touch()
    return file


async def ask(config: Path, institution: str) -> int:
    archive = Starlette(routes=[Route("/studies", lambda _: PlainTextResponse("well"))])
    transport = httpx.ASGITransport(Outage(archive, config.parent, institution))
    async with httpx.AsyncClient(transport=transport, base_url="http://archive.test") as client:
        return (await asyncio.wait_for(client.get("/studies"), 0.5)).status_code


async def test_one_archive_goes_down_and_comes_up_again(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await ask(config, "lakeside") == 200
    assert main([str(config), "lakeside"]) == 0
    assert capsys.readouterr().out == "lakeside is down\n"
    assert (await ask(config, "lakeside"), await ask(config, "general")) == (503, 200)
    main([str(config), "lakeside", "silent"])
    with pytest.raises(TimeoutError):
        await ask(config, "lakeside")
    main([str(config), "lakeside", "up"])
    assert await ask(config, "lakeside") == 200


async def test_the_demo_begins_with_everybody_up(config: Path) -> None:
    main([str(config), "general"])
    end_outages(config.parent)
    assert await ask(config, "general") == 200


def test_a_demo_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "nothing.toml"), "general"])
    assert "is the demo running?" in capsys.readouterr().err
