"""A reading list in a message: filtered, ordered, marked, and emptied where it stands, and each step undone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.list_view import ListView
from bot.rules.reading_list import ReadingState
from tests.harness import read

if TYPE_CHECKING:
    from bot.slack_emulator import PrivateMessage
    from tests.harness import Harness

MELTEMI, MATTING, ADAPTING = "2407.20743", "2407.21017", "2407.20729"
EVERYTHING = ListFilter(frozenset(ReadingState))


async def with_a_list(harness: Harness) -> None:
    await harness.post()
    for paper in (MELTEMI, MATTING, ADAPTING):
        await harness.ask(harness.ana, f"save {paper}")
    await harness.ask(harness.ana, "list")


def shown(harness: Harness) -> PrivateMessage:
    return harness.slack.ephemerals(harness.ana.id)[-1]


async def choose(harness: Harness, menu: str, value: str) -> str:
    before = len(harness.slack.ephemerals(harness.ana.id))
    answer = await harness.slack.choose(harness.ana.id, shown(harness), menu, value)
    assert answer.ok
    await harness.quiet()
    assert len(harness.slack.ephemerals(harness.ana.id)) == before
    return read(shown(harness))


async def press(harness: Harness, button: str) -> str:
    answer = await harness.slack.click(harness.ana.id, shown(harness), button)
    assert answer.ok, answer
    await harness.quiet()
    return read(shown(harness))


async def states(harness: Harness) -> dict[str, ReadingState]:
    entries = await harness.bot.services.store.reading_lists.entries(
        harness.team, harness.ana.id, EVERYTHING, limit=100
    )
    return {entry.paper.id: entry.state for entry in entries}


async def test_a_state_is_chosen_and_filtered_by_where_the_list_stands(harness: Harness) -> None:
    await with_a_list(harness)
    await choose(harness, "list_state", f"reading {MATTING}")
    assert (await states(harness))[MATTING] is ReadingState.READING
    listed = await choose(harness, "list_state_filter", "reading")
    assert "Your reading list (Reading): 1 paper" in listed
    assert "Meltemi" not in listed
    listed = await choose(harness, "list_state", f"done {MATTING}")
    assert "No papers on your reading list match." in listed
    assert "Meltemi" in await press(harness, "list_show_all")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (f"done {MATTING}", "Saved Matting by Generation and marked it as read."),
        (f"note {MATTING} compare with X", "Saved Matting by Generation with its note and tags:\ncompare with X"),
    ],
)
async def test_that_a_paper_is_saved_with_what_is_said_of_it_is_told(harness: Harness, asked: str, told: str) -> None:
    await harness.post()
    (first,) = await harness.ask(harness.ana, asked)
    assert told in first.replace(f" <https://arxiv.org/abs/{MATTING}>", "")
    (again,) = await harness.ask(harness.ana, asked)
    assert told not in again.replace(f" <https://arxiv.org/abs/{MATTING}>", "")


async def test_a_removal_is_undone_from_the_list_itself_with_all_it_had(harness: Harness) -> None:
    await with_a_list(harness)
    await harness.ask(harness.ana, f"note {MATTING} compare with X")
    await harness.ask(harness.ana, "list compare")
    listed = await choose(harness, "list_entry", f"remove {MATTING}")
    assert "Removed Matting by Generation" in listed
    assert MATTING not in await harness.reading_list(harness.ana)
    listed = await press(harness, "list_undo")
    assert "compare with X" in listed
    assert MATTING in await harness.reading_list(harness.ana)


async def test_a_list_is_cleared_only_when_that_is_confirmed_and_comes_back_whole(harness: Harness) -> None:
    await with_a_list(harness)
    before = await harness.reading_list(harness.ana)
    await harness.slack.choose(harness.ana.id, shown(harness), "list_bulk", "clear")
    await harness.quiet()
    assert "Remove 3 papers" in read(shown(harness))
    assert await harness.reading_list(harness.ana) == before
    assert "Removed 3 papers" in await press(harness, "list_clear")
    assert await harness.reading_list(harness.ana) == []
    assert "3 papers are as they were before" in await press(harness, "list_undo_clear")
    assert await harness.reading_list(harness.ana) == before


async def test_clearing_can_be_left(harness: Harness) -> None:
    await with_a_list(harness)
    await harness.ask(harness.ana, "clear list")
    assert "Nothing was changed." in await press(harness, "list_leave")
    assert len(await harness.reading_list(harness.ana)) == 3


async def test_all_are_marked_as_read_and_that_is_undone(harness: Harness) -> None:
    await with_a_list(harness)
    await harness.ask(harness.ana, f"reading {MATTING}")
    before = await states(harness)
    await harness.ask(harness.ana, "mark all as read")
    assert "Marked 3 papers as read." in await press(harness, "list_set_states")
    assert {*(await states(harness)).values()} == {ReadingState.DONE}
    await press(harness, "list_undo_states")
    assert await states(harness) == before


async def test_the_note_form_opens_from_the_list(harness: Harness) -> None:
    await with_a_list(harness)
    await harness.slack.choose(harness.ana.id, shown(harness), "list_entry", f"note {MATTING}")
    await harness.quiet()
    (view,) = harness.slack.modals(harness.ana.id)
    assert MATTING in view.content["private_metadata"]


async def test_what_was_filled_in_shows_in_the_message_the_form_was_opened_from(harness: Harness) -> None:
    """In the list at the part of it that is looked at, and in place of what was said of one paper."""
    await with_a_list(harness)
    await choose(harness, "list_order", "votes")
    before = len(harness.slack.ephemerals(harness.ana.id))
    await harness.slack.choose(harness.ana.id, shown(harness), "list_entry", f"note {MATTING}")
    await filled_in(harness, note="compare with X", tags="matting")
    told = read(shown(harness))
    assert "compare with X" in told
    assert "matting" in told
    assert str(ListView(ListFilter(order=ListOrder.VOTES))) in str(shown(harness).blocks)
    await harness.ask(harness.ana, f"done {ADAPTING}")
    await harness.slack.click(harness.ana.id, shown(harness), "list_note")
    await filled_in(harness, note="read twice")
    assert "read twice" in read(shown(harness))
    assert "Marked" not in read(shown(harness))
    assert len(harness.slack.ephemerals(harness.ana.id)) == before + 1


async def filled_in(harness: Harness, **typed: str) -> None:
    await harness.quiet()
    answer = await harness.slack.submit(harness.slack.modals(harness.ana.id)[-1], typed)
    assert answer.ok
    await harness.quiet()


async def test_undo_in_a_list_of_long_ago_says_that_there_is_nothing_to_undo(harness: Harness) -> None:
    await with_a_list(harness)
    await choose(harness, "list_entry", f"remove {MATTING}")
    harness.clock.advance_to(harness.clock.now() + timedelta(days=1, minutes=1))
    assert "Nothing to undo." in await press(harness, "list_undo")
    assert MATTING not in await states(harness)


async def test_undo_by_command_brings_back_what_was_removed_last(harness: Harness) -> None:
    await with_a_list(harness)
    await harness.ask(harness.ana, f"remove {MATTING}")
    (told,) = await harness.ask(harness.ana, "undo")
    assert told.startswith("Matting by Generation")
    assert "is back on your reading list." in told
    await harness.clock.sleep(timedelta(days=2).total_seconds())
    (told,) = await harness.ask(harness.ana, "undo")
    assert "Nothing to undo" in told


@pytest.mark.parametrize(
    "junk", ["", "list", "list x", "list 1 99999999999999999999", "list 1 \ud800 tag:%zz", "x" * 300]
)
def test_whatever_stands_in_a_blocks_id_is_a_part_of_the_list_or_nothing(junk: str) -> None:
    viewed = ListView.of_block(junk)
    assert viewed is None or viewed.page >= 1


def test_a_view_comes_back_from_the_id_of_its_block_however_long_it_is() -> None:
    wanted = ListView(ListFilter(frozenset(ReadingState), "가" * 50, "큰 언어 모델 큰 언어 모델"), 12)
    assert ListView.of_block(wanted.block_id(3)) == wanted
    hostile = ListView(ListFilter(tag="% " * 25, words="% " * 50))
    assert len(hostile.block_id("menus")) <= 255
