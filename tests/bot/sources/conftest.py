from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stamina

from bot.sources.http import open_client
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx


@pytest.fixture(autouse=True)
def no_waiting_between_tries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def sources() -> AsyncIterator[PaperSources]:
    async with PaperSources.open() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client("papers@example.org") as opened:
        yield opened


@pytest.fixture
def recorded() -> Path:
    folder = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not folder:
        pytest.skip("PAPERBOY_RECORDED_DATA does not name the folder of recorded answers")
    return Path(folder)
