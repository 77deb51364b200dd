"""A thousand channels due in one minute after a year of mornings, against Slack's own limits.

Slack takes a message a second and channel, and of a workspace several hundred a minute (docs.slack.dev, rate-limits;
300 are assumed). A thousand channels are those of fifty workspaces. Paperboy serves one workspace in a process; so
that one is given what the fifty have together, here and in the yardstick alike.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.process import freeze_loaded_objects
from bot.rules.channels import Channel, ChannelSettings
from bot.services import open_services
from bot.settings import SecretStr, Settings
from bot.slack.rate_limiter import RateLimiter
from bot.store.sqlite import connect
from bot.workspace import open_configured_workspace
from tests.bench.stub import open_stub
from tests.harness import papers_of
from tests.history import fill, sent_at
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import Sequence


DAY = date(2026, 8, 17)
DUE = datetime(2026, 8, 18, 0, 10, tzinfo=UTC)
YEAR = 365
POSTS_A_MINUTE, WORKSPACES = 300, 50
# What a bot that clears away each day leaves: the outbox of the last weeks, and messages as sent of fewer.
_OUTBOX_DAYS, _PAYLOAD_DAYS = 45, 14


TEAM = "T1"
_CLEARED = frozenset({"outbox", "edition_upkeep", "due_claims", "reactions", "reaction_readings"})
_KEPT = frozenset({"papers", "listings", "listed_papers", "message_papers", "posted_papers", "edition_days"})


@dataclass(frozen=True)
class Morning:
    """How a morning went; `limit` is the least time Slack allows for it, all in seconds."""

    channels: int
    messages: int
    first: float
    last: float
    limit: float
    in_order: bool
    resident_mb: float
    grown_mb: float


class _ShiftedClock(SystemClock):
    """The machine's clock, on another day."""

    def __init__(self, start: datetime) -> None:
        self._shift = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift


async def measure(channels: int = 1000, history: int = YEAR, *, top: int = 10) -> Morning:
    """Serve so many channels with a header and `top` cards each, after so many days on which they were served."""
    with tempfile.TemporaryDirectory() as folder, open_stub() as stub:
        async with PaperSources.open() as sources:
            sources.day(DAY, papers_of(DAY, votes=range(top + 5, 0, -1)))
            settings = Settings(
                slack_bot_token=SecretStr("xoxb-bench"),
                slack_api_url=stub.api_url,
                hf_url=sources.url,
                arxiv_api_url=sources.url,
                arxiv_url=sources.url,
                database_url=f"sqlite:///{Path(folder) / 'paperboy.db'}",
            )
            await _seed_apart(Path(folder) / "paperboy.db", channels, history)
            clock = _ShiftedClock(DUE)
            async with (
                open_services(settings, clock=clock) as services,
                open_configured_workspace(services) as workspace,
            ):
                allowed = POSTS_A_MINUTE * WORKSPACES
                workspace.sender.rate_limiter = RateLimiter(
                    clock, {"chat.postMessage": allowed, "chat.update": allowed}
                )
                preferences = ChannelSettings(time_of_day(9, 10), "Asia/Seoul", "en", top)
                for number in range(channels):
                    channel = Channel(workspace.team, f"C{number:04}", preferences, cursor=DAY - timedelta(days=1))
                    await services.store.channels.create(channel, now=DUE - timedelta(hours=20))
                freeze_loaded_objects()  # as a bot that runs does
                before = _resident_mb()
                begun = time.time()
                await workspace.schedule.tick(clock.now())
                await workspace.schedule.idle()
                after = _resident_mb()
            return _judge(stub.posts(), begun, channels, top, before, after)


async def _seed_apart(path: Path, channels: int, days: int) -> None:
    """Seed in a process of its own, so that its memory does not count."""
    arguments = ("-m", "tests.bench.thousand_channels", str(channels), str(days), str(path))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    assert await process.wait() == 0


def seed(path: Path, channels: Sequence[str], days: int) -> None:
    """A database as it is after so many days, each of them cleared up after."""
    yesterday = DAY - timedelta(days=1)
    with closing(connect(path)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-65536")
        kept = partial(
            fill,
            db,
            team=TEAM,
            channels=channels,
            last_day=yesterday,
            payload_bytes=3300 if len(channels) < 100 else 100,
            payloads_since=yesterday - timedelta(days=_PAYLOAD_DAYS),
            looked_back_until=DAY,
        )
        if days:
            kept(days=days, only=_KEPT)
            kept(days=min(days, _OUTBOX_DAYS), only=_CLEARED)
            up_to = sent_at(yesterday - timedelta(days=_PAYLOAD_DAYS)).isoformat(timespec="microseconds")
            db.execute("INSERT INTO pruning (what, up_to) VALUES ('payloads', ?)", (up_to,))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _judge(
    posts: dict[str, list[tuple[float, str, str | None]]],
    begun: float,
    channels: int,
    top: int,
    before: float,
    after: float,
) -> Morning:
    wanted = ["header", *(f"2608.17{number:03}" for number in range(1, top + 1))]
    times = [moment for messages in posts.values() for moment, _, _ in messages]
    return Morning(
        channels=len(posts),
        messages=len(times),
        first=min(times) - begun,
        last=max(times) - begun,
        limit=limit(top, len(times)),
        in_order=len(posts) == channels
        and all([part for _, part, _ in messages] == wanted for messages in posts.values()),
        resident_mb=after,
        grown_mb=after - before,
    )


def limit(top: int, messages: int) -> float:
    """The least seconds Slack takes: a channel's cards each a second after the last, a workspace's share a minute."""
    whole_minutes = (messages - 1) // (POSTS_A_MINUTE * WORKSPACES)
    return max(float(top), 60.0 * whole_minutes)


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:3]]
    if len(sys.argv) == 4:
        seed(Path(sys.argv[3]), [f"C{number:04}" for number in range(numbers[0])], numbers[1])
    else:
        print(asyncio.run(measure(*numbers)))
