"""The emoji of a workspace's reading lists: everybody sees them, its admins choose them, and reactions follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules.list_emoji import ListEmoji
from bot.rules.reading_list import ReadingState
from tests.entry_points import read_blocks
from tests.harness import open_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Person, View
    from tests.harness import Harness


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Ana is an admin, and Jimin is not."""
    async with open_harness(tmp_path) as opened:
        opened.slack.change_person(opened.ana.id, role="admin")
        await opened.post(top=2)
        yield opened


async def opened(harness: Harness, person: Person) -> View:
    await harness.ask(person, "settings")
    await harness.click(person, harness.slack.ephemerals(person.id)[-1], "emoji_settings_open")
    return shown(harness, person)


def shown(harness: Harness, person: Person) -> View:
    return harness.slack.modals(person.id)[-1]


async def choose(harness: Harness, view: View, **typed: str) -> str:
    """Send off the form, and read what stands there then."""
    await harness.slack.submit(view, typed)
    await harness.quiet()
    return read_blocks(shown(harness, harness.ana).blocks)


async def test_admins_choose_the_emoji_and_reactions_follow(harness: Harness) -> None:
    view = await opened(harness, harness.ana)
    told = await choose(harness, view, save="⭐ :thumbsup::skin-tone-3:", reading="book", done="")
    assert "Saved." in told
    assert await harness.bot.deps.list_emoji(harness.team) == ListEmoji(("star", "+1"), ("book",), ())
    first, second = harness.cards
    await harness.react(harness.jimin, first, "bookmark")
    await harness.react(harness.jimin, second, "+1")
    await harness.react(harness.jimin, second, "book")
    (paper,) = await harness.reading_list(harness.jimin)
    entry = await harness.bot.deps.reading_lists(harness.team).entry(harness.team, harness.jimin.id, paper)
    assert entry
    assert entry.state is ReadingState.READING


async def test_every_message_speaks_of_the_emoji_that_the_workspace_chose(tmp_path: Path) -> None:
    """One that says to react with an emoji by which nothing is saved any more sends people the wrong way."""
    async with open_harness(tmp_path) as harness:
        store, team, ana = harness.bot.services.store, harness.team, harness.ana
        await store.list_emoji.choose(team, ListEmoji(("star",)), now=harness.clock.now())
        await harness.post(top=2)
        told = [str(harness.header.blocks)]
        for typed in ("list", "help", "search from:me"):
            await harness.ask(ana, typed)
            told.append(str(harness.slack.ephemerals(ana.id)[-1].blocks))
        await harness.ask(ana, "top 1")
        await harness.click(ana, harness.slack.ephemerals(ana.id)[-1], "share_days")
        told.append(str(harness.slack.messages(harness.papers.id)[-1].blocks))
        await harness.slack.open_home(ana.id)
        await harness.quiet()
        told.append(str(harness.slack.home(ana.id)))
        linked = await harness.slack.say(ana.id, harness.papers.id, "https://arxiv.org/abs/2407.21017")
        await harness.quiet()
        previewed = harness.slack.message(harness.papers.id, linked.ts)
        assert previewed
        told.append(str(previewed.unfurls))
    assert [("star" in each, "bookmark" in each) for each in told] == [(True, False)] * len(told), told


async def test_reactions_from_before_a_change_keep_what_they_did_until_they_are_taken_back(harness: Harness) -> None:
    await harness.react(harness.jimin, harness.cards[0], "bookmark")
    await choose(harness, await opened(harness, harness.ana), save="star", reading="eyes", done="white_check_mark")
    assert len(await harness.reading_list(harness.jimin)) == 1
    await harness.unreact(harness.jimin, harness.cards[0], "bookmark")
    assert await harness.reading_list(harness.jimin) == []


async def test_others_see_them_and_who_can_change_them(harness: Harness) -> None:
    view = await opened(harness, harness.jimin)
    told = read_blocks(view.blocks)
    assert "🔖" in told
    assert "관리자" in told
    assert all(block["type"] != "input" for block in view.blocks)


async def test_who_is_no_admin_any_more_changes_nothing(harness: Harness) -> None:
    view = await opened(harness, harness.ana)
    harness.slack.change_person(harness.ana.id, role="member")
    told = await choose(harness, view, save="star", reading="", done="")
    assert "Workspace admins and owners can change these." in told
    assert await harness.bot.services.store.list_emoji.find(harness.team) is None


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"save": "eyes", "reading": ":eyes:"}, "reading", "Use it once."),
        ({"save": "+1", "reading": "", "done": "👍🏽"}, "done", "Use it once."),
        ({"save": "1️⃣"}, "save", "choose papers in digests"),
        ({"save": "two words, and: a $ign"}, "save", "Enter emoji or their names"),
    ],
)
async def test_a_mistake_is_told_beside_its_field(
    harness: Harness, typed: dict[str, str], field: str, told: str
) -> None:
    view = await opened(harness, harness.ana)
    answer = await harness.slack.submit(view, {"reading": "", "done": "", **typed})
    assert answer.payload
    assert answer.payload["response_action"] == "errors"
    assert told in answer.payload["errors"][field]
    assert await harness.bot.services.store.list_emoji.find(harness.team) is None


async def test_an_emoji_that_the_workspace_has_not_is_told_and_the_form_stays_as_filled_in(harness: Harness) -> None:
    view = await opened(harness, harness.ana)
    told = await choose(harness, view, save="party-parrot", reading="eyes", done="")
    assert "This workspace has no emoji named :party-parrot:" in told
    form = shown(harness, harness.ana)
    (save, *_) = [block for block in form.blocks if block["type"] == "input"]
    assert save["element"]["initial_value"] == ":party-parrot:"
    assert "Saved." in await choose(harness, form, save="star", reading="eyes", done="")
