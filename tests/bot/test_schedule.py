"""Each channel gets its papers once, on time, in order, whatever the sources do and however long we were away."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.cli.main import DigestFormat, _digest
from bot.editions.daily import Posted
from bot.errors import SlackRefused
from bot.rules.channels import Channel, DayChoice
from bot.rules.papers import Unreachable
from bot.schedule import ASKED_AGAIN_AFTER, PREPARED_AHEAD
from bot.slack.manifest import build_manifest
from tests.office import like, open_office, papers_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Message as Posting
    from tests.office import Office

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
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office of Monday noon in Seoul, with papers on every working day of the week."""
    async with open_office(tmp_path) as opened:
        opened.clock.advance_to(due(MONDAY) + timedelta(hours=3))
        for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY):
            opened.sources.day(day, papers_of(day))
        yield opened


def opening(office: Office, channel: str | None = None) -> list[Posting]:
    """What stands in a channel itself, threads closed."""
    return [message for message in office.slack.messages(channel or office.papers.id) if not message.is_reply]


def headers(office: Office) -> list[str]:
    return [message.text for message in opening(office)]


def editions(office: Office) -> list[str]:
    """The editions in the channel, in order, with how many cards each has."""
    told = []
    for message in opening(office):
        mark = (message.metadata or {}).get("event_payload", {})
        replies = len(office.slack.thread(office.papers.id, message.ts)) - 1
        told.append(f"{mark['edition']} {replies}")
    return told


async def test_nothing_comes_before_the_first_due_minute(office: Office) -> None:
    await office.serve()
    for moment in (due(MONDAY) + timedelta(hours=4), due(TUESDAY) - timedelta(minutes=1)):
        await office.at(moment)
        assert editions(office) == []


async def test_at_the_minute_the_settled_day_comes_once(office: Office) -> None:
    await office.serve()
    await office.at(due(TUESDAY))
    assert editions(office) == ["daily:2026-08-17 3"]
    for minutes in (0, 1, 60, 600):
        await office.at(due(TUESDAY) + timedelta(minutes=minutes))
    assert editions(office) == ["daily:2026-08-17 3"]


async def test_what_nothing_needs_is_cleared_away_once_a_day_after_the_papers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.serve()
    store = office.bot.newsroom.store
    cleared: list[tuple[date, int]] = []
    prune = store.maintenance.prune

    async def watched(*, now: datetime) -> None:
        cleared.append((now.date(), sum(call.method == POST for call in office.slack.calls)))
        await prune(now=now)

    monkeypatch.setattr(store.maintenance, "prune", watched)
    await office.at(due(TUESDAY))
    posted = len(office.slack.thread(office.papers.id, opening(office)[0].ts))
    await office.at(due(TUESDAY) + timedelta(minutes=1))
    await office.at(due(WEDNESDAY))
    assert [day for day, _ in cleared] == [TUESDAY, WEDNESDAY]
    assert posted > 1
    assert cleared[0][1] >= posted


async def test_a_week_comes_in_order_and_only_an_empty_weekday_says_why(office: Office) -> None:
    await office.serve()
    for number in range(1, 9):
        await office.at(due(MONDAY + timedelta(days=number)))
    assert editions(office) == [
        "daily:2026-08-17 3",
        "daily:2026-08-18 3",
        "daily:2026-08-19 3",
        "daily:2026-08-20 3",
        "daily:2026-08-21 3",
        "note:2026-08-25 0",
    ]
    assert headers(office)[5] == "No papers on Monday, 24 August 2026: Hugging Face lists none on this day."


async def test_a_channel_in_new_york_gets_the_day_that_settled_the_evening_before(office: Office) -> None:
    await office.serve(timezone="America/New_York", post_at=time(8, 0))
    await office.at(datetime(2026, 8, 17, 12, 0, tzinfo=UTC))
    await office.at(datetime(2026, 8, 18, 11, 59, tzinfo=UTC))
    assert editions(office) == []
    await office.at(datetime(2026, 8, 18, 12, 0, tzinfo=UTC))
    assert editions(office) == ["daily:2026-08-17 3"]


async def test_two_channels_share_one_reading_of_the_list(office: Office) -> None:
    other = office.slack.add_channel("reading-group", members=[office.ana.id])
    await office.serve()
    await office.serve(other)
    before = len(office.sources.calls)
    await office.at(due(TUESDAY))
    assert len(office.sources.calls) == before + 1
    assert [len(opening(office, channel.id)) for channel in (office.papers, other)] == [1, 1]


class TestTheFirstDigest:
    async def set_up(self, office: Office, moment: datetime, **settings: Any) -> None:
        office.clock.advance_to(moment)
        served = Channel(office.team, office.papers.id, like(**settings), since=moment)
        assert await office.bot.newsroom.store.channels.create(served, now=moment)

    async def test_is_the_latest_day_although_it_had_settled_before_the_channel_was_set_up(
        self, office: Office
    ) -> None:
        await self.set_up(office, due(SATURDAY) - timedelta(hours=1))
        await office.at(due(SATURDAY) - timedelta(minutes=1))
        assert editions(office) == []
        await office.at(due(SATURDAY))
        assert editions(office) == ["daily:2026-08-21 3"]

    async def test_is_the_last_day_before_holidays_when_those_are_empty(self, office: Office) -> None:
        for holiday in (WEDNESDAY, THURSDAY, FRIDAY):
            office.sources.day(holiday, [])
        await self.set_up(office, due(SUNDAY) + timedelta(hours=1))
        for number in (1, 2):
            await office.at(due(SUNDAY + timedelta(days=number)))
        assert editions(office) == ["daily:2026-08-18 3", "note:2026-08-25 0"]

    async def test_is_the_last_day_of_which_a_paper_passes_the_channels_filter(self, office: Office) -> None:
        office.sources.day(WEDNESDAY, papers_of(WEDNESDAY, votes=(99,)))
        await self.set_up(office, due(SATURDAY) - timedelta(hours=1), minimum_votes=50)
        await office.at(due(SATURDAY))
        assert editions(office) == ["daily:2026-08-19 1"]

    async def test_waits_for_a_source_that_is_away_and_is_then_the_latest_still(self, office: Office) -> None:
        await self.set_up(office, due(SATURDAY) - timedelta(hours=1))
        office.sources.down()
        await office.at(due(SATURDAY))
        office.sources.up()
        await office.at(due(SATURDAY) + timedelta(minutes=6))
        assert editions(office) == ["note:2026-08-22 0", "daily:2026-08-21 3"]

    async def test_posted_by_hand_it_does_not_come_again_at_the_minute(self, office: Office) -> None:
        await self.set_up(office, due(SATURDAY) - timedelta(hours=1))
        choice = await office.bot.schedule.post_now(office.papers.id)
        assert choice
        assert [chosen.day for chosen in choice.chosen] == [FRIDAY]
        for local_date in (SATURDAY, SUNDAY):
            await office.at(due(local_date))
        assert editions(office) == ["daily:2026-08-21 3"]

    async def test_of_a_day_as_far_as_it_goes_is_that_days_or_else_the_one_before(self, office: Office) -> None:
        await self.set_up(office, due(SATURDAY) + timedelta(hours=1), day_choice=DayChoice.SO_FAR)
        await office.at(due(SUNDAY))
        assert editions(office) == ["daily:2026-08-21 3"]


async def test_a_skip_is_kept_for_the_first_date_that_would_bring_papers(office: Office) -> None:
    await office.serve()
    for number in range(1, 6):
        await office.at(due(MONDAY + timedelta(days=number)))
    office.sources.day(NEXT_MONDAY, papers_of(NEXT_MONDAY))
    office.sources.day(NEXT_MONDAY + A_DAY, papers_of(NEXT_MONDAY + A_DAY))
    await office.skip_next()
    for number in range(6, 10):
        await office.at(due(MONDAY + timedelta(days=number)))
    assert editions(office)[5:] == ["daily:2026-08-25 3"]


class TestWhatIsUnderWayWhenTheMinuteComes:
    async def test_changes_to_older_messages_do_not_keep_the_digest_waiting(self, office: Office) -> None:
        await office.serve()
        await office.at(due(TUESDAY))
        await office.change(post_at=time(9, 15))
        office.sources.day(MONDAY, papers_of(MONDAY, (35, 25, 15, 5)))
        gate = asyncio.Event()
        office.slack.faults.before_request(1, gate.wait)
        for minutes in (1, 5):
            office.clock.advance_to(due(WEDNESDAY) + timedelta(minutes=minutes))
            await office.bot.schedule.tick(office.clock.now())
        await office.bot.schedule._quiet_in(office.papers.id)
        assert editions(office)[1:] == ["daily:2026-08-18 3"]
        assert "30 votes" in read(opening(office)[0])
        gate.set()
        await office.bot.schedule.idle()
        assert "35 votes" in read(opening(office)[0])

    async def test_what_is_due_while_something_is_being_posted_is_dealt_with_right_after_it(
        self, office: Office
    ) -> None:
        await office.serve()
        reached, gate = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            reached.set()
            await gate.wait()

        office.slack.faults.before_request(1, hold)
        office.clock.advance_to(due(TUESDAY))
        posting = asyncio.create_task(office.bot.schedule.post_now(office.papers.id))
        await reached.wait()
        await office.bot.schedule.tick(due(TUESDAY))
        gate.set()
        await posting
        await office.bot.schedule.idle()
        assert editions(office) == ["daily:2026-08-17 3"]
        assert (await office.served()).served == TUESDAY

    async def test_a_channel_that_came_to_be_served_meanwhile_costs_no_other_its_look_back(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = office.slack.add_channel("reading-group", members=[office.ana.id])
        await office.serve()
        await office.serve(other)
        await office.at(due(TUESDAY))
        office.sources.day(MONDAY, papers_of(MONDAY, (35, 25, 15, 5)))
        store = office.bot.newsroom.store
        active = store.channels.active

        async def before_it_was_resumed(team: str) -> list[Channel]:
            return [channel for channel in await active(team) if channel.id != other.id]

        monkeypatch.setattr(store.channels, "active", before_it_was_resumed)
        await office.at(due(WEDNESDAY) + timedelta(minutes=20))
        assert "35 votes" in read(opening(office)[0])

    async def test_a_duty_that_fails_costs_no_other(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        await office.serve()
        await office.at(due(TUESDAY))
        office.sources.day(MONDAY, papers_of(MONDAY, (35, 25, 15, 5)))

        async def broken(*_: object) -> None:
            raise KeyError("C1")

        monkeypatch.setattr(office.bot.schedule, "_try_closed_channels", broken)
        with pytest.raises(KeyError):
            await office.at(due(WEDNESDAY) + timedelta(minutes=20))
        await office.bot.schedule.idle()
        assert "35 votes" in read(opening(office)[0])


class TestAfterBeingAway:
    async def test_a_minute_missed_is_made_up_for(self, office: Office) -> None:
        await office.serve()
        await office.at(due(TUESDAY) + timedelta(hours=2))
        assert editions(office) == ["daily:2026-08-17 3"]
        await office.at(due(WEDNESDAY))
        assert editions(office)[1:] == ["daily:2026-08-18 3"]

    async def test_several_days_come_together_and_the_header_says_so(self, office: Office) -> None:
        await office.serve()
        await office.at(due(FRIDAY) + timedelta(hours=1))
        assert editions(office) == ["daily:2026-08-17..2026-08-20 12"]
        (header,) = opening(office)
        assert "3 days were missed" in header.text
        assert "3 days were missed" in read(header)
        cards = [read(card) for card in office.slack.thread(office.papers.id, header.ts)[1:]]
        assert "#1 on 17 Aug 2026" in cards[0]
        assert "Paper 1 of 2026-08-17" in cards[0]
        assert "Paper 3 of 2026-08-20" in cards[-1]
        await office.at(due(SATURDAY))
        assert editions(office)[1:] == ["daily:2026-08-21 3"]

    async def test_a_day_posted_by_hand_is_not_posted_again(self, office: Office) -> None:
        await office.serve()
        await office.at(due(TUESDAY))
        await office.post(TUESDAY, top=2)
        await office.at(due(WEDNESDAY))
        assert editions(office) == ["daily:2026-08-17 3", "daily:2026-08-18 2"]

    async def test_a_day_caught_up_on_is_not_posted_by_hand_either(self, office: Office) -> None:
        await office.serve()
        await office.at(due(THURSDAY))
        sent = len(office.slack.calls)
        await office.post(TUESDAY)
        assert len(office.slack.calls) == sent

    async def test_what_was_left_unsent_comes_before_what_is_due(self, office: Office) -> None:
        await office.serve()
        office.slack.faults.answer(POST, 3, status=429, retry_after=1, times=5)
        await office.at(due(TUESDAY))
        office.slack.faults.clear()
        await office.at(due(WEDNESDAY))
        assert editions(office) == ["daily:2026-08-17 3", "daily:2026-08-18 3"]


class TestAPauseInTheMiddleOfADigest:
    async def paused_after_the_first_card(self, office: Office) -> None:
        await office.serve(top=3)
        office.slack.faults.after_request(2, office.pause)
        await office.at(due(TUESDAY))

    async def test_stops_it_at_once_and_the_rest_comes_when_it_is_resumed_the_same_day(self, office: Office) -> None:
        await self.paused_after_the_first_card(office)
        for minutes in (1, 2, 60):
            await office.at(due(TUESDAY) + timedelta(minutes=minutes))
        assert editions(office) == [f"daily:{MONDAY} 1"]
        await office.resume()
        await office.at(due(TUESDAY) + timedelta(minutes=61))
        assert editions(office) == [f"daily:{MONDAY} 3"]

    async def test_resumed_another_day_what_was_of_yesterday_stays_away(self, office: Office) -> None:
        await self.paused_after_the_first_card(office)
        await office.at(due(WEDNESDAY) - timedelta(minutes=9))
        await office.resume()
        await office.at(due(WEDNESDAY) - timedelta(minutes=8))
        await office.at(due(WEDNESDAY))
        assert editions(office) == [f"daily:{MONDAY} 1", f"daily:{TUESDAY} 3"]
        assert await office.bot.newsroom.store.outbox.undelivered(office.team) == []

    async def test_what_a_person_posts_by_hand_meanwhile_comes(self, office: Office) -> None:
        await office.serve()
        await office.pause()
        await office.post(MONDAY, top=2)
        assert editions(office) == [f"daily:{MONDAY} 2"]


class TestTheSource:
    async def test_away_when_somebody_posts_a_settled_day_it_goes_out_as_it_was_read(self, office: Office) -> None:
        office.clock.advance_to(due(TUESDAY) - timedelta(hours=1))
        await office.bot.newsroom.library.read_day(MONDAY)
        office.sources.down()
        office.clock.advance_to(due(TUESDAY))
        outcome = await office.post(MONDAY, top=2)
        assert isinstance(outcome, Posted)
        assert "as read at 08:10" in read(opening(office)[0])

    async def test_away_when_somebody_posts_a_day_read_before_it_settled_nothing_goes_out(self, office: Office) -> None:
        office.clock.advance_to(due(MONDAY) + timedelta(hours=3))
        await office.bot.newsroom.library.read_day(MONDAY)
        office.sources.down()
        office.clock.advance_to(due(TUESDAY))
        assert isinstance(await office.post(MONDAY, top=2), Unreachable)
        assert editions(office) == []

    async def test_away_when_somebody_asks_for_a_digest_it_is_shown_as_it_was_read(
        self, office: Office, capsys: pytest.CaptureFixture[str]
    ) -> None:
        office.clock.advance_to(due(TUESDAY) - timedelta(hours=1))
        await office.bot.newsroom.library.read_day(MONDAY)
        office.sources.down()
        settings = office.bot.newsroom.settings
        assert await _digest(settings, MONDAY, None, None, DigestFormat.TEXT) == 0
        assert "as read at 08:10" in capsys.readouterr().out

    async def test_down_at_the_minute_is_told_once_and_made_up_for_when_it_is_back(self, office: Office) -> None:
        await office.serve()
        office.sources.down()
        for minutes in (0, 5, 10, 15):
            await office.at(due(TUESDAY) + timedelta(minutes=minutes))
        assert editions(office) == ["note:2026-08-18 0"]
        assert "does not answer" in headers(office)[0]
        office.sources.up()
        await office.at(due(TUESDAY) + timedelta(minutes=20))
        assert editions(office) == ["note:2026-08-18 0", "daily:2026-08-17 3"]
        await office.at(due(WEDNESDAY))
        assert editions(office)[2:] == ["daily:2026-08-18 3"]

    async def test_is_not_asked_every_minute_while_it_is_down(self, office: Office) -> None:
        await office.serve()
        office.sources.down()
        await office.at(due(TUESDAY))
        calls = len(office.sources.calls)
        await office.at(due(TUESDAY) + ASKED_AGAIN_AFTER - timedelta(minutes=1))
        assert len(office.sources.calls) == calls

    async def test_down_at_the_minute_costs_nothing_when_the_list_was_prepared(self, office: Office) -> None:
        await office.serve()
        await office.at(due(TUESDAY) - PREPARED_AHEAD)
        office.sources.down()
        await office.at(due(TUESDAY))
        assert editions(office) == ["daily:2026-08-17 3"]
        (header,) = opening(office)
        assert "as read at 08:55" in read(header)

    async def test_is_read_once_more_at_the_minute_and_what_it_says_then_counts(self, office: Office) -> None:
        await office.serve()
        await office.at(due(TUESDAY) - PREPARED_AHEAD)
        office.sources.day(MONDAY, papers_of(MONDAY, votes=(1, 2, 3, 4)))
        await office.at(due(TUESDAY))
        (header,) = opening(office)
        assert "as read at" not in read(header)
        assert read(header).index("Paper 4") < read(header).index("Paper 2")

    async def test_a_day_not_open_yet_is_waited_for_and_nothing_overtakes_it(self, office: Office) -> None:
        await office.serve()
        office.sources.not_open(MONDAY)
        await office.at(due(TUESDAY))
        assert "has not opened" in headers(office)[0]
        await office.at(due(WEDNESDAY))
        assert editions(office) == ["note:2026-08-18 0", "note:2026-08-19 0"]
        office.sources.day(MONDAY, papers_of(MONDAY))
        await office.at(due(WEDNESDAY) + ASKED_AGAIN_AFTER)
        assert editions(office)[2:] == ["daily:2026-08-17..2026-08-18 6"]

    async def test_a_day_whose_papers_were_all_here_before_says_so(self, office: Office) -> None:
        office.sources.day(TUESDAY, papers_of(MONDAY, votes=(30, 20, 10)))
        await office.serve()
        await office.at(due(TUESDAY))
        await office.at(due(WEDNESDAY))
        assert headers(office)[1] == "Every paper listed on Tuesday, 18 August 2026 has been posted here before."


class TestSlackSaysNo:
    @pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "not_in_channel"])
    async def test_a_closed_channel_is_left_alone_its_owner_told_once_and_nothing_lost(
        self, tmp_path: Path, error: str
    ) -> None:
        async with open_office(tmp_path, paperboy_operator="U0000000003") as office:
            office.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            await office.serve()
            office.sources.day(MONDAY, papers_of(MONDAY))
            office.slack.faults.error(POST, 2, error)
            await office.at(due(TUESDAY))
            await office.at(due(TUESDAY) + timedelta(minutes=1))
            told = office.slack.messages(office.slack.direct_messages(office.jimin.id).id)
            assert len(told) == 1
            assert error in read(told[0])
            assert "멈췄습니다" in read(told[0])
            office.slack.faults.clear()
            await office.bot.newsroom.store.channels.reopen(office.team, office.papers.id, now=office.clock.now())
            await office.at(due(TUESDAY) + timedelta(minutes=2))
            assert editions(office) == ["daily:2026-08-17 3"]

    async def test_a_channel_that_opens_again_gets_what_waited_and_what_it_missed(self, tmp_path: Path) -> None:
        async with open_office(tmp_path, paperboy_operator="U0000000003") as office:
            office.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            await office.serve()
            for day in (MONDAY, TUESDAY, WEDNESDAY):
                office.sources.day(day, papers_of(day))
            await office.slack.archive(office.papers.id, by=office.ana.id)
            await office.quiet()
            for moment in (due(TUESDAY), due(TUESDAY) + timedelta(hours=5), due(WEDNESDAY)):
                await office.at(moment)
            assert office.slack.messages(office.slack.direct_messages(office.jimin.id).id) == [], "people did it"
            await office.slack.unarchive(office.papers.id, by=office.ana.id)
            await office.quiet()
            await office.at(due(WEDNESDAY) + timedelta(hours=5))
            waited = ["daily:2026-08-17 3", "daily:2026-08-18 3"]
            assert editions(office) == waited
            await office.at(due(THURSDAY))
            assert editions(office) == [*waited, "daily:2026-08-19 3"]

    async def test_a_channel_that_opens_unheard_is_tried_once_a_day(self, tmp_path: Path) -> None:
        async with open_office(tmp_path, paperboy_operator="U0000000003") as office:
            office.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            await office.serve()
            for day in (MONDAY, TUESDAY, WEDNESDAY):
                office.sources.day(day, papers_of(day))
            office.slack.faults.error(POST, 1, "is_archived")
            await office.at(due(TUESDAY))
            office.slack.faults.error(POST, 1, "is_archived")
            for moment in (due(TUESDAY) + timedelta(hours=5), due(WEDNESDAY), due(WEDNESDAY) + timedelta(hours=5)):
                await office.at(moment)
            assert len(office.slack.messages(office.slack.direct_messages(office.jimin.id).id)) == 1
            assert editions(office) == []
            await office.at(due(THURSDAY))
            await office.at(due(THURSDAY) + timedelta(minutes=1))
            assert editions(office) == ["daily:2026-08-17 3", "daily:2026-08-18..2026-08-19 6"]

    @pytest.mark.parametrize("error", ["account_inactive", "token_revoked", "invalid_auth"])
    async def test_a_lost_workspace_stops_the_bot_and_the_papers_wait(self, office: Office, error: str) -> None:
        await office.serve()
        office.slack.faults.error(POST, 2, error)
        await office.at(due(TUESDAY))
        with pytest.raises(SlackRefused, match=error):
            office.bot.failed.result()
        await office.at(due(TUESDAY) + timedelta(hours=1))
        assert editions(office) == ["daily:2026-08-17 3"]


class TestDoubt:
    @pytest.fixture(params=[False, True], ids=["without history", "with history"])
    async def office(self, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
        manifest = build_manifest(with_history=request.param)
        async with open_office(tmp_path, manifest=manifest, paperboy_operator="U0000000002") as opened:
            opened.clock.advance_to(due(MONDAY) + timedelta(hours=3))
            opened.sources.day(MONDAY, papers_of(MONDAY))
            yield opened

    @pytest.mark.parametrize("nth", [2, 3, 4])
    async def test_a_card_slack_took_before_the_line_broke_is_there_once(self, office: Office, nth: int) -> None:
        await office.serve()
        office.slack.faults.drop_after_accepting(POST, nth)
        await office.at(due(TUESDAY))
        assert editions(office) == ["daily:2026-08-17 3"]

    async def test_a_card_slack_never_took_is_sent_again_or_its_loss_told(self, office: Office) -> None:
        may_look = "channels:history" in office.slack.app.scopes
        await office.serve()
        office.slack.faults.drop_before_accepting(POST, 3)
        await office.at(due(TUESDAY))
        assert editions(office) == [f"daily:2026-08-17 {3 if may_look else 2}"]
        told = office.slack.messages(office.slack.direct_messages(office.ana.id).id)
        assert len(told) == (0 if may_look else 1)
        await office.at(due(TUESDAY) + timedelta(hours=1))
        assert len(office.slack.messages(office.slack.direct_messages(office.ana.id).id)) == len(told)

    async def test_a_header_slack_never_took_is_sent_again(self, office: Office) -> None:
        await office.serve()
        office.slack.faults.drop_before_accepting(POST, 1)
        await office.at(due(TUESDAY))
        assert editions(office) == ["daily:2026-08-17 3"]

    async def test_people_talking_meanwhile_do_not_hide_what_is_looked_for(self, office: Office) -> None:
        await office.serve()
        office.slack.faults.drop_after_accepting(POST, 1)

        async def talk() -> None:
            for number in range(30):
                await office.slack.say(office.ana.id, office.papers.id, f"Good morning {number}")

        office.slack.faults.after_request(1, talk)
        await office.at(due(TUESDAY))
        ours = [message for message in opening(office) if message.metadata]
        assert len(ours) == (1 if "channels:history" in office.slack.app.scopes else 2)
