"""The process of `paperboy run`: a bot that serves until a signal ends it."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from bot.app import open_bot
from bot.shutdown import force_exit_after, force_exit_after_signals
from bot.signals import on_signals

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.settings import Settings

log = structlog.get_logger(__name__)

# New objects before the next collection; Python's default is 700.
_COLLECTION_THRESHOLD = 10_000


async def run_until_signal(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun. Raises what `open_bot` does, later as well."""
    opened, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(_serve_until_stopped(settings, clock, opened, stop))

    def end() -> None:
        stop.set()
        if not opened.is_set():
            serving.cancel()

    on_signals(end)
    force_exit_after_signals(signal.SIGTERM, signal.SIGINT)
    with suppress(asyncio.CancelledError):
        await serving


def freeze_loaded_objects() -> None:
    """Keep all that is loaded now out of garbage collection, as a bot needs it until its end.

    With a thousand channels at one minute, collecting took a sixth of all time, in pauses of up to 80 milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTION_THRESHOLD)


async def _serve_until_stopped(
    settings: Settings, clock: Clock | None, opened: asyncio.Event, stop: asyncio.Event
) -> None:
    async with open_bot(settings, clock=clock) as bot:
        opened.set()
        freeze_loaded_objects()
        where = {"workspaces": len(bot.workspaces)} if bot.many else {"team": bot.workspace.team}
        log.info("connected to Slack", **where, database=settings.database_name, port=bot.port)
        bot.every_minute.start()
        stopped = asyncio.create_task(stop.wait())
        until: tuple[asyncio.Future[Any], ...] = (stopped, bot.failed)
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        log.info("finishing open work")
        failure = bot.failed
        if failure.done():
            force_exit_after(code=1)
    if failure.done():
        failure.result()
