"""What is found, on each engine: the index follows whatever it is made of, and both give the same order."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.papers import ListedPaper, Listing, Origin, Paper, ReadSource, Section, Summary, SummaryState
from bot.rules.reading_list import SaveKind
from bot.rules.search_documents import POPULAR_VOTES, SearchDocument
from bot.rules.search_query import parse_query
from bot.rules.search_ranking import rank
from bot.store.connection import Engine
from bot.store.tables import search as search_tables
from bot.store.tables.listings import Listings
from bot.store.text_index import PostgresTextIndex, SqliteTextIndex, index_of
from tests.bot.store.samples import ANA, NOW, TEAM
from tests.bot.store.watched import WatchedConnection
from tests.harness import lay_out_database

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store
    from bot.store.connection import Connection
    from tests.bot.store.conftest import OpenStore

TODAY = NOW.date()
DIFFUSION = Paper(
    "2407.21017",
    "Matting by Generation with Diffusion",
    ("Zhixiang Wang", "José Müller"),
    abstract="We train a text-to-image model.",
    published=date(2024, 7, 30),
)
CACHE = Paper(
    "2407.20743",
    "ThinK: Thinner Key Cache",
    ("Yuhui Xu",),
    abstract="Diffusion is not it.",
    published=date(2024, 7, 29),
)
OLD = Paper(
    "hep-th/9711200", "The Large N Limit", ("Juan Maldacena",), abstract="Strings.", published=date(1997, 11, 27)
)


def summary(paper_id: str, text: str, *, language: str = "ko", takeaway: str | None = None) -> Summary:
    sections = ((Section.WHATS_NEW, text),)
    return Summary(
        paper_id, language, sections, Origin.MODEL, "m", ReadSource.ABSTRACT, NOW, takeaway=takeaway, arxiv_version=1
    )


async def found(store: Store, text: str) -> list[str]:
    query = parse_query(text)
    return rank(await store.search.candidates(query, owner=(TEAM, ANA)), query, today=TODAY)


async def remember(store: Store, *papers: Paper) -> None:
    for paper in papers:
        await store.papers.remember(paper, source="arxiv", now=NOW)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("diffusion", [DIFFUSION.id, CACHE.id]),  # in a title before in an abstract
        ("DIFFUS", [DIFFUSION.id, CACHE.id]),  # the beginning of the last word
        ("diffus matting", []),  # of the last alone
        ("thinner cache", [CACHE.id]),
        ("models", [DIFFUSION.id]),
        ("text-to-image", [DIFFUSION.id]),
        ('"key cache"', [CACHE.id]),
        ('"cache key"', []),
        ("author:muller", [DIFFUSION.id]),
        ("author:Müller diffusion", [DIFFUSION.id]),
        ("author:diffusion", []),
        ("xu", [CACHE.id]),
        ("strings limit", [OLD.id]),
        ("diffusion since:2024-07-30", [DIFFUSION.id]),
        ("since:2024", [DIFFUSION.id, CACHE.id]),
        ("since:1990 maldacena", [OLD.id]),
        ("2407.20743", [CACHE.id]),
        ("unheardof", []),
    ],
)
async def test_papers_are_found_by_their_words(store: Store, typed: str, expected: list[str]) -> None:
    await remember(store, DIFFUSION, CACHE, OLD)
    assert await found(store, typed) == expected


@pytest.mark.parametrize(
    "typed", ["확산", "모델", "확산모델", "확산 모델", "모델을", "모델에서", "제안", "새로운 모델"]
)
async def test_korean_words_are_found_whatever_stands_around_them(store: Store, typed: str) -> None:
    await remember(store, DIFFUSION, CACHE)
    await store.summaries.remember(summary(DIFFUSION.id, "새로운 확산모델은 이미지를 만든다고 제안한다."))
    assert await found(store, typed) == [DIFFUSION.id]


async def test_a_compound_is_found_where_it_is_written_in_two_words(store: Store) -> None:
    await remember(store, DIFFUSION)
    await store.summaries.remember(summary(DIFFUSION.id, "확산 모델을 쓴다."))
    assert await found(store, "확산모델은") == [DIFFUSION.id]


@pytest.mark.parametrize(
    "typed",
    ["", " ", '"', "* OR", "NEAR(a b)", "title:x", "a AND", "-", "^b", "{a}:b", "\x00", "\ud800", "🔖", "'; DROP TABLE",
     "%_", "&|!<->:*", "\\", "x" * 100_000, "확" * 100_000, '"' * 5_000, "a " * 50_000, "the of", "author:",
     "since:tomorrow", "from:somebody", "\ue000popular"],
)  # fmt: skip
async def test_any_text_is_a_query(store: Store, typed: str) -> None:
    await remember(store, DIFFUSION)
    assert await found(store, typed) in ([], [DIFFUSION.id])


async def test_what_is_said_anew_replaces_what_was_found_before(store: Store) -> None:
    await remember(store, DIFFUSION)
    await store.summaries.remember(summary(DIFFUSION.id, "처음 요약", takeaway="첫째 문장"))
    assert await found(store, "처음") == await found(store, "첫째") == [DIFFUSION.id]
    await store.summaries.remember(summary(DIFFUSION.id, "나중 설명"))
    assert [await found(store, word) for word in ("처음", "첫째", "나중")] == [[], [], [DIFFUSION.id]]
    await remember(store, replace(DIFFUSION, title="Portraits"))
    assert [await found(store, word) for word in ("matting", "portraits", "나중")] == [
        [],
        [DIFFUSION.id],
        [DIFFUSION.id],
    ]


async def test_a_rejected_summary_is_not_searched(store: Store) -> None:
    await remember(store, DIFFUSION)
    await store.summaries.remember(summary(DIFFUSION.id, "거짓 요약"), state=SummaryState.REJECTED)
    assert await found(store, "거짓") == []


async def test_topics_and_the_words_of_the_feed_are_searched(store: Store) -> None:
    told = replace(DIFFUSION, keywords=("image matting",), feed_summary="It cuts out people.", organization="Adobe")
    await store.listings.remember(Listing(TODAY, (), NOW), [ListedPaper(told, 3)])
    for word in ("image matting", "cuts", "adobe"):
        assert await found(store, word) == [DIFFUSION.id]


async def test_only_the_readers_own_list_is_searched_on_request(store: Store) -> None:
    await remember(store, DIFFUSION, CACHE)
    await store.reading_lists.save(TEAM, ANA, CACHE.id, SaveKind.CLICK, now=NOW)
    await store.reading_lists.save(TEAM, "UOTHER", DIFFUSION.id, SaveKind.CLICK, now=NOW)
    assert await found(store, "from:me") == await found(store, "diffusion from:me") == [CACHE.id]
    await store.reading_lists.remove(TEAM, ANA, CACHE.id, now=NOW)
    assert await found(store, "from:me") == []
    query = parse_query("from:me")
    assert await store.search.candidates(query, owner=None) == []


async def test_of_papers_as_good_the_one_readers_saved_comes_first(store: Store) -> None:
    twin = replace(DIFFUSION, id="2407.21018")
    await remember(store, DIFFUSION, twin)
    assert await found(store, "matting") == [twin.id, DIFFUSION.id]
    await store.reading_lists.save(TEAM, ANA, DIFFUSION.id, SaveKind.CLICK, now=NOW)
    assert await found(store, "matting") == [DIFFUSION.id, twin.id]


async def test_an_old_paper_that_many_like_is_found_among_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a common word, the latest papers are ranked, and the latest with many votes or with the word in the title."""
    monkeypatch.setattr(search_tables, "MOST_OF_A_KIND", 3)
    liked, titled, neither = (
        Paper(f"2401.0000{number}", title, (), abstract="about words")
        for number, title in ((1, "liked"), (2, "Words"), (3, "Neither"))
    )
    await store.listings.remember(
        Listing(TODAY, (), NOW),
        [ListedPaper(liked, POPULAR_VOTES), ListedPaper(titled, 1), ListedPaper(neither, POPULAR_VOTES - 1)],
    )
    await remember(store, *(Paper(f"2607.0000{number}", "Later", (), abstract="words") for number in range(5)))
    assert set(await found(store, "words")) == {liked.id, titled.id, "2607.00002", "2607.00003", "2607.00004"}


class _Failing(Exception):
    """The process is killed."""


@pytest.mark.parametrize("method", ["add", "remove"])
async def test_what_is_killed_on_the_way_changes_neither_the_papers_nor_what_they_are_found_by(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    async def killed(*_: object) -> None:
        raise _Failing

    changed = replace(DIFFUSION, title="Portraits")
    async with open_store() as store:
        await remember(store, DIFFUSION)
        index = {Engine.SQLITE: SqliteTextIndex, Engine.POSTGRES: PostgresTextIndex}[await engine_of(store)]
        with monkeypatch.context() as context:
            context.setattr(index, method, killed)
            for change in (
                store.papers.remember(changed, source="arxiv", now=NOW),
                store.listings.remember(Listing(TODAY, (), NOW), [ListedPaper(changed, 3)]),
                store.summaries.remember(summary(DIFFUSION.id, "확산")),
            ):
                with pytest.raises(_Failing):
                    await change
        assert await store.papers.find(DIFFUSION.id) == DIFFUSION
        assert await store.listings.find(TODAY) is None
        assert await store.summaries.find(DIFFUSION.id, "ko") is None
        assert [await found(store, word) for word in ("matting", "portraits", "확산")] == [[DIFFUSION.id], [], []]
        await store.papers.remember(changed, source="arxiv", now=NOW)
        assert [await found(store, word) for word in ("matting", "portraits")] == [[], [DIFFUSION.id]]


async def engine_of(store: Store) -> Engine:
    async def which(db: Connection) -> Engine:
        return db.engine

    return await store.database.read(which)


async def test_a_day_that_is_read_again_costs_a_handful_of_statements_more(open_store: OpenStore) -> None:
    """Forty papers: two statements for each that is new beside its own two, none for one whose texts are the same."""
    papers = [Paper(f"2407.{number:05}", "Matting", ("Ana",), abstract="We cut.") for number in range(40)]
    counted: list[str] = []

    async def note(sql: str) -> None:
        counted.append(sql)

    async with open_store() as store:
        for votes, expected in ((3, 81), (4, 1), (5, 1)):
            counted.clear()
            ranked = [ListedPaper(paper, votes) for paper in papers]

            async def remember_day(db: Connection, ranked: list[ListedPaper] = ranked) -> None:
                await Listings(WatchedConnection(db, note)).remember(Listing(TODAY, (), NOW), ranked)

            await store.database.write(remember_day)
            about_search = [sql for sql in counted if "search_" in sql]
            assert len(about_search) == expected
            assert len(counted) - len(about_search) <= 2 * len(papers) + 7


async def forget_index(store: Store) -> None:
    """Leave papers as a release without the index stored them."""

    async def forget(db: Connection) -> None:
        rows = await db.rows("SELECT number, title, authors, topics, takeaways, body FROM search_documents")
        for number, title, authors, topics, takeaways, body in rows:
            text = zlib.decompress(body).decode()
            await index_of(db).remove(SearchDocument(number, title, authors, topics, takeaways, text))
        await db.execute("DELETE FROM search_documents")
        await db.execute("UPDATE search_progress SET up_to = '~'")

    await store.database.write(forget)


async def test_papers_of_an_earlier_release_are_indexed_step_by_step_and_the_latest_first(
    open_store: OpenStore,
) -> None:
    async with open_store() as store:
        assert await store.search.is_complete()
        await remember(store, DIFFUSION, CACHE, OLD)
        await forget_index(store)
        assert await found(store, "diffusion") == []
        assert (await store.search.is_complete(), await store.search.count_left()) == (False, 3)
        assert await store.search.index_some(limit=2)
    async with open_store() as store:  # whenever that ends, it goes on where it was
        assert await store.search.count_left() == 1
        assert await store.search.index_some(limit=1)
        assert not await store.search.index_some(limit=1)
        assert (await store.search.is_complete(), await store.search.count_left()) == (True, 0)
        assert await found(store, "diffusion") == [DIFFUSION.id, CACHE.id]
        assert await found(store, "maldacena") == [OLD.id]


# one order ------------------------------------------------------------------------------------------------------------

VOCABULARY = [
    *("diffusion", "model", "models", "image", "agent", "agents", "cache", "token", "train", "training", "of", "the"),
    *(
        "확산",
        "모델",
        "확산모델은",
        "이미지를",
        "학습",
        "에이전트",
        "토큰의",
        "데이터셋",
        "GPT-4",
        "naïve",
        "état",
        "ß",
        "ﬁne",
        "🔖",
    ),
]
QUERIES = [
    *VOCABULARY,
    *(
        "diffusion model",
        "mod",
        "확산 모델",
        '"diffusion model"',
        "train image",
        "a",
        "이미",
        "GPT",
        "author:kim image",
    ),
    *(
        "image since:2025",
        "since:2026-01",
        "from:me",
        "model from:me",
        "agents token cache",
        "확산모델",
        "모",
        "d",
        "th",
    ),
]


async def fill_at_random(store: Store, seed: int) -> None:
    """Papers, votes, summaries, saves and changes to them, the same for the same seed."""
    chance = random.Random(seed)

    def words(most: int) -> str:
        return " ".join(chance.choices(VOCABULARY, k=chance.randint(1, most)))

    papers = [
        Paper(
            f"{chance.randint(20, 26)}{chance.randint(1, 12):02}.{number:05}",
            words(6),
            tuple(chance.sample(["Ana Kim", "Kim Ye", "J. Müller", "Li Wei"], 2)),
            abstract=words(60),
            published=chance.choice([None, date(2025, 1, 1) + timedelta(days=chance.randint(0, 600))]),
            keywords=(words(2),),
        )
        for number in range(60)
    ]
    for start in range(0, 60, 20):
        day = TODAY + timedelta(days=start)
        listed = [ListedPaper(paper, chance.choice([0, 3, 60, 200])) for paper in papers[start : start + 20]]
        await store.listings.remember(Listing(day, (), NOW), listed)
    for paper in chance.sample(papers, 30):
        await store.summaries.remember(summary(paper.id, words(30), takeaway=chance.choice([None, words(5)])))
        await store.papers.remember(replace(paper, title=words(6)), source="arxiv", now=NOW)
        await store.reading_lists.save(TEAM, chance.choice([ANA, "UOTHER"]), paper.id, SaveKind.CLICK, now=NOW)


@pytest.mark.postgres
@pytest.mark.parametrize("seed", [1, 2])
async def test_both_engines_give_the_same_order(
    server_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    from bot.store import sqlite

    monkeypatch.setattr(search_tables, "MOST_OF_A_KIND", 12)  # so that common words have more than are ranked
    in_file = await sqlite.open_store(lay_out_database(tmp_path))
    async with server_store() as on_server:
        for store in (in_file, on_server):
            await fill_at_random(store, seed)
        orders = {query: (await found(in_file, query), await found(on_server, query)) for query in QUERIES}
    await in_file.close()
    assert {query: both for query, both in orders.items() if both[0] != both[1]} == {}
    assert sum(map(bool, orders.values())) > 30
    assert any(len(both[0]) > 12 for both in orders.values())
