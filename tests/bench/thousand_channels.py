"""A thousand channels due in one minute, against Slack's own limit: a message a second and channel, all at once."""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.app import open_newsroom, open_slack
from bot.channels import Channel, ChannelSettings
from bot.clock import SystemClock
from bot.editions.notices import Notices
from bot.editions.upkeep import Upkeep
from bot.people import People
from bot.schedule import Schedule
from bot.settings import Settings
from tests.bench.stub import open_stub
from tests.office import papers_of
from tests.servers import PaperSources

if TYPE_CHECKING:
    from bot.errors import PaperboyError

DAY = date(2026, 8, 17)
DUE = datetime(2026, 8, 18, 0, 10, tzinfo=UTC)


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


async def measure(channels: int = 1000, top: int = 10) -> Morning:
    """Serve so many channels with a header and `top` cards each."""
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
            clock = _ShiftedClock(DUE)
            async with open_newsroom(settings, clock=clock) as newsroom, open_slack(newsroom) as slack:
                preferences = ChannelSettings(time_of_day(9, 10), "Asia/Seoul", "en", top)
                for number in range(channels):
                    channel = Channel(slack.team, f"C{number:04}", preferences, cursor=DAY - timedelta(days=1))
                    await newsroom.store.create_channel(channel, now=DUE - timedelta(hours=20))
                people = People(newsroom.store, slack.client, clock, default_language="en")
                schedule = Schedule(
                    slack.team,
                    newsroom.store,
                    newsroom.library,
                    newsroom.daily,
                    Upkeep(newsroom.store, newsroom.daily, clock),
                    Notices(newsroom.store, people, clock, operator=None),
                    newsroom.desk,
                    slack.courier,
                    clock,
                    retention=settings.retention(),
                    fail=_fail,
                )
                before = _resident_mb()
                begun = time.time()
                await schedule.tick(clock.now())
                await schedule.idle()
                after = _resident_mb()
            return _judge(stub.posts(), begun, channels, top, before, after)


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
        limit=float(top),
        in_order=len(posts) == channels
        and all([part for _, part, _ in messages] == wanted for messages in posts.values()),
        resident_mb=after,
        grown_mb=after - before,
    )


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fail(error: PaperboyError) -> None:
    raise error


if __name__ == "__main__":
    import asyncio
    import sys

    print(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)))
