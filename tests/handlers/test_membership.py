"""Channels come and go: nothing fails, nothing is posted where Paperboy is not wanted, and data goes in the end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import ChannelState
from tests.office import papers_of

if TYPE_CHECKING:
    from tests.office import Office

THURSDAY, FRIDAY = date(2024, 8, 1), date(2024, 8, 2)
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
A_DAY = timedelta(days=1)


async def posts(office: Office, channel: str) -> list[str]:
    """The days that a channel has got papers of."""
    editions = [(each.metadata or {})["event_payload"]["edition"] for each in office.slack.messages(channel)]
    return [edition.removeprefix("daily:") for edition in dict.fromkeys(editions) if edition.startswith("daily:")]


async def a_day_passes(office: Office) -> None:
    """Let two days of papers come due, one after the other."""
    office.sources.day(THURSDAY, papers_of(THURSDAY))
    office.sources.day(FRIDAY, papers_of(FRIDAY))
    await office.at(FRIDAY_MORNING)


async def problems(office: Office, capsys: pytest.CaptureFixture[str]) -> list[str]:
    await office.quiet()
    return [line for line in capsys.readouterr().out.splitlines() if "[error" in line or "Traceback" in line]


async def test_an_archived_channel_gets_nothing_and_all_it_missed_once_it_is_back(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.serve()
    await office.slack.archive(office.papers.id, by=office.ana.id)
    await office.quiet()
    await a_day_passes(office)
    assert office.slack.messages(office.papers.id) == []
    await office.slack.unarchive(office.papers.id, by=office.ana.id)
    await office.quiet()
    await office.at(FRIDAY_MORNING + A_DAY)
    assert await posts(office, office.papers.id) == ["2024-08-01", "2024-08-02"]
    assert await problems(office, capsys) == []


async def test_another_name_and_another_privacy_change_nothing(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.serve()
    await office.slack.rename(office.papers.id, "reading")
    await office.slack.make_private(office.papers.id)
    await office.quiet()
    await a_day_passes(office)
    assert await posts(office, office.papers.id) == ["2024-08-01"]
    assert await problems(office, capsys) == []


async def test_a_channel_that_gets_another_id_keeps_its_settings_and_what_it_had(office: Office) -> None:
    await office.serve(top=2)
    await a_day_passes(office)
    moved = await office.slack.change_channel_id(office.papers.id)
    await office.quiet()
    assert (await office.served(moved)).settings.top == 2
    await office.at(FRIDAY_MORNING + A_DAY)
    assert await posts(office, moved.id) == ["2024-08-01", "2024-08-02"]


@pytest.mark.parametrize("how", ["removed", "deleted"])
async def test_where_it_was_removed_nothing_is_posted(
    office: Office, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.serve()
    if how == "removed":
        await office.slack.remove_bot(office.papers.id, by=office.ana.id)
    else:
        await office.slack.delete_channel(office.papers.id)
    await office.quiet()
    calls = len(office.slack.calls)
    await a_day_passes(office)
    assert (await office.served()).state is ChannelState.LEFT
    assert [call.method for call in office.slack.calls[calls:]] == []
    assert await problems(office, capsys) == []


async def test_invited_again_it_waits_to_be_set_up_and_remembers_how_it_was(office: Office) -> None:
    await office.serve(top=2)
    await office.slack.remove_bot(office.papers.id, by=office.ana.id)
    await office.quiet()
    await office.slack.invite_bot(office.papers.id, by=office.ana.id)
    await office.quiet()
    known = await office.served()
    assert (known.state, known.settings.top) == (ChannelState.NEW, 2)
    hello = office.slack.messages(office.slack.direct_messages(office.ana.id).id)[-3]
    await office.click(office.ana, hello, "channel_use_defaults")
    await a_day_passes(office)
    assert await posts(office, office.papers.id) == ["2024-08-01"]


@pytest.mark.parametrize("order", ["kept", "reversed"])
@pytest.mark.parametrize("how", ["back", "gone"])
async def test_whatever_order_coming_and_going_are_told_in_the_latest_counts(
    office: Office, order: str, how: str
) -> None:
    await office.serve()
    if how == "gone":
        await office.slack.remove_bot(office.papers.id, by=office.ana.id)
        await office.quiet()
    office.slack.faults.hold()
    if how == "back":
        await office.slack.remove_bot(office.papers.id, by=office.ana.id)
        office.clock.advance_to(office.clock.now() + timedelta(seconds=5))
    await office.slack.invite_bot(office.papers.id, by=office.ana.id)
    if how == "gone":
        office.clock.advance_to(office.clock.now() + timedelta(seconds=5))
        await office.slack.remove_bot(office.papers.id, by=office.ana.id)
    office.slack.faults.release("kept" if order == "kept" else "reversed")
    await office.quiet()
    assert ((await office.served()).state is not ChannelState.LEFT) is (how == "back")
    assert await office.bot.newsroom.store.memberships.open_invitations(office.team) == []


async def test_what_was_left_is_forgotten_after_the_retention_time_and_not_before(office: Office) -> None:
    store = office.bot.newsroom.store
    await office.serve()
    await a_day_passes(office)
    await office.slack.remove_bot(office.papers.id, by=office.ana.id)
    await office.quiet()
    await office.at(FRIDAY_MORNING + 29 * A_DAY)
    assert await store.channels.find(office.team, office.papers.id)
    await office.at(FRIDAY_MORNING + 31 * A_DAY)
    assert await store.channels.find(office.team, office.papers.id) is None
    cards = [listed.paper.id for listed in await store.listings.between(date(2024, 1, 1), date(2024, 12, 31))]
    assert cards
    assert await store.posted.papers_had(office.team, office.papers.id, cards) == frozenset()


async def test_once_the_app_is_gone_nothing_is_tried_and_everything_is_forgotten_in_time(office: Office) -> None:
    store = office.bot.newsroom.store
    await office.serve()
    await a_day_passes(office)
    await office.react(office.ana, office.cards[0], "bookmark")
    assert await office.reading_list(office.ana)
    await office.slack.uninstall()
    await office.quiet()
    assert (await office.served()).state is ChannelState.LEFT
    assert await store.memberships.forget_left(before=office.clock.now() + timedelta(minutes=1)) == (1, 1)
    assert await office.reading_list(office.ana) == []
    assert await store.channels.find(office.team, office.papers.id) is None
