"""A connected bot: when it is of no use any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Never, cast

import pytest

from bot.connected_bot import check_version
from bot.errors import ServerUnusable, StoreTooNew

if TYPE_CHECKING:
    from bot.store.connection import Database


class Outdated:
    """A database that is for newer programs only, or away."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def check_version(self) -> None:
        raise self._error


async def test_a_bot_ends_where_a_newer_release_has_changed_the_database_so_that_it_must_not_go_on() -> None:
    failed: asyncio.Future[Never] = asyncio.get_running_loop().create_future()
    with pytest.raises(ServerUnusable):
        await check_version(cast("Database", Outdated(ServerUnusable(path="db", reason="away"))), failed)
    assert not failed.done(), "it comes back"
    await check_version(cast("Database", Outdated(StoreTooNew(path="db", migration="m999"))), failed)
    with pytest.raises(StoreTooNew):
        await failed
