"""A bot that is connected: its connection checked every few seconds, and brought to an end with nothing half done."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

import structlog

from bot.errors import PaperboyError, StoreError, StoreTooNew, StoreUnfinished
from bot.named_tasks import NamedTasks
from bot.rules.outages import shows_failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.clock import Clock
    from bot.installed_workspaces import ManyWorkspaces
    from bot.ownership import Ownership
    from bot.schedule.database_upkeep import DatabaseUpkeep
    from bot.schedule.every_minute import EveryMinute
    from bot.services import Services
    from bot.shutdown import Deadline
    from bot.slack.contact import ContactNotes
    from bot.slack.socket_mode import SocketModeConnection
    from bot.store.connection import Database
    from bot.workspace import Workspace
    from bot.workspace_checks import WorkspaceChecks
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)

CHECK_SECONDS = 5.0


class IncomingRequests:
    """The state of Slack's requests over HTTP.

    `last_seen` is when one last came, at first when we began to listen; `delivery_failed` whether one since says that
    Slack could not bring it before.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last_seen = clock.now()
        self.delivery_failed = False

    def note(self, headers: Mapping[str, str]) -> None:
        """A request came, with these headers."""
        self.last_seen = self._clock.now()
        self.delivery_failed = self.delivery_failed or shows_failure(headers)


@dataclass(frozen=True, slots=True)
class ConnectedBot:
    """A bot that is connected and listening in its workspaces, which it knows by their team.

    `socket_mode` is None over HTTP; `port` is where pages are served, None where they are not. `failed` holds the error
    after which the bot is of no use any more. `many` is None where there is one token for one workspace.
    """

    services: Services
    workspaces: Mapping[str, Workspace]
    deps: HandlerDeps
    every_minute: EveryMinute
    ownership: Ownership
    database_upkeep: DatabaseUpkeep
    failed: asyncio.Future[Never]
    ending: Deadline
    requests: IncomingRequests
    socket_mode: SocketModeConnection | None
    port: int | None
    contact: ContactNotes
    checks: WorkspaceChecks
    many: ManyWorkspaces | None

    @property
    def workspace(self) -> Workspace:
        """The workspace of a bot that has a single one."""
        (workspace,) = self.workspaces.values()
        return workspace

    @property
    def last_seen(self) -> datetime | None:
        """The moment when Slack last reached us; over HTTP, where nobody says so, this moment."""
        return self.socket_mode.last_seen if self.socket_mode else self.services.clock.now()

    async def check_connection(self, *, is_first: bool = False) -> None:
        """See whether Slack is still there, and make up in each workspace for what was missed."""
        if self.socket_mode:
            await self.socket_mode.ping()
        failed, self.requests.delivery_failed = self.requests.delivery_failed, False
        await self._hold_requests()
        if self.last_seen is not None:
            request_at = None if self.socket_mode else self.requests.last_seen
            await self.contact.note(self.last_seen, request_at=request_at, delivery_failed=failed)
        await self.checks.run(as_first=is_first)

    async def _hold_requests(self) -> None:
        """Keep what is worked on here, in whichever workspace, from being taken over."""
        try:
            await self.deps.requests.hold()
        except StoreError as error:
            log.warning("couldn't renew the leases on open requests", error=str(error))


def fail(failed: asyncio.Future[Never], error: PaperboyError) -> None:
    """Note the error after which a bot is of no use any more; the first one stands."""
    if not failed.done():
        failed.set_exception(error)


async def check_version(database: Database, failed: asyncio.Future[Never]) -> None:
    """Note that the bot is of no use any more where the database is for newer programs only. Raises `StoreError`."""
    try:
        await database.check_version()
    except (StoreTooNew, StoreUnfinished) as error:
        fail(failed, error)


@asynccontextmanager
async def kept_connected(
    bot: ConnectedBot, between_checks: Callable[[float], Awaitable[object]]
) -> AsyncIterator[None]:
    """The bot connected, and its connection checked; on leaving, what came in is finished."""

    async def check_connection() -> None:
        while True:
            await between_checks(CHECK_SECONDS)
            try:
                await bot.check_connection()
            except Exception:
                log.exception("connection check failed, trying again at the next one")

    async def watch() -> None:
        try:
            if bot.socket_mode:
                await bot.socket_mode.wait_failed()
        except PaperboyError as error:
            fail(bot.failed, error)

    tasks: NamedTasks[None] = NamedTasks()
    try:
        if bot.socket_mode:
            await bot.socket_mode.open()
            tasks.start(watch())
        await bot.check_connection(is_first=True)
        tasks.start(check_connection())
        yield
    finally:
        if bot.socket_mode:
            await bot.socket_mode.drain(bot.ending.left())
        await bot.deps.drain(bot.ending.left())
        await tasks.cancel()
        await bot.checks.stop()
        await bot.contact.close(bot.last_seen)
        if bot.socket_mode:
            await bot.socket_mode.close()


async def finish_together(bot: ConnectedBot) -> None:
    """Let all that is under way come to its end at the same time, within the one bound."""
    seconds = bot.ending.left()
    bot.every_minute.stop()
    finishing = [
        asyncio.create_task(ending)
        for ending in (bot.ownership.end(), bot.deps.drain(seconds), bot.checks.drain(seconds))
    ]
    if bot.socket_mode:
        finishing.append(asyncio.create_task(bot.socket_mode.drain(seconds)))
    _, late = await asyncio.wait(finishing, timeout=seconds)
    for task in late:
        task.cancel()
