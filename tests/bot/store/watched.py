"""A connection of the store's that tells of each statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from bot.store.connection import Connection, Database, DatabaseFigures, Engine, Row, ServerFacts, Values, Work


class WatchedConnection:
    """Calls `before` with every statement before that is run on `db`."""

    def __init__(self, db: Connection, before: Callable[[str], Awaitable[None]]) -> None:
        self._db = db
        self._before = before

    @property
    def engine(self) -> Engine:
        return self._db.engine

    async def execute(self, sql: str, values: Values = ()) -> int:
        await self._before(sql)
        return await self._db.execute(sql, values)

    async def executemany(self, sql: str, many: Iterable[Values]) -> None:
        await self._before(sql)
        await self._db.executemany(sql, many)

    async def row(self, sql: str, values: Values = ()) -> Row | None:
        await self._before(sql)
        return await self._db.row(sql, values)

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        await self._before(sql)
        return await self._db.rows(sql, values)

    async def write(self, work: Work[Any], *, is_one_statement: bool = False) -> Any:
        return await work(self)

    async def read(self, work: Work[Any]) -> Any:
        return await work(self)

    async def read_few(self, work: Work[Any], *, is_one_statement: bool = False) -> Any:
        return await work(self)


class WrappedDatabase:
    """What a database does besides transactions, for those who watch its transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close(self) -> None:
        await self._database.close()

    async def server(self) -> ServerFacts | None:
        return await self._database.server()

    def figures(self) -> DatabaseFigures:
        return self._database.figures()

    async def check_version(self) -> None:
        await self._database.check_version()

    async def now(self) -> datetime:
        return await self._database.now()

    async def notify(self, payload: str) -> None:
        await self._database.notify(payload)

    def listening(self, callback: Callable[[str], object]) -> AbstractContextManager[None]:
        return self._database.listening(callback)
