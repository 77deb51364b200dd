"""A channel that has its digest without cards: each comes to whoever asks for it, and only to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import EmptyDays, Layout, Recap
from bot.slack.manifest import build_manifest
from tests.harness import open_harness, papers_of, read

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import SlackMessage
    from tests.harness import Harness

THURSDAY = date(2024, 8, 1)
FRIDAY = THURSDAY + timedelta(days=1)
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
A_DAY = timedelta(days=1)


async def posted(harness: Harness, **settings: Any) -> SlackMessage:
    """Let #papers get Thursday's three best papers, all in one message."""
    await harness.serve(empty_days=EmptyDays.NOTHING, layout=Layout.DIGEST, **settings)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 5)))
    await harness.at(FRIDAY_MORNING)
    (message,) = harness.slack.messages(harness.papers.id)
    return message


async def test_a_card_comes_on_request_to_one_person_and_to_the_channel_only_when_shared(harness: Harness) -> None:
    digest = await posted(harness)
    answer = await harness.slack.choose(harness.ana.id, digest, "show_card", "2408.01002")
    assert answer.ok
    await harness.quiet()
    (card,) = harness.slack.ephemerals(harness.ana.id)
    assert "Paper 2 of 2024-08-01" in read(card)
    assert harness.slack.messages(harness.papers.id) == [digest]
    await harness.click(harness.ana, card, "share_paper")
    *_, shared = harness.slack.messages(harness.papers.id)
    assert "Paper 2 of 2024-08-01" in read(shared)
    assert shared.thread_ts == digest.ts


async def test_shown_in_another_language_it_is_still_shared_below_its_digest(harness: Harness) -> None:
    digest = await posted(harness)
    await harness.slack.choose(harness.ana.id, digest, "show_card", "2408.01002")
    await harness.quiet()
    (card,) = harness.slack.ephemerals(harness.ana.id)
    value = f"language:ko:2408.01002 {digest.ts}"
    await harness.slack.choose(harness.ana.id, card, "paper_menu", value)
    await harness.quiet()
    *_, korean = harness.slack.ephemerals(harness.ana.id)
    assert "저장" in read(korean)
    await harness.click(harness.ana, korean, "share_paper")
    *_, shared = harness.slack.messages(harness.papers.id)
    assert shared.thread_ts == digest.ts


@pytest.mark.parametrize("fault", ["drop_after_accepting", "drop_before_accepting"])
async def test_a_card_shared_below_its_digest_comes_once_when_the_line_is_cut(tmp_path: Path, fault: str) -> None:
    async with open_harness(tmp_path, manifest=build_manifest(with_history=True)) as harness:
        digest = await posted(harness)
        await harness.slack.choose(harness.ana.id, digest, "show_card", "2408.01002")
        await harness.quiet()
        getattr(harness.slack.faults, fault)("chat.postMessage", 1)
        await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "share_paper")
        await harness.at(FRIDAY_MORNING + timedelta(minutes=2))
        (shared,) = harness.slack.thread(harness.papers.id, digest.ts)[1:]
        assert "Paper 2 of 2024-08-01" in read(shared)
        assert harness.slack.messages(harness.papers.id) == [digest, shared]


async def test_a_card_shared_where_paperboy_is_not_any_more_stands_below_its_digest_all_the_same(
    harness: Harness,
) -> None:
    digest = await posted(harness)
    await harness.slack.choose(harness.ana.id, digest, "show_card", "2408.01002")
    await harness.quiet()
    await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
    await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "share_paper")
    (shared,) = harness.slack.thread(harness.papers.id, digest.ts)[1:]
    assert "Paper 2 of 2024-08-01" in read(shared)
    assert harness.slack.messages(harness.papers.id) == [digest, shared]


async def test_papers_are_saved_by_number(harness: Harness) -> None:
    await harness.react(harness.jimin, await posted(harness), "two")
    assert await harness.reading_list(harness.jimin) == ["2408.01002"]


async def test_no_paper_comes_twice_and_one_that_came_is_found_in_its_digest(harness: Harness) -> None:
    digest = await posted(harness)
    harness.sources.day(FRIDAY, [*papers_of(THURSDAY, (90,)), *papers_of(FRIDAY, (8, 7, 6))])
    await harness.at(FRIDAY_MORNING + A_DAY)
    later = harness.slack.messages(harness.papers.id)[-1]
    assert "Paper 1 of 2024-08-02" in read(later)
    assert f"p{digest.ts.replace('.', '')}" in str(later.blocks)


async def test_its_upvotes_are_brought_up_to_date(harness: Harness) -> None:
    digest = await posted(harness)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (33, 20, 12, 5)))
    await harness.at(FRIDAY_MORNING + A_DAY)
    await harness.at(FRIDAY_MORNING + A_DAY + timedelta(minutes=20))
    (now,) = harness.slack.messages(harness.papers.id)
    assert read(now) == read(digest).replace("▲\u00a030", "▲\u00a033").replace("▲\u00a010", "▲\u00a012")


async def test_late_additions_come_without_cards_too_and_not_twice(harness: Harness) -> None:
    await posted(harness, late_risers=True)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 25)))
    for minutes in (0, 20, 40):
        await harness.at(FRIDAY_MORNING + A_DAY + timedelta(minutes=minutes))
    _, late = harness.slack.messages(harness.papers.id)
    assert "Paper 4 of 2024-08-01" in read(late)
    await harness.react(harness.ana, late, "bookmark")
    assert await harness.reading_list(harness.ana) == ["2408.01004"]


async def test_a_recap_lists_what_came(harness: Harness) -> None:
    await posted(harness, recap=Recap.WEEKLY)
    monday = date(2024, 8, 5)
    harness.sources.day(monday, papers_of(monday, (9, 8)))
    await harness.at(datetime(2024, 8, 6, 0, 10, tzinfo=UTC))
    recap = harness.slack.messages(harness.papers.id)[-1]
    assert all(f"Paper {number} of {THURSDAY}" in read(recap) for number in (1, 2, 3))


@pytest.mark.parametrize(("votes", "comes_back"), [((30, 20, 10), False), ((30,), True)], ids=["all", "some"])
async def test_a_digest_that_slack_refused_is_not_sent_again_once_all_its_papers_came(
    harness: Harness, votes: tuple[int, ...], comes_back: bool
) -> None:
    harness.slack.faults.error("chat.postMessage", 1, "no_text")
    await harness.serve(empty_days=EmptyDays.NOTHING, layout=Layout.DIGEST)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10)))
    await harness.at(FRIDAY_MORNING)
    assert harness.slack.messages(harness.papers.id) == []
    harness.sources.day(FRIDAY, papers_of(THURSDAY, votes))
    await harness.at(FRIDAY_MORNING + A_DAY)
    (message,) = harness.slack.messages(harness.papers.id)
    assert "Paper 1 of 2024-08-01" in read(message)
    again = await harness.queue_again(THURSDAY)
    assert len(harness.slack.messages(harness.papers.id)) == 1 + comes_back
    assert again.report.refused == ()
