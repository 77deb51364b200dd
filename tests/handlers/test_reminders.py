"""What the buttons of a reminder do, at once and weeks later, and what can be typed about reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.rules.reading_list import ReadingState
from bot.rules.reminders import RemindedPapers
from tests.harness import open_harness, read
from tests.reminders import received, save

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import SlackMessage
    from tests.harness import Harness

MONDAY = datetime(2024, 8, 5, 10, tzinfo=ZoneInfo("Europe/Berlin"))
OLD, NEW, THIRD = "2407.20743", "2407.21018", "2407.21017"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Ana has three papers on her list and has had her first reminder."""
    async with open_harness(tmp_path) as opened:
        await opened.post()
        await save(opened, opened.ana, OLD, NEW, THIRD)
        await opened.ask(opened.ana, "remind me")
        await opened.at(MONDAY)
        yield opened


def reminder(harness: Harness, which: int = -1) -> SlackMessage:
    return received(harness, harness.ana)[which]


def button(harness: Harness, action: str, about: str | None = None) -> str | None:
    """The value of a button of the last reminder."""
    for block in reminder(harness).blocks:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            value: str | None = element.get("value")
            if element.get("action_id") == action and about in {None, RemindedPapers.parse(value or "").about}:
                return value
    return None


async def press(harness: Harness, action: str, about: str | None = None) -> str:
    """Press a button of the last reminder; what that says then."""
    answer = await harness.slack.click(harness.ana.id, reminder(harness), action, value=button(harness, action, about))
    assert answer.ok, answer
    await harness.quiet()
    return read(reminder(harness))


async def state(harness: Harness, paper_id: str) -> ReadingState | None:
    entry = await harness.bot.services.store.reading_lists.entry(harness.team, harness.ana.id, paper_id)
    return entry.state if entry else None


async def test_a_paper_is_marked_read_or_archived_in_place_and_that_is_undone(harness: Harness) -> None:
    assert "Your reading list has 3 unread papers." in read(reminder(harness))
    assert "has 2 unread papers." in await press(harness, "reminder_done", OLD)
    assert "Archived" in await press(harness, "reminder_archive", NEW)
    assert (await state(harness, OLD), await state(harness, NEW)) == (ReadingState.DONE, ReadingState.ARCHIVED)
    said = await press(harness, "reminder_undo", OLD)
    assert "Marked as read" not in said
    assert await state(harness, OLD) is ReadingState.TO_READ
    assert len(received(harness, harness.ana)) == 1
    assert harness.slack.ephemerals(harness.ana.id)[1:] == []


async def test_the_card_is_shown_below(harness: Harness) -> None:
    (card,) = await harness.click(
        harness.ana, reminder(harness), "reminder_card", value=button(harness, "reminder_card", THIRD) or ""
    )
    assert "Matting by Generation" in card


async def test_snoozed_they_come_after_two_weeks_and_stopped_no_more(harness: Harness) -> None:
    assert "snoozed until Mon, Aug 19" in await press(harness, "reminder_snooze")
    for weeks in (1, 2):
        await harness.at(MONDAY + timedelta(weeks=weeks))
        assert len(received(harness, harness.ana)) == weeks, "the next one is that of two weeks later"
    assert "Reminders are off." in await press(harness, "reminder_stop")
    await harness.at(MONDAY + timedelta(weeks=3))
    assert len(received(harness, harness.ana)) == 2
    assert "Reminders are on" in await press(harness, "reminder_on")
    await harness.at(MONDAY + timedelta(weeks=4))
    assert len(received(harness, harness.ana)) == 3


async def test_what_waited_for_eight_weeks_is_archived_by_one_click_and_comes_back_by_another(
    harness: Harness,
) -> None:
    await save(harness, harness.ana, "2407.20729", "2407.20267")
    await harness.at(MONDAY + timedelta(weeks=9))
    assert "2 papers have been unread for more than 8 weeks" in read(reminder(harness))
    stale = RemindedPapers.parse(button(harness, "reminder_archive_stale") or "").stale
    assert [await state(harness, each) for each in stale] == [ReadingState.TO_READ] * 2, "nothing goes by itself"
    assert "Archived 2 papers." in await press(harness, "reminder_archive_stale")
    assert [await state(harness, each) for each in stale] == [ReadingState.ARCHIVED] * 2
    assert "2 papers have been unread" in await press(harness, "reminder_restore_stale")
    assert [await state(harness, each) for each in stale] == [ReadingState.TO_READ] * 2


async def test_an_old_reminder_shows_how_the_list_stands_now(harness: Harness) -> None:
    lists = harness.bot.deps.reading_lists(harness.team)
    paper = await harness.bot.services.store.papers.find(NEW)
    assert paper
    await lists.remove(harness.team, harness.ana.id, paper)
    harness.clock.advance_to(MONDAY + timedelta(days=5))
    value = button(harness, "reminder_done", NEW)
    await harness.slack.click(harness.ana.id, reminder(harness), "reminder_done", value=value)
    await harness.quiet()
    said = read(reminder(harness))
    assert "Removed from your reading list" in said
    assert await state(harness, NEW) is None


async def test_reminders_are_typed_about_in_both_languages(harness: Harness) -> None:
    said = await harness.ask(harness.jimin, "알림 켜기")
    assert "매주 월요일 10:00" in said[-1]
    assert "미뤘습니다" in (await harness.ask(harness.jimin, "알림 미루기"))[-1]
    assert "꺼져 있습니다" in (await harness.ask(harness.jimin, "알림 끄기"))[-1]
    assert "꺼져 있습니다" in (await harness.ask(harness.jimin, "snooze"))[-1], "there is nothing to put off"
    assert "꺼져 있습니다" in (await harness.ask(harness.jimin, "reminders"))[-1]
