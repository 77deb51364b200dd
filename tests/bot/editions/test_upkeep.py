"""Looking back at what was posted: votes in place, late risers once, recaps; whatever stopped meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.editions.upkeep import last_period, steps_due
from bot.rules.channels import EmptyDays, Recap
from bot.rules.outbox import PostedEdition
from tests.office import open_office, papers_of, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.office import Office

THURSDAY = date(2024, 8, 1)
# Ten past nine in Seoul, where #papers is served.
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
A_DAY = timedelta(days=1)
A_DAY_LATER = FRIDAY_MORNING + A_DAY + timedelta(minutes=20)
MONDAY_IN_SEOUL = datetime(2024, 8, 4, 15, 0, tzinfo=UTC)
UPDATE = "chat.update"


def changes(office: Office) -> list[str]:
    """The time stamps of the messages that were changed, in order."""
    return [str(call.arguments["ts"]) for call in office.slack.calls if call.method == UPDATE]


def updates(office: Office) -> list[str]:
    """The same of the cards alone."""
    return [ts for ts in changes(office) if ts != office.header.ts]


async def posted(office: Office, votes: Sequence[int] = (30, 20, 10, 5), **settings: Any) -> None:
    """Let #papers get Thursday's three best papers."""
    await office.serve(empty_days=EmptyDays.NOTHING, **settings)
    office.sources.day(THURSDAY, papers_of(THURSDAY, votes))
    await office.at(FRIDAY_MORNING)
    assert len(office.cards) == 3


async def a_day_passes(office: Office) -> None:
    """Let the next morning come, with nothing to post, and the look back after it."""
    await office.at(FRIDAY_MORNING + A_DAY)
    await office.at(A_DAY_LATER)


async def the_week_ends(office: Office) -> None:
    """Let it be Monday in Seoul, with nothing to post since, and the look back come."""
    await office.at(MONDAY_IN_SEOUL)
    await office.at(MONDAY_IN_SEOUL + timedelta(minutes=20))


async def test_after_a_day_the_cards_show_the_votes_of_then_in_place(office: Office) -> None:
    await posted(office)
    first, second, third = office.cards
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(office)
    assert updates(office) == [first.ts, third.ts]
    assert [read(card).count("33") for card in office.cards] == [1, 0, 0]
    assert office.cards[1] == second
    assert office.cards[0].metadata == first.metadata
    assert len(office.slack.messages(office.papers.id)) == 4


async def test_the_header_shows_the_same_votes_as_the_cards(office: Office) -> None:
    await posted(office)
    before = read(office.header)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(office)
    assert changes(office)[-1] == office.header.ts
    assert read(office.header) == before.replace("30 votes", "33 votes").replace("10 votes", "12 votes")
    office.sources.day(THURSDAY, papers_of(THURSDAY, (40, 20, 12, 5)))
    await the_week_ends(office)
    assert read(office.header) == before.replace("30 votes", "40 votes").replace("10 votes", "12 votes")
    assert "daily:2024-08-01" in str(office.header.metadata)


async def test_late_additions_have_their_votes_brought_up_to_date_as_well(office: Office) -> None:
    await posted(office, late_risers=True)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    await a_day_passes(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 44)))
    await the_week_ends(office)
    assert "44 votes" in read(office.slack.messages(office.papers.id)[-1])


async def test_looked_at_again_the_same_hour_nothing_more_is_changed(office: Office) -> None:
    await posted(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (40, 20, 15, 5)))
    await office.at(A_DAY_LATER + timedelta(hours=1))
    assert len(updates(office)) == 2


async def test_votes_that_stayed_as_they_were_change_nothing(office: Office) -> None:
    await posted(office)
    await a_day_passes(office)
    await the_week_ends(office)
    assert updates(office) == []


async def test_at_the_weeks_end_the_votes_are_brought_up_to_date_once_more_and_then_no_more(office: Office) -> None:
    await posted(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 10, 5)))
    await a_day_passes(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (40, 20, 10, 5)))
    await the_week_ends(office)
    assert updates(office) == [office.cards[0].ts] * 2
    assert "40" in read(office.cards[0])
    office.sources.day(THURSDAY, papers_of(THURSDAY, (50, 50, 50, 5)))
    await office.at(MONDAY_IN_SEOUL + timedelta(days=3))
    assert len(updates(office)) == 2


async def test_after_a_longer_absence_both_looks_back_bring_one_change(office: Office) -> None:
    await posted(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 10, 5)))
    await the_week_ends(office)
    assert updates(office) == [office.cards[0].ts]


async def test_while_the_source_is_away_the_look_back_waits(office: Office) -> None:
    await posted(office)
    office.sources.down()
    await a_day_passes(office)
    assert updates(office) == []
    office.sources.up()
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 10, 5)))
    await office.at(A_DAY_LATER + timedelta(minutes=10))
    await office.at(A_DAY_LATER + timedelta(minutes=20))
    assert updates(office) == [office.cards[0].ts]


@pytest.mark.parametrize("fault", ["drop_after_accepting", "drop_before_accepting"])
async def test_a_change_that_was_cut_off_is_made_again(office: Office, fault: str) -> None:
    await posted(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    getattr(office.slack.faults, fault)(UPDATE, 1)
    await a_day_passes(office)
    assert "33" in read(office.cards[0])
    assert "12" in read(office.cards[2])
    assert len(office.cards) == 3


async def test_a_card_that_was_deleted_is_left_alone_and_the_others_are_changed(office: Office) -> None:
    await posted(office)
    office.slack.faults.error(UPDATE, 1, "message_not_found")
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(office)
    assert "12" in read(office.cards[2])
    await office.at(A_DAY_LATER + timedelta(minutes=20))
    assert len(updates(office)) == 2


async def test_killed_between_two_changes_the_next_one_goes_on(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await posted(office)
        office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
        office.slack.faults.error(UPDATE, 2, "invalid_auth")
        await office.at(FRIDAY_MORNING + A_DAY)
        assert "12" not in read(office.cards[2])
        office.slack.faults.clear()
        await office.at(A_DAY_LATER + timedelta(minutes=1))
        assert "12" in read(office.cards[2])


async def test_a_paper_that_rose_late_comes_once_under_its_own_line_where_it_is_wanted(office: Office) -> None:
    await posted(office, late_risers=True)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    await a_day_passes(office)
    header, card = office.slack.messages(office.papers.id)[-2:]
    assert "Paper 4" in read(card)
    assert card.thread_ts == header.ts
    assert not header.is_reply
    office.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 40)))
    await the_week_ends(office)
    assert office.slack.messages(office.papers.id)[-1].ts == card.ts


async def test_where_it_is_not_wanted_a_late_paper_does_not_come(office: Office) -> None:
    await posted(office)
    office.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    await a_day_passes(office)
    assert len(office.slack.messages(office.papers.id)) == 4


async def test_a_paper_had_before_is_linked_and_not_repeated(office: Office) -> None:
    await posted(office)
    friday = THURSDAY + A_DAY
    office.sources.day(friday, [*papers_of(THURSDAY, (90,)), *papers_of(friday, (8, 7, 6))])
    await office.at(FRIDAY_MORNING + A_DAY)
    header, *cards = office.slack.messages(office.papers.id)[-4:]
    assert [(card.metadata or {})["event_payload"]["part"] for card in cards] == [
        "2408.02001",
        "2408.02002",
        "2408.02003",
    ]
    assert f"p{office.cards[0].ts.replace('.', '')}" in str(header.blocks)


async def test_the_best_of_a_week_is_listed_again_with_the_first_post_of_the_next(office: Office) -> None:
    await posted(office, recap=Recap.WEEKLY)
    monday = date(2024, 8, 5)
    office.sources.day(monday, papers_of(monday, (9, 8)))
    await office.at(datetime(2024, 8, 6, 0, 10, tzinfo=UTC))
    recap = office.slack.messages(office.papers.id)[-1]
    assert (recap.metadata or {})["event_payload"]["edition"] == "recap:2024-W31"
    assert all(f"Paper {number} of {THURSDAY}" in read(recap) for number in (1, 2, 3))
    tuesday = monday + A_DAY
    office.sources.day(tuesday, papers_of(tuesday, (9, 8)))
    await office.at(datetime(2024, 8, 7, 0, 10, tzinfo=UTC))
    editions = [(each.metadata or {})["event_payload"]["edition"] for each in office.slack.messages(office.papers.id)]
    assert editions.count("recap:2024-W31") == 1


async def test_a_paused_channel_is_not_looked_back_at(office: Office) -> None:
    await posted(office)
    await office.pause()
    office.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(office)
    assert updates(office) == []


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "zone", "now", "due"),
    [
        ("2026-08-19 23:00", "Asia/Seoul", "2026-08-20 22:59", []),
        ("2026-08-19 23:00", "Asia/Seoul", "2026-08-20 23:00", ["day"]),
        ("2026-08-19 23:00", "Asia/Seoul", "2026-08-23 14:59", ["day"]),
        ("2026-08-19 23:00", "Asia/Seoul", "2026-08-23 15:00", ["day", "week"]),
        ("2026-08-23 14:59", "Asia/Seoul", "2026-08-23 15:00", ["week"]),  # Sunday, a minute before midnight
        ("2026-08-23 15:00", "Asia/Seoul", "2026-08-24 15:00", ["day"]),  # Monday, the first minute
        ("2026-10-24 22:30", "Europe/Berlin", "2026-10-25 23:00", ["day", "week"]),  # a Sunday of 25 hours
    ],
)
def test_one_look_back_is_due_a_day_later_and_one_when_the_week_is_over_there(
    sent: str, zone: str, now: str, due: list[str]
) -> None:
    assert steps_due(PostedEdition("C1", "daily:2026-08-19", at(sent), frozenset()), zone, at(now)) == due


def test_a_look_back_that_was_taken_is_not_due_again() -> None:
    posted = PostedEdition("C1", "daily:2026-08-19", at("2026-08-19 23:00"), frozenset({"day"}))
    assert steps_due(posted, "Asia/Seoul", at("2026-08-25 00:00")) == ["week"]


@pytest.mark.parametrize(
    ("recap", "local_date", "period"),
    [
        (Recap.NONE, date(2026, 8, 24), None),
        (Recap.WEEKLY, date(2026, 8, 24), ("2026-W34", date(2026, 8, 17), date(2026, 8, 23))),
        (Recap.WEEKLY, date(2026, 8, 30), ("2026-W34", date(2026, 8, 17), date(2026, 8, 23))),
        (Recap.WEEKLY, date(2027, 1, 4), ("2026-W53", date(2026, 12, 28), date(2027, 1, 3))),
        (Recap.MONTHLY, date(2026, 8, 1), ("2026-07", date(2026, 7, 1), date(2026, 7, 31))),
        (Recap.MONTHLY, date(2026, 1, 31), ("2025-12", date(2025, 12, 1), date(2025, 12, 31))),
    ],
)
def test_a_recap_is_of_the_last_whole_week_or_month(
    recap: Recap, local_date: date, period: tuple[str, date, date] | None
) -> None:
    assert last_period(recap, local_date) == period
