"""News of saved papers: kept from whatever a source says of them, and asked for at a pace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.paper_news import BETWEEN_CHECKS, CHECKED_EVERY, MOST_IN_A_CHECK, NewsKind
from bot.rules.papers import Listing
from bot.rules.reading_list import ReadingState, SaveKind, SaveOrigin
from tests.bot.store.samples import ANA, DAY, JIMIN, MATRYOSHKA, MELTEMI, NOW, TEAM, listed, paper

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.papers import Paper
    from bot.store import Store

LATER = NOW + timedelta(days=3)
CODE = "https://github.com/x/y"


async def tell(store: Store, told: Paper, source: str = "arxiv", at: datetime = LATER) -> None:
    await store.papers.remember(told, source=source, now=at)


async def save(store: Store, *papers: str, user: str = ANA) -> None:
    for paper_id in papers:
        await store.papers.remember(replace(paper(paper_id), arxiv_version=1), source="arxiv", now=NOW)
        await store.reading_lists.save(TEAM, user, paper_id, SaveKind.CLICK, now=NOW)


async def kinds(store: Store, paper_id: str = MELTEMI) -> list[NewsKind]:
    return sorted(each.kind for each in (await store.paper_news.of([paper_id])).get(paper_id, ()))


async def test_a_new_version_of_a_saved_paper_is_news_since_it_became_known(store: Store) -> None:
    await save(store, MELTEMI)
    await tell(store, replace(paper(), arxiv_version=3))
    (news,) = (await store.paper_news.of([MELTEMI, MATRYOSHKA]))[MELTEMI]
    assert (news.kind, news.version, news.at) == (NewsKind.NEW_VERSION, 3, LATER)
    await tell(store, replace(paper(), arxiv_version=3), at=LATER + timedelta(days=1))
    assert (await store.paper_news.of([MELTEMI]))[MELTEMI] == (news,), "told again, it is no news"


async def test_of_a_paper_that_nobody_saved_nothing_is_kept(store: Store) -> None:
    await tell(store, replace(paper(), arxiv_version=1), at=NOW)
    await tell(store, replace(paper(), arxiv_version=2))
    assert await kinds(store) == []


async def test_an_older_version_that_somebody_looks_up_makes_nothing_new(store: Store) -> None:
    await save(store, MELTEMI)
    gone = replace(paper(), arxiv_version=3, withdrawn=True)
    await tell(store, gone)
    await tell(store, replace(paper(), arxiv_version=1))
    known = await store.papers.find(MELTEMI)
    assert known
    assert known.withdrawn
    await tell(store, gone, at=LATER + timedelta(days=9))
    (news,) = (await store.paper_news.of([MELTEMI]))[MELTEMI]
    assert (news.kind, news.at) == (NewsKind.WITHDRAWN, LATER)
    await tell(store, replace(paper(), arxiv_version=4))
    assert await kinds(store) == [NewsKind.NEW_VERSION], "it is back"


async def test_code_is_news_once_the_feed_had_told_that_there_was_none(store: Store) -> None:
    await save(store, MELTEMI)
    await tell(store, replace(paper(), code_url=CODE), source="hugging_face")
    assert await kinds(store) == [], "nobody knows since when"
    await save(store, MATRYOSHKA)
    await store.listings.remember(Listing(DAY, (), NOW, "[]"), [listed(MATRYOSHKA, 5)])
    await tell(store, paper(MATRYOSHKA), source="arxiv")
    await tell(store, replace(paper(MATRYOSHKA), code_url=CODE), source="hugging_face")
    (news,) = (await store.paper_news.of([MATRYOSHKA]))[MATRYOSHKA]
    assert (news.kind, news.code_url) == (NewsKind.CODE, CODE)


async def test_the_news_of_a_list_is_that_of_what_is_unread_there(store: Store) -> None:
    await save(store, MELTEMI, MATRYOSHKA)
    await tell(store, replace(paper(MELTEMI), arxiv_version=2))
    await tell(store, replace(paper(MATRYOSHKA), arxiv_version=2), at=LATER + timedelta(hours=1))
    assert await store.paper_news.of_list(TEAM, ANA, since=NOW, limit=5) == [MATRYOSHKA, MELTEMI]
    assert await store.paper_news.of_list(TEAM, ANA, since=LATER, limit=5) == [MATRYOSHKA]
    assert await store.paper_news.of_list(TEAM, JIMIN, since=NOW, limit=5) == []
    click = SaveOrigin(SaveKind.CLICK)
    await store.reading_lists.set_state(TEAM, ANA, MATRYOSHKA, ReadingState.DONE, origin=click, now=LATER)
    assert await store.paper_news.of_list(TEAM, ANA, since=NOW, limit=5) == [MELTEMI]


async def test_an_entry_of_a_list_has_the_news_since_it_was_saved(store: Store) -> None:
    await save(store, MELTEMI, MATRYOSHKA)
    await tell(store, replace(paper(), arxiv_version=2))
    await store.reading_lists.save(TEAM, JIMIN, MELTEMI, SaveKind.CLICK, now=LATER + timedelta(days=1))
    entries, _ = await store.reading_lists.page(TEAM, ANA, limit=10)
    assert {entry.paper.id: [each.version for each in entry.news] for entry in entries} == {
        MELTEMI: [2],
        MATRYOSHKA: [],
    }
    later = await store.reading_lists.entry(TEAM, JIMIN, MELTEMI)
    assert later
    assert later.news == (), "whoever saved it afterwards knows"


async def test_each_saved_paper_has_its_turn_once_a_day_and_not_all_at_once(store: Store) -> None:
    papers = sorted(f"2407.{number:05}" for number in range(1, MOST_IN_A_CHECK + 11))
    await save(store, *papers)
    now = NOW + 2 * CHECKED_EVERY
    first = await store.paper_news.next_to_check(now)
    assert first == papers[:MOST_IN_A_CHECK]
    assert await store.paper_news.next_to_check(now) == [], "another machine asks at the same moment"
    second = await store.paper_news.next_to_check(now + BETWEEN_CHECKS)
    assert second == papers[MOST_IN_A_CHECK:]
    assert await store.paper_news.next_to_check(now + 2 * BETWEEN_CHECKS) == []
    assert await store.paper_news.next_to_check(now + CHECKED_EVERY) == first


async def test_what_everybody_has_read_and_what_arxiv_told_of_today_is_not_asked_about(store: Store) -> None:
    await save(store, MELTEMI, MATRYOSHKA)
    click = SaveOrigin(SaveKind.CLICK)
    await store.reading_lists.set_state(TEAM, ANA, MELTEMI, ReadingState.DONE, origin=click, now=NOW)
    assert await store.paper_news.next_to_check(NOW) == []
    assert await store.paper_news.next_to_check(NOW + CHECKED_EVERY + timedelta(minutes=1)) == [MATRYOSHKA]
    await save(store, MELTEMI, user=JIMIN)
    assert MELTEMI in await store.paper_news.next_to_check(NOW + 3 * CHECKED_EVERY)
