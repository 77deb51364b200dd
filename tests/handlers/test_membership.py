"""Channels come and go: nothing fails, nothing is posted where Paperboy is not wanted, and data goes in the end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import ChannelState
from tests.harness import papers_of

if TYPE_CHECKING:
    from tests.harness import Harness

THURSDAY, FRIDAY = date(2024, 8, 1), date(2024, 8, 2)
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
A_DAY = timedelta(days=1)


async def posts(harness: Harness, channel: str) -> list[str]:
    """The days that a channel has got papers of."""
    editions = [(each.metadata or {})["event_payload"]["edition"] for each in harness.slack.messages(channel)]
    return [edition.removeprefix("daily:") for edition in dict.fromkeys(editions) if edition.startswith("daily:")]


async def a_day_passes(harness: Harness) -> None:
    """Let two days of papers come due, one after the other."""
    harness.sources.day(THURSDAY, papers_of(THURSDAY))
    harness.sources.day(FRIDAY, papers_of(FRIDAY))
    await harness.at(FRIDAY_MORNING)


async def problems(harness: Harness, capsys: pytest.CaptureFixture[str]) -> list[str]:
    await harness.quiet()
    return [line for line in capsys.readouterr().out.splitlines() if "[error" in line or "Traceback" in line]


async def test_an_archived_channel_gets_nothing_and_all_it_missed_once_it_is_back(
    harness: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    await harness.serve()
    await harness.slack.archive(harness.papers.id, by=harness.ana.id)
    await harness.quiet()
    await a_day_passes(harness)
    assert harness.slack.messages(harness.papers.id) == []
    await harness.slack.unarchive(harness.papers.id, by=harness.ana.id)
    await harness.quiet()
    await harness.at(FRIDAY_MORNING + A_DAY)
    assert await posts(harness, harness.papers.id) == ["2024-08-01", "2024-08-02"]
    assert await problems(harness, capsys) == []


async def test_another_name_and_another_privacy_change_nothing(
    harness: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    await harness.serve()
    await harness.slack.rename(harness.papers.id, "reading")
    await harness.slack.make_private(harness.papers.id)
    await harness.quiet()
    await a_day_passes(harness)
    assert await posts(harness, harness.papers.id) == ["2024-08-01"]
    assert await problems(harness, capsys) == []


async def test_a_channel_that_gets_another_id_keeps_its_settings_and_what_it_had(harness: Harness) -> None:
    await harness.serve(top=2)
    await a_day_passes(harness)
    moved = await harness.slack.change_channel_id(harness.papers.id)
    await harness.quiet()
    assert (await harness.served(moved)).settings.top == 2
    await harness.at(FRIDAY_MORNING + A_DAY)
    assert await posts(harness, moved.id) == ["2024-08-01", "2024-08-02"]


@pytest.mark.parametrize("how", ["removed", "deleted"])
async def test_where_it_was_removed_nothing_is_posted(
    harness: Harness, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await harness.serve()
    if how == "removed":
        await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
    else:
        await harness.slack.delete_channel(harness.papers.id)
    await harness.quiet()
    calls = len(harness.slack.calls)
    await a_day_passes(harness)
    assert (await harness.served()).state is ChannelState.LEFT
    assert [call.method for call in harness.slack.calls[calls:]] == []
    assert await problems(harness, capsys) == []


async def test_invited_again_it_waits_to_be_set_up_and_remembers_how_it_was(harness: Harness) -> None:
    await harness.serve(top=2)
    await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
    await harness.quiet()
    await harness.slack.invite_bot(harness.papers.id, by=harness.ana.id)
    await harness.quiet()
    known = await harness.served()
    assert (known.state, known.settings.top) == (ChannelState.NEW, 2)
    hello = harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)[-3]
    await harness.click(harness.ana, hello, "channel_use_defaults")
    await a_day_passes(harness)
    assert await posts(harness, harness.papers.id) == ["2024-08-01"]


@pytest.mark.parametrize("order", ["kept", "reversed"])
@pytest.mark.parametrize("how", ["back", "gone"])
async def test_whatever_order_coming_and_going_are_told_in_the_latest_counts(
    harness: Harness, order: str, how: str
) -> None:
    await harness.serve()
    if how == "gone":
        await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
        await harness.quiet()
    harness.slack.faults.hold()
    if how == "back":
        await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
        harness.clock.advance_to(harness.clock.now() + timedelta(seconds=5))
    await harness.slack.invite_bot(harness.papers.id, by=harness.ana.id)
    if how == "gone":
        harness.clock.advance_to(harness.clock.now() + timedelta(seconds=5))
        await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
    harness.slack.faults.release("kept" if order == "kept" else "reversed")
    await harness.quiet()
    assert ((await harness.served()).state is not ChannelState.LEFT) is (how == "back")
    assert await harness.bot.services.store.memberships.open_invitations(harness.team) == []


async def test_what_was_left_is_forgotten_after_the_retention_time_and_not_before(harness: Harness) -> None:
    store = harness.bot.services.store
    await harness.serve()
    await a_day_passes(harness)
    await harness.slack.remove_bot(harness.papers.id, by=harness.ana.id)
    await harness.quiet()
    await harness.at(FRIDAY_MORNING + 29 * A_DAY)
    assert await store.channels.find(harness.team, harness.papers.id)
    await harness.at(FRIDAY_MORNING + 31 * A_DAY)
    assert await store.channels.find(harness.team, harness.papers.id) is None
    cards = [listed.paper.id for listed in await store.listings.between(date(2024, 1, 1), date(2024, 12, 31))]
    assert cards
    assert await store.posted.papers_had(harness.team, harness.papers.id, cards) == frozenset()


async def test_once_the_app_is_gone_nothing_is_tried_and_everything_is_forgotten_in_time(harness: Harness) -> None:
    store = harness.bot.services.store
    await harness.serve()
    await a_day_passes(harness)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    assert await harness.reading_list(harness.ana)
    await harness.slack.uninstall()
    await harness.quiet()
    assert (await harness.served()).state is ChannelState.LEFT
    assert await store.memberships.forget_left(before=harness.clock.now() + timedelta(minutes=1)) == (1, 1)
    assert await harness.reading_list(harness.ana) == []
    assert await store.channels.find(harness.team, harness.papers.id) is None
