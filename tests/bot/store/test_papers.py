"""What the store remembers of papers and of the days they were listed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from bot.rules.papers import ListedPaper, Listing, Paper
from tests.bot.store.samples import DAY, MATRYOSHKA, MELTEMI, NOW, STRINGS, listed, paper

if TYPE_CHECKING:
    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

FULL = Paper(
    id=MELTEMI,
    title="Meltemi: The first open Large Language Model for Greek — “a title”, 제목",
    authors=("Leon Voukoutis", "김지민", "O'Neil; DROP TABLE papers"),
    abstract="We describe $L_2$ and\u00a0α.",
    published=date(2024, 7, 30),
    arxiv_version=2,
    thumbnail_url="https://example.org/thumbnail.png",
    code_url="https://github.com/example/meltemi",
    project_url="https://example.org",
    organization="ILSP",
    withdrawn=False,
    feed_summary="Meltemi is “open” — 그리스어.",
    keywords=("large language models", "그리스어", 'a "quoted" one'),
    code_stars=233,
    media_urls=("https://example.org/1.mp4", "https://example.org/2.png"),
    doi="10.1145/3411764.3445678",
    primary_category="cs.CL",
)


def facts_of(told: Paper) -> dict[str, Any]:
    return {name: getattr(told, name) for name in ("feed_summary", "keywords", "code_stars", "media_urls")}


async def test_a_paper_comes_back_as_it_was_told(store: Store) -> None:
    await store.papers.remember(FULL, source="arxiv", now=NOW)
    assert await store.papers.find(MELTEMI) == FULL


async def test_a_paper_nobody_told_of_is_unknown(store: Store) -> None:
    assert await store.papers.find(MELTEMI) is None
    assert await store.papers.known([MELTEMI]) == {}
    assert await store.listings.last_listed(MELTEMI) is None


async def test_papers_are_found_by_the_addresses_they_carry(store: Store) -> None:
    shared = replace(FULL, id=MATRYOSHKA, project_url=None, code_url="https://GitHub.com/Example/Meltemi")
    for each in (FULL, shared, replace(FULL, id=STRINGS, code_url=None, project_url=None)):
        await store.papers.remember(each, source="hugging_face", now=NOW)
    carrying = store.papers.carrying
    assert {paper.id for paper in await carrying(["https://github.com/example/meltemi"])} == {MELTEMI, MATRYOSHKA}
    assert await carrying(["https://example.org", "https://example.org/else"]) == [FULL]
    assert await carrying(["https://github.com/example"]) == await carrying([]) == []


async def test_an_address_that_every_paper_carries_brings_a_bounded_number(store: Store) -> None:
    for number in range(30):
        await store.papers.remember(replace(FULL, id=f"2407.{number:05}"), source="hugging_face", now=NOW)
    found = await store.papers.carrying(["https://example.org"])
    assert [paper.id for paper in found] == [f"2407.{number:05}" for number in range(29, 4, -1)]


async def test_papers_are_found_by_their_doi(store: Store) -> None:
    other = replace(FULL, id=STRINGS, doi="10.18653/v1/p19-1001")
    for each in (FULL, replace(FULL, id=MATRYOSHKA, doi=None), other):
        await store.papers.remember(each, source="arxiv", now=NOW)
    assert await store.papers.with_doi([str(other.doi), "10.1145/3411764"]) == [other]
    assert await store.papers.with_doi([str(FULL.doi), str(other.doi)]) == [other, FULL]
    assert await store.papers.with_doi(["10.1145/3411764"]) == await store.papers.with_doi([]) == []


async def test_a_doi_that_every_paper_has_brings_a_bounded_number(store: Store) -> None:
    for number in range(30):
        await store.papers.remember(replace(FULL, id=f"2407.{number:05}"), source="arxiv", now=NOW)
    found = await store.papers.with_doi([str(FULL.doi)])
    assert [paper.id for paper in found] == [f"2407.{number:05}" for number in range(29, 4, -1)]


async def test_what_a_source_does_not_tell_stays_as_another_told_it(store: Store) -> None:
    await store.papers.remember(FULL, source="hugging_face", now=NOW)
    await store.papers.remember(Paper(MELTEMI, "A better title", ("Ana Ruiz",)), source="arxiv", now=NOW)
    assert await store.papers.find(MELTEMI) == replace(FULL, title="A better title", authors=("Ana Ruiz",))


async def test_what_a_source_does_tell_is_believed(store: Store) -> None:
    await store.papers.remember(FULL, source="hugging_face", now=NOW)
    news = replace(FULL, abstract="Revised.", arxiv_version=3, organization="A")
    news = replace(
        news,
        doi="10.1145/1",
        primary_category="stat.ML",
        feed_summary="Better.",
        keywords=("new",),
        code_stars=0,
        media_urls=("https://a.example/3",),
    )
    await store.papers.remember(news, source="arxiv", now=NOW)
    assert await store.papers.find(MELTEMI) == news


async def test_stars_belong_to_the_repository_they_were_given_to(store: Store) -> None:
    """The source does not always tell them, and a paper's code may move."""
    await store.papers.remember(FULL, source="hugging_face", now=NOW)
    await store.papers.remember(replace(FULL, code_stars=None), source="hugging_face", now=NOW)
    assert await store.papers.find(MELTEMI) == FULL
    moved = replace(FULL, code_url="https://github.com/example/moved", code_stars=None)
    await store.papers.remember(moved, source="hugging_face", now=NOW)
    assert await store.papers.find(MELTEMI) == moved
    await store.papers.remember(replace(moved, code_stars=5), source="hugging_face", now=NOW)
    await store.papers.remember(replace(moved, code_url=None, code_stars=None), source="arxiv", now=NOW)
    assert await store.papers.find(MELTEMI) == replace(moved, code_stars=5)


async def test_arxiv_alone_can_say_that_a_paper_is_no_longer_withdrawn(store: Store) -> None:
    withdrawn = replace(FULL, withdrawn=True)
    await store.papers.remember(withdrawn, source="arxiv", now=NOW)
    await store.papers.remember(FULL, source="hugging_face", now=NOW)
    assert await store.papers.find(MELTEMI) == withdrawn
    await store.papers.remember(FULL, source="arxiv", now=NOW)
    assert await store.papers.find(MELTEMI) == FULL


async def test_of_many_papers_the_known_ones_are_found_at_once(store: Store) -> None:
    for paper_id in (MELTEMI, STRINGS):
        await store.papers.remember(paper(paper_id), source="arxiv", now=NOW)
    many = [f"2407.{number:05}" for number in range(40_000)]
    assert await store.papers.known([*many, STRINGS, MELTEMI, MELTEMI]) == {
        MELTEMI: paper(MELTEMI),
        STRINGS: paper(STRINGS),
    }
    assert await store.papers.known([]) == {}


# days -----------------------------------------------------------------------------------------------------------------


async def test_a_day_comes_back_in_its_ranking(store: Store) -> None:
    ranked = (listed(STRINGS, 9), listed(MATRYOSHKA, 5), replace(listed(MELTEMI), submitted_at=None))
    listing = Listing(DAY, tuple(reversed(ranked)), NOW, raw='[{"as": "sent", "é": "한"}]')
    await store.listings.remember(listing, ranked)
    assert await store.listings.find(DAY) == replace(listing, papers=ranked)
    assert await store.listings.find(DAY + timedelta(days=1)) is None


async def test_a_day_makes_its_papers_known_without_forgetting_what_others_told(store: Store) -> None:
    await store.papers.remember(FULL, source="arxiv", now=NOW)
    bare = replace(listed(MELTEMI, 3), paper=Paper(MELTEMI, FULL.title, FULL.authors))
    await store.listings.remember(Listing(DAY, (bare,), NOW), [bare])
    assert await store.papers.find(MELTEMI) == FULL
    assert await store.listings.last_listed(MELTEMI) == replace(bare, paper=FULL)


async def test_a_later_reading_of_a_day_takes_the_place_of_the_earlier(store: Store) -> None:
    first = [listed(MELTEMI, 3), listed(STRINGS, 2)]
    await store.listings.remember(Listing(DAY, tuple(first), NOW, "first"), first)
    second = [listed(MATRYOSHKA, 8), listed(MELTEMI, 7)]
    later = Listing(DAY, tuple(second), NOW + timedelta(hours=1), "second")
    await store.listings.remember(later, second)
    assert await store.listings.find(DAY) == later
    assert await store.listings.last_listed(STRINGS) is None
    assert await store.papers.find(STRINGS) == paper(STRINGS)


async def test_a_later_reading_brings_stars_and_comments_up_to_date(store: Store) -> None:
    for hours, (stars, comments) in enumerate([(7, 1), (233, 6), (5, 0)]):
        as_it_stands = ListedPaper(replace(FULL, code_stars=stars), 3, comments, NOW, "AK")
        await store.listings.remember(Listing(DAY, (), NOW + timedelta(hours=hours)), [as_it_stands])
        assert await store.listings.last_listed(MELTEMI) == as_it_stands


async def test_who_submitted_a_paper_stays_known_when_a_later_reading_does_not_tell(store: Store) -> None:
    told = ListedPaper(FULL, 3, 1, NOW, "AK")
    await store.listings.remember(Listing(DAY, (), NOW), [told])
    await store.listings.remember(Listing(DAY, (), NOW), [replace(told, votes=4, submitted_by=None)])
    assert await store.listings.last_listed(MELTEMI) == replace(told, votes=4)


async def test_what_an_earlier_release_did_not_keep_is_added_where_nothing_is_known(store: Store) -> None:
    bare = replace(FULL, feed_summary=None, keywords=(), code_stars=None, media_urls=())
    moved = replace(bare, id=STRINGS, code_url="https://github.com/example/moved")
    await store.listings.remember(Listing(DAY, (), NOW), [ListedPaper(bare, 3), ListedPaper(moved, 2)])
    earlier = replace(FULL, title="An earlier title", abstract="An earlier abstract.", organization="Another")
    again = [ListedPaper(earlier, 1, 1, NOW, "AK"), ListedPaper(replace(FULL, id=STRINGS), 1, 1, NOW, "AK")]
    await store.listings.add_facts(DAY, again)
    assert await store.papers.find(MELTEMI) == FULL
    assert await store.papers.find(STRINGS) == replace(moved, **{**facts_of(FULL), "code_stars": None})
    day = await store.listings.find(DAY)
    assert day
    assert [(each.votes, each.comments, each.submitted_by) for each in day.papers] == [(3, 0, "AK"), (2, 0, "AK")]


async def test_what_is_known_already_is_not_replaced_by_what_was_told_earlier(store: Store) -> None:
    await store.listings.remember(Listing(DAY, (), NOW), [ListedPaper(FULL, 3, 1, NOW, "AK")])
    earlier = replace(
        FULL, feed_summary="Earlier.", keywords=("old",), code_stars=1, media_urls=("https://a.example/0",)
    )
    await store.listings.add_facts(DAY, [ListedPaper(earlier, 3, 1, NOW, "Another"), ListedPaper(paper(STRINGS), 1)])
    assert await store.listings.last_listed(MELTEMI) == ListedPaper(FULL, 3, 1, NOW, "AK")
    assert await store.papers.find(STRINGS) is None


async def test_a_reading_that_comes_to_the_store_late_changes_nothing(open_store: OpenStore) -> None:
    first, second = [listed(MELTEMI, 3), listed(STRINGS, 2)], [listed(MELTEMI, 7)]
    later = Listing(DAY, tuple(second), NOW + timedelta(seconds=1), "second")
    async with open_store() as one, open_store() as other:
        await one.listings.remember(later, second)
        await other.listings.remember(Listing(DAY, tuple(first), NOW, "first"), first)
        assert await one.listings.find(DAY) == later
        assert await one.listings.days_read(DAY, DAY) == {DAY: later.fetched_at}
        await other.listings.remember_empty_day(DAY - timedelta(days=1), now=later.fetched_at)
        await one.listings.remember_empty_day(DAY - timedelta(days=1), now=NOW)
        assert (await one.listings.days_read(DAY - timedelta(days=1), DAY - timedelta(days=1))).popitem()[
            1
        ] == later.fetched_at


async def test_a_paper_stands_as_on_its_latest_day_whichever_was_read_last(store: Store) -> None:
    newer, older = [listed(MELTEMI, 12)], [listed(MELTEMI, 3)]
    await store.listings.remember(Listing(DAY + timedelta(days=1), tuple(newer), NOW), newer)
    await store.listings.remember(Listing(DAY, tuple(older), NOW), older)
    assert await store.listings.last_listed(MELTEMI) == newer[0]


async def test_moments_come_back_as_the_same_moments_from_any_zone(store: Store) -> None:
    in_seoul = datetime(2024, 7, 31, 9, 10, 0, 1, tzinfo=timezone(timedelta(hours=9)))
    one = ListedPaper(paper(), 1, 0, in_seoul)
    await store.listings.remember(Listing(DAY, (one,), in_seoul), [one])
    day = await store.listings.find(DAY)
    assert day is not None
    assert day.fetched_at == in_seoul
    assert day.papers[0].submitted_at == in_seoul
    assert day.fetched_at.tzinfo is UTC


async def test_days_are_known_to_be_read_whether_they_have_papers_or_not(store: Store) -> None:
    friday, saturday = date(2024, 8, 2), date(2024, 8, 3)
    listing = Listing(friday, (listed(MELTEMI, 3),), NOW, "[]")
    await store.listings.remember(listing, listing.papers)
    await store.listings.remember_empty_day(saturday, now=NOW + timedelta(days=3))
    assert await store.listings.days_read(friday, saturday) == {friday: NOW, saturday: NOW + timedelta(days=3)}
    assert await store.listings.days_read(saturday, date(2025, 1, 1)) == {saturday: NOW + timedelta(days=3)}
    assert await store.listings.find(saturday) is None


async def test_a_day_counts_as_read_when_it_was_read_last(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    await store.listings.remember_empty_day(DAY, now=NOW)
    await store.listings.remember_empty_day(DAY, now=later)
    assert await store.listings.days_read(DAY, DAY) == {DAY: later}
    latest = Listing(DAY, (listed(MELTEMI, 3),), later + timedelta(hours=1), "[]")
    await store.listings.remember(latest, latest.papers)
    assert await store.listings.days_read(DAY, DAY) == {DAY: latest.fetched_at}
    await store.listings.remember_empty_day(DAY, now=latest.fetched_at + timedelta(hours=1))
    assert await store.listings.find(DAY) == latest
