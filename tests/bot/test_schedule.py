"""Each channel gets its papers once, on time, in order, whatever the sources do and however long we were away."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.cli.digest import DigestFormat, print_digest
from bot.editions.daily import PostedDay
from bot.errors import PostingDelayed, SlackRefused, StoreUnusable
from bot.rules.channel_changes import PostedNow, posted_now
from bot.rules.channels import Channel, ChannelState, DayChoice, EmptyDays
from bot.rules.papers import Unreachable
from bot.schedule.preparation import PREPARED_AHEAD
from bot.schedule.serving import ASKED_AGAIN_AFTER
from bot.slack.manifest import build_manifest
from tests.harness import like, open_harness, papers_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.slack_emulator import SlackMessage as Posting
    from tests.harness import Harness

POST = "chat.postMessage"
MONDAY = date(2026, 8, 17)
A_DAY = timedelta(days=1)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, NEXT_MONDAY = (
    MONDAY + number * A_DAY for number in range(1, 8)
)


def due(local_date: date) -> datetime:
    """09:10 in Seoul."""
    return datetime(local_date.year, local_date.month, local_date.day, 0, 10, tzinfo=UTC)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """An office of Monday noon in Seoul, with papers on every working day of the week."""
    async with open_harness(tmp_path) as opened:
        opened.clock.advance_to(due(MONDAY) + timedelta(hours=3))
        for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY):
            opened.sources.day(day, papers_of(day))
        yield opened


def opening(harness: Harness, channel: str | None = None) -> list[Posting]:
    """What stands in a channel itself, threads closed."""
    return [message for message in harness.slack.messages(channel or harness.papers.id) if not message.is_reply]


def headers(harness: Harness) -> list[str]:
    return [message.text for message in opening(harness)]


def editions(harness: Harness) -> list[str]:
    """The editions in the channel, in order, with how many cards each has."""
    told = []
    for message in opening(harness):
        mark = (message.metadata or {}).get("event_payload", {})
        replies = len(harness.slack.thread(harness.papers.id, message.ts)) - 1
        told.append(f"{mark['edition']} {replies}")
    return told


async def test_nothing_comes_before_the_first_due_minute(harness: Harness) -> None:
    await harness.serve()
    for moment in (due(MONDAY) + timedelta(hours=4), due(TUESDAY) - timedelta(minutes=1)):
        await harness.at(moment)
        assert editions(harness) == []


async def test_at_the_minute_the_settled_day_comes_once(harness: Harness) -> None:
    await harness.serve()
    await harness.at(due(TUESDAY))
    assert editions(harness) == ["daily:2026-08-17 3"]
    for minutes in (0, 1, 60, 600):
        await harness.at(due(TUESDAY) + timedelta(minutes=minutes))
    assert editions(harness) == ["daily:2026-08-17 3"]


async def test_what_nothing_needs_is_cleared_away_once_a_day_after_the_papers(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.serve()
    store = harness.bot.services.store
    cleared: list[tuple[date, int]] = []
    prune = store.maintenance.prune

    async def watched(*, now: datetime, may_go_on: Callable[[], bool]) -> None:
        cleared.append((now.date(), sum(call.method == POST for call in harness.slack.calls)))
        await prune(now=now, may_go_on=may_go_on)

    monkeypatch.setattr(store.maintenance, "prune", watched)
    await harness.at(due(TUESDAY))
    posted = len(harness.slack.thread(harness.papers.id, opening(harness)[0].ts))
    await harness.at(due(TUESDAY) + timedelta(minutes=1))
    await harness.at(due(WEDNESDAY))
    assert [day for day, _ in cleared] == [TUESDAY, WEDNESDAY]
    assert posted > 1
    assert cleared[0][1] >= posted


async def test_a_week_comes_in_order_and_only_an_empty_weekday_says_why(harness: Harness) -> None:
    await harness.serve()
    for number in range(1, 9):
        await harness.at(due(MONDAY + timedelta(days=number)))
    assert editions(harness) == [
        "daily:2026-08-17 3",
        "daily:2026-08-18 3",
        "daily:2026-08-19 3",
        "daily:2026-08-20 3",
        "daily:2026-08-21 3",
        "note:2026-08-25 0",
    ]
    assert headers(harness)[5] == "No papers for Monday, August 24, 2026: Hugging Face listed none."


class TestDaysWithoutPapers:
    async def test_killed_after_it_was_said_why_the_same_is_not_said_again_the_next_day(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for day in (MONDAY, TUESDAY):
            harness.sources.day(day, [])
        await harness.serve()
        with monkeypatch.context() as dying:
            for name in ("move_cursor", "finish"):
                dying.setattr(harness.bot.services.store.due_claims, name, never)
            await harness.at(due(TUESDAY))
        await harness.at(due(WEDNESDAY))
        assert [text.partition(":")[0] for text in headers(harness)] == [
            "No papers for Monday, August 17, 2026",
            "No papers for Tuesday, August 18, 2026",
        ]

    async def test_one_that_was_waited_for_and_turns_out_empty_says_so(self, harness: Harness) -> None:
        harness.sources.not_open(MONDAY)
        await harness.serve()
        await harness.at(due(TUESDAY))
        harness.sources.day(MONDAY, [])
        for minutes in (5, 10):
            await harness.at(due(TUESDAY) + timedelta(minutes=minutes))
        assert editions(harness) == ["note:2026-08-17:waiting 0", "note:2026-08-18 0"]
        assert headers(harness)[1].startswith("No papers for Monday")

    async def test_the_best_of_the_week_says_nothing_of_the_week_end(self, harness: Harness) -> None:
        await harness.serve(empty_days=EmptyDays.BEST_OF_WEEK)
        for number in range(1, 7):
            await harness.at(due(MONDAY + number * A_DAY))
        assert editions(harness)[5:] == ["best:2026-W34 0"]
        assert "Saturday" not in read(opening(harness)[-1])
        assert "listed none" not in read(opening(harness)[-1])

    async def test_a_source_that_is_away_on_a_week_end_is_told_to_nobody(self, tmp_path: Path) -> None:
        async with open_harness(tmp_path, paperboy_operator="U0000000003") as harness:
            harness.clock.advance_to(due(SATURDAY) + timedelta(hours=1))
            await harness.serve()
            harness.sources.down()
            await harness.at(due(SUNDAY))
            assert editions(harness) == []
            assert harness.slack.messages(harness.slack.direct_messages("U0000000003").id) == []
            await harness.at(due(TUESDAY + timedelta(weeks=1)))
            assert editions(harness) == [], "the week-end is waited for, and the Monday behind it"

    async def test_asked_for_by_hand_on_a_week_end_the_latest_day_is_meant(self, harness: Harness) -> None:
        await harness.serve()
        for number in range(1, 6):
            await harness.at(due(MONDAY + number * A_DAY))
        harness.clock.advance_to(due(SUNDAY) + timedelta(hours=1))
        choice = await harness.bot.workspace.schedule.post_now(harness.papers.id)
        assert posted_now(choice) == PostedNow(is_served=True), "it has all, and nothing is said of Saturday"
        assert len(editions(harness)) == 5

    async def test_asked_for_by_hand_on_a_week_end_it_brings_the_friday_the_channel_has_not_had(
        self, harness: Harness
    ) -> None:
        harness.clock.advance_to(due(SATURDAY) + timedelta(hours=1))
        await harness.serve()
        harness.clock.advance_to(due(SUNDAY) + timedelta(hours=1))
        await harness.bot.workspace.schedule.post_now(harness.papers.id)
        assert editions(harness) == ["daily:2026-08-21 3"]


async def never(*_: Any, **__: Any) -> None:
    raise StoreUnusable(path="paperboy.db", reason="killed")


class TestDaysThatComeTogether:
    """What the digest says of those before the latest, in channels east and west of UTC."""

    @pytest.mark.parametrize(
        ("zone", "post_at", "at"), [("Asia/Seoul", time(9, 10), (0, 10)), ("America/New_York", time(20, 0), (0, 0))]
    )
    async def test_left_out_by_choice_are_named_and_not_missed(
        self, harness: Harness, zone: str, post_at: time, at: tuple[int, int]
    ) -> None:
        """In Seoul Monday's list comes on Tuesday, in New York on Monday evening."""
        left_out = 1 if zone == "Asia/Seoul" else 0
        await harness.serve(timezone=zone, post_at=post_at, weekdays=frozenset(range(7)) - {left_out})
        for day in (TUESDAY, WEDNESDAY):
            await harness.at(datetime(day.year, day.month, day.day, *at, tzinfo=UTC))
        assert editions(harness) == ["daily:2026-08-17..2026-08-18 6"]
        (header,) = opening(harness)
        assert "missed" not in read(header) + header.text
        assert "Includes 1 day with no separate digest" in read(header)
        assert "Mon, Aug 17" in read(header).replace("\u00a0", " ")

    async def test_were_missed_when_the_source_was_away_all_day(self, harness: Harness) -> None:
        await harness.serve()
        harness.sources.down()
        await harness.at(due(TUESDAY))
        harness.sources.up()
        await harness.at(due(WEDNESDAY))
        assert editions(harness)[1:] == ["daily:2026-08-17..2026-08-18 6"]
        assert "1 missed day" in read(opening(harness)[-1])
        assert "without a digest" not in read(opening(harness)[-1])

    async def test_are_told_apart_by_the_settings_of_their_time(self, harness: Harness) -> None:
        await harness.serve(weekdays=frozenset({0, 2, 3, 4}))
        await harness.at(due(TUESDAY))
        harness.clock.advance_to(due(WEDNESDAY) - timedelta(hours=1))
        await harness.change(weekdays=frozenset(range(7)))
        await harness.at(due(WEDNESDAY))
        assert editions(harness) == ["daily:2026-08-17..2026-08-18 6"]
        assert "Includes 1 day with no separate digest" in read(opening(harness)[-1])


async def test_a_channel_in_new_york_gets_the_day_that_settled_the_evening_before(harness: Harness) -> None:
    await harness.serve(timezone="America/New_York", post_at=time(8, 0))
    await harness.at(datetime(2026, 8, 17, 12, 0, tzinfo=UTC))
    await harness.at(datetime(2026, 8, 18, 11, 59, tzinfo=UTC))
    assert editions(harness) == []
    await harness.at(datetime(2026, 8, 18, 12, 0, tzinfo=UTC))
    assert editions(harness) == ["daily:2026-08-17 3"]


async def test_two_channels_share_one_reading_of_the_list(harness: Harness) -> None:
    other = harness.slack.add_channel("reading-group", members=[harness.ana.id])
    await harness.serve()
    await harness.serve(other)
    before = len(harness.sources.calls)
    await harness.at(due(TUESDAY))
    assert len(harness.sources.calls) == before + 1
    assert [len(opening(harness, channel.id)) for channel in (harness.papers, other)] == [1, 1]


class TestTheFirstDigest:
    async def set_up(self, harness: Harness, moment: datetime, **settings: Any) -> None:
        harness.clock.advance_to(moment)
        served = Channel(harness.team, harness.papers.id, like(**settings), since=moment)
        assert await harness.bot.services.store.channels.create(served, now=moment)

    async def test_is_the_latest_day_although_it_had_settled_before_the_channel_was_set_up(
        self, harness: Harness
    ) -> None:
        await self.set_up(harness, due(SATURDAY) - timedelta(hours=1))
        await harness.at(due(SATURDAY) - timedelta(minutes=1))
        assert editions(harness) == []
        await harness.at(due(SATURDAY))
        assert editions(harness) == ["daily:2026-08-21 3"]

    async def test_is_the_last_day_before_holidays_when_those_are_empty(self, harness: Harness) -> None:
        for holiday in (WEDNESDAY, THURSDAY, FRIDAY):
            harness.sources.day(holiday, [])
        await self.set_up(harness, due(SUNDAY) + timedelta(hours=1))
        for number in (1, 2):
            await harness.at(due(SUNDAY + timedelta(days=number)))
        assert editions(harness) == ["daily:2026-08-18 3", "note:2026-08-25 0"]

    async def test_is_the_last_day_of_which_a_paper_passes_the_channels_filter(self, harness: Harness) -> None:
        harness.sources.day(WEDNESDAY, papers_of(WEDNESDAY, votes=(99,)))
        await self.set_up(harness, due(SATURDAY) - timedelta(hours=1), minimum_votes=50)
        await harness.at(due(SATURDAY))
        assert editions(harness) == ["daily:2026-08-19 1"]

    async def test_waits_for_a_source_that_is_away_and_is_then_the_latest_still(self, harness: Harness) -> None:
        await self.set_up(harness, due(SATURDAY) - timedelta(hours=1))
        harness.sources.down()
        await harness.at(due(SATURDAY))
        harness.sources.up()
        await harness.at(due(SATURDAY) + timedelta(minutes=6))
        assert editions(harness) == ["note:2026-08-21:waiting 0", "daily:2026-08-21 3"]

    async def test_posted_by_hand_it_does_not_come_again_at_the_minute(self, harness: Harness) -> None:
        await self.set_up(harness, due(SATURDAY) - timedelta(hours=1))
        choice = await harness.bot.workspace.schedule.post_now(harness.papers.id)
        assert choice
        assert [chosen.day for chosen in choice.chosen] == [FRIDAY]
        for local_date in (SATURDAY, SUNDAY):
            await harness.at(due(local_date))
        assert editions(harness) == ["daily:2026-08-21 3"]

    async def test_of_a_day_as_far_as_it_goes_is_that_days_or_else_the_one_before(self, harness: Harness) -> None:
        await self.set_up(harness, due(SATURDAY) + timedelta(hours=1), day_choice=DayChoice.SO_FAR)
        await harness.at(due(SUNDAY))
        assert editions(harness) == ["daily:2026-08-21 3"]


async def test_a_skip_is_kept_for_the_first_date_that_would_bring_papers(harness: Harness) -> None:
    await harness.serve()
    for number in range(1, 6):
        await harness.at(due(MONDAY + timedelta(days=number)))
    harness.sources.day(NEXT_MONDAY, papers_of(NEXT_MONDAY))
    harness.sources.day(NEXT_MONDAY + A_DAY, papers_of(NEXT_MONDAY + A_DAY))
    await harness.skip_next()
    for number in range(6, 10):
        await harness.at(due(MONDAY + timedelta(days=number)))
    assert editions(harness)[5:] == ["daily:2026-08-25 3"]


class TestWhatIsUnderWayWhenTheMinuteComes:
    async def test_changes_to_older_messages_do_not_keep_the_digest_waiting(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(TUESDAY))
        await harness.change(post_at=time(9, 15))
        harness.sources.day(MONDAY, papers_of(MONDAY, (35, 25, 15, 5)))
        reached, gate = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            reached.set()
            await gate.wait()

        harness.slack.faults.before_request(1, hold)
        for minutes in (1, 5):
            harness.clock.advance_to(due(WEDNESDAY) + timedelta(minutes=minutes))
            await harness.bot.workspace.schedule.tick(harness.clock.now())
            await reached.wait()
        await harness.bot.workspace.schedule.jobs.conversations.quiet(harness.papers.id)
        assert editions(harness)[1:] == ["daily:2026-08-18 3"]
        gate.set()
        await harness.bot.workspace.schedule.idle()
        assert "▲\u00a035" in read(opening(harness)[0])

    async def test_what_is_due_while_something_is_being_posted_is_dealt_with_right_after_it(
        self, harness: Harness
    ) -> None:
        await harness.serve()
        reached, gate = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            reached.set()
            await gate.wait()

        harness.slack.faults.before_request(1, hold)
        harness.clock.advance_to(due(TUESDAY))
        posting = asyncio.create_task(harness.bot.workspace.schedule.post_now(harness.papers.id))
        await reached.wait()
        await harness.bot.workspace.schedule.tick(due(TUESDAY))
        gate.set()
        await posting
        await harness.bot.workspace.schedule.idle()
        assert editions(harness) == ["daily:2026-08-17 3"]
        assert (await harness.served()).served == TUESDAY

    async def test_a_workspace_that_is_given_back_meanwhile_gets_the_rest_from_whoever_has_it_then(
        self, harness: Harness
    ) -> None:
        await harness.serve()
        schedule = harness.bot.workspace.schedule
        reached = asyncio.Event()

        async def hold() -> None:
            reached.set()

        harness.slack.faults.after_request(2, hold)
        harness.clock.advance_to(due(TUESDAY) - timedelta(hours=1))
        posting = asyncio.create_task(schedule.post_now(harness.papers.id))
        await reached.wait()
        await schedule.pause()
        with pytest.raises(PostingDelayed):
            await posting
        schedule.resume()
        await harness.at(harness.clock.now() + timedelta(minutes=1))
        assert editions(harness) == ["daily:2026-08-17 3"]

    async def test_a_channel_that_came_to_be_served_meanwhile_costs_no_other_its_look_back(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = harness.slack.add_channel("reading-group", members=[harness.ana.id])
        await harness.serve()
        await harness.serve(other)
        await harness.at(due(TUESDAY))
        harness.sources.day(MONDAY, papers_of(MONDAY, (35, 25, 15, 5)))
        store = harness.bot.services.store
        active = store.channels.active

        async def before_it_was_resumed(team: str) -> list[Channel]:
            return [channel for channel in await active(team) if channel.id != other.id]

        monkeypatch.setattr(store.channels, "active", before_it_was_resumed)
        await harness.at(due(WEDNESDAY) + timedelta(minutes=20))
        assert "▲\u00a035" in read(opening(harness)[0])

    async def test_a_duty_that_fails_costs_no_other(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        await harness.serve()
        await harness.at(due(TUESDAY))
        harness.sources.day(MONDAY, papers_of(MONDAY, (35, 25, 15, 5)))

        async def broken(*_: object) -> None:
            raise KeyError("C1")

        monkeypatch.setattr(harness.bot.workspace.schedule.closed_channels, "begin_due", broken)
        with pytest.raises(KeyError):
            await harness.at(due(WEDNESDAY) + timedelta(minutes=20))
        await harness.bot.workspace.schedule.idle()
        assert "▲\u00a035" in read(opening(harness)[0])


class TestAfterBeingAway:
    async def test_a_minute_missed_is_made_up_for(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(TUESDAY) + timedelta(hours=2))
        assert editions(harness) == ["daily:2026-08-17 3"]
        await harness.at(due(WEDNESDAY))
        assert editions(harness)[1:] == ["daily:2026-08-18 3"]

    async def test_several_days_come_together_and_the_header_says_so(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(FRIDAY) + timedelta(hours=1))
        assert editions(harness) == ["daily:2026-08-17..2026-08-20 12"]
        (header,) = opening(harness)
        assert "3 missed days" in header.text
        assert "3 missed days" in read(header)
        cards = [read(card) for card in harness.slack.thread(harness.papers.id, header.ts)[1:]]
        assert "#1 on Aug 17, 2026" in cards[0].replace("\u00a0", " ")
        assert "Paper 1 of 2026-08-17" in cards[0]
        assert "Paper 3 of 2026-08-20" in cards[-1]
        await harness.at(due(SATURDAY))
        assert editions(harness)[1:] == ["daily:2026-08-21 3"]

    async def test_a_day_posted_by_hand_is_not_posted_again(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(TUESDAY))
        await harness.post(TUESDAY, top=2)
        await harness.at(due(WEDNESDAY))
        assert editions(harness) == ["daily:2026-08-17 3", "daily:2026-08-18 2"]

    async def test_a_day_caught_up_on_is_not_posted_by_hand_either(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(THURSDAY))
        sent = len(harness.slack.calls)
        await harness.post(TUESDAY)
        assert len(harness.slack.calls) == sent

    async def test_what_was_left_unsent_comes_before_what_is_due(self, harness: Harness) -> None:
        await harness.serve()
        harness.slack.faults.answer(POST, 3, status=429, retry_after=1, times=5)
        await harness.at(due(TUESDAY))
        harness.slack.faults.clear()
        await harness.at(due(WEDNESDAY))
        assert editions(harness) == ["daily:2026-08-17 3", "daily:2026-08-18 3"]


class TestAPauseInTheMiddleOfADigest:
    async def paused_after_the_first_card(self, harness: Harness) -> None:
        await harness.serve(top=3)
        harness.slack.faults.after_request(2, harness.pause)
        await harness.at(due(TUESDAY))

    async def test_stops_it_at_once_and_the_rest_comes_when_it_is_resumed_the_same_day(self, harness: Harness) -> None:
        await self.paused_after_the_first_card(harness)
        for minutes in (1, 2, 60):
            await harness.at(due(TUESDAY) + timedelta(minutes=minutes))
        assert editions(harness) == [f"daily:{MONDAY} 1"]
        await harness.resume()
        await harness.at(due(TUESDAY) + timedelta(minutes=61))
        assert editions(harness) == [f"daily:{MONDAY} 3"]

    async def test_resumed_another_day_what_was_of_yesterday_stays_away(self, harness: Harness) -> None:
        await self.paused_after_the_first_card(harness)
        await harness.at(due(WEDNESDAY) - timedelta(minutes=9))
        await harness.resume()
        await harness.at(due(WEDNESDAY) - timedelta(minutes=8))
        await harness.at(due(WEDNESDAY))
        assert editions(harness) == [f"daily:{MONDAY} 1", f"daily:{TUESDAY} 3"]
        assert await harness.bot.services.store.outbox.undelivered(harness.team) == []

    async def test_while_the_list_is_read_stops_what_it_would_bring(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await harness.serve()
        answer = harness.sources._send

        async def answer_once_paused(*asked: Any) -> Any:
            if (await harness.served()).state is ChannelState.ACTIVE:
                await harness.pause()
            return await answer(*asked)

        monkeypatch.setattr(harness.sources, "_send", answer_once_paused)
        await harness.at(due(TUESDAY))
        assert (await harness.served()).state is ChannelState.PAUSED
        assert harness.slack.messages(harness.papers.id) == []
        await harness.resume()
        await harness.at(due(TUESDAY) + timedelta(minutes=1))
        assert len(opening(harness)) == 1

    async def test_what_a_person_posts_by_hand_meanwhile_comes(self, harness: Harness) -> None:
        await harness.serve()
        await harness.pause()
        await harness.post(MONDAY, top=2)
        assert editions(harness) == [f"daily:{MONDAY} 2"]


class TestTheSource:
    async def test_away_when_somebody_posts_a_settled_day_it_goes_out_as_it_was_read(self, harness: Harness) -> None:
        harness.clock.advance_to(due(TUESDAY) - timedelta(hours=1))
        await harness.bot.services.library.read_day(MONDAY)
        harness.sources.down()
        harness.clock.advance_to(due(TUESDAY))
        outcome = await harness.post(MONDAY, top=2)
        assert isinstance(outcome, PostedDay)
        assert "as of 08:10" in read(opening(harness)[0])

    async def test_away_when_somebody_posts_a_day_read_before_it_settled_nothing_goes_out(
        self, harness: Harness
    ) -> None:
        harness.clock.advance_to(due(MONDAY) + timedelta(hours=3))
        await harness.bot.services.library.read_day(MONDAY)
        harness.sources.down()
        harness.clock.advance_to(due(TUESDAY))
        assert isinstance(await harness.post(MONDAY, top=2), Unreachable)
        assert editions(harness) == []

    async def test_away_when_somebody_asks_for_a_digest_it_is_shown_as_it_was_read(
        self, harness: Harness, capsys: pytest.CaptureFixture[str]
    ) -> None:
        harness.clock.advance_to(due(TUESDAY) - timedelta(hours=1))
        await harness.bot.services.library.read_day(MONDAY)
        harness.sources.down()
        settings = harness.bot.services.settings
        assert await print_digest(settings, MONDAY, None, None, DigestFormat.TEXT) == 0
        assert "as of 08:10" in capsys.readouterr().out

    async def test_down_at_the_minute_is_told_once_and_made_up_for_when_it_is_back(self, harness: Harness) -> None:
        await harness.serve()
        harness.sources.down()
        for minutes in (0, 5, 10, 15):
            await harness.at(due(TUESDAY) + timedelta(minutes=minutes))
        assert editions(harness) == ["note:2026-08-17:waiting 0"]
        assert "isn't responding" in headers(harness)[0]
        harness.sources.up()
        await harness.at(due(TUESDAY) + timedelta(minutes=20))
        assert editions(harness) == ["note:2026-08-17:waiting 0", "daily:2026-08-17 3"]
        await harness.at(due(WEDNESDAY))
        assert editions(harness)[2:] == ["daily:2026-08-18 3"]

    async def test_is_not_asked_every_minute_while_it_is_down(self, harness: Harness) -> None:
        await harness.serve()
        harness.sources.down()
        await harness.at(due(TUESDAY))
        calls = len(harness.sources.calls)
        await harness.at(due(TUESDAY) + ASKED_AGAIN_AFTER - timedelta(minutes=1))
        assert len(harness.sources.calls) == calls

    async def test_down_at_the_minute_costs_nothing_when_the_list_was_prepared(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(TUESDAY) - PREPARED_AHEAD)
        harness.sources.down()
        await harness.at(due(TUESDAY))
        assert editions(harness) == ["daily:2026-08-17 3"]
        (header,) = opening(harness)
        assert "as of 08:55" in read(header)

    async def test_is_read_once_more_at_the_minute_and_what_it_says_then_counts(self, harness: Harness) -> None:
        await harness.serve()
        await harness.at(due(TUESDAY) - PREPARED_AHEAD)
        harness.sources.day(MONDAY, papers_of(MONDAY, votes=(1, 2, 3, 4)))
        await harness.at(due(TUESDAY))
        (header,) = opening(harness)
        assert "as of" not in read(header)
        assert read(header).index("Paper 4") < read(header).index("Paper 2")

    async def test_a_day_not_open_yet_is_waited_for_and_nothing_overtakes_it(self, harness: Harness) -> None:
        await harness.serve()
        harness.sources.not_open(MONDAY)
        await harness.at(due(TUESDAY))
        assert "has no list yet" in headers(harness)[0]
        await harness.at(due(WEDNESDAY))
        assert editions(harness) == ["note:2026-08-17:waiting 0"], "it is told once, and not again the next day"
        harness.sources.day(MONDAY, papers_of(MONDAY))
        await harness.at(due(WEDNESDAY) + ASKED_AGAIN_AFTER)
        assert editions(harness)[1:] == ["daily:2026-08-17..2026-08-18 6"]

    async def test_a_day_whose_papers_were_all_here_before_says_so(self, harness: Harness) -> None:
        harness.sources.day(TUESDAY, papers_of(MONDAY, votes=(30, 20, 10)))
        await harness.serve()
        await harness.at(due(TUESDAY))
        await harness.at(due(WEDNESDAY))
        assert headers(harness)[1] == "All papers for Tuesday, August 18, 2026 were already posted here."


class TestSlackSaysNo:
    @pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "not_in_channel"])
    async def test_a_closed_channel_is_left_alone_its_owner_told_once_and_nothing_lost(
        self, tmp_path: Path, error: str
    ) -> None:
        async with open_harness(tmp_path, paperboy_operator="U0000000003") as harness:
            harness.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            await harness.serve()
            harness.sources.day(MONDAY, papers_of(MONDAY))
            harness.slack.faults.error(POST, 2, error)
            await harness.at(due(TUESDAY))
            await harness.at(due(TUESDAY) + timedelta(minutes=1))
            told = harness.slack.messages(harness.slack.direct_messages(harness.jimin.id).id)
            assert len(told) == 1
            assert error in read(told[0])
            assert "멈췄습니다" in read(told[0])
            harness.slack.faults.clear()
            await harness.bot.services.store.channels.reopen(harness.team, harness.papers.id, now=harness.clock.now())
            await harness.at(due(TUESDAY) + timedelta(minutes=2))
            assert editions(harness) == ["daily:2026-08-17 3"]

    async def test_a_channel_that_opens_again_gets_what_waited_and_what_it_missed(self, tmp_path: Path) -> None:
        async with open_harness(tmp_path, paperboy_operator="U0000000003") as harness:
            harness.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            await harness.serve()
            for day in (MONDAY, TUESDAY, WEDNESDAY):
                harness.sources.day(day, papers_of(day))
            await harness.slack.archive(harness.papers.id, by=harness.ana.id)
            await harness.quiet()
            for moment in (due(TUESDAY), due(TUESDAY) + timedelta(hours=5), due(WEDNESDAY)):
                await harness.at(moment)
            assert harness.slack.messages(harness.slack.direct_messages(harness.jimin.id).id) == [], "people did it"
            await harness.slack.unarchive(harness.papers.id, by=harness.ana.id)
            await harness.quiet()
            await harness.at(due(WEDNESDAY) + timedelta(hours=5))
            waited = ["daily:2026-08-17 3", "daily:2026-08-18 3"]
            assert editions(harness) == waited
            await harness.at(due(THURSDAY))
            assert editions(harness) == [*waited, "daily:2026-08-19 3"]

    async def test_a_channel_that_opens_unheard_is_tried_once_a_day(self, tmp_path: Path) -> None:
        async with open_harness(tmp_path, paperboy_operator="U0000000003") as harness:
            harness.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            await harness.serve()
            for day in (MONDAY, TUESDAY, WEDNESDAY):
                harness.sources.day(day, papers_of(day))
            harness.slack.faults.error(POST, 1, "is_archived")
            await harness.at(due(TUESDAY))
            harness.slack.faults.error(POST, 1, "is_archived")
            for moment in (due(TUESDAY) + timedelta(hours=5), due(WEDNESDAY), due(WEDNESDAY) + timedelta(hours=5)):
                await harness.at(moment)
            assert len(harness.slack.messages(harness.slack.direct_messages(harness.jimin.id).id)) == 1
            assert editions(harness) == []
            await harness.at(due(THURSDAY))
            await harness.at(due(THURSDAY) + timedelta(minutes=1))
            assert editions(harness) == ["daily:2026-08-17 3", "daily:2026-08-18..2026-08-19 6"]

    @pytest.mark.parametrize("error", ["account_inactive", "token_revoked", "invalid_auth"])
    async def test_a_lost_workspace_stops_the_bot_and_the_papers_wait(self, harness: Harness, error: str) -> None:
        await harness.serve()
        harness.slack.faults.error(POST, 2, error)
        await harness.at(due(TUESDAY))
        with pytest.raises(SlackRefused, match=error):
            harness.bot.failed.result()
        await harness.at(due(TUESDAY) + timedelta(hours=1))
        assert editions(harness) == ["daily:2026-08-17 3"]


class TestDoubt:
    @pytest.fixture(params=[False, True], ids=["without history", "with history"])
    async def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
        manifest = build_manifest(with_history=request.param)
        async with open_harness(tmp_path, manifest=manifest, paperboy_operator="U0000000002") as opened:
            opened.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            opened.sources.day(MONDAY, papers_of(MONDAY))
            yield opened

    @pytest.mark.parametrize("nth", [2, 3, 4])
    async def test_a_card_slack_took_before_the_connection_broke_is_there_once(
        self, harness: Harness, nth: int
    ) -> None:
        await harness.serve()
        harness.slack.faults.drop_after_accepting(POST, nth)
        await harness.at(due(TUESDAY))
        assert editions(harness) == ["daily:2026-08-17 3"]

    async def test_a_card_slack_never_took_is_sent_again_or_its_loss_told(self, harness: Harness) -> None:
        may_look = "channels:history" in harness.slack.app.scopes
        await harness.serve()
        harness.slack.faults.drop_before_accepting(POST, 3)
        await harness.at(due(TUESDAY))
        assert editions(harness) == [f"daily:2026-08-17 {3 if may_look else 2}"]
        told = harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)
        assert len(told) == (0 if may_look else 1)
        await harness.at(due(TUESDAY) + timedelta(hours=1))
        assert len(harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)) == len(told)

    async def test_a_header_slack_never_took_is_sent_again(self, harness: Harness) -> None:
        await harness.serve()
        harness.slack.faults.drop_before_accepting(POST, 1)
        await harness.at(due(TUESDAY))
        assert editions(harness) == ["daily:2026-08-17 3"]

    async def test_people_talking_meanwhile_do_not_hide_what_is_looked_for(self, harness: Harness) -> None:
        await harness.serve()
        harness.slack.faults.drop_after_accepting(POST, 1)

        async def talk() -> None:
            for number in range(30):
                await harness.slack.say(harness.ana.id, harness.papers.id, f"Good morning {number}")

        harness.slack.faults.after_request(1, talk)
        await harness.at(due(TUESDAY))
        ours = [message for message in opening(harness) if message.metadata]
        assert len(ours) == (1 if "channels:history" in harness.slack.app.scopes else 2)
