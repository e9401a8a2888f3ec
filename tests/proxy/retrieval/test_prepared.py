"""Who turns a window pays for the decoding once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydicom.uid import RLELossless
import pytest

from rendering.content import Preparing
from tests.exchange import Exchange, ct, opened_exchange

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"


@asynccontextmanager
async def counting(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, encoded: bool
) -> AsyncIterator[tuple[Exchange, list[Any]]]:
    dataset = ct("1.2.1")
    if encoded:
        dataset.compress(RLELossless, generate_instance_uid=False)
    async with opened_exchange(folder, {"general": [dataset]}) as exchange:
        prepared: list[Preparing] = []
        workers = exchange.services.workers
        original = workers.prepare

        async def prepare(preparing: Preparing) -> Any:
            prepared.append(preparing)
            return await original(preparing)

        monkeypatch.setattr(workers, "prepare", prepare)
        yield exchange, prepared


async def test_turning_a_window_decodes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counting(tmp_path, monkeypatch, encoded=True) as (exchange, prepared):
        assert (await exchange.get(FRAME)).status_code == 200
        assert not prepared
        for center in range(40, 60):
            answer = await exchange.get(f"{FRAME}?window={center},400,linear")
            assert answer.status_code == 200
            assert f'window="{center},400,linear"' in answer.headers["vitrine-rendering"]
        assert len(prepared) == 1
        assert exchange.archives["general"].counts()["frames"] == 1


async def test_native_frames_are_prepared_only_where_they_are_far_larger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counting(tmp_path, monkeypatch, encoded=False) as (exchange, prepared):
        assert (await exchange.get(f"{FRAME}?window=40,400,linear")).status_code == 200
        assert not prepared
        for width in (400, 401):
            small = await exchange.get(f"{FRAME}?window=40,{width},linear&viewport=8,8")
            assert small.status_code == 200
        assert len(prepared) == 1
