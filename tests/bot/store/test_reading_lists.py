"""Reading lists: a paper is on one while a reason for it stands, whatever order the news of it comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.list_filter import ListFilter
from bot.rules.reading_list import ReadingState, SavedPaper, SaveKind, SaveOrigin
from bot.rules.slack_ids import moment_of
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    JIMIN,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_CHANNEL,
    OTHER_TEAM,
    SAVING,
    STRINGS,
    TEAM,
    message,
    paper,
    reaction,
)

if TYPE_CHECKING:
    from bot.rules.reading_list import Reaction
    from bot.store import Store

CARD, OTHER_CARD, DIGEST, NOT_YET = "100.000001", "100.000002", "100.000003", "100.000009"


@pytest.fixture(autouse=True)
async def messages_are_out(store: Store) -> None:
    """A card, a second card of the same paper, and a message of three."""
    for paper_id in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)
    await send(store, CARD, MELTEMI)
    await send(store, OTHER_CARD, MELTEMI)
    await send(store, DIGEST, MATRYOSHKA, STRINGS, MELTEMI)


async def send(store: Store, ts: str, *shows: str, team: str = TEAM, channel: str = CHANNEL) -> None:
    delivery = message(*shows, edition=f"at {ts}", team=team, channel=channel)
    await store.outbox.plan([delivery], now=NOW)
    await store.outbox.mark_sent(delivery.key, ts, now=NOW, saving_emoji=SAVING)


async def hear(store: Store, *reactions: Reaction) -> None:
    for each in reactions:
        await store.reading_lists.record_reaction(each, saving_emoji=SAVING)


async def titles(store: Store, user: str = ANA, team: str = TEAM) -> list[str]:
    entries = (await store.reading_lists.page(team, user, limit=100))[0]
    assert await store.reading_lists.count(team, user) == len(entries)
    return [entry.paper.id for entry in entries]


# reactions ------------------------------------------------------------------------------------------------------------


async def test_a_reaction_saves_and_taking_it_back_undoes_it(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"))
    assert await titles(store) == [MELTEMI]
    await hear(store, reaction("bookmark", CARD, "1.000002", added=False))
    assert await titles(store) == []


async def test_a_list_entry_tells_when_the_paper_was_saved(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1722384000.000250"))
    origin = SaveOrigin(SaveKind.REACTION, CHANNEL, CARD, "bookmark")
    assert (await store.reading_lists.page(TEAM, ANA, limit=1))[0] == [
        SavedPaper(paper(MELTEMI), datetime(2024, 7, 31, 0, 0, 0, 250, tzinfo=UTC), ReadingState.TO_READ, origin=origin)
    ]


async def test_on_a_message_of_several_a_number_chooses(store: Store) -> None:
    await hear(store, reaction("two", DIGEST, "1.000001"), reaction("bookmark", DIGEST, "1.000002"))
    await hear(store, reaction("four", DIGEST, "1.000003"), reaction("eyes", CARD, "1.000004"))
    assert await titles(store) == [STRINGS]


async def test_a_reaction_on_a_message_that_is_not_ours_saves_nothing(store: Store) -> None:
    await hear(store, reaction("bookmark", "55.000005", "1.000001"))
    await hear(store, reaction("bookmark", CARD, "1.000002", channel=OTHER_CHANNEL))
    assert await titles(store) == []


async def test_the_same_event_twice_is_one(store: Store) -> None:
    added, removed = reaction("bookmark", CARD, "1.000001"), reaction("bookmark", CARD, "1.000002", added=False)
    await hear(store, added, added)
    assert await titles(store) == [MELTEMI]
    await hear(store, removed, removed, added)
    assert await titles(store) == []


async def test_a_removal_that_overtakes_its_addition_wins(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000002", added=False), reaction("bookmark", CARD, "1.000001"))
    assert await titles(store) == []


async def test_the_latest_word_wins_in_any_order(store: Store) -> None:
    await hear(
        store,
        reaction("bookmark", CARD, "1.000004"),
        reaction("bookmark", CARD, "1.000001"),
        reaction("bookmark", CARD, "1.000003", added=False),
        reaction("bookmark", CARD, "1.000002"),
    )
    assert await titles(store) == [MELTEMI]


async def test_event_times_are_numbers_and_no_text(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "999.000001"))
    await hear(store, reaction("bookmark", CARD, "1000.000001", added=False))
    assert await titles(store) == []


async def test_each_emoji_is_a_reason_of_its_own(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"), reaction("star", CARD, "1.000002"))
    await hear(store, reaction("bookmark", CARD, "1.000003", added=False))
    assert await titles(store) == [MELTEMI]
    await hear(store, reaction("star", CARD, "1.000004", added=False))
    assert await titles(store) == []


async def test_each_skin_tone_is_a_reason_of_its_own(store: Store) -> None:
    await hear(store, reaction("star::skin-tone-2", CARD, "1.000001"), reaction("star", CARD, "1.000002"))
    await hear(store, reaction("star", CARD, "1.000003", added=False))
    assert await titles(store) == [MELTEMI]
    await hear(store, reaction("star::skin-tone-2", CARD, "1.000004", added=False))
    assert await titles(store) == []


async def test_each_message_is_a_reason_of_its_own(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"), reaction("bookmark", OTHER_CARD, "1.000002"))
    await hear(store, reaction("three", DIGEST, "1.000003"))
    assert await titles(store) == [MELTEMI]
    await hear(store, reaction("bookmark", CARD, "1.000004", added=False))
    await hear(store, reaction("bookmark", OTHER_CARD, "1.000005", added=False))
    assert await titles(store) == [MELTEMI]
    await hear(store, reaction("three", DIGEST, "1.000006", added=False))
    assert await titles(store) == []


async def test_each_person_has_a_list_of_their_own(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"), reaction("bookmark", CARD, "1.000002", user=JIMIN))
    await hear(store, reaction("bookmark", CARD, "1.000003", added=False))
    assert await titles(store, ANA) == []
    assert await titles(store, JIMIN) == [MELTEMI]


async def test_the_same_ids_in_two_teams_never_mix(store: Store) -> None:
    await send(store, CARD, STRINGS, team=OTHER_TEAM)
    await hear(store, reaction("bookmark", CARD, "1.000001"))
    assert await titles(store, team=OTHER_TEAM) == []
    await hear(store, reaction("bookmark", CARD, "1.000002", team=OTHER_TEAM))
    await hear(store, reaction("bookmark", CARD, "1.000003", added=False))
    assert await titles(store, team=TEAM) == []
    assert await titles(store, team=OTHER_TEAM) == [STRINGS]
    assert not await store.reading_lists.remove(TEAM, ANA, STRINGS, now=NOW)
    assert await titles(store, team=OTHER_TEAM) == [STRINGS]


# reactions that come before we know what their message shows ----------------------------------------------------------


async def test_a_reaction_acts_as_soon_as_its_message_is_known(store: Store) -> None:
    await hear(store, reaction("bookmark", NOT_YET, "1.000001"), reaction("eyes", NOT_YET, "1.000002", user=JIMIN))
    assert await titles(store) == []
    await send(store, NOT_YET, STRINGS)
    assert await titles(store) == [STRINGS]
    assert await titles(store, JIMIN) == []


async def test_a_reaction_taken_back_before_its_message_is_known_saves_nothing(store: Store) -> None:
    await hear(store, reaction("bookmark", NOT_YET, "1.000002", added=False), reaction("bookmark", NOT_YET, "1.000001"))
    await send(store, NOT_YET, STRINGS)
    assert await titles(store) == []


async def test_an_early_reaction_can_be_taken_back_afterwards(store: Store) -> None:
    await hear(store, reaction("bookmark", NOT_YET, "1.000001"))
    await send(store, NOT_YET, STRINGS)
    await hear(store, reaction("bookmark", NOT_YET, "1.000002", added=False))
    assert await titles(store) == []


async def test_hearing_again_that_a_message_was_sent_brings_nothing_back(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"))
    assert await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    await send(store, CARD, MELTEMI)
    assert await titles(store) == []


# clicks and commands --------------------------------------------------------------------------------------------------


async def test_a_click_saves_once(store: Store) -> None:
    assert await store.reading_lists.save(TEAM, ANA, STRINGS, SaveKind.CLICK, now=NOW)
    assert not await store.reading_lists.save(TEAM, ANA, STRINGS, SaveKind.CLICK, now=NOW + timedelta(hours=1))
    assert not await store.reading_lists.save(TEAM, ANA, STRINGS, SaveKind.COMMAND, now=NOW)
    assert [entry.saved_at for entry in (await store.reading_lists.page(TEAM, ANA, limit=9))[0]] == [NOW]


async def test_a_click_on_what_a_reaction_saved_is_no_news_but_a_reason(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"))
    assert not await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await hear(store, reaction("bookmark", CARD, "1.000002", added=False))
    assert await titles(store) == [MELTEMI]


async def test_taking_a_reaction_back_undoes_no_click(store: Store) -> None:
    assert await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await hear(store, reaction("bookmark", CARD, "1.000001"), reaction("bookmark", CARD, "1.000002", added=False))
    assert await titles(store) == [MELTEMI]


async def test_removing_ends_every_reason(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"), reaction("three", DIGEST, "1.000002"))
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    assert await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    assert await titles(store) == []
    assert not await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)


async def test_what_was_never_saved_cannot_be_removed(store: Store) -> None:
    assert not await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    assert not await store.reading_lists.remove(TEAM, ANA, "2407.99999", now=NOW)


async def test_a_stale_duplicate_does_not_bring_a_removed_paper_back(store: Store) -> None:
    added = reaction("bookmark", CARD, "1.000001")
    await hear(store, added)
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    await hear(store, added)
    assert await titles(store) == []


async def test_a_newer_reaction_brings_a_removed_paper_back(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"))
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=moment_of("1.000002"))
    await hear(store, reaction("bookmark", CARD, "1.000003", added=False), reaction("bookmark", CARD, "1.000004"))
    assert await titles(store) == [MELTEMI]


async def test_taking_back_a_reaction_after_the_removal_changes_nothing(store: Store) -> None:
    await hear(store, reaction("bookmark", CARD, "1.000001"))
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await hear(store, reaction("bookmark", CARD, "1.000002", added=False))
    assert await titles(store) == [MELTEMI]


# showing --------------------------------------------------------------------------------------------------------------


async def test_the_newest_stands_first_and_pages_join_without_gap_or_overlap(store: Store) -> None:
    ids = [f"2407.{number:05}" for number in range(25)]
    for number, paper_id in enumerate(ids):
        await store.papers.remember(paper(paper_id), source="arxiv", now=NOW)
        await store.reading_lists.save(TEAM, ANA, paper_id, SaveKind.CLICK, now=NOW + timedelta(microseconds=number))
    newest_first = list(reversed(ids))
    pages = [(await store.reading_lists.page(TEAM, ANA, limit=10, offset=offset))[0] for offset in (0, 10, 20, 30)]
    assert [[entry.paper.id for entry in page] for page in pages] == [
        newest_first[:10],
        newest_first[10:20],
        newest_first[20:],
        [],
    ]
    assert await store.reading_lists.count(TEAM, ANA) == 25


async def test_papers_saved_at_one_moment_have_an_order_too(store: Store) -> None:
    for paper_id in (STRINGS, MATRYOSHKA, MELTEMI):
        await store.reading_lists.save(TEAM, ANA, paper_id, SaveKind.CLICK, now=NOW)
    assert await titles(store) == [MELTEMI, MATRYOSHKA, STRINGS]


async def test_a_paper_that_comes_back_is_new_on_the_list(store: Store) -> None:
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await store.reading_lists.save(TEAM, ANA, STRINGS, SaveKind.CLICK, now=NOW + timedelta(hours=1))
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW + timedelta(hours=2))
    assert await titles(store) == [MELTEMI, STRINGS]


async def test_a_list_shows_papers_as_they_are_known_now(store: Store) -> None:
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    revised = paper(MELTEMI)
    await store.papers.remember(revised, source="arxiv", now=NOW)
    [entry] = (await store.reading_lists.page(TEAM, ANA, limit=1))[0]
    assert entry.paper == revised


async def test_a_list_nobody_began_is_empty(store: Store) -> None:
    assert await titles(store, "U00NOBODY") == []


# several at once ------------------------------------------------------------------------------------------------------


async def states(store: Store) -> dict[str, ReadingState]:
    entries = await store.reading_lists.entries(TEAM, ANA, ListFilter(frozenset(ReadingState)), limit=100)
    return {entry.paper.id: entry.state for entry in entries}


async def test_states_given_to_several_papers_are_taken_back_without_touching_any_other(store: Store) -> None:
    unread = ListFilter(frozenset({ReadingState.TO_READ, ReadingState.READING}))
    by_command, later = SaveOrigin(SaveKind.COMMAND), NOW + timedelta(hours=1)
    for paper_id, state in zip((MELTEMI, MATRYOSHKA, STRINGS), ReadingState, strict=False):
        await store.reading_lists.save(TEAM, ANA, paper_id, SaveKind.COMMAND, now=NOW)
        await store.reading_lists.set_state(TEAM, ANA, paper_id, state, origin=by_command, now=NOW)
    before = await states(store)
    assert await store.reading_lists.set_states(TEAM, ANA, unread, ReadingState.DONE, now=later) == 2
    assert {*(await states(store)).values()} == {ReadingState.DONE}
    assert await store.reading_lists.undo_states(TEAM, ANA, ReadingState.DONE, set_at=later) == 2
    assert await states(store) == before


async def test_what_was_removed_last_is_what_was_removed_together(store: Store) -> None:
    for paper_id in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.reading_lists.save(TEAM, ANA, paper_id, SaveKind.CLICK, now=NOW)
    await store.reading_lists.remove(TEAM, ANA, STRINGS, now=NOW + timedelta(minutes=1))
    await store.reading_lists.remove_all(TEAM, ANA, now=NOW + timedelta(minutes=2))
    assert await store.reading_lists.last_removed(TEAM, ANA, since=NOW) == sorted([MELTEMI, MATRYOSHKA])
    for paper_id in (MELTEMI, MATRYOSHKA):
        await store.reading_lists.restore(TEAM, ANA, paper_id, now=NOW + timedelta(minutes=3))
    assert await store.reading_lists.last_removed(TEAM, ANA, since=NOW) == [STRINGS]
    assert await store.reading_lists.last_removed(TEAM, ANA, since=NOW + timedelta(minutes=2)) == []
