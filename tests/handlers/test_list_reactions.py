"""Reactions through the whole bot: which emoji save a paper, and which say how far somebody is with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules.list_emoji import ListEmoji
from bot.rules.reading_list import ReadingState, SaveKind
from tests.harness import Harness, open_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as harness:
        await harness.post()
        yield harness


async def states(office: Harness) -> list[ReadingState]:
    """Those of the papers on Ana's list, archived or not."""
    counts = await office.bot.deps.store.reading_lists.counts(office.team, office.ana.id)
    return [state for state, count in counts.items() for _ in range(count)]


async def test_from_to_read_to_read_by_emoji_and_back(office: Harness) -> None:
    card, header = office.cards[0], office.header
    await office.react(office.ana, card, "eyes")
    await office.react(office.ana, header, "white_check_mark")
    assert await states(office) == []
    await office.react(office.ana, card, "bookmark")
    assert await states(office) == [ReadingState.TO_READ], "what was no mark then is none now"
    await office.unreact(office.ana, card, "eyes")
    await office.react(office.ana, card, "eyes")
    await office.react(office.ana, card, "white_check_mark::skin-tone-3")
    assert await states(office) == [ReadingState.DONE]
    await office.unreact(office.ana, card, "bookmark")
    assert await states(office) == [ReadingState.DONE], "it has been read, and stays"
    await office.unreact(office.ana, card, "white_check_mark::skin-tone-3")
    assert await states(office) == [ReadingState.READING]
    await office.unreact(office.ana, card, "eyes")
    assert await states(office) == []


async def test_a_workspace_reacts_with_the_emoji_it_chose(office: Harness) -> None:
    store, card = office.bot.deps.store, office.cards[0]
    await office.react(office.jimin, card, "bookmark")
    chosen = ListEmoji(("star",), ("book",), ("+1",))
    await store.list_emoji.choose(office.team, chosen, now=office.clock.now())
    assert await office.bot.deps.list_emoji(office.team) == chosen
    for emoji in ("bookmark", "eyes"):
        await office.react(office.ana, card, emoji)
    assert await states(office) == []
    for emoji in ("star", "book", "+1"):
        await office.react(office.ana, card, emoji)
    assert await states(office) == [ReadingState.DONE]
    # What saved a paper when it was added is taken back, though it would save none now.
    await office.unreact(office.jimin, card, "bookmark")
    assert await office.reading_list(office.jimin) == []


async def test_what_a_reaction_did_stays_when_its_message_is_deleted(office: Harness) -> None:
    card = office.cards[0]
    await office.react(office.ana, card, "bookmark")
    office.slack._workspace.delete(card)
    await office.quiet()
    [paper_id] = await office.reading_list(office.ana)
    entry = await office.bot.deps.store.reading_lists.entry(office.team, office.ana.id, paper_id)
    assert entry is not None
    assert entry.origin is not None
    assert (entry.origin.kind, entry.origin.message_ts) == (SaveKind.REACTION, card.ts)
