"""A bot that is connected: its connection checked every few seconds, and brought to an end with nothing half done."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Never

import structlog

from bot.errors import PaperboyError, StoreError
from bot.named_tasks import NamedTasks
from bot.rules.outages import shows_failure
from bot.slack.web_api import call_with_retry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.clock import Clock
    from bot.schedule.every_minute import EveryMinute
    from bot.services import Services
    from bot.shutdown import Deadline
    from bot.slack.socket_mode import SocketModeConnection
    from bot.workspace import Workspace
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
    after which the bot is of no use any more; `finish_left_over` does what was asked of a process that is gone.
    """

    services: Services
    workspaces: Mapping[str, Workspace]
    deps: HandlerDeps
    every_minute: EveryMinute
    failed: asyncio.Future[Never]
    ending: Deadline
    requests: IncomingRequests
    socket_mode: SocketModeConnection | None
    port: int | None
    finish_left_over: Callable[[Workspace], Awaitable[None]]

    @property
    def workspace(self) -> Workspace:
        """The workspace of a bot that has a single one."""
        (workspace,) = self.workspaces.values()
        return workspace

    @property
    def last_seen(self) -> datetime | None:
        """The moment when Slack last reached us; over HTTP also when we began to listen."""
        return self.socket_mode.last_seen if self.socket_mode else self.requests.last_seen

    async def check_connection(self, *, is_first: bool = False) -> None:
        """See whether Slack is still there, and make up in each workspace for what was missed."""
        if self.socket_mode:
            await self.socket_mode.ping()
        failed, self.requests.delivery_failed = self.requests.delivery_failed, False
        await self._hold_requests()
        for team, workspace in self.workspaces.items():
            try:
                await self._make_up_for_absence(workspace, failed=failed, is_first=is_first)
            except Exception:  # what is wrong with one workspace is no reason to leave the others alone
                log.exception("workspace check failed, trying again at the next one", team=team)

    async def _make_up_for_absence(self, workspace: Workspace, *, failed: bool, is_first: bool) -> None:
        was_away = self.last_seen is not None and await workspace.reconciliation.note(
            self.last_seen, is_certain=self.socket_mode is not None, failed=failed
        )
        if was_away or is_first:
            workspace.memberships.schedule_comparison()
            self._compare_memberships(partial(workspace.memberships.compare, notifies=False))
        elif workspace.memberships.is_due_again:
            self._compare_memberships(workspace.memberships.compare)
        if is_first or workspace.scope_check.is_due_again:
            self._report_scopes(partial(workspace.scope_check.report, again=not is_first))
        await self._answer_invitations(workspace)
        if is_first:
            self.deps.background.start_if_room(workspace.invitations.update_welcomes())
        await self._finish_left_over(workspace)

    def _compare_memberships(self, compare: Callable[[], Awaitable[None]]) -> None:
        """Begin a comparison, however long Slack takes to answer; an error waits for the next one."""

        async def work() -> None:
            try:
                await call_with_retry(compare, self.services.clock)
            except PaperboyError as error:
                log.warning("couldn't look up Paperboy's channels", error=str(error))

        self.deps.background.start_if_room(work())

    def _report_scopes(self, report: Callable[[], Awaitable[None]]) -> None:
        """Begin to report closed entry points; an error waits for the next time."""

        async def work() -> None:
            try:
                await report()
            except PaperboyError as error:
                log.warning("couldn't report closed entry points", error=str(error))

        self.deps.background.start_if_room(work())

    async def _answer_invitations(self, workspace: Workspace) -> None:
        try:
            if await self.services.store.memberships.open_invitations(workspace.team):
                self.deps.background.start_if_room(workspace.invitations.answer_left_over())
        except StoreError as error:
            log.warning("couldn't read unanswered requests", error=str(error))

    async def _hold_requests(self) -> None:
        """Keep what is worked on here, in whichever workspace, from being taken over."""
        try:
            await self.deps.requests.hold()
        except StoreError as error:
            log.warning("couldn't renew the leases on open requests", error=str(error))

    async def _finish_left_over(self, workspace: Workspace) -> None:
        try:
            await self.finish_left_over(workspace)
        except StoreError as error:
            log.warning("couldn't read unfinished requests", error=str(error))


def fail(failed: asyncio.Future[Never], error: PaperboyError) -> None:
    """Note the error after which a bot is of no use any more; the first one stands."""
    if not failed.done():
        failed.set_exception(error)


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
        for workspace in bot.workspaces.values():
            await workspace.reconciliation.close(bot.last_seen)
        if bot.socket_mode:
            await bot.socket_mode.close()


async def finish_together(bot: ConnectedBot) -> None:
    """Let all that is under way come to its end at the same time, within the one bound."""
    seconds = bot.ending.left()
    bot.every_minute.stop()
    endings = [workspace.schedule.stop() for workspace in bot.workspaces.values()]
    finishing = [asyncio.create_task(ending) for ending in (*endings, bot.deps.drain(seconds))]
    if bot.socket_mode:
        finishing.append(asyncio.create_task(bot.socket_mode.drain(seconds)))
    _, late = await asyncio.wait(finishing, timeout=seconds)
    for task in late:
        task.cancel()
