"""Imports: papers come onto a list once, with what the import says of them, and go again when it is undone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.list_filter import ListFilter
from bot.rules.reading_list import ImportedEntry, ReadingState, SaveKind, SaveOrigin
from tests.bot.store.samples import ANA, JIMIN, MATRYOSHKA, MELTEMI, NOW, STRINGS, TEAM, paper

if TYPE_CHECKING:
    from bot.rules.reading_list import SavedPaper
    from bot.store import Store

ORIGIN = SaveOrigin(SaveKind.IMPORT, "D0000000001", "100.000001")
LAST_YEAR = NOW - timedelta(days=365)
READ = ImportedEntry(MELTEMI, LAST_YEAR, ReadingState.DONE, "  worth\n a second look ", ("nlp", "NLP", "greek"))
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
async def known(store: Store) -> None:
    for paper_id in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)


async def listed(store: Store, user: str = ANA) -> dict[str, SavedPaper]:
    everything = ListFilter(frozenset(ReadingState))
    return {each.paper.id: each for each in await store.reading_lists.entries(TEAM, user, everything, limit=100)}


async def test_a_paper_comes_with_its_day_state_note_and_tags_and_says_where_it_is_from(store: Store) -> None:
    assert await store.list_imports.add(TEAM, ANA, [READ, ImportedEntry(STRINGS)], origin=ORIGIN, now=NOW) == 2
    on_it = await listed(store)
    entry = on_it[MELTEMI]
    assert (entry.saved_at, entry.state, entry.origin) == (LAST_YEAR, ReadingState.DONE, ORIGIN)
    assert (entry.note, entry.tags) == ("worth\na second look", ("nlp", "greek"))
    assert (on_it[STRINGS].saved_at, on_it[STRINGS].state) == (NOW, ReadingState.TO_READ)
    assert await store.reading_lists.tags(TEAM, ANA) == {"greek": 1, "nlp": 1}
    assert await listed(store, JIMIN) == {}


async def test_a_paper_that_is_there_stays_as_it_is_and_nothing_is_saved_in_the_future(store: Store) -> None:
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    tomorrow = ImportedEntry(STRINGS, NOW + timedelta(days=1))
    assert await store.list_imports.add(TEAM, ANA, [READ, tomorrow], origin=ORIGIN, now=NOW) == 1
    on_it = await listed(store)
    assert (on_it[MELTEMI].state, on_it[MELTEMI].note) == (ReadingState.TO_READ, "")
    assert on_it[STRINGS].saved_at == NOW


async def test_begun_again_it_counts_what_it_saved_before_and_saves_nothing_twice(store: Store) -> None:
    await store.list_imports.add(TEAM, ANA, [READ], origin=ORIGIN, now=NOW)
    before = await listed(store)
    assert await store.list_imports.add(TEAM, ANA, [READ], origin=ORIGIN, now=LATER) == 1
    other = SaveOrigin(SaveKind.IMPORT, "D0000000001", "100.000002")
    assert await store.list_imports.add(TEAM, ANA, [READ], origin=other, now=LATER) == 0
    assert await listed(store) == before


async def test_one_removed_long_ago_comes_back_by_an_import(store: Store) -> None:
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    assert await store.list_imports.add(TEAM, ANA, [READ], origin=ORIGIN, now=LATER) == 1
    assert (await listed(store))[MELTEMI].state is ReadingState.DONE


async def test_undone_it_takes_away_what_it_brought_and_no_more(store: Store) -> None:
    await store.reading_lists.save(TEAM, ANA, MATRYOSHKA, SaveKind.CLICK, now=NOW)
    brought = [READ, ImportedEntry(STRINGS), ImportedEntry(MATRYOSHKA)]
    await store.list_imports.add(TEAM, ANA, brought, origin=ORIGIN, now=NOW)
    await store.reading_lists.set_note(TEAM, ANA, STRINGS, "mine", now=LATER)
    assert await store.list_imports.undo(TEAM, JIMIN, ORIGIN, now=LATER) == 0
    assert await store.list_imports.undo(TEAM, ANA, ORIGIN, now=LATER) == 1
    on_it = await listed(store)
    assert sorted(on_it) == sorted([MATRYOSHKA, STRINGS])
    assert on_it[STRINGS].note == "mine"
    assert await store.reading_lists.tags(TEAM, ANA) == {}
    assert await store.list_imports.undo(TEAM, ANA, ORIGIN, now=LATER) == 0


async def test_undone_it_takes_away_what_was_once_removed_and_came_back_by_it_alone(store: Store) -> None:
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    await store.list_imports.add(TEAM, ANA, [READ], origin=ORIGIN, now=LATER)
    assert await store.list_imports.undo(TEAM, ANA, ORIGIN, now=LATER) == 1
    assert await listed(store) == {}
    assert not await store.reading_lists.restore(TEAM, ANA, MELTEMI, now=LATER), "it was saved anew, by the import"


async def test_undone_it_leaves_a_paper_whose_note_or_tags_were_written_over(store: Store) -> None:
    await store.list_imports.add(TEAM, ANA, [READ], origin=ORIGIN, now=NOW)
    await store.list_imports.add(TEAM, JIMIN, [READ], origin=ORIGIN, now=NOW)
    await store.reading_lists.set_note(TEAM, ANA, MELTEMI, "mine", now=LATER)
    await store.reading_lists.change_tags(TEAM, JIMIN, MELTEMI, add=["mine"], now=LATER)
    assert await store.list_imports.undo(TEAM, ANA, ORIGIN, now=LATER) == 0
    assert await store.list_imports.undo(TEAM, JIMIN, ORIGIN, now=LATER) == 0
    assert (await listed(store))[MELTEMI].note == "mine"
    assert (await listed(store, JIMIN))[MELTEMI].tags == ("nlp", "greek", "mine")
