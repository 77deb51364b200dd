"""What somebody does with the papers on their list: states, notes, tags, removals and what undoes them."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.list_changes import MOST_CHANGES, REMOVALS_UNDONE_FOR
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import WHOLE_LIST, ListFilter, ListOrder
from bot.rules.papers import ListedPaper, Listing, Paper
from bot.rules.reading_list import EffectKind, ImportedEntry, ReadingState, SavedPaper, SaveKind, SaveOrigin, StayReason
from bot.rules.slack_ids import moment_of
from bot.store.tables.pruning import REACTIONS_KEPT
from bot.store.tables.reading_lists import ReadingLists
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    JIMIN,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_TEAM,
    SAVING,
    STRINGS,
    TEAM,
    message,
    paper,
    reaction,
)
from tests.bot.store.watched import WatchedConnection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.reading_list import Reaction, ReactionEffect
    from bot.store import Store
    from bot.store.connection import Connection

CARD, DIGEST, LATE = "100.000001", "100.000003", "100.000009"
CLICK = SaveOrigin(SaveKind.CLICK)
# Hours after everything in Slack.
HOURS = [NOW + timedelta(hours=number) for number in range(9)]


@pytest.fixture(autouse=True)
async def messages_are_out(store: Store) -> None:
    """A card, and a message of three."""
    for paper_id in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)
    await send(store, CARD, MELTEMI)
    await send(store, DIGEST, MATRYOSHKA, STRINGS, MELTEMI)


async def send(store: Store, ts: str, *shows: str) -> None:
    delivery = message(*shows, edition=f"at {ts}")
    await store.outbox.plan([delivery], now=NOW)
    await store.outbox.mark_sent(delivery.key, ts, now=NOW, saving_emoji=SAVING)


async def hear(store: Store, *reactions: Reaction) -> ReactionEffect:
    outcome = [await store.reading_lists.record_reaction(each, saving_emoji=SAVING) for each in reactions]
    return outcome[-1]


async def entry(store: Store, paper_id: str = MELTEMI) -> SavedPaper | None:
    return await store.reading_lists.entry(TEAM, ANA, paper_id)


async def state(store: Store) -> ReadingState | None:
    found = await entry(store)
    return found.state if found else None


async def save(store: Store, *papers: str, at: int = 0, user: str = ANA) -> None:
    for number, paper_id in enumerate(papers):
        now = HOURS[at] + timedelta(minutes=number)
        await store.reading_lists.save(TEAM, user, paper_id, SaveKind.CLICK, now=now)


def added(emoji: str, at: int, ts: str = CARD) -> Reaction:
    return reaction(emoji, ts, f"1.{at:06}")


def taken_back(emoji: str, at: int, ts: str = CARD) -> Reaction:
    return reaction(emoji, ts, f"1.{at:06}", added=False)


# emoji ----------------------------------------------------------------------------------------------------------------


async def test_eyes_and_check_give_a_saved_paper_a_state_and_taking_them_back_undoes_that(store: Store) -> None:
    await hear(store, added("bookmark", 1))
    assert (await hear(store, added("eyes", 2))).state is ReadingState.READING
    assert (await hear(store, added("white_check_mark::skin-tone-2", 3))).state is ReadingState.DONE
    assert await state(store) is ReadingState.DONE
    assert (await hear(store, taken_back("white_check_mark::skin-tone-2", 4))).state is ReadingState.READING
    assert (await hear(store, taken_back("eyes", 5))).state is ReadingState.TO_READ
    assert (await hear(store, taken_back("bookmark", 6))).kind is EffectKind.REMOVED


async def test_eyes_and_check_act_on_papers_that_are_saved_at_that_moment_alone(store: Store) -> None:
    assert (await hear(store, added("eyes", 1), added("white_check_mark", 2))).kind is EffectKind.NOTHING
    await hear(store, added("bookmark", 3))
    assert await state(store) is ReadingState.TO_READ


async def test_what_is_heard_late_counts_for_the_moment_it_was_done(store: Store) -> None:
    await hear(store, added("bookmark", 1), taken_back("bookmark", 9))
    assert await state(store) is None
    effect = await hear(store, added("eyes", 5))
    assert (effect.kind, effect.state) == (EffectKind.SAVED, ReadingState.READING), "it was saved then, and so it stays"
    assert (await hear(store, taken_back("eyes", 11))).kind is EffectKind.REMOVED


async def test_a_reaction_heard_again_means_what_it_meant_whichever_emoji_were_chosen_since(store: Store) -> None:
    await store.list_emoji.choose(TEAM, ListEmoji(("eyes",), (), ()), now=NOW)
    await hear(store, added("eyes", 5))
    await store.list_emoji.choose(TEAM, ListEmoji(("bookmark",), (), ("eyes",)), now=NOW)
    await hear(store, added("eyes", 5), taken_back("eyes", 2))
    assert await state(store) is ReadingState.TO_READ


async def test_tags_go_when_it_is_heard_late_that_the_paper_was_off_the_list_when_they_were_given(store: Store) -> None:
    await hear(store, added("bookmark", 1))
    await store.reading_lists.set_tags(TEAM, ANA, MELTEMI, ["nlp"], now=HOURS[0])
    await save(store, MELTEMI, at=1)
    await store.reading_lists.set_note(TEAM, ANA, MELTEMI, "mine", now=HOURS[2])
    await hear(store, taken_back("bookmark", 2))
    found = await entry(store)
    assert found is not None
    assert (found.note, found.tags, await store.reading_lists.tags(TEAM, ANA)) == ("mine", (), {})


async def test_on_a_message_of_several_papers_eyes_and_check_mean_none(store: Store) -> None:
    await save(store, MATRYOSHKA, STRINGS, MELTEMI)
    late = f"{HOURS[1].timestamp():.6f}"
    assert (await hear(store, reaction("eyes", DIGEST, late))).kind is EffectKind.NOTHING
    assert await store.reading_lists.counts(TEAM, ANA) == {**dict.fromkeys(ReadingState, 0), ReadingState.TO_READ: 3}


@pytest.mark.parametrize("known", [True, False], ids=["known", "not yet known"])
async def test_in_whatever_order_and_however_often_reactions_are_heard_the_list_is_the_same(
    store: Store, known: bool
) -> None:
    """Also where the message becomes known only afterwards; then the latest word on each emoji is what is known."""
    happened = [added("bookmark", 1), added("eyes", 2), added("white_check_mark", 3), taken_back("white_check_mark", 4)]
    for number, order in enumerate(permutations(happened)):
        ts = f"200.{number:06}"
        if known:
            await send(store, ts, MELTEMI)
        user = f"U{number:010}"
        for each in (*order, *order[:2]):
            heard = reaction(each.emoji, ts, each.event_ts, added=each.added, user=user)
            await store.reading_lists.record_reaction(heard, saving_emoji=SAVING)
        if not known:
            await send(store, ts, MELTEMI)
        found = await store.reading_lists.entry(TEAM, user, MELTEMI)
        assert found is not None
        assert found.state is ReadingState.READING


async def test_a_workspace_has_its_own_emoji_and_the_others_mean_nothing_there(store: Store) -> None:
    assert await store.list_emoji.find(TEAM) is None
    chosen = ListEmoji(("star",), ("book",), ())
    await store.list_emoji.choose(TEAM, chosen, now=NOW)
    assert (await store.list_emoji.find(TEAM), await store.list_emoji.find(OTHER_TEAM)) == (chosen, None)
    assert (await hear(store, added("bookmark", 1))).kind is EffectKind.NOTHING
    assert (await hear(store, added("star", 2), added("book", 3))).state is ReadingState.READING
    assert (await hear(store, added("eyes", 4), added("white_check_mark", 5))).kind is EffectKind.NOTHING
    await store.list_emoji.choose(TEAM, ListEmoji(("bookmark",)), now=NOW)
    # What was added with another meaning is still taken back.
    assert (await hear(store, taken_back("book", 6))).state is ReadingState.TO_READ
    assert (await hear(store, taken_back("star", 7))).kind is EffectKind.REMOVED


async def test_early_reactions_and_those_after_an_outage_mean_what_the_workspace_chose(store: Store) -> None:
    await store.list_emoji.choose(TEAM, ListEmoji(("star",), ("book",), ()), now=NOW)
    for each in (added("bookmark", 1, LATE), added("star", 2, LATE), added("book", 3, LATE)):
        assert (await hear(store, each)).kind is EffectKind.NOTHING
    await send(store, LATE, MELTEMI)
    found = await entry(store)
    assert found is not None
    assert (found.state, found.origin) == (
        ReadingState.READING,
        SaveOrigin(SaveKind.REACTION, CHANNEL, LATE, "star"),
    )


async def test_an_effect_is_told_once_and_names_the_source_that_undo_takes_back(store: Store) -> None:
    effect = await hear(store, added("bookmark", 1))
    origin = SaveOrigin(SaveKind.REACTION, CHANNEL, CARD, "bookmark")
    assert (effect.kind, effect.papers, effect.origin) == (EffectKind.SAVED, (MELTEMI,), origin)
    assert (await hear(store, added("bookmark", 1))).kind is EffectKind.NOTHING
    undone = await store.reading_lists.undo_save(TEAM, ANA, MELTEMI, origin, now=HOURS[0])
    assert undone.kind is EffectKind.REMOVED
    again = await store.reading_lists.undo_save(TEAM, ANA, MELTEMI, origin, now=HOURS[1])
    assert again.kind is EffectKind.NOTHING
    assert (await hear(store, taken_back("bookmark", 2))).kind is EffectKind.NOTHING


async def test_undoing_one_save_leaves_the_others(store: Store) -> None:
    here, there = (SaveOrigin(SaveKind.CLICK, CHANNEL, ts) for ts in (CARD, LATE))
    lists = store.reading_lists
    assert await lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=HOURS[0], origin=here)
    assert not await lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=HOURS[1], origin=there)
    effect = await lists.undo_save(TEAM, ANA, MELTEMI, here, now=HOURS[2])
    assert (effect.kind, effect.because) == (EffectKind.STAYS, frozenset({StayReason.SOURCE}))
    found = await entry(store)
    assert found is not None
    assert found.origin == there


async def test_what_has_a_note_tags_or_a_state_stays_and_says_so(store: Store) -> None:
    lists = store.reading_lists
    await hear(store, added("bookmark", 1))
    await lists.set_note(TEAM, ANA, MELTEMI, "For the seminar", now=HOURS[0])
    await lists.set_tags(TEAM, ANA, MELTEMI, ["nlp"], now=HOURS[0])
    await lists.set_state(TEAM, ANA, MELTEMI, ReadingState.DONE, origin=CLICK, now=HOURS[1])
    late = f"{HOURS[2].timestamp():.6f}"
    effect = await hear(store, reaction("bookmark", CARD, late, added=False))
    assert (effect.kind, effect.state) == (EffectKind.STAYS, ReadingState.DONE)
    assert effect.because == {StayReason.NOTE, StayReason.TAGS, StayReason.STATE}
    assert (await entry(store)) == SavedPaper(
        paper(MELTEMI), moment_of("1.000001"), ReadingState.DONE, "For the seminar", ("nlp",), origin=None
    )


# by hand --------------------------------------------------------------------------------------------------------------


async def test_the_latest_word_by_hand_or_by_emoji_is_the_state(store: Store) -> None:
    lists = store.reading_lists
    await hear(store, added("bookmark", 1), added("eyes", 2))
    for number, wanted in enumerate((ReadingState.DONE, ReadingState.ARCHIVED, ReadingState.TO_READ)):
        assert await lists.set_state(TEAM, ANA, MELTEMI, wanted, origin=CLICK, now=HOURS[number])
        assert await state(store) is wanted
    await hear(store, taken_back("eyes", 3))
    assert await state(store) is ReadingState.TO_READ


async def test_a_state_given_by_hand_stands_when_the_emoji_that_said_the_same_is_taken_back(store: Store) -> None:
    await hear(store, added("bookmark", 1), added("eyes", 2))
    await store.reading_lists.set_state(TEAM, ANA, MELTEMI, ReadingState.READING, origin=CLICK, now=HOURS[0])
    await hear(store, taken_back("eyes", 3))
    assert await state(store) is ReadingState.READING


async def test_what_is_not_on_the_list_takes_no_state_note_or_tags(store: Store) -> None:
    lists = store.reading_lists
    assert not await lists.set_state(TEAM, ANA, MELTEMI, ReadingState.DONE, origin=CLICK, now=NOW)
    assert not await lists.set_note(TEAM, ANA, MELTEMI, "A note", now=NOW)
    assert not await lists.set_tags(TEAM, ANA, MELTEMI, ["nlp"], now=NOW)
    assert await lists.change_tags(TEAM, ANA, MELTEMI, now=NOW, add=["nlp"]) is None
    assert await entry(store) is None
    await save(store, MELTEMI)
    assert (await entry(store)) == SavedPaper(paper(MELTEMI), NOW, origin=CLICK)


async def test_tags_are_added_and_taken_away_whatever_their_case(store: Store) -> None:
    await save(store, MELTEMI)
    lists = store.reading_lists
    assert await lists.change_tags(TEAM, ANA, MELTEMI, now=NOW, add=["NLP", "Greek"]) == ("NLP", "Greek")
    assert await lists.change_tags(TEAM, ANA, MELTEMI, now=NOW, add=["nlp", "audio"], remove=["greek"]) == (
        "NLP",
        "audio",
    )
    assert await lists.tags(TEAM, ANA) == {"NLP": 1, "audio": 1}
    many = [f"tag {number}" for number in range(30)]
    assert len(await lists.change_tags(TEAM, ANA, MELTEMI, now=NOW, add=many) or ()) == 20


async def test_a_removal_is_undone_within_a_day_and_all_is_as_it_was(store: Store) -> None:
    lists = store.reading_lists
    await hear(store, added("bookmark", 1), added("eyes", 2))
    await lists.set_note(TEAM, ANA, MELTEMI, "For the seminar", now=HOURS[0])
    await lists.set_tags(TEAM, ANA, MELTEMI, ["nlp"], now=HOURS[0])
    before = await entry(store)
    assert await lists.remove(TEAM, ANA, MELTEMI, now=HOURS[1])
    assert await lists.tags(TEAM, ANA) == {}
    assert await lists.restore(TEAM, ANA, MELTEMI, now=HOURS[1] + REMOVALS_UNDONE_FOR)
    assert await entry(store) == before
    assert await lists.tags(TEAM, ANA) == {"nlp": 1}
    assert not await lists.restore(TEAM, ANA, MELTEMI, now=HOURS[2]), "there is nothing more to undo"


async def test_a_removal_is_not_undone_once_the_paper_was_saved_anew_even_if_that_was_undone(store: Store) -> None:
    lists = store.reading_lists
    await save(store, MELTEMI)
    await lists.set_note(TEAM, ANA, MELTEMI, "mine", now=HOURS[1])
    await lists.remove(TEAM, ANA, MELTEMI, now=HOURS[1])
    await save(store, MELTEMI, at=2)
    await lists.undo_save(TEAM, ANA, MELTEMI, CLICK, now=HOURS[3])
    assert not await lists.restore(TEAM, ANA, MELTEMI, now=HOURS[3])
    assert await entry(store) is None


async def test_an_undone_removal_knows_what_was_taken_back_meanwhile(store: Store) -> None:
    await hear(store, added("bookmark", 1))
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=HOURS[0])
    await hear(store, reaction("bookmark", CARD, f"{HOURS[1].timestamp():.6f}", added=False))
    assert not await store.reading_lists.restore(TEAM, ANA, MELTEMI, now=HOURS[2])
    assert await entry(store) is None


async def test_a_removal_is_not_undone_after_a_day_or_once_the_paper_is_saved_anew(store: Store) -> None:
    lists = store.reading_lists
    await save(store, MELTEMI, STRINGS)
    await lists.set_note(TEAM, ANA, MELTEMI, "Old", now=HOURS[0])
    for paper_id in (MELTEMI, STRINGS):
        await lists.remove(TEAM, ANA, paper_id, now=HOURS[1])
    await save(store, MELTEMI, at=2)
    assert not await lists.restore(TEAM, ANA, MELTEMI, now=HOURS[3])
    assert (await entry(store)) == SavedPaper(paper(MELTEMI), HOURS[2], origin=CLICK), "saved anew, it starts afresh"
    too_late = HOURS[1] + REMOVALS_UNDONE_FOR + timedelta(minutes=1)
    assert not await lists.restore(TEAM, ANA, STRINGS, now=too_late)


async def test_a_whole_list_is_removed_and_brought_back(store: Store) -> None:
    lists = store.reading_lists
    await save(store, MELTEMI, STRINGS, MATRYOSHKA)
    await lists.remove(TEAM, ANA, STRINGS, now=HOURS[1])
    await save(store, MELTEMI, user=JIMIN)
    assert await lists.remove_all(TEAM, ANA, now=HOURS[2]) == sorted([MELTEMI, MATRYOSHKA])
    assert await lists.count(TEAM, ANA) == 0
    assert await lists.restore_all(TEAM, ANA, removed_at=HOURS[2], now=HOURS[3]) == 2
    assert await lists.saved_among(TEAM, ANA, [MELTEMI, STRINGS, MATRYOSHKA]) == {MELTEMI, MATRYOSHKA}
    assert await lists.count(TEAM, JIMIN) == 1


async def test_what_is_done_to_a_long_list_is_done_in_pieces_between_which_others_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, imported = store.reading_lists, SaveOrigin(SaveKind.IMPORT, "D1", "1.2")
    brought = [ImportedEntry(paper_id) for paper_id in (MELTEMI, MATRYOSHKA, STRINGS)]
    assert await store.list_imports.add(TEAM, ANA, brought, origin=imported, now=HOURS[0]) == 3
    for module in ("reading_lists", "list_imports", "list_history"):
        monkeypatch.setattr(f"bot.store.tables.{module}.CHANGED_AT_ONCE", 2)
    writes, write = [], store.database.write

    async def counted(*args: Any, **kwargs: Any) -> Any:
        writes.append(args)
        return await write(*args, **kwargs)

    monkeypatch.setattr(store.database, "write", counted)
    unread = ListFilter(frozenset({ReadingState.TO_READ}))
    for work in (
        lambda: lists.set_states(TEAM, ANA, unread, ReadingState.DONE, now=HOURS[1]),
        lambda: lists.undo_states(TEAM, ANA, ReadingState.DONE, set_at=HOURS[1]),
        lambda: lists.remove_all(TEAM, ANA, now=HOURS[2]),
        lambda: lists.restore_all(TEAM, ANA, removed_at=HOURS[2], now=HOURS[3]),
        lambda: store.list_imports.undo(TEAM, ANA, imported, now=HOURS[3]),
    ):
        writes.clear()
        done = await work()
        assert (done if isinstance(done, int) else len(done)) == 3
        assert len(writes) == 2
    assert await lists.count(TEAM, ANA) == 0


async def test_saving_what_is_archived_puts_it_back_among_what_is_to_be_read(store: Store) -> None:
    lists = store.reading_lists
    await save(store, MELTEMI)
    await lists.set_note(TEAM, ANA, MELTEMI, "For the seminar", now=HOURS[0])
    await lists.set_state(TEAM, ANA, MELTEMI, ReadingState.ARCHIVED, origin=CLICK, now=HOURS[1])
    assert await lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=HOURS[2])
    assert not await lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=HOURS[3])
    assert (await entry(store)) == SavedPaper(paper(MELTEMI), NOW, note="For the seminar", origin=CLICK)


# what is looked for ---------------------------------------------------------------------------------------------------

SPEECH = Paper("2408.00001", "확산모델은 음성을 만든다: 100% Diffusion_Models", ("José Núñez", "김지민"))
TOPICS = Paper("2408.00002", "Topic models, revisited", ("Ana Ruiz",))
PLAIN = Paper("2408.00003", "A survey", ("Bo Li",))


@pytest.fixture
async def a_list(store: Store) -> Store:
    """Three papers, of which two were listed: one twice, with other votes."""
    for each in (SPEECH, TOPICS, PLAIN):
        await store.papers.remember(each, source="arxiv", now=NOW)
    for day, votes in ((NOW.date(), {SPEECH: 90}), (NOW.date() + timedelta(days=1), {SPEECH: 5, TOPICS: 40})):
        ranked = [ListedPaper(each, votes=number) for each, number in votes.items()]
        await store.listings.remember(Listing(day, tuple(ranked), NOW), ranked)
    await save(store, SPEECH.id, TOPICS.id, PLAIN.id)
    lists = store.reading_lists
    await lists.set_note(TEAM, ANA, PLAIN.id, "Compare 50% with §3 of Müller's", now=HOURS[1])
    await lists.set_tags(TEAM, ANA, PLAIN.id, ["읽기 모임", "NLP"], now=HOURS[1])
    await lists.set_tags(TEAM, ANA, TOPICS.id, ["nlp"], now=HOURS[1])
    await lists.set_state(TEAM, ANA, TOPICS.id, ReadingState.DONE, origin=CLICK, now=HOURS[1])
    await save(store, SPEECH.id, PLAIN.id, user=JIMIN)
    return store


async def found(store: Store, wanted: ListFilter) -> list[str]:
    names = {SPEECH.id: "speech", TOPICS.id: "topics", PLAIN.id: "plain"}
    page, total = await store.reading_lists.page(TEAM, ANA, wanted, limit=10)
    assert total == len(page)
    assert await store.reading_lists.entries(TEAM, ANA, wanted, limit=10) == page
    return [names[each.paper.id] for each in page]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("diffusion", ["speech"]),
        ("DIFFUS", ["speech"]),
        ("모델", ["speech"]),
        ("확산모델은", ["speech"]),
        ("jose nunez", ["speech"]),
        ("김지민", ["speech"]),
        ("models", ["topics", "speech"]),
        ("model revisited", ["topics"]),
        ("muller compare", ["plain"]),
        ("읽기모임", []),
        ("모임", ["plain"]),
        ("survey 읽기", ["plain"]),
        ("%", []),
        ("_", []),
        ("100%", ["speech"]),
        ("' OR 1=1 --", []),
        ("\\", []),
        ("nothing like it", []),
    ],
)
async def test_words_are_found_in_titles_names_notes_and_tags(a_list: Store, words: str, expected: list[str]) -> None:
    assert await found(a_list, ListFilter(words=words)) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WHOLE_LIST, ["plain", "topics", "speech"]),
        (ListFilter(order=ListOrder.VOTES), ["topics", "speech", "plain"]),
        (ListFilter(order=ListOrder.OLDEST_UNREAD), ["speech", "plain", "topics"]),
        (ListFilter(frozenset({ReadingState.DONE})), ["topics"]),
        (ListFilter(frozenset({ReadingState.ARCHIVED})), []),
        (ListFilter(tag="nlp"), ["plain", "topics"]),
        (ListFilter(tag="Nlp", words="survey"), ["plain"]),
        (ListFilter(frozenset({ReadingState.TO_READ}), tag="NLP"), ["plain"]),
        (ListFilter(tag="other"), []),
    ],
)
async def test_a_list_is_filtered_and_ordered(a_list: Store, wanted: ListFilter, expected: list[str]) -> None:
    assert await found(a_list, wanted) == expected


async def test_an_entry_tells_the_votes_of_the_latest_day_that_lists_it(a_list: Store) -> None:
    page, _ = await a_list.reading_lists.page(TEAM, ANA, limit=10)
    assert {each.paper.id: each.votes for each in page} == {SPEECH.id: 5, TOPICS.id: 40, PLAIN.id: None}


async def test_what_is_archived_is_counted_and_shown_only_where_it_is_asked_for(a_list: Store) -> None:
    lists = a_list.reading_lists
    await lists.set_state(TEAM, ANA, PLAIN.id, ReadingState.ARCHIVED, origin=CLICK, now=HOURS[2])
    assert await found(a_list, WHOLE_LIST) == ["topics", "speech"]
    assert await found(a_list, ListFilter(frozenset({ReadingState.ARCHIVED}))) == ["plain"]
    assert await lists.count(TEAM, ANA) == 2
    assert await lists.counts(TEAM, ANA) == {
        ReadingState.TO_READ: 1,
        ReadingState.READING: 0,
        ReadingState.DONE: 1,
        ReadingState.ARCHIVED: 1,
    }
    assert await lists.saved_among(TEAM, ANA, [PLAIN.id]) == {PLAIN.id}


async def test_tags_are_counted_whatever_their_case_the_most_used_first(a_list: Store) -> None:
    assert list((await a_list.reading_lists.tags(TEAM, ANA)).items()) == [("NLP", 2), ("읽기 모임", 1)]
    assert await a_list.reading_lists.tags(TEAM, JIMIN) == {}


async def test_pages_of_a_filtered_list_join_and_one_beyond_the_end_tells_how_many_there_are(a_list: Store) -> None:
    for wanted in (ListFilter(words="model"), ListFilter(order=ListOrder.VOTES), ListFilter(tag="nlp")):
        pages = [await a_list.reading_lists.page(TEAM, ANA, wanted, limit=1, offset=offset) for offset in range(4)]
        whole, total = await a_list.reading_lists.page(TEAM, ANA, wanted, limit=10)
        assert [each for page, _ in pages for each in page] == whole
        assert {each for _, each in pages} == {total}


@pytest.mark.parametrize(
    ("wanted", "statements"),
    [
        (WHOLE_LIST, 3),
        (ListFilter(frozenset({ReadingState.TO_READ, ReadingState.DONE}), order=ListOrder.VOTES), 3),
        (ListFilter(order=ListOrder.OLDEST_UNREAD), 3),
        (ListFilter(words="speech"), 3),
        (ListFilter(tag="nlp"), 4),
    ],
)
async def test_a_page_takes_its_papers_their_news_and_one_count_that_gives_its_length_as_well(
    a_list: Store, wanted: ListFilter, statements: int
) -> None:
    asked: list[str] = []

    async def note(sql: str) -> None:
        asked.append(sql)

    async def read(db: Connection) -> tuple[list[SavedPaper], int, dict[ReadingState, int]]:
        lists = ReadingLists(WatchedConnection(db, note))
        return await lists.page_and_counts(TEAM, ANA, wanted, limit=1)

    page, total, by_state = await a_list.database.read(read)
    assert len(asked) == statements
    assert (page, total) == await a_list.reading_lists.page(TEAM, ANA, wanted, limit=1)
    assert by_state == await a_list.reading_lists.counts(TEAM, ANA)


async def test_a_long_list_is_looked_through_beside_what_others_wait_for(store: Store) -> None:
    ids = [f"2409.{number:05}" for number in range(320)]
    for paper_id in ids:
        await store.papers.remember(Paper(paper_id, f"Number {paper_id}", ()), source="arxiv", now=NOW)
    await store.reading_lists.change_several(TEAM, ANA, to_save=ids, to_remove=[], now=NOW)
    page, total = await store.reading_lists.page(TEAM, ANA, ListFilter(words="number"), limit=10, offset=310)
    assert (len(page), total) == (10, 320)


# an end ---------------------------------------------------------------------------------------------------------------


async def rows(store: Store, table: str) -> Sequence[object]:
    async def ask(db: Connection) -> Sequence[object]:
        return await db.rows(f"SELECT * FROM {table}")

    return await store.database.read(ask)


async def test_what_was_removed_is_forgotten_its_note_first(store: Store) -> None:
    lists = store.reading_lists
    await save(store, MELTEMI, STRINGS)
    await lists.set_note(TEAM, ANA, MELTEMI, "Secret", now=HOURS[0])
    await lists.set_tags(TEAM, ANA, MELTEMI, ["hidden"], now=HOURS[0])
    await lists.remove(TEAM, ANA, MELTEMI, now=HOURS[1])
    await store.maintenance.prune(now=HOURS[1] + REMOVALS_UNDONE_FOR - timedelta(minutes=1))
    assert "Secret" in str(await rows(store, "saved_papers"))
    await store.maintenance.prune(now=HOURS[1] + REMOVALS_UNDONE_FOR + timedelta(minutes=1))
    assert "Secret" not in str(await rows(store, "saved_papers"))
    assert "hidden" not in str(await rows(store, "saved_papers")) + str(await rows(store, "saved_tags"))
    assert MELTEMI in str(await rows(store, "list_changes")), "a reaction that comes late is told from a new one"
    await store.maintenance.prune(now=HOURS[1] + REACTIONS_KEPT + timedelta(days=1))
    for table in ("saved_papers", "list_changes"):
        assert MELTEMI not in str(await rows(store, table))
        assert STRINGS in str(await rows(store, table))


async def test_an_emoji_on_a_paper_that_nobody_saved_is_forgotten(store: Store) -> None:
    await hear(store, added("eyes", 1))
    assert await rows(store, "list_changes")
    await store.maintenance.prune(now=NOW)
    assert await rows(store, "list_changes") == []
    assert await rows(store, "saved_papers") == []


async def test_an_emoji_toggled_for_ever_leaves_so_many_changes(store: Store) -> None:
    await hear(store, added("bookmark", 1))
    for at in range(2, MOST_CHANGES + 60, 2):
        await hear(store, added("eyes", at), taken_back("eyes", at + 1))
    assert len(await rows(store, "list_changes")) <= MOST_CHANGES
    assert await state(store) is ReadingState.TO_READ
