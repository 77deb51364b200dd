from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PaperUnknown, SourceUnreachable, TooBusy
from bot.http import RetryPolicy
from bot.rules.papers import Paper, PaperRef, parse_paper_id
from bot.rules.search_query import parse_query
from bot.sources.arxiv import Arxiv, parse_feed
from tests.clocks import PatientClock
from tests.servers import NO_ENTRIES, PaperSources, Reply

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

BILLION_LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&c;</title></feed>"""
OUTSIDE_ENTITY = """<?xml version="1.0"?>
<!DOCTYPE feed [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&secret;</title></feed>"""
WEB_PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>503</title></head><body>Sorry</body></html>'


def entry(paper_id: str = "2407.21017v2", title: str = "Matting", summary: str = "We cut.", more: str = "") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{paper_id}</id><title>{escape(title)}</title>"
        f"<summary>{escape(summary)}</summary><published>2024-07-30T17:57:32Z</published>{more}</entry>"
    )


def doi(text: str) -> str:
    return f'<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">{escape(text)}</arxiv:doi>'


def error(words: str) -> str:
    return f"<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>{words}</summary></entry>"


def feed(*entries: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title>{"".join(entries)}</feed>'


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
def arxiv(sources: PaperSources, client: httpx.AsyncClient, clock: PatientClock) -> Arxiv:
    return Arxiv(client, sources.arxiv_url, sleep=clock.sleep, monotonic=clock.monotonic)


REF = PaperRef("2407.21017")


class TestAPaper:
    async def test_it_is_described(self, sources: PaperSources, arxiv: Arxiv) -> None:
        authors = "".join(f"<author><name>{name}</name></author>" for name in ("Zoë", "Adam", "Zoë"))
        sources.arxiv(feed(entry(title="A\n  <b>M</b> & x", summary="  One\ntwo.\n", more=authors)))
        assert await arxiv.read_paper(REF) == Paper(
            id="2407.21017",
            title="A <b>M</b> & x",
            authors=("Zoë", "Adam", "Zoë"),
            abstract="One two.",
            published=date(2024, 7, 30),
            arxiv_version=2,
        )
        [call] = sources.calls
        assert (call.path, call.query) == ("/api/query", {"id_list": "2407.21017", "max_results": "1"})
        assert call.headers["User-Agent"].startswith("Paperboy/")

    async def test_an_old_id_and_a_version_are_asked_for_as_named(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry("hep-th/9901001v1")))
        paper = await arxiv.read_paper(PaperRef("hep-th/9901001", 1))
        assert (paper.id, paper.arxiv_version) == ("hep-th/9901001", 1)
        assert sources.calls[0].query["id_list"] == "hep-th/9901001v1"

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            (doi("10.1109/ICSTW55395.2022.00035"), "10.1109/icstw55395.2022.00035"),
            (doi("\n 10.1103/PhysRevD.65.092002 10.1103/PhysRevD.66.032004"), "10.1103/physrevd.65.092002"),
            (doi("10.1145/1,  10.1145/2"), "10.1145/1"),
            (doi("see the journal, 10.1145/1"), "10.1145/1"),
            ('<link title="doi" href="http://dx.doi.org/10.1063/1.4996038" rel="related"/>', "10.1063/1.4996038"),
            ('<link rel="related" href="https://doi.org/10.1063/1.2940608"/>', "10.1063/1.2940608"),
            (doi("none") + '<link rel="related" href="https://doi.org/10.1063/1.2940608"/>', "10.1063/1.2940608"),
            ('<link href="https://arxiv.org/abs/2407.21017v2" rel="alternate"/><link/>', None),
            ('<link title="doi" href="https://evil.example/10.1063/1.4996038"/>', None),
            (doi("10.48550/arXiv.2407.21017"), None),
            (doi("10.1145/" + "a" * 100_000), None),
            (doi(""), None),
            ("", None),
        ],
    )
    async def test_its_doi_is_the_first_that_is_one(
        self, sources: PaperSources, arxiv: Arxiv, more: str, told: str | None
    ) -> None:
        sources.arxiv(feed(entry(more=more)))
        assert (await arxiv.read_paper(REF)).doi == told

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ('<arxiv:primary_category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>', "cs.CV"),
            ('<arxiv:primary_category term="cond-mat.mes-hall"/>', "cond-mat.mes-hall"),
            ('<arxiv:primary_category term="astro-ph"/>', "astro-ph"),
            ('<arxiv:primary_category term="cs.CV}, note={"/>', None),
            (f'<arxiv:primary_category term="{"a-" * 50_000}a"/>', None),
            ("<arxiv:primary_category/>", None),
            ('<category term="cs.LG"/>', None),
            ("", None),
        ],
    )
    async def test_its_primary_category_is_the_one_told(
        self, sources: PaperSources, arxiv: Arxiv, more: str, told: str | None
    ) -> None:
        named = more.replace("primary_category", 'primary_category xmlns:arxiv="http://arxiv.org/schemas/atom"', 1)
        sources.arxiv(feed(entry(more=named)))
        assert (await arxiv.read_paper(REF)).primary_category == told

    @pytest.mark.parametrize(
        "atom",
        [
            NO_ENTRIES,
            feed("<entry><category term=''/></entry>"),
            feed(error("incorrect id format for 2407.21017")),
            feed(entry("2407.00001v1")),
            feed(entry(title=" ")),
            feed("<entry><id>http://arxiv.org/abs/2407.21017v1</id></entry>"),
        ],
    )
    async def test_one_arxiv_has_nothing_on_is_unknown(self, sources: PaperSources, arxiv: Arxiv, atom: str) -> None:
        sources.arxiv(atom)
        with pytest.raises(PaperUnknown) as trouble:
            await arxiv.read_paper(REF)
        assert trouble.value.values == {"id": "2407.21017"}

    async def test_an_id_arxiv_refuses_is_unknown(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.next(Reply(400, feed(error("incorrect id format for 2407.21017"))))
        with pytest.raises(PaperUnknown):
            await arxiv.read_paper(REF)

    async def test_an_id_that_can_never_be_is_not_even_asked_for(self, sources: PaperSources, arxiv: Arxiv) -> None:
        with pytest.raises(PaperUnknown):
            await arxiv.read_paper(PaperRef("abc,2407.21017"))
        assert sources.calls == []

    async def test_a_title_can_be_zero(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry(title="0")))
        assert (await arxiv.read_paper(REF)).title == "0"

    @pytest.mark.parametrize("published", ["", "<published>soon</published>", "<published/>"])
    async def test_a_day_of_publication_that_is_none_is_left_out(self, published: str) -> None:
        atom = f"<entry><id>http://arxiv.org/abs/2407.21017v1</id><title>A</title>{published}</entry>"
        assert parse_feed(feed(atom).encode()).papers["2407.21017"] == Paper(
            id="2407.21017", title="A", authors=(), arxiv_version=1
        )

    def test_no_field_is_longer_than_such_a_field_can_be(self) -> None:
        authors = "<author><name>" + "x" * 5000 + "</name></author>"
        many = "<author><name>A</name></author>" * 7000
        long = entry(title="t " * 100_000, summary="s " * 100_000, more=authors + many)
        [paper] = parse_feed(feed(long).encode()).papers.values()
        assert len(paper.title) <= 500
        assert len(paper.abstract) <= 5000
        assert (len(paper.authors), len(paper.authors[0])) == (6000, 200)

    def test_nor_is_an_error(self) -> None:
        [told] = parse_feed(feed(error("e" * 100_000)).encode()).errors
        assert len(told) <= 200


def comment(words: str) -> str:
    return f'<arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">{escape(words)}</arxiv:comment>'


class TestWithdrawal:
    @pytest.mark.parametrize(
        "words",
        [
            "This paper has been withdrawn by the authors due to an error in Section 4",
            "12 pages, 3 figures. This submission has been withdrawn by arXiv administrators",
            "arXiv admin note: This paper has been withdrawn by arXiv due to disputed authorship",
            "Withdrawn",
            "This paper has been withdrawn from arXiv by its authors",
        ],
    )
    def test_a_comment_tells_of_it_where_the_abstract_is_left_as_it_was(self, words: str) -> None:
        assert parse_feed(feed(entry(more=comment(words))).encode()).papers["2407.21017"].withdrawn

    @pytest.mark.parametrize(
        "words",
        [
            "12 pages, 3 figures",
            "This paper was withdrawn from ICLR 2024 and extended",
            "Replaces a paper that was withdrawn",
            "Extends 2407.00001. That paper has been withdrawn",
        ],
    )
    def test_a_comment_on_something_else_does_not(self, words: str) -> None:
        assert not parse_feed(feed(entry(more=comment(words))).encode()).papers["2407.21017"].withdrawn

    @pytest.mark.parametrize(
        "summary",
        [
            "This paper has been withdrawn by the authors due to an error in Lemma 3.",
            "  This paper has\nbeen withdrawn.",
            "The manuscript was withdrawn.",
            "arXiv admin note: This paper has been withdrawn by arXiv due to disputed authorship.",
            "arXiv admin note: This submission has been withdrawn by arXiv administrators.",
            "This article is being withdrawn because of a mistake.",
            "[Withdrawn]",
            "Withdrawn by the author.",
            "Paper withdrawn due to a crucial sign error.",
        ],
    )
    def test_an_abstract_that_begins_with_it_tells_of_it(self, summary: str) -> None:
        assert parse_feed(feed(entry(summary=summary)).encode()).papers["2407.21017"].withdrawn

    @pytest.mark.parametrize(
        "summary",
        [
            "",
            "We study why papers are withdrawn. This paper has been withdrawn, they say.",
            "The drug was withdrawn from the market in 2004.",
            "Withdrawn papers are cited for years.",
            "This paper studies what has been withdrawn.",
        ],
    )
    def test_the_word_elsewhere_means_something_else(self, summary: str) -> None:
        assert not parse_feed(feed(entry(summary=summary)).encode()).papers["2407.21017"].withdrawn


class TestSeveralPapers:
    async def test_one_request_brings_all_and_order_means_nothing(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry("2407.00003v1", "Three"), entry("2407.00001v4", "One")))
        papers = await arxiv.read_papers([PaperRef("2407.00001"), PaperRef("2407.00002"), PaperRef("2407.00003")])
        assert {paper_id: paper.title for paper_id, paper in papers.items()} == {
            "2407.00001": "One",
            "2407.00003": "Three",
        }
        [call] = sources.calls
        assert call.query == {"id_list": "2407.00001,2407.00002,2407.00003", "max_results": "3"}

    async def test_a_paper_nobody_asked_for_is_left_out(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry("2407.00009v1"), entry()))
        assert list(await arxiv.read_papers([REF])) == ["2407.21017"]

    async def test_none_need_no_request(self, sources: PaperSources, arxiv: Arxiv) -> None:
        assert await arxiv.read_papers([]) == {}
        assert sources.calls == []

    async def test_a_malformed_id_does_not_cost_the_others(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry()))
        assert list(await arxiv.read_papers([PaperRef("abc"), REF, REF])) == ["2407.21017"]
        assert sources.calls[0].query["id_list"] == "2407.21017"

    async def test_more_than_a_hundred_are_asked_for_in_batches(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        await arxiv.read_papers([PaperRef(f"2407.{number:05}") for number in range(201)])
        assert [call.query["max_results"] for call in sources.calls] == ["100", "100", "1"]
        assert clock.slept == [3.0, 3.0]

    async def test_one_arxiv_refuses_does_not_cost_the_others(self, sources: PaperSources, arxiv: Arxiv) -> None:
        refs = [PaperRef(f"2407.{number:05}") for number in range(1, 9)]
        bad = "2407.00006"
        sources.refuse(bad, Reply(400, feed(error(f"incorrect id format for {bad}"))))
        sources.arxiv(feed(*(entry(f"{ref}v1") for ref in refs)))
        papers = await arxiv.read_papers(refs)
        assert sorted(papers) == [ref.id for ref in refs if ref.id != bad]

    async def test_a_refusal_that_says_nothing_of_ids_is_told_to_the_one_it_is_about(
        self, sources: PaperSources, arxiv: Arxiv
    ) -> None:
        refs = [PaperRef(f"2407.{number:05}") for number in range(1, 31)]
        bad = "2407.00020"
        sources.refuse(bad, Reply(400, feed(error("something is wrong"))))
        sources.arxiv(feed(*(entry(f"{ref}v1") for ref in refs)))
        answers = await asyncio.gather(*(arxiv.read_paper(ref) for ref in refs), return_exceptions=True)
        failed = [str(ref) for ref, answer in zip(refs, answers, strict=True) if isinstance(answer, Exception)]
        assert failed == [bad]
        assert len(sources.calls) <= 12

    async def test_when_all_are_refused_it_is_not_asked_for_each(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(error("start must be an integer")))
        with pytest.raises(SourceUnreachable, match="start must be an integer"):
            await arxiv.read_papers([PaperRef(f"2407.{number:05}") for number in range(1, 31)])
        assert len(sources.calls) == 3


class TestManyWhoAsk:
    async def test_they_are_served_by_two_requests_and_their_waiting_is_not_arxivs_silence(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds / 50)

        refs = [PaperRef(f"2407.{number:05}") for number in range(1, 31)]
        sources.arxiv(feed(*(entry(f"{ref}v1", f"Paper {ref}") for ref in refs)))
        arxiv = Arxiv(client, sources.url, sleep=sleep, monotonic=lambda: 0.0, retry_policy=RetryPolicy(seconds=0.5))
        papers = await asyncio.gather(*(arxiv.read_paper(ref) for ref in refs))
        assert [paper.title for paper in papers] == [f"Paper {ref}" for ref in refs]
        assert len(sources.calls) == 2

    async def test_who_comes_during_a_request_goes_with_the_next(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        refs = [PaperRef(f"2407.{number:05}") for number in range(1, 251)]
        sources.arxiv(feed(*(entry(f"{ref}v1") for ref in refs)))
        papers = await asyncio.gather(*(arxiv.read_paper(ref) for ref in refs))
        assert [paper.id for paper in papers] == [ref.id for ref in refs]
        assert [call.query["max_results"] for call in sources.calls] == ["1", "100", "100", "49"]
        assert clock.slept == [3.0, 3.0, 3.0]

    async def test_two_versions_of_a_paper_are_told_apart(self, sources: PaperSources, arxiv: Arxiv) -> None:
        first, second = PaperRef("2407.00001", 1), PaperRef("2407.00001", 2)
        sources.next(
            Reply(body=feed(entry())),
            Reply(body=feed(entry("2407.00001v1", "As it was"))),
            Reply(body=feed(entry("2407.00001v2", "As it is"))),
        )
        _, old, new = await asyncio.gather(*(arxiv.read_paper(ref) for ref in (REF, first, second)))
        assert (old.title, new.title) == ("As it was", "As it is")

    async def test_who_asks_for_the_same_is_answered_with_it(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry()))
        await asyncio.gather(*(arxiv.read_paper(REF) for _ in range(9)))
        assert len(sources.calls) == 1

    async def test_the_one_who_asks_for_all_may_go(self, sources: PaperSources, arxiv: Arxiv) -> None:
        refs = [PaperRef(f"2407.{number:05}") for number in range(1, 5)]
        sources.arxiv(feed(*(entry(f"{ref}v1") for ref in refs)))
        sources.next(Reply(hang=True))
        first, *others = [asyncio.create_task(arxiv.read_paper(ref)) for ref in refs]
        await sources.called()
        first.cancel()
        assert [paper.id for paper in await asyncio.gather(*others)] == [ref.id for ref in refs[1:]]
        assert sources.calls[-1].query["id_list"] == "2407.00002,2407.00003,2407.00004"

    async def test_what_arxiv_does_not_know_is_unknown_to_the_one_who_asked(
        self, sources: PaperSources, arxiv: Arxiv
    ) -> None:
        sources.arxiv(feed(entry()))
        unknown, known = await asyncio.gather(
            arxiv.read_paper(PaperRef("2407.00001")), arxiv.read_paper(REF), return_exceptions=True
        )
        assert isinstance(unknown, PaperUnknown)
        assert isinstance(known, Paper)

    async def test_trouble_is_told_to_all_who_wait(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.down()
        refs = [PaperRef(f"2407.{number:05}") for number in range(1, 31)]
        answers = await asyncio.gather(*(arxiv.read_paper(ref) for ref in refs), return_exceptions=True)
        assert all(isinstance(answer, SourceUnreachable) for answer in answers)
        assert len(sources.calls) == 6


class TestLimitsOfArxiv:
    async def test_requests_keep_three_seconds_apart(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        sources.arxiv(feed(entry()))
        await arxiv.read_paper(REF)
        clock.advance_to(clock.now() + timedelta(seconds=1))
        await arxiv.read_paper(REF)
        clock.advance_to(clock.now() + timedelta(minutes=1))
        await arxiv.read_paper(REF)
        assert clock.slept == [2.0]

    async def test_everyone_in_the_process_stands_in_one_queue(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        sources.arxiv(feed(entry()))
        sources.next(Reply(503), Reply(503))
        other = [PaperRef("2407.00001"), PaperRef("2407.00002")]
        await asyncio.gather(*(arxiv.read_papers([ref]) for ref in (REF, *other)))
        assert clock.slept == [3.0, 3.0, 3.0]

    async def test_a_failed_request_counts_as_one(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        sources.arxiv(feed(entry()))
        sources.next(Reply(429, "Rate exceeded.", content_type="text/plain"), Reply(503))
        assert (await arxiv.read_paper(REF)).id == "2407.21017"
        assert clock.slept == [3.0, 3.0]

    async def test_rate_exceeded_is_tried_again_even_when_it_comes_as_success(
        self, sources: PaperSources, arxiv: Arxiv
    ) -> None:
        sources.arxiv(feed(entry()))
        sources.next(Reply(200, "Rate exceeded.\n", content_type="text/plain"))
        assert (await arxiv.read_paper(REF)).id == "2407.21017"


class TestTrouble:
    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (Reply(200, WEB_PAGE), "no Atom feed but"),
            (Reply(200, "<!DOCTYPE html><html><body><p>Sorry</body></html>"), "no Atom feed"),
            (Reply(200, BILLION_LAUGHS), "no Atom feed"),
            (Reply(200, OUTSIDE_ENTITY), "no Atom feed"),
            (Reply(200, "Sorry."), "no Atom feed"),
            (Reply(200, ""), "no Atom feed"),
            (Reply(200, feed(entry())[:-20]), "no Atom feed"),
            (Reply(200, b'<?xml version="1.0" encoding="no-such"?><feed/>'), "no Atom feed"),
            (Reply(200, feed(error("start must be an integer"))), "start must be an integer"),
            (Reply(200, b" " * (9 << 20)), "answer larger than"),
            (Reply(400, NO_ENTRIES), "HTTP 400"),
            (Reply(403, "<html>Access Denied</html>", content_type="text/html"), "HTTP 403"),
            (Reply(404, "not here"), "HTTP 404"),
        ],
    )
    async def test_an_odd_answer_is_told_as_unreachable(
        self, sources: PaperSources, arxiv: Arxiv, reply: Reply, reason: str
    ) -> None:
        sources.next(reply)
        with pytest.raises(SourceUnreachable) as trouble:
            await arxiv.read_paper(REF)
        assert reason in str(trouble.value.values["reason"])
        assert trouble.value.values["source"] == "arXiv"
        assert len(sources.calls) == 1

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (Reply(429, "Rate exceeded."), "HTTP 429"),
            (Reply(200, "Rate exceeded."), "Rate exceeded"),
            (Reply(503), "HTTP 503"),
            (Reply(200, feed(entry()), cut=True), "RemoteProtocolError"),
        ],
    )
    async def test_trouble_that_stays_is_given_up(
        self, sources: PaperSources, arxiv: Arxiv, reply: Reply, reason: str
    ) -> None:
        sources.next(*[reply] * 3)
        with pytest.raises(SourceUnreachable, match=reason):
            await arxiv.read_paper(REF)
        assert len(sources.calls) == 3

    async def test_a_silent_arxiv_holds_nobody_up(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(hang=True))
        hasty = Arxiv(client, sources.url, retry_policy=RetryPolicy(seconds=0.05))
        with pytest.raises(SourceUnreachable, match=r"within 0\.05 s"):
            await hasty.read_paper(REF)

    async def test_who_stops_waiting_gives_the_turn_back(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        sources.arxiv(feed(entry()))
        sources.next(Reply(hang=True))
        asking = asyncio.create_task(arxiv.read_paper(REF))
        await sources.called()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await arxiv.read_paper(REF)).id == "2407.21017"
        assert clock.slept == [3.0]

    @given(st.binary() | st.text().map(lambda text: feed(text).encode("utf-8", "replace")))
    def test_no_bytes_whatsoever_crash_the_parser(self, body: bytes) -> None:
        with suppress(SourceUnreachable):
            parse_feed(body)

    @given(
        st.lists(
            st.sampled_from(
                [
                    *("<entry>", "</entry>", "<id>http://arxiv.org/abs/2407.21017v1</id>", "<title>", "</title>"),
                    *("<author>", "</author>", "<name/>", "<summary>", "</summary>", "<!--", "-->", "&#0;", "zero"),
                ]
            ),
            max_size=14,
        )
    )
    def test_no_shape_of_entry_crashes_the_parser(self, pieces: list[str]) -> None:
        try:
            papers = parse_feed(feed(*pieces).encode()).papers
        except SourceUnreachable:
            return
        assert all(paper.title for paper in papers.values())


class TestRecordedAnswers:
    @pytest.mark.parametrize(
        ("file", "ids"),
        [
            ("normal_1605.08386.xml", ["1605.08386"]),
            ("normal_doi_journalref_1707.08567.xml", ["1707.08567"]),
            ("two_ids_one_missing_0808.05394_1707.08567.xml", ["1707.08567"]),
            ("versioned_2104.12255v1_title_zero.xml", ["2104.12255v1"]),
            ("oldstyle_astro-ph_0601001_affiliations.xml", ["astro-ph/0601001"]),
            ("oldstyle_versioned_quant-ph_0201082v1.xml", ["quant-ph/0201082v1"]),
            ("legacy2025-08_query_missing_id.xml", ["2201.13452"]),
            ("new2025-11_query_missing_id.xml", ["2201.13452"]),
            ("legacy2025-10_search_2.xml", ["2510.14968", "2510.14827"]),
        ],
    )
    async def test_every_paper_of_an_answer_is_read(
        self, recorded: Path, sources: PaperSources, arxiv: Arxiv, file: str, ids: list[str]
    ) -> None:
        sources.arxiv((recorded / "arxiv" / file).read_bytes())
        refs = [parse_paper_id(paper_id) for paper_id in ids]
        papers = await arxiv.read_papers(refs)
        assert list(papers) == [ref.id for ref in refs]
        for ref in refs:
            paper = papers[ref.id]
            assert paper.title
            assert paper.abstract
            assert paper.authors
            assert paper.published
            assert paper.arxiv_version is not None
            assert ref.version in {None, paper.arxiv_version}
            assert not paper.withdrawn

    @pytest.mark.parametrize(
        "file",
        [
            "empty_0000.0000.xml",
            "empty_0808.05394.xml",
            "legacy2025-08_query_empty.xml",
            "new2025-11_query_empty.xml",
        ],
    )
    async def test_an_empty_answer_means_unknown(
        self, recorded: Path, sources: PaperSources, arxiv: Arxiv, file: str
    ) -> None:
        sources.arxiv((recorded / "arxiv" / file).read_bytes())
        with pytest.raises(PaperUnknown):
            await arxiv.read_paper(REF)

    async def test_a_malformed_id_is_a_recorded_error(self, recorded: Path) -> None:
        read = parse_feed((recorded / "arxiv" / "error_http400_malformed_id_abc.xml").read_bytes())
        assert (read.papers, read.errors) == ({}, ("incorrect id format for abc",))

    def test_both_backends_describe_the_same_paper_alike(self, recorded: Path) -> None:
        old = parse_feed((recorded / "arxiv" / "legacy2025-08_query_missing_id.xml").read_bytes())
        new = parse_feed((recorded / "arxiv" / "new2025-11_query_missing_id.xml").read_bytes())
        assert old.papers == new.papers

    def test_searches_are_read_whole(self, recorded: Path) -> None:
        for file in ("search_testing_10.xml", "legacy2025-08_query.xml", "new2025-11_query.xml"):
            assert len(parse_feed((recorded / "arxiv" / file).read_bytes()).papers) == 10

    def test_every_doi_that_was_told_is_read(self, recorded: Path) -> None:
        read = {
            file.name: (len(papers), sum(paper.doi is not None for paper in papers))
            for file in sorted((recorded / "arxiv").glob("*.xml"))
            if (papers := parse_feed(file.read_bytes()).papers.values())
        }
        told = {name: (recorded / "arxiv" / name).read_text(encoding="utf-8").count("</arxiv:doi>") for name in read}
        assert {name: count for name, (_, count) in read.items()} == told
        assert sum(papers for papers, _ in read.values()) == 40
        assert sum(count for _, count in read.values()) == 16

    def test_every_paper_has_its_primary_category(self, recorded: Path) -> None:
        files = [parse_feed(file.read_bytes()).papers.values() for file in (recorded / "arxiv").glob("*.xml")]
        assert all(paper.primary_category for papers in files for paper in papers)


class TestASearch:
    async def test_asks_for_three_in_arxivs_words(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(*(entry(f"2407.2101{number}v1") for number in range(5))))
        query = parse_query('author:"Jane Doe" "Text-to-Image" models since:2025-03')
        assert [paper.id for paper in await arxiv.search(query)] == ["2407.21010", "2407.21011", "2407.21012"]
        [call] = sources.calls
        assert call.query == {
            "search_query": 'au:"jane doe" AND all:"text to image" AND all:"models"'
            " AND submittedDate:[202503010000 TO 999912312359]",
            "max_results": "3",
            "sortBy": "relevance",
        }

    async def test_is_not_made_without_words(self, sources: PaperSources, arxiv: Arxiv) -> None:
        assert await arxiv.search(parse_query("since:2025")) == ()
        assert sources.calls == []

    async def test_keeps_an_answer_for_an_hour_but_not_that_there_is_none(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        assert await arxiv.search(parse_query("matting")) == ()
        sources.arxiv(feed(entry()))
        for _ in range(3):
            assert len(await arxiv.search(parse_query("Matting"))) == 1
        assert len(sources.calls) == 2
        await clock.sleep(3600)
        await arxiv.search(parse_query("matting"))
        assert len(sources.calls) == 3

    async def test_waits_its_turn_like_everything_asked_of_arxiv(
        self, sources: PaperSources, arxiv: Arxiv, clock: PatientClock
    ) -> None:
        sources.arxiv(feed(entry()))
        began = clock.monotonic()
        await asyncio.gather(
            arxiv.read_paper(REF), *(arxiv.search(parse_query(word)) for word in ("cut", "matting", "matting"))
        )
        assert len(sources.calls) == 3, "two who ask the same are answered once"
        assert clock.monotonic() - began >= 6

    async def test_is_refused_where_ten_wait_already(self, sources: PaperSources, arxiv: Arxiv) -> None:
        sources.arxiv(feed(entry()))
        asked = await asyncio.gather(
            *(arxiv.search(parse_query(f"word{number}")) for number in range(12)), return_exceptions=True
        )
        assert [type(answer) for answer in asked if not isinstance(answer, tuple)] == [TooBusy, TooBusy]

    @pytest.mark.parametrize("reply", [Reply(400), Reply(403, WEB_PAGE), Reply(200, feed(error("malformed query")))])
    async def test_that_fails_says_so(self, sources: PaperSources, arxiv: Arxiv, reply: Reply) -> None:
        sources.next(reply)
        with pytest.raises(SourceUnreachable):
            await arxiv.search(parse_query("matting"))
