"""A search as people meet it: found papers a page at a time, their cards, and arXiv's own search."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.messages.search import PageWanted
from bot.rules.reading_list import SaveKind
from bot.slack.manifest import FIND_SHORTCUT
from tests.bot.sources.test_arxiv import entry, feed
from tests.entry_points import read_blocks
from tests.servers import Reply

if TYPE_CHECKING:
    from tests.harness import Harness

MATTING, MELTEMI = "2407.21017", "2407.20743"


def actions(payload: object) -> set[str]:
    """The names of all buttons and menus of a message."""
    found: set[str] = set()
    match payload:
        case {"action_id": str(name), **more}:
            found = {name, *actions(list(more.values()))}
        case dict():
            found = set().union(*map(actions, payload.values()))
        case list() | tuple():
            found = set().union(*map(actions, payload))
    return found


async def test_words_are_searched_and_the_page_is_the_acknowledgment(harness: Harness) -> None:
    await harness.post()
    await harness.ask(harness.ana, "list")  # from then on their language is known
    answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "matting generation")
    assert answer.payload
    assert "Matting by Generation" in json.dumps(answer.payload)
    assert "1 paper found for “matting generation”" in str(answer.payload["text"])
    assert actions(answer.payload) == {"show_card", "choose_papers", "search_arxiv"}


async def test_what_a_filter_was_read_as_is_said_once_and_not_in_the_form_it_is_kept_in(harness: Harness) -> None:
    await harness.post()
    await harness.ask(harness.ana, "list")
    answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "matting since last week")
    told = json.dumps(answer.payload)
    assert "1 paper found" in told
    assert "Searched for: matting" in told
    assert "since:" not in str((answer.payload or {})["blocks"][0])


async def test_a_found_paper_is_one_choice_from_its_card(harness: Harness) -> None:
    await harness.post()
    await harness.ask(harness.ana, "matting")
    before = len(harness.slack.ephemerals(harness.ana.id))
    found = harness.slack.ephemerals(harness.ana.id)[-1]
    await harness.slack.choose(harness.ana.id, found, "show_card", MATTING)
    await harness.quiet()
    (card,) = harness.slack.ephemerals(harness.ana.id)[before:]
    assert {"save_paper", "share_paper"} <= actions(card.blocks)


async def test_more_takes_the_place_of_the_page_and_back_leads_back(harness: Harness) -> None:
    await harness.post(top=50)
    await harness.ask(harness.ana, "search since:2024")
    (found,) = harness.slack.ephemerals(harness.ana.id)
    first = found
    assert "search_more" in actions(first.blocks)
    await harness.click(harness.ana, found, "search_more")
    (found,) = harness.slack.ephemerals(harness.ana.id)
    assert found.text != first.text
    assert "Page 2" in json.dumps(found.blocks)
    await harness.click(harness.ana, found, "search_back")
    (found,) = harness.slack.ephemerals(harness.ana.id)
    assert found.text == first.text


async def test_what_is_personal_is_found_on_ones_own_list_alone(harness: Harness) -> None:
    await harness.post()
    now, lists = harness.clock.now(), harness.bot.services.store.reading_lists
    await lists.save(harness.team, harness.ana.id, MELTEMI, SaveKind.CLICK, now=now)
    (told,) = await harness.ask(harness.ana, "search from:me")
    assert "Meltemi" in told
    assert "Matting" not in told
    (told,) = await harness.ask(harness.jimin, "search from:me since:1995")
    assert "Meltemi" not in told


async def test_an_empty_list_is_said_to_be_empty_with_how_to_save(harness: Harness) -> None:
    await harness.post()
    for words in ("search from:me", "search from:me agents"):
        (told,) = await harness.ask(harness.ana, words)
        assert "Your reading list is empty." in told
        assert "react to its card" in told
    await harness.bot.services.store.reading_lists.save(
        harness.team, harness.ana.id, MELTEMI, SaveKind.CLICK, now=harness.clock.now()
    )
    (told,) = await harness.ask(harness.ana, "search from:me nowhere")
    assert "No paper on your reading list matches" in told


@pytest.mark.parametrize("typed", ["search agents since:foo", "search since:2025-13"])
async def test_a_filter_without_its_date_is_told_what_it_wants(harness: Harness, typed: str) -> None:
    (told,) = await harness.ask(harness.ana, typed)
    assert "since: needs a year, month, or day" in told
    (told,) = await harness.ask(harness.jimin, typed)
    assert "저자:" in told
    assert "이후:2024" in told


class TestWhatOthersSee:
    async def test_more_of_what_everybody_reads_is_for_whoever_selects_it(self, harness: Harness) -> None:
        await harness.post(top=50)
        asked = await harness.slack.mention(harness.ana.id, harness.papers.id, "search since:2024")
        await harness.quiet()
        _, reply = harness.slack.thread(harness.papers.id, asked.ts)
        assert "search_more" in actions(reply.blocks)
        (page,) = await harness.click(harness.jimin, reply, "search_more")
        assert "\n9. " in page
        assert harness.slack.thread(harness.papers.id, asked.ts)[1:] == [reply], "it stays as it was"

    async def test_nobody_reads_what_is_on_anothers_list(self, harness: Harness) -> None:
        await harness.post()
        now, lists = harness.clock.now(), harness.bot.services.store.reading_lists
        await lists.save(harness.team, harness.ana.id, MELTEMI, SaveKind.CLICK, now=now)
        asked = await harness.slack.mention(harness.ana.id, harness.papers.id, "search from:me")
        await harness.quiet()
        told = harness.slack.thread(harness.papers.id, asked.ts)[1:]
        assert "Meltemi" not in str(told)


@pytest.mark.parametrize("typed", ["search", "search …", 'search "', "search ()"])
async def test_nothing_to_search_for_is_said_with_an_example(harness: Harness, typed: str) -> None:
    (told,) = await harness.ask(harness.ana, typed)
    assert "/paper search" in told


class TestArxiv:
    async def test_is_offered_where_nothing_is_found_and_asked_once_somebody_wants_that(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "search sonification of glaciers")
        (nothing,) = harness.slack.ephemerals(harness.ana.id)
        assert actions(nothing.blocks) == {"search_arxiv"}
        asked = len(harness.sources.calls)
        harness.sources.arxiv(feed(entry("2501.00001v1", "Glaciers to Hear"), entry("2501.00002v1", "Ice")))
        told = await harness.click(harness.ana, nothing, "search_arxiv")
        assert "Glaciers to Hear" in told[-1]
        (call,) = harness.sources.calls[asked:]
        assert call.query["search_query"] == 'all:"sonification" AND all:"glaciers"'
        assert call.query["max_results"] == "3"

    async def test_a_paper_it_finds_is_one_click_from_its_card(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "search glaciers")
        harness.sources.arxiv(feed(entry("2501.00001v1", "Glaciers to Hear")))
        await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "search_arxiv")
        assert await harness.bot.services.store.papers.find("2501.00001") is None, "nobody asked for it yet"
        told = await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "show_found_paper")
        assert told[0].startswith("Looking up 2501.00001")
        assert "Glaciers to Hear" in told[-1]
        assert "save_paper" in actions(harness.slack.ephemerals(harness.ana.id)[-1].blocks)

    async def test_takes_the_place_of_what_says_that_it_is_asked_where_that_can_be_edited(
        self, harness: Harness
    ) -> None:
        harness.sources.arxiv(feed(entry("2501.00001v1", "Glaciers to Hear")))
        await harness.slack.shortcut(harness.ana.id, FIND_SHORTCUT)
        await harness.quiet()
        (form,) = harness.slack.modals(harness.ana.id)
        assert (await harness.slack.submit(form, {"query": "search glaciers"})).ok
        await harness.quiet()
        found = harness.slack.modals(harness.ana.id)[-1]
        assert (await harness.slack.click(harness.ana.id, found, "search_arxiv")).ok
        await harness.quiet()
        from_arxiv = harness.slack.modals(harness.ana.id)[-1]
        assert "Glaciers to Hear" in read_blocks(from_arxiv.blocks)
        assert "Searching arXiv" not in read_blocks(from_arxiv.blocks)
        assert (await harness.slack.click(harness.ana.id, from_arxiv, "show_found_paper")).ok
        await harness.quiet()
        card = read_blocks(harness.slack.modals(harness.ana.id)[-1].blocks)
        assert "Glaciers to Hear" in card
        assert "Looking up" not in card

    async def test_that_does_not_respond_is_said(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "search glaciers")
        nothing = harness.slack.ephemerals(harness.ana.id)[-1]
        harness.sources.next(*(Reply(503) for _ in range(9)))
        told = await harness.click(harness.ana, nothing, "search_arxiv")
        assert "arXiv" in told[-1]
        assert "responding" in told[-1]


@pytest.mark.parametrize(
    "value", ["", "x", "[]", '{"query": 1}', '{"query": "a", "page": "x"}', "[" * 3000, '{"page":1}']
)
def test_any_value_of_a_button_means_some_page(value: str) -> None:
    assert PageWanted.parse(value) == PageWanted("", 1)


def test_a_page_is_what_its_button_says() -> None:
    wanted = PageWanted('확산 "모델" author:kim', 7)
    assert PageWanted.parse(str(wanted)) == wanted
    assert len(str(PageWanted('"' * 5000, 7))) < 2000
