"""A digest of more papers than one message has room for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.rules.channels import EmptyDays, Layout
from tests.harness import papers_of, read

if TYPE_CHECKING:
    from bot.slack_emulator import SlackMessage
    from tests.harness import Harness

THURSDAY = date(2024, 8, 1)
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
A_DAY_LATER = FRIDAY_MORNING + timedelta(days=1, minutes=20)
PAPERS = 21
VOTES = range(100, 100 - PAPERS, -1)


async def posted(harness: Harness, layout: Layout) -> list[SlackMessage]:
    """Let #papers get all of Thursday's papers; what was posted, in order."""
    await harness.serve(empty_days=EmptyDays.NOTHING, layout=layout)
    await harness.change(top=PAPERS)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, VOTES))
    await harness.at(FRIDAY_MORNING)
    return harness.slack.messages(harness.papers.id)


def parts(messages: list[SlackMessage]) -> list[str]:
    return [(message.metadata or {})["event_payload"]["part"] for message in messages]


async def test_goes_on_in_the_thread_before_the_cards_and_is_looked_after_as_a_whole(harness: Harness) -> None:
    first, second, *cards = await posted(harness, Layout.THREAD)
    assert parts([first, second]) == ["header", "part 2"]
    assert {message.thread_ts for message in (second, *cards)} == {first.ts}
    assert "Papers 12 to 21 are in the thread." in read(first)
    assert "12. Paper 12 of 2024-08-01" in read(second).replace("\u00a0", " ")

    await harness.react(harness.ana, second, "one")
    await harness.react(harness.ana, first, "keycap_ten")
    await harness.react(harness.jimin, second, "bookmark")
    assert await harness.reading_list(harness.ana) == ["2408.01010", "2408.01001"]
    assert await harness.reading_list(harness.jimin) == []

    harness.sources.day(THURSDAY, papers_of(THURSDAY, (*VOTES[:-1], 99)))
    await harness.at(FRIDAY_MORNING + timedelta(days=1))
    await harness.at(A_DAY_LATER)
    now = harness.slack.messages(harness.papers.id)
    assert read(now[1]) == read(second).replace("▲\u00a080", "▲\u00a099")
    assert read(now[0]) == read(first)


async def test_where_cards_stand_in_the_channel_goes_on_there(harness: Harness) -> None:
    messages = await posted(harness, Layout.CARDS)
    assert parts(messages[:3]) == ["header", "part 2", "2408.01001"]
    assert not any(message.is_reply for message in messages)
    assert "Papers 12 to 21 follow." in read(messages[0])
