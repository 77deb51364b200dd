from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.http import open_client
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx


@pytest.fixture
async def sources() -> AsyncIterator[PaperSources]:
    async with PaperSources.open() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client("papers@example.org") as opened:
        yield opened
