"""Looking back at what was posted: votes in place, late risers once, recaps; whatever stopped meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.editions.upkeep import Upkeep, last_period, look_backs_due
from bot.errors import StoreError
from bot.rules.channels import EmptyDays, Recap
from bot.rules.editions import daily_edition
from bot.rules.outbox import PostedEdition
from bot.rules.papers import Origin, ReadSource, Section, Summary
from bot.schedule.delivery import EditionDelivery
from tests.harness import open_harness, papers_of, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.rules.editions import Edition
    from tests.harness import Harness

THURSDAY = date(2024, 8, 1)
# Ten past nine in Seoul, where #papers is served.
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
WEDNESDAYS = daily_edition(date(2026, 8, 19))
A_DAY = timedelta(days=1)
A_DAY_LATER = FRIDAY_MORNING + A_DAY + timedelta(minutes=20)
MONDAY_IN_SEOUL = datetime(2024, 8, 4, 15, 0, tzinfo=UTC)
UPDATE = "chat.update"


def changes(harness: Harness) -> list[str]:
    """The time stamps of the messages that were changed, in order."""
    return [str(call.arguments["ts"]) for call in harness.slack.calls if call.method == UPDATE]


def updates(harness: Harness) -> list[str]:
    """The same of the cards alone."""
    return [ts for ts in changes(harness) if ts != harness.header.ts]


async def posted(harness: Harness, votes: Sequence[int] = (30, 20, 10, 5), **settings: Any) -> None:
    """Let #papers get Thursday's three best papers."""
    await harness.serve(empty_days=EmptyDays.NOTHING, **settings)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, votes))
    await harness.at(FRIDAY_MORNING)
    assert len(harness.cards) == 3


async def a_day_passes(harness: Harness) -> None:
    """Let the next morning come, with nothing to post, and the look back after it."""
    await harness.at(FRIDAY_MORNING + A_DAY)
    await harness.at(A_DAY_LATER)


async def the_week_ends(harness: Harness) -> None:
    """Let it be Monday in Seoul, with nothing to post since, and the look back come."""
    await harness.at(MONDAY_IN_SEOUL)
    await harness.at(MONDAY_IN_SEOUL + timedelta(minutes=20))


async def test_after_a_day_the_cards_show_the_votes_of_then_in_place(harness: Harness) -> None:
    await posted(harness)
    first, second, third = harness.cards
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(harness)
    assert updates(harness) == [first.ts, third.ts]
    assert [read(card).count("33") for card in harness.cards] == [1, 0, 0]
    assert harness.cards[1] == second
    assert harness.cards[0].metadata == first.metadata
    assert len(harness.slack.messages(harness.papers.id)) == 4


async def test_the_header_shows_the_same_votes_as_the_cards(harness: Harness) -> None:
    await posted(harness)
    before = read(harness.header)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(harness)
    assert changes(harness)[-1] == harness.header.ts
    assert read(harness.header) == before.replace("▲\u00a030", "▲\u00a033").replace("▲\u00a010", "▲\u00a012")
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (40, 20, 12, 5)))
    await the_week_ends(harness)
    assert read(harness.header) == before.replace("▲\u00a030", "▲\u00a040").replace("▲\u00a010", "▲\u00a012")
    assert "daily:2024-08-01" in str(harness.header.metadata)


async def test_late_additions_have_their_votes_brought_up_to_date_as_well(harness: Harness) -> None:
    await posted(harness, late_risers=True)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    await a_day_passes(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 44)))
    await the_week_ends(harness)
    assert "44\u00a0upvotes" in read(harness.slack.messages(harness.papers.id)[-1])


async def test_looked_at_again_the_same_hour_nothing_more_is_changed(harness: Harness) -> None:
    await posted(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (40, 20, 15, 5)))
    await harness.at(A_DAY_LATER + timedelta(hours=1))
    assert len(updates(harness)) == 2


async def test_votes_that_stayed_as_they_were_change_nothing(harness: Harness) -> None:
    await posted(harness)
    await a_day_passes(harness)
    await the_week_ends(harness)
    assert updates(harness) == []


async def test_at_the_weeks_end_the_votes_are_brought_up_to_date_once_more_and_then_no_more(harness: Harness) -> None:
    await posted(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 10, 5)))
    await a_day_passes(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (40, 20, 10, 5)))
    await the_week_ends(harness)
    assert updates(harness) == [harness.cards[0].ts] * 2
    assert "40" in read(harness.cards[0])
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (50, 50, 50, 5)))
    await harness.at(MONDAY_IN_SEOUL + timedelta(days=3))
    assert len(updates(harness)) == 2


async def test_after_a_longer_absence_both_looks_back_bring_one_change(harness: Harness) -> None:
    await posted(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 10, 5)))
    await the_week_ends(harness)
    assert updates(harness) == [harness.cards[0].ts]


async def test_while_the_source_is_away_the_look_back_waits(harness: Harness) -> None:
    await posted(harness)
    harness.sources.down()
    await a_day_passes(harness)
    assert updates(harness) == []
    harness.sources.up()
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 10, 5)))
    await harness.at(A_DAY_LATER + timedelta(minutes=10))
    await harness.at(A_DAY_LATER + timedelta(minutes=20))
    assert updates(harness) == [harness.cards[0].ts]


@pytest.mark.parametrize("fault", ["drop_after_accepting", "drop_before_accepting"])
async def test_a_change_that_was_cut_off_is_made_again(harness: Harness, fault: str) -> None:
    await posted(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    getattr(harness.slack.faults, fault)(UPDATE, 1)
    await a_day_passes(harness)
    assert "33" in read(harness.cards[0])
    assert "12" in read(harness.cards[2])
    assert len(harness.cards) == 3


async def test_a_card_that_was_deleted_is_left_alone_and_the_others_are_changed(harness: Harness) -> None:
    await posted(harness)
    harness.slack.faults.error(UPDATE, 1, "message_not_found")
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(harness)
    assert "12" in read(harness.cards[2])
    await harness.at(A_DAY_LATER + timedelta(minutes=20))
    assert len(updates(harness)) == 2


async def test_killed_between_two_changes_the_next_one_goes_on(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await posted(harness)
        harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
        harness.slack.faults.error(UPDATE, 2, "invalid_auth")
        await harness.at(FRIDAY_MORNING + A_DAY)
        assert "12" not in read(harness.cards[2])
        harness.slack.faults.clear()
        await harness.at(A_DAY_LATER + timedelta(minutes=1))
        assert "12" in read(harness.cards[2])


async def test_a_paper_that_rose_late_comes_once_under_its_own_line_where_it_is_wanted(harness: Harness) -> None:
    await posted(harness, late_risers=True)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    await a_day_passes(harness)
    header, card = harness.slack.messages(harness.papers.id)[-2:]
    assert "Paper 4" in read(card)
    assert card.thread_ts == header.ts
    assert not header.is_reply
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 40)))
    await the_week_ends(harness)
    assert harness.slack.messages(harness.papers.id)[-1].ts == card.ts


async def test_where_it_is_not_wanted_a_late_paper_does_not_come(harness: Harness) -> None:
    await posted(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    await a_day_passes(harness)
    assert len(harness.slack.messages(harness.papers.id)) == 4


async def test_a_paper_had_before_is_linked_and_not_repeated(harness: Harness) -> None:
    await posted(harness)
    friday = THURSDAY + A_DAY
    harness.sources.day(friday, [*papers_of(THURSDAY, (90,)), *papers_of(friday, (8, 7, 6))])
    await harness.at(FRIDAY_MORNING + A_DAY)
    header, *cards = harness.slack.messages(harness.papers.id)[-4:]
    assert [(card.metadata or {})["event_payload"]["part"] for card in cards] == [
        "2408.02001",
        "2408.02002",
        "2408.02003",
    ]
    assert f"p{harness.cards[0].ts.replace('.', '')}" in str(header.blocks)


async def test_the_best_of_a_week_is_listed_again_with_the_first_post_of_the_next(harness: Harness) -> None:
    await posted(harness, recap=Recap.WEEKLY)
    monday = date(2024, 8, 5)
    harness.sources.day(monday, papers_of(monday, (9, 8)))
    await harness.at(datetime(2024, 8, 6, 0, 10, tzinfo=UTC))
    recap = harness.slack.messages(harness.papers.id)[-1]
    assert (recap.metadata or {})["event_payload"]["edition"] == "recap:2024-W31"
    assert all(f"Paper {number} of {THURSDAY}" in read(recap) for number in (1, 2, 3))
    tuesday = monday + A_DAY
    harness.sources.day(tuesday, papers_of(tuesday, (9, 8)))
    await harness.at(datetime(2024, 8, 7, 0, 10, tzinfo=UTC))
    editions = [(each.metadata or {})["event_payload"]["edition"] for each in harness.slack.messages(harness.papers.id)]
    assert editions.count("recap:2024-W31") == 1


async def test_the_recap_also_follows_a_digest_that_was_cut_short_and_finished_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await posted(harness, recap=Recap.WEEKLY)
    monday = date(2024, 8, 5)
    harness.sources.day(monday, papers_of(monday, (9, 8)))

    async def end(_: EditionDelivery, __: str, editions: Sequence[Edition], *, was_active: bool = False) -> bool:
        if editions:
            raise StoreError(path="there")
        return was_active

    with monkeypatch.context() as ending:
        ending.setattr(EditionDelivery, "deliver", end)
        await harness.at(datetime(2024, 8, 6, 0, 10, tzinfo=UTC))
    await harness.at(datetime(2024, 8, 6, 0, 11, tzinfo=UTC))
    editions = [(each.metadata or {})["event_payload"]["edition"] for each in harness.slack.messages(harness.papers.id)]
    assert editions[-1] == "recap:2024-W31"
    assert editions.count(f"daily:{monday}") == 3


async def test_a_paused_channel_is_not_looked_back_at(harness: Harness) -> None:
    await posted(harness)
    await harness.pause()
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await a_day_passes(harness)
    assert updates(harness) == []


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
    assert look_backs_due(PostedEdition("C1", WEDNESDAYS, at(sent), frozenset()), zone, at(now)) == due


def test_a_look_back_that_was_taken_is_not_due_again() -> None:
    posted = PostedEdition("C1", WEDNESDAYS, at("2026-08-19 23:00"), frozenset({"day"}))
    assert look_backs_due(posted, "Asia/Seoul", at("2026-08-25 00:00")) == ["week"]


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


async def test_facts_that_change_by_themselves_are_no_reason_to_draw_a_card_again(harness: Harness) -> None:
    items = papers_of(THURSDAY, (30, 20, 10, 5))
    for item in items:
        item["paper"]["githubRepo"] = "https://github.com/a/b"
    first, store = items[0]["paper"]["id"], harness.bot.services.store

    async def summarized(text: str) -> None:
        sections = ((Section.WHATS_NEW, text),)
        await store.summaries.remember(
            Summary(first, "en", sections, Origin.MODEL, "m", ReadSource.ABSTRACT, harness.clock.now())
        )

    async def drawn_again() -> int:
        upkeep = Upkeep(store, harness.bot.workspace.daily, harness.clock)
        return len(await upkeep.plan_corrections(harness.team, first))

    harness.sources.day(THURSDAY, items)
    await harness.bot.services.library.read_day(THURSDAY)
    await summarized("It is new.")
    await harness.serve()
    await harness.at(FRIDAY_MORNING)
    for item in items:
        item["numComments"] = 99
        item["paper"] |= {"githubStars": 1234, "ai_keywords": ["speech"]}
    harness.sources.day(THURSDAY, items)
    await harness.bot.services.library.read_day(THURSDAY)
    assert await drawn_again() == 0
    await summarized("It is newer.")
    assert await drawn_again() == 1
