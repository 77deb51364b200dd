"""Every store keeps the same contract: a test that takes `store` names no backend and runs against each."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.store import sqlite
from tests.harness import lay_out_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.store import Store

    OpenStore = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=["sqlite"])
def open_store(tmp_path: Path) -> OpenStore:
    """How a backend's store is opened; each opening is of the same database."""

    @asynccontextmanager
    async def open_sqlite() -> AsyncIterator[Store]:
        store = await sqlite.open_store(lay_out_database(tmp_path))
        try:
            yield store
        finally:
            await store.close()

    return open_sqlite


@pytest.fixture
async def store(open_store: OpenStore) -> AsyncIterator[Store]:
    async with open_store() as opened:
        yield opened
