"""What a channel is told of its next digest comes: then, not before, and with papers."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.app import open_bot
from bot.messages import channels as channel_messages
from bot.messages.as_text import as_text
from bot.rules.channels import Channel, ChannelState, DayChoice, days_due, next_digest_date
from bot.rules.due import due_at
from bot.rules.feeds import HUGGING_FACE
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.templating.catalogues import catalogue
from tests.harness import like, papers_of, settings_for
from tests.replay import UnhurriedClock
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.connected_bot import ConnectedBot
    from bot.slack_emulator import Channel as Place

ZONES = ("America/Los_Angeles", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Asia/Seoul", "Pacific/Auckland")
# Every hour in `make soak`.
HOURS = range(0, 24, 1 if "PAPERBOY_SOAK_TOP" in os.environ else 8)
A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
THURSDAY, SATURDAY = date(2026, 8, 20), date(2026, 8, 22)


@dataclass(slots=True)
class Promise:
    """What one channel was told, and what it saw."""

    place: Place
    zone: str
    set_up_at: datetime
    told: list[datetime] = field(default_factory=list)

    def seen(self, slack: SlackEmulator) -> list[datetime]:
        """The moments at which digests came."""
        headers = [each for each in slack.messages(self.place.id) if not each.is_reply]
        return [datetime.fromtimestamp(float(each.ts), UTC).replace(second=0, microsecond=0) for each in headers]


async def next_digest(bot: ConnectedBot, promise: Promise, now: datetime) -> datetime:
    """When the next digest is to come, as people are told."""
    channel = await bot.services.store.channels.find(bot.workspace.team, promise.place.id)
    assert channel
    local_date = next_digest_date(channel, now)
    assert local_date
    said = channel_messages.overview(channel=channel, language="en", now=now)
    assert catalogue("en").long_date(local_date) in as_text(said)
    return due_at(local_date, channel.settings.post_at, channel.settings.timezone)


@pytest.mark.parametrize("day", [THURSDAY, SATURDAY], ids=["on a Thursday", "on a Saturday"])
async def test_set_up_at_any_hour_anywhere_the_promised_digests_come_all_week(
    tmp_path: Path, day: date, record_property: Callable[[str, object], None]
) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    clock = UnhurriedClock(start)
    async with (
        PaperSources.open() as sources,
        SlackEmulator(build_manifest(), granted=USUALLY_GRANTED, now=clock.now) as slack,
    ):
        for number in range(-10, 11):
            if HUGGING_FACE.may_list_on(listed := day + number * A_DAY):
                sources.day(listed, papers_of(listed, votes=(3,)))
        ana = slack.add_person("Ana")
        promises = [
            Promise(slack.add_channel(f"{zone} {hour}", members=[ana.id]), zone, start + timedelta(hours=hour))
            for zone in ZONES
            for hour in HOURS
        ]
        async with open_bot(settings_for(slack, sources, tmp_path), clock=clock, pace_seconds=0) as bot:
            moments = {promise.set_up_at for promise in promises}
            for zone in ZONES:
                moments |= {due_at(day + number * A_DAY, time(9, 10), zone) for number in range(-1, 9)}
            for moment in sorted(each for each in moments if start <= each < start + A_WEEK):
                clock.advance_to(moment)
                for promise in promises:
                    if promise.set_up_at == moment:
                        await start_as_people_do(bot, promise, moment)
                await bot.workspace.schedule.tick(moment)
                await bot.workspace.schedule.idle()
                for promise in promises:
                    if promise.told and promise.told[-1] == moment:
                        promise.told.append(await next_digest(bot, promise, moment))
        for promise in promises:
            assert promise.seen(slack) == promise.told[:-1], (promise.zone, promise.set_up_at)
            assert promise.told[-1] >= start + A_WEEK
    record_property("told", f"set up {day:%A}: {len(promises)} channels\n{calendar(promises)}")


async def start_as_people_do(bot: ConnectedBot, promise: Promise, now: datetime) -> None:
    """The button of the welcome, without the click."""
    store, settings = bot.services.store, like(timezone=promise.zone, top=1)
    await store.channels.create(
        Channel(bot.workspace.team, promise.place.id, settings, state=ChannelState.NEW, since=now), now=now
    )
    latest = HUGGING_FACE.last_listing_day(now)
    await store.channels.start(bot.workspace.team, promise.place.id, latest=latest, user=None, now=now)
    promise.told.append(await next_digest(bot, promise, now))


def calendar(promises: list[Promise]) -> str:
    """A line a zone and first digest: the hours at which it was set up there, UTC, and the digests that came."""
    lines: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for promise in promises:
        zone = ZoneInfo(promise.zone)
        came = tuple(f"{moment.astimezone(zone):%a %d %H:%M}" for moment in promise.told[:-1])
        lines.setdefault((promise.zone, came), []).append(promise.set_up_at.hour)
    return "\n".join(
        f"  {zone}, set up {hours[0]:02}–{hours[-1]:02} h UTC: promised and came {', '.join(came)}"
        for (zone, came), hours in lines.items()
    )


class TestTheNextDigest:
    """Which date is named, without a bot."""

    @pytest.mark.parametrize(
        ("settings", "cursor", "now", "named"),
        [
            # Saturday evening in Seoul, with Friday's digest come in the morning: Sunday and Monday have nothing.
            ({}, date(2026, 8, 21), datetime(2026, 8, 22, 12, tzinfo=UTC), date(2026, 8, 25)),
            # The same where only Mondays are wanted: Monday's brings nothing, the one after brings a week.
            ({"weekdays": frozenset({0})}, date(2026, 8, 21), datetime(2026, 8, 22, 12, tzinfo=UTC), date(2026, 8, 31)),
            # Of a day as far as it goes: Saturday's own brings nothing.
            (
                {"day_choice": DayChoice.SO_FAR},
                date(2026, 8, 21),
                datetime(2026, 8, 22, 1, tzinfo=UTC),
                date(2026, 8, 24),
            ),
            # Never had one: the first date brings the latest day with papers, on a Sunday too.
            ({}, None, datetime(2026, 8, 22, 12, tzinfo=UTC), date(2026, 8, 23)),
            ({"weekdays": frozenset()}, None, datetime(2026, 8, 22, 12, tzinfo=UTC), None),
        ],
    )
    def test_is_on_the_first_date_that_has_papers(
        self, settings: dict[str, object], cursor: date | None, now: datetime, named: date | None
    ) -> None:
        served = now.astimezone(ZoneInfo("Asia/Seoul")).date() if cursor else None
        channel = Channel("T1", "C1", like(**settings), cursor, since=now - timedelta(minutes=1), served=served)
        assert next_digest_date(channel, now) == named

    def test_is_not_today_when_todays_has_come_and_the_time_was_moved_to_a_later_hour(self) -> None:
        channel = Channel("T1", "C1", like(post_at=time(18, 0)), date(2026, 8, 19), served=date(2026, 8, 20))
        assert next_digest_date(channel, datetime(2026, 8, 20, 3, tzinfo=UTC)) == date(2026, 8, 21)

    def test_before_the_first_only_the_latest_day_that_can_have_papers_is_due(self) -> None:
        channel = Channel("T1", "C1", like(), cursor=None)
        sunday = datetime(2026, 8, 23, 23, tzinfo=UTC)
        assert days_due(channel, sunday) == [date(2026, 8, 21), date(2026, 8, 22), date(2026, 8, 23)]
        assert days_due(channel, sunday + A_DAY) == [date(2026, 8, 24)]
