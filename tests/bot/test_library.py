"""Where a paper comes from that nobody knows yet."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.clock import SystemClock
from bot.errors import PaperUnknown, SourceUnreachable
from bot.http import RetryPolicy
from bot.library import Library
from bot.rules.papers import Listing, NotOpenYet, PaperRef, Takeaway, TakeawayOrigin, Unreachable
from bot.sources.arxiv import Arxiv
from bot.sources.hugging_face import HuggingFace
from bot.store.sqlite import open_store
from tests.servers import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.http import Client
    from tests.servers import PaperSources

ID = "2511.08319"
AT_ARXIV = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2511.08319v3</id>'
    "<title>Third Version</title></entry></feed>"
)
AWAY = Reply(503)


@pytest.fixture
async def library(tmp_path: Path, client: Client, sources: PaperSources) -> AsyncIterator[Library]:
    async with another_process(tmp_path, client, sources) as library:
        yield library


@asynccontextmanager
async def another_process(tmp_path: Path, client: Client, sources: PaperSources) -> AsyncIterator[Library]:
    """The library of one process, on a database that others may use as well."""
    clock = SystemClock()
    store = await open_store(tmp_path / "paperboy.db")
    once = RetryPolicy(tries=1)
    try:
        yield Library(
            store.listings,
            store.papers,
            HuggingFace(client, sources.url, now=clock.now, retry_policy=once),
            Arxiv(client, sources.url, retry_policy=once),
            clock,
        )
    finally:
        await store.close()


async def test_a_version_is_read_at_arxiv(library: Library, sources: PaperSources) -> None:
    sources.arxiv(AT_ARXIV)
    sources.paper(ID, {"id": ID, "title": "Any Version"})
    reading = await library.look_up(PaperRef(ID, 3), "en")
    assert (reading.paper.title, reading.paper.arxiv_version) == ("Third Version", 3)


@pytest.mark.parametrize("arxiv", [AWAY, Reply(403), Reply(200, "no feed"), Reply(200, AT_ARXIV.replace("08319", "1"))])
async def test_a_version_arxiv_does_not_tell_of_still_has_its_paper(
    library: Library, sources: PaperSources, arxiv: Reply
) -> None:
    sources.next(arxiv)
    sources.paper(ID, {"id": ID, "title": "Any Version"})
    reading = await library.look_up(PaperRef(ID, 3), "en")
    assert (reading.paper.title, reading.paper.arxiv_version) == ("Any Version", None)


@pytest.mark.parametrize("version", [None, 3])
async def test_with_both_away_that_is_told(library: Library, sources: PaperSources, version: int | None) -> None:
    sources.down()
    with pytest.raises(SourceUnreachable):
        await library.look_up(PaperRef(ID, version), "en")


@pytest.mark.parametrize("version", [None, 3])
async def test_what_neither_knows_is_unknown(library: Library, version: int | None) -> None:
    with pytest.raises(PaperUnknown):
        await library.look_up(PaperRef(ID, version), "en")


async def test_without_a_version_arxiv_is_asked_where_hugging_face_knows_nothing(
    library: Library, sources: PaperSources
) -> None:
    sources.arxiv(AT_ARXIV)
    assert (await library.look_up(PaperRef(ID), "en")).paper.title == "Third Version"
    assert [call.path for call in sources.calls] == [f"/api/papers/{ID}", "/api/query"]


@pytest.mark.parametrize("read", ["read_day", "read_settled_day"])
async def test_a_day_to_come_is_not_open_whether_or_not_its_source_answers(
    library: Library, sources: PaperSources, read: str
) -> None:
    sources.down()
    to_come = SystemClock().now().astimezone(UTC).date() + timedelta(days=2)
    assert await getattr(library, read)(to_come) == NotOpenYet(to_come)
    assert sources.calls == []


async def test_a_paper_comes_with_its_takeaway(library: Library, sources: PaperSources) -> None:
    sources.paper(ID, {"id": ID, "title": "A Title", "summary": "We propose a framework that reads papers in memory."})
    reading = await library.look_up(PaperRef(ID), "ko")
    assert reading.takeaway == Takeaway(
        "We propose a framework that reads papers in memory.", "en", TakeawayOrigin.ABSTRACT
    )


async def test_a_list_is_requested_once_for_all_who_want_it_as_of_a_moment(
    library: Library, sources: PaperSources, tmp_path: Path, client: Client
) -> None:
    day, minute = SystemClock().now().date() - timedelta(days=3), SystemClock().now()
    once = partial(library.read_settled_day_once, day)
    sources.down()
    assert {type(answer) for answer in await asyncio.gather(*(once(since=minute) for _ in range(3)))} == {Unreachable}
    assert isinstance(await once(since=minute), Unreachable)
    assert len(sources.calls) == 1, "also what failed is asked for again at the next minute only"
    sources.up()
    sources.day(day, [{"paper": {"id": ID, "title": "A Paper", "upvotes": 3}}])
    following = SystemClock().now()
    first, second = await asyncio.gather(once(since=following), once(since=following))
    assert isinstance(first, Listing)
    assert first is second
    assert await once(since=minute) is first, "who began earlier takes what is newer"
    assert len(sources.calls) == 2
    async with another_process(tmp_path, client, sources) as other:
        read_there = await other.read_settled_day_once(day, since=following)
        assert isinstance(read_there, Listing)
        assert (read_there.papers, len(sources.calls)) == (first.papers, 2)
        assert isinstance(await other.read_settled_day_once(day, since=SystemClock().now()), Listing)
        assert len(sources.calls) == 3
