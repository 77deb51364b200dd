from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.errors import SourceUnreachable
from bot.http import RetryPolicy
from bot.rules.papers import EmptyDay, Listing, NotOpenYet, Paper, Unreachable
from bot.sources.hugging_face import HuggingFace, parse_daily_papers
from bot.text.clean import clean_text, is_storable
from bot.text.latex import without_latex
from tests.servers import PaperSources, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

Item = dict[str, Any]

DAY = date(2024, 7, 31)
NOW = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
# In a field what stands deeper is read by nobody.
IN_A_FIELD = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=2)
FIELD_NAMES = st.sampled_from(
    [
        *("id", "title", "authors", "summary", "upvotes", "publishedAt"),
        *("submittedOnDailyAt", "githubRepo", "projectPage", "organization", "thumbnail"),
        *("ai_summary", "ai_keywords", "githubStars", "mediaUrls", "submittedOnDailyBy"),
    ]
)
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates and control characters, too
HOSTILE = (
    JSON
    | st.lists(ANY_TEXT | JSON | st.text().map("https://a.example/{}".format), max_size=60)
    | st.dictionaries(st.sampled_from(["fullname", "name"]), ANY_TEXT | JSON)
    | ANY_TEXT.map(lambda text: text * 500)
)
ODD_AUTHORS = st.lists(st.dictionaries(st.sampled_from(["name", "hidden"]), IN_A_FIELD) | IN_A_FIELD, max_size=4)
ODD_PAPERS = st.dictionaries(FIELD_NAMES, IN_A_FIELD | ODD_AUTHORS | st.just("2407.20743"))
ODD_ITEMS = st.fixed_dictionaries(
    {"paper": ODD_PAPERS | IN_A_FIELD},
    optional=dict.fromkeys(
        ["title", "thumbnail", "numComments", "publishedAt", "mediaUrls", "mediaUrl", "organization", "submittedBy"],
        IN_A_FIELD,
    ),
)


def item(paper_id: str = "2407.20743", **fields: object) -> dict[str, object]:
    return describe({"id": paper_id, **fields})


def describe(fields: dict[str, object]) -> dict[str, object]:
    return {"paper": {"id": "2407.20743", "title": "Meltemi", "authors": [{"name": "Leon Voukoutis"}], **fields}}


def items(count: int, first: int = 0) -> list[object]:
    return [item(f"2407.{number:05}", upvotes=1000 - number) for number in range(first, first + count)]


def parse_one(**fields: object) -> Paper:
    [listed] = parse_daily_papers(json.dumps([describe(fields)])).papers
    return listed.paper


@pytest.fixture
def hugging_face(sources: PaperSources, client: httpx.AsyncClient) -> HuggingFace:
    return HuggingFace(client, sources.hugging_face_url, now=lambda: NOW)


class TestADay:
    async def test_it_lists_papers_with_the_answer_as_sent(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        raw = json.dumps([item(upvotes=50), item("2407.21018", upvotes=23)], indent=3)
        sources.day(DAY, raw)
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert [(listed.paper.id, listed.votes) for listed in listing.papers] == [
            ("2407.20743", 50),
            ("2407.21018", 23),
        ]
        assert (listing.day, listing.fetched_at, listing.raw) == (DAY, NOW, raw)
        [call] = sources.calls
        assert (call.path, call.query) == ("/api/daily_papers", {"date": "2024-07-31", "limit": "100", "p": "0"})

    async def test_nothing_listed_is_an_empty_day(self, hugging_face: HuggingFace) -> None:
        assert await hugging_face.read_day(DAY) == EmptyDay(DAY)

    async def test_a_day_still_to_come_is_not_open_yet(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.not_open(DAY)
        assert await hugging_face.read_day(DAY) == NotOpenYet(DAY)
        assert len(sources.calls) == 1

    async def test_a_passing_failure_does_not_cost_the_day(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        sources.day(DAY, items(1))
        sources.next(Reply(429, headers={"RateLimit": '"api";r=0;t=2'}), Reply(500, "<html>oops</html>"))
        assert isinstance(await hugging_face.read_day(DAY), Listing)
        assert len(sources.calls) == 3

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (Reply(400, '{"error":"✖ Invalid ISO date\\n  → at date"}'), "HTTP 400"),
            (Reply(400, '{"error":["date must be less than or equal"]}'), "HTTP 400"),
            (Reply(400, '"date must be less than or equal"'), "HTTP 400"),
            (Reply(400, "Bad Request", content_type="text/plain"), "HTTP 400: Bad Request"),
            (Reply(403, "<html>denied</html>", content_type="text/html"), "HTTP 403"),
            (Reply(404, "{}"), "HTTP 404"),
            (Reply(200, "<!doctype html><p>hi", content_type="text/html"), "the answer is no JSON"),
            (Reply(200, '{"papers":[]}'), "the answer is no JSON array"),
            (Reply(200, "null"), "the answer is no JSON array"),
            (Reply(200, ""), "the answer is no JSON"),
            (Reply(200, '[{"paper": {"id": "2407.2'), "the answer is no JSON"),
            (Reply(200, "[" * 200_000), "the answer is no JSON"),
            (Reply(200, f"[{'9' * 5000}]"), "none of 1 items could be read"),
            (Reply(200, '[{"paper": {}}, 7, null]'), "none of 3 items could be read"),
            (Reply(200, b"[]" + b" " * (17 << 20)), "answer larger than"),
        ],
    )
    async def test_an_odd_answer_is_told_as_unreachable(
        self, sources: PaperSources, hugging_face: HuggingFace, reply: Reply, reason: str
    ) -> None:
        sources.next(reply)
        answer = await hugging_face.read_day(DAY)
        assert isinstance(answer, Unreachable)
        assert reason in answer.reason

    async def test_a_source_that_is_down_is_unreachable(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.down()
        assert await hugging_face.read_day(DAY) == Unreachable(DAY, "HTTP 503")

    async def test_answers_cut_every_time_are_unreachable(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        sources.next(*[Reply(body=json.dumps(items(3)), cut=True)] * 3)
        answer = await hugging_face.read_day(DAY)
        assert isinstance(answer, Unreachable)
        assert "RemoteProtocolError" in answer.reason

    async def test_a_silent_source_holds_nobody_up(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(hang=True))
        hasty = HuggingFace(client, sources.url, now=lambda: NOW, retry_policy=RetryPolicy(seconds=0.05))
        answer = await hasty.read_day(DAY)
        assert isinstance(answer, Unreachable)
        assert "within 0.05 s" in answer.reason

    async def test_a_broken_item_is_logged_and_costs_nothing_else(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        broken = {"paper": {"id": "2407.99999", "authors": []}}
        sources.day(DAY, [item("2407.00001"), broken, item("2407.00002")])
        with capture_logs() as logged:
            listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert [listed.paper.id for listed in listing.papers] == ["2407.00001", "2407.00002"]
        assert [(entry["event"], entry["id"], entry["reason"]) for entry in logged] == [
            ("item skipped", "2407.99999", "no title")
        ]
        assert [str(skipped) for skipped in parse_daily_papers(listing.raw).skipped] == [
            "2407.99999: skipped: no title"
        ]


class TestPaging:
    async def test_pages_are_read_while_they_are_full(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.day(DAY, items(230))
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert [listed.votes for listed in listing.papers] == list(range(1000, 770, -1))
        assert [call.query["p"] for call in sources.calls] == ["0", "1", "2"]

    async def test_the_raw_answer_of_several_pages_is_the_array_of_them(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        listed = items(130)
        sources.day(DAY, listed)
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert json.loads(listing.raw) == [listed[:100], listed[100:]]
        assert parse_daily_papers(listing.raw).papers == listing.papers

    async def test_an_exactly_full_last_page_is_no_trouble(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        raw = json.dumps(items(100))
        sources.next(Reply(body=raw))
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert (len(listing.papers), listing.raw, len(sources.calls)) == (100, raw, 2)

    async def test_a_paper_on_two_pages_counts_once(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.next(Reply(body=json.dumps(items(100))), Reply(body=json.dumps(items(60, first=90))))
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert [listed.paper.id for listed in listing.papers] == [f"2407.{number:05}" for number in range(150)]

    def test_of_a_paper_listed_twice_the_first_stands(self) -> None:
        [listed] = parse_daily_papers(json.dumps([item(upvotes=9), item(upvotes=4)])).papers
        assert listed.votes == 9

    async def test_a_source_that_knows_no_pages_is_asked_no_third_time(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        sources.next(*[Reply(body=json.dumps(items(120)))] * 5)
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert (len(listing.papers), len(sources.calls)) == (120, 2)

    async def test_an_endless_list_ends(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.day(DAY, items(5000))
        listing = await hugging_face.read_day(DAY)
        assert isinstance(listing, Listing)
        assert (len(listing.papers), len(sources.calls)) == (1000, 10)

    async def test_half_a_day_is_not_passed_off_as_a_day(
        self, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        sources.next(Reply(body=json.dumps(items(100))), *[Reply(502)] * 3)
        assert await hugging_face.read_day(DAY) == Unreachable(DAY, "HTTP 502")

    async def test_a_second_page_cannot_close_the_day(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        refusal = '{"error":"\\"date\\" must be less than or equal to \\"2024-07-30\\""}'
        sources.next(Reply(body=json.dumps(items(100))), Reply(400, refusal))
        assert isinstance(await hugging_face.read_day(DAY), Unreachable)


class TestOnePaper:
    async def test_it_is_described(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.paper("2407.20743", {"id": "2407.20743", "title": "Meltemi", "authors": [], "summary": "We\nbuild."})
        paper = await hugging_face.read_paper("2407.20743")
        assert paper == Paper(id="2407.20743", title="Meltemi", authors=(), abstract="We build.")

    @pytest.mark.parametrize("paper_id", ["2407.20743", "hep-th/9901001"])
    async def test_an_unknown_one_is_none(
        self, sources: PaperSources, hugging_face: HuggingFace, paper_id: str
    ) -> None:
        assert await hugging_face.read_paper(paper_id) is None
        assert sources.calls[0].path == f"/api/papers/{paper_id}"

    @pytest.mark.parametrize(
        "fields", [[], "2407.20743", {}, {"id": "2407.20743"}, {"id": "2407.00001", "title": "Another"}]
    )
    async def test_an_odd_answer_raises(self, sources: PaperSources, hugging_face: HuggingFace, fields: object) -> None:
        sources.paper("2407.20743", fields)
        with pytest.raises(SourceUnreachable):
            await hugging_face.read_paper("2407.20743")

    async def test_trouble_raises(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        sources.down()
        with pytest.raises(SourceUnreachable, match="HTTP 503"):
            await hugging_face.read_paper("2407.20743")


class TestFields:
    def test_only_id_and_title_are_needed(self) -> None:
        parsed = parse_daily_papers('[{"paper":{"id":"2407.20743","title":"Meltemi"}}]')
        [listed] = parsed.papers
        assert listed.paper == Paper(id="2407.20743", title="Meltemi", authors=())
        assert (listed.votes, listed.comments, listed.submitted_at) == (0, 0, None)

    def test_hidden_authors_are_left_out_and_the_others_keep_their_order(self) -> None:
        names = [
            {"name": "Zoë", "hidden": False},
            {"name": "Gone", "hidden": True},
            {"name": "Adam"},
            {"name": "Zoë"},
            {"name": "  "},
            {"name": 7},
            "Eve",
        ]
        assert parse_one(authors=names).authors == ("Zoë", "Adam", "Zoë", "Eve")

    def test_the_papers_own_title_comes_before_the_items(self) -> None:
        titled = {**item(title="The L_2\n  Norm"), "title": r"The $L_2$ \textsc{Norm}"}
        untitled = {"paper": {"id": "2407.20744"}, "title": r"The $L_2$ Norm"}
        first, second = parse_daily_papers(json.dumps([titled, untitled])).papers
        assert first.paper.title == "The L_2 Norm"
        assert second.paper.title == "The $L_2$ Norm"

    def test_texts_come_out_legible(self) -> None:
        paper = parse_one(title="A\u202eB \x08C \ud800", summary="one\n two", authors=[{"name": "E\u200bve\n"}])
        assert (paper.title, paper.abstract, paper.authors) == ("AB C", "one two", ("Eve",))

    @pytest.mark.parametrize(
        ("authors", "names"),
        [
            (["Ana Ruiz", " Ben  Ode "], ("Ana Ruiz", "Ben Ode")),
            ([{"name": "Ana"}, "Ben", None, 7, ["Cy"], {}, {"name": None}, {"name": ["Dee"]}], ("Ana", "Ben")),
            (
                [{"user": {"fullname": "Ana"}}, {"name": "", "user": {"fullname": "Ben"}}, {"user": "Cy"}],
                ("Ana", "Ben"),
            ),
            (
                [{"name": "Ana", "hidden": "false"}, {"name": "Ben", "hidden": "true"}, {"name": "Cy", "hidden": 0}],
                ("Ana", "Cy"),
            ),
            ([{"name": "Ana", "hidden": None}, {"name": "Ben", "hidden": 1}], ("Ana",)),
            ("Ana Ruiz", ()),
            ({"name": "Ana"}, ()),
            (None, ()),
        ],
    )
    def test_authors_may_be_told_as_objects_or_as_names(self, authors: object, names: tuple[str, ...]) -> None:
        assert parse_one(authors=authors).authors == names

    @pytest.mark.parametrize("votes", [53, "53", 53.0, " 53 ", "053"])
    def test_votes_may_be_told_in_digits_or_as_any_number(self, votes: object) -> None:
        [listed] = parse_daily_papers(json.dumps([{**item(upvotes=votes), "numComments": votes}])).papers
        assert (listed.votes, listed.comments) == (53, 53)

    @pytest.mark.parametrize(
        "votes",
        [
            None,
            "",
            "twelve",
            "1.5",
            "-3",
            "1e3",
            "٣",
            "5 votes",
            1.5,
            True,
            False,
            -3,
            -0.5,
            10**30,
            1e300,
            [],
            [53],
            {},
            "9" * 5000,
            float("inf"),
            float("nan"),
        ],
    )
    def test_votes_that_are_no_count_are_none(self, votes: object) -> None:
        [listed] = parse_daily_papers(json.dumps([item(upvotes=votes)])).papers
        assert listed.votes == 0

    def test_days_and_moments_are_in_utc(self) -> None:
        described = {
            **item(publishedAt="2024-07-30T23:30:00-04:00", submittedOnDailyAt="2024-07-31T08:00:00.000Z"),
            "publishedAt": "2024-07-30T19:30:00.000Z",
        }
        [listed] = parse_daily_papers(json.dumps([described])).papers
        assert listed.paper.published == date(2024, 7, 31)
        assert listed.submitted_at == datetime(2024, 7, 31, 8, tzinfo=UTC)

    def test_the_items_own_time_is_the_submission_of_old_days(self) -> None:
        [listed] = parse_daily_papers(json.dumps([{**item(), "publishedAt": "2024-03-12T01:02:03.000Z"}])).papers
        assert listed.submitted_at == datetime(2024, 3, 12, 1, 2, 3, tzinfo=UTC)

    @pytest.mark.parametrize(
        "moment",
        [
            "2024-07-30T23:30:00Z",
            " 2024-07-30 ",
            "2024-07-30T23:30:00.000+00:00",
            1722382200,
            1722382200.0,
            1722382200000,
        ],
    )
    def test_a_moment_may_be_told_in_words_or_as_a_number(self, moment: object) -> None:
        assert parse_one(publishedAt=moment).published == date(2024, 7, 30)

    @pytest.mark.parametrize(
        "moment",
        [
            "",
            "yesterday",
            "0001-01-01T00:00:00+14:00",
            17,
            None,
            True,
            -1,
            10**40,
            1e300,
            float("nan"),
            [],
            {},
            "2024-07-30" + " " * 100_000,
            "1722382200",
            "9" * 5000,
        ],
    )
    def test_a_moment_that_is_none_is_left_out(self, moment: object) -> None:
        assert parse_one(publishedAt=moment).published is None

    def test_code_lives_on_github(self) -> None:
        assert parse_one(githubRepo="https://github.com/a/b").code_url == "https://github.com/a/b"

    @pytest.mark.parametrize(
        "address",
        ["http://github.com/a/b", "https://github.com.evil.example/a", "https://github.com@evil.example/", "a/b", 7],
    )
    def test_code_elsewhere_is_left_out(self, address: object) -> None:
        assert parse_one(githubRepo=address).code_url is None

    def test_a_project_page_is_trimmed(self) -> None:
        assert parse_one(projectPage=" http://meltemi.example/ko/한글 ").project_url == "http://meltemi.example/ko/한글"

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "data:text/html,hi",
            "//meltemi.example",
            "https://",
            "https://[::1",
            "https://a.example/|> <!channel>",
            "https://user:word@a.example/",
            "https://a.example/\u202egpj",
            "https://a.example/" + "x" * 3000,
            "https://a.example/" + " " * 1_000_000,
            "https://a.example:99999/",
            "https://a.example:port/",
            "https:a.example",
        ],
    )
    def test_an_address_no_reader_should_follow_is_left_out(self, address: str) -> None:
        assert parse_one(projectPage=address).project_url is None

    def test_a_thumbnail_is_shown_over_https_only(self) -> None:
        shown = {**item("2407.00001"), "thumbnail": "https://cdn-thumbnails.huggingface.co/a.png"}
        hidden = {**item("2407.00002"), "thumbnail": "http://cdn-thumbnails.huggingface.co/a.png"}
        first, second = parse_daily_papers(json.dumps([shown, hidden])).papers
        assert first.paper.thumbnail_url == "https://cdn-thumbnails.huggingface.co/a.png"
        assert second.paper.thumbnail_url is None

    def test_an_organization_goes_by_its_full_name(self) -> None:
        assert parse_one(organization={"name": "ilsp", "fullname": "Athena  RC"}).organization == "Athena RC"
        assert parse_one(organization={"name": "ilsp"}).organization == "ilsp"
        assert parse_one(organization="ilsp").organization == "ilsp"
        assert parse_one(organization=["ilsp"]).organization is None


class TestWhatTheFeedTells:
    """What only some of a day's papers have."""

    def test_it_is_kept_with_the_paper(self) -> None:
        fields = {
            "ai_summary": "Meltemi is the first\n open model for Greek. ",
            "ai_keywords": ["Greek", " open  models "],
            "githubRepo": "https://github.com/a/b",
            "githubStars": 233,
            "mediaUrls": ["https://cdn-uploads.huggingface.co/1.mp4"],
        }
        assert parse_one(**fields) == Paper(
            id="2407.20743",
            title="Meltemi",
            authors=("Leon Voukoutis",),
            feed_summary="Meltemi is the first open model for Greek.",
            keywords=("Greek", "open models"),
            code_url="https://github.com/a/b",
            code_stars=233,
            media_urls=("https://cdn-uploads.huggingface.co/1.mp4",),
        )

    async def test_a_single_paper_tells_the_same(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        fields = {
            "title": "Meltemi",
            "ai_summary": "It is open.",
            "ai_keywords": ["Greek"],
            "mediaUrls": ["https://a.b/c"],
        }
        sources.paper("2407.20743", {"id": "2407.20743", **fields})
        paper = await hugging_face.read_paper("2407.20743")
        assert paper
        assert (paper.feed_summary, paper.keywords, paper.media_urls) == ("It is open.", ("Greek",), ("https://a.b/c",))

    def test_a_paper_of_which_none_of_it_is_told_has_none(self) -> None:
        paper = parse_one(githubRepo="https://github.com/a/b")
        assert (paper.feed_summary, paper.keywords, paper.code_stars, paper.media_urls) == (None, (), None, ())

    def test_no_stars_are_a_number_and_unknown_stars_are_not(self) -> None:
        assert parse_one(githubRepo="https://github.com/a/b", githubStars=0).code_stars == 0
        assert parse_one(githubRepo="https://github.com/a/b", githubStars=None).code_stars is None

    @pytest.mark.parametrize("stars", [True, False, -1, 1.5, "many", [], {}, 10**30, 1e300, float("nan"), float("inf")])
    def test_stars_that_are_no_count_are_unknown(self, stars: object) -> None:
        assert parse_one(githubRepo="https://github.com/a/b", githubStars=stars).code_stars is None

    def test_stars_are_those_of_code_that_can_be_shown(self) -> None:
        assert parse_one(githubRepo="https://elsewhere.example/a/b", githubStars=7).code_stars is None

    @pytest.mark.parametrize(
        ("keywords", "kept"),
        [
            (["A", "a", " A", "B"], ("A", "B")),
            (["A", None, 7, [], "", "\u202e", "\ud800", "B\u0000"], ("A", "B")),
            (["x" * 101, "x y " * 30, "x" * 1_000_000, "y" * 100], ("y" * 100,)),
            ([f"k{number}" for number in range(100_000)], tuple(f"k{number}" for number in range(40))),
            ("A, B", ()),
            ({"A": 1}, ()),
        ],
    )
    def test_keywords_are_short_few_and_different(self, keywords: object, kept: tuple[str, ...]) -> None:
        assert parse_one(ai_keywords=keywords).keywords == kept

    def test_media_are_over_https_few_and_different(self) -> None:
        good = [f"https://cdn-uploads.huggingface.co/{number}.png" for number in range(20)]
        odd = ["http://a.example/1.png", "javascript:alert(1)", "https://a.example/|>", 7, None, good[0]]
        assert parse_one(mediaUrls=[*odd, *good]).media_urls == tuple(good[:10])
        assert parse_one(mediaUrls=good[0]).media_urls == ()

    def test_media_may_be_told_of_the_item(self) -> None:
        first = {**item("2407.00001"), "mediaUrls": ["https://a.example/1.mp4"]}
        older = {**item("2403.00002"), "mediaUrl": "https://a.example/2.png"}
        listed = parse_daily_papers(json.dumps([first, older])).papers
        assert [each.paper.media_urls for each in listed] == [
            ("https://a.example/1.mp4",),
            ("https://a.example/2.png",),
        ]

    @pytest.mark.parametrize(
        ("item_says", "paper_says", "name"),
        [
            ({"fullname": "Ana  Ruiz", "name": "ana"}, {"fullname": "Ben Ode"}, "Ana Ruiz"),
            ({"name": "ana"}, None, "ana"),
            (None, {"fullname": "Ben Ode"}, "Ben Ode"),
            ({"fullname": 7, "name": []}, None, None),
            ([], True, None),
        ],
    )
    def test_who_submitted_it_goes_by_their_full_name(
        self, item_says: object, paper_says: object, name: str | None
    ) -> None:
        told = {**item(submittedOnDailyBy=paper_says), "submittedBy": item_says}
        [listed] = parse_daily_papers(json.dumps([told])).papers
        assert listed.submitted_by == name

    @pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000, "1e999", "NaN", "-Infinity"])
    def test_a_number_out_of_all_bounds_costs_no_paper(self, number: str) -> None:
        stars = '"githubRepo": "https://github.com/a/b", "githubStars": ' + number
        raw = f'[{{"paper": {{"id": "2407.20743", "title": "Meltemi", {stars}}}, "numComments": {number}}}]'
        [listed] = parse_daily_papers(raw).papers
        assert (listed.comments, listed.paper.code_stars) == (0, None)

    @given(data=st.data())
    def test_whatever_stands_in_its_place_costs_nothing_else(self, data: st.DataObject) -> None:
        odd = {
            name: data.draw(HOSTILE, label=name) for name in ("ai_summary", "ai_keywords", "githubStars", "mediaUrls")
        }
        odd_item = {name: data.draw(HOSTILE, label=name) for name in ("submittedBy", "mediaUrls", "numComments")}
        plain = item(githubRepo="https://github.com/a/b", upvotes=5, summary="We build.")["paper"]
        assert isinstance(plain, dict)
        told = {"paper": {**plain, **odd}, **odd_item}
        [listed] = parse_daily_papers(json.dumps([told])).papers
        paper = listed.paper
        assert replace(paper, feed_summary=None, keywords=(), code_stars=None, media_urls=()) == parse_one(
            githubRepo="https://github.com/a/b", summary="We build."
        )
        assert listed.votes == 5
        for text in (paper.feed_summary, listed.submitted_by, *paper.keywords, *paper.media_urls):
            assert text is None or (text and text == clean_text(text) and is_storable(text))
        assert len(paper.keywords) <= 40
        assert all(len(keyword) <= 100 for keyword in paper.keywords)
        assert len(paper.feed_summary or "") <= 2000
        assert len(listed.submitted_by or "") <= 200
        assert len(paper.media_urls) <= 10
        assert all(address.startswith("https://") for address in paper.media_urls)
        assert paper.code_stars is None or (type(paper.code_stars) is int and 0 <= paper.code_stars < 2**31)
        assert type(listed.comments) is int
        assert 0 <= listed.comments < 2**31


class TestSkipping:
    @pytest.mark.parametrize(
        ("odd", "told"),
        [
            (None, "item without an id: skipped: not a JSON object"),
            ({"title": "No paper"}, "item without an id: skipped: no paper in it"),
            ({"paper": []}, "item without an id: skipped: no paper in it"),
            ({"paper": {"title": "No id"}}, "item without an id: skipped: no usable arXiv id"),
            ({"paper": {"id": 2407.20743, "title": "A number"}}, "item without an id: skipped: no usable arXiv id"),
            ({"paper": {"id": "not-an-id", "title": "Odd"}}, "not-an-id: skipped: no usable arXiv id"),
            ({"paper": {"id": "2407.1 2407.20743", "title": "Odd"}}, "2407.1 2407.20743: skipped: no usable arXiv id"),
            ({"paper": {"id": "2407.99999"}}, "2407.99999: skipped: no title"),
            ({"paper": {"id": "2407.99999", "title": " \u200b\n"}}, "2407.99999: skipped: no title"),
            ({"paper": {"id": "2407.99999", "title": ["A"]}}, "2407.99999: skipped: no title"),
        ],
    )
    def test_a_broken_item_is_named_and_the_rest_is_kept(self, odd: object, told: str) -> None:
        parsed = parse_daily_papers(json.dumps([item("2407.00001"), odd, item("2407.00002")]))
        assert [listed.paper.id for listed in parsed.papers] == ["2407.00001", "2407.00002"]
        assert [str(skipped) for skipped in parsed.skipped] == [told]

    def test_an_id_with_a_version_is_known_without_it(self) -> None:
        paper = parse_one(id="2407.20743v3")
        assert (paper.id, paper.arxiv_version) == ("2407.20743", 3)

    @given(JSON)
    def test_no_json_whatsoever_crashes_the_parser(self, value: object) -> None:
        raw = json.dumps(value)
        if isinstance(value, list):
            parse_daily_papers(raw)
        else:
            with pytest.raises(SourceUnreachable):
                parse_daily_papers(raw)

    @given(st.lists(ODD_ITEMS, max_size=6))
    def test_no_item_is_lost_without_a_word(self, odd: list[dict[str, object]]) -> None:
        parsed = parse_daily_papers(json.dumps(odd))
        kept = {listed.paper.id for listed in parsed.papers}
        assert len(kept) == len(parsed.papers)
        assert bool(kept or parsed.skipped) == bool(odd)
        assert all(listed.paper.title for listed in parsed.papers)

    @given(st.text())
    def test_no_text_whatsoever_crashes_the_parser(self, text: str) -> None:
        with suppress(SourceUnreachable):
            parse_daily_papers(text)


LONG = 1_000_000


class TestBounds:
    """A field as long as it likes to be costs no more than a long one."""

    @pytest.mark.parametrize("filling", ["word ", "x", "$a$ ", "\\a{b} ", "\u0301", " ", "\n", "\U0001f600"])
    def test_texts_are_cut(self, filling: str) -> None:
        text = f"A {filling * (LONG // len(filling))}"
        paper = parse_one(title=text, summary=text, authors=[{"name": text}, text], organization={"fullname": text})
        assert len(paper.title) <= 500
        assert len(paper.abstract) <= 5000
        assert all(len(name) <= 200 for name in paper.authors)
        assert len(paper.organization or "") <= 200
        without_latex(paper.abstract)

    def test_a_text_of_true_length_is_not_cut(self) -> None:
        text = "word " * 383 + "word."
        assert parse_one(summary=text).abstract == text

    @pytest.mark.parametrize("author", ["Ana", {"name": "Ana"}])
    def test_authors_are_so_many(self, author: object) -> None:
        assert len(parse_one(authors=[author] * 5154).authors) == 5154
        assert len(parse_one(authors=[author] * 100_000).authors) == 6000

    def test_an_id_is_short(self) -> None:
        parsed = parse_daily_papers(json.dumps([item("2407.20743" + " " * LONG), item("x" * LONG)]))
        assert parsed.papers == ()
        assert all(len(skipped.id or "") <= 40 for skipped in parsed.skipped)

    def test_papers_are_so_many(self) -> None:
        raw = json.dumps([item(f"24{month:02}.{number:05}") for month in range(1, 5) for number in range(1, 501)])
        assert len(parse_daily_papers(raw).papers) == 1000

    async def test_a_day_is_so_long(self, sources: PaperSources, hugging_face: HuggingFace) -> None:
        page = [item(f"2407.{number:05}", summary="x" * 35_000) for number in range(1, 101)]
        sources.next(*(Reply(body=json.dumps([item(f"2406.{page_number:05}"), *page])) for page_number in range(1, 10)))
        answer = await hugging_face.read_day(DAY)
        assert isinstance(answer, Unreachable)
        assert "a day of more than" in answer.reason
        assert len(sources.calls) == 3


def in_other_words(paper: dict[str, object], choose: Callable[[Sequence[object]], object]) -> dict[str, object]:
    """The same paper as other servers might write it."""
    authors = paper["authors"]
    assert isinstance(authors, list)
    votes = paper["upvotes"]
    assert isinstance(votes, int)
    return {
        "unknown": {"id": "2407.00001", "title": "Another", "upvotes": 9},
        **dict(reversed(paper.items())),
        "upvotes": choose([votes, str(votes), float(votes)]),
        "authors": [choose([author, author["name"]] if not author.get("hidden") else [author]) for author in authors],
        "projectPage": paper.get("projectPage"),
        "githubRepo": paper.get("githubRepo"),
        "title": choose([paper["title"], f" {paper['title']}\n"]),
    }


ODD_VALUES = st.sampled_from(
    ["null", "[]", "{}", "true", "false", "-1", "0.5", "NaN", "1e999", "9" * 40, "[[]]", '{"name": {}}', "[null]", '""']
)


class TestRecordedDaysOtherwise:
    """The recorded answers as no server has sent them yet."""

    @given(data=st.data())
    @settings(max_examples=60)
    def test_what_is_told_in_another_way_is_read_as_the_same(
        self, recorded_items: list[Item], data: st.DataObject
    ) -> None:
        told = data.draw(st.sampled_from(recorded_items))
        other = in_other_words(told["paper"], lambda ways: data.draw(st.sampled_from(ways)))
        assert parse_daily_papers(json.dumps([{**told, "paper": other}])) == parse_daily_papers(json.dumps([told]))

    @given(data=st.data())
    @settings(max_examples=150)
    def test_what_is_odd_is_left_out_and_never_read_as_something_else(
        self, recorded_items: list[Item], data: st.DataObject
    ) -> None:
        told = data.draw(st.sampled_from(recorded_items))
        [before] = parse_daily_papers(json.dumps([told])).papers
        odd = {**told, "paper": dict(told["paper"])}
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.sampled_from([odd, odd["paper"]]))
            name = data.draw(st.sampled_from(sorted(place.keys() - {"paper"})))
            place[name] = json.loads(data.draw(ODD_VALUES))
        for listed in parse_daily_papers(json.dumps([odd])).papers:
            assert listed.paper.id == before.paper.id
            assert listed.votes in {before.votes, 0}
            assert listed.comments in {before.comments, 0}
            assert listed.paper.authors in {before.paper.authors, ()}
            assert listed.paper.abstract in {before.paper.abstract, ""}
            assert listed.paper.published in {before.paper.published, None}
            assert listed.paper.organization in {before.paper.organization, None}
            assert listed.submitted_by in {
                before.submitted_by,
                told["paper"].get("submittedOnDailyBy", {}).get("fullname"),
                None,
            }
            for name in ("thumbnail_url", "code_url", "project_url", "feed_summary", "code_stars"):
                assert getattr(listed.paper, name) in {getattr(before.paper, name), None}
            for name in ("keywords", "media_urls"):
                assert getattr(listed.paper, name) in {getattr(before.paper, name), ()}
            assert without_latex(clean_text(listed.paper.title)) in {
                without_latex(clean_text(str(title))) for title in (told["paper"]["title"], told["title"])
            }


@pytest.fixture(scope="module")
def recorded_items() -> list[Item]:
    folder = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not folder:
        pytest.skip("no recorded data")
    files = sorted((Path(folder) / "hf").glob("*.json"))[::6]
    return [item for file in files for item in json.loads(file.read_text("utf-8"))[:12]]


def one_line(text: Any) -> Any:
    return " ".join(text.split()) if text else text


class TestRecordedDays:
    async def test_every_recorded_day_is_read_whole(
        self, recorded: Path, sources: PaperSources, hugging_face: HuggingFace
    ) -> None:
        files = sorted((recorded / "hf").glob("*.json"))
        assert len(files) == 28
        for file in files:
            day, raw = date.fromisoformat(file.stem), file.read_text("utf-8")
            sources.day(day, raw)
            listing = await hugging_face.read_day(day)
            assert isinstance(listing, Listing), file.name
            assert listing.raw == raw
            sent = json.loads(raw)
            assert [listed.paper.id for listed in listing.papers] == [item["paper"]["id"] for item in sent]
            assert [listed.votes for listed in listing.papers] == [item["paper"]["upvotes"] for item in sent]
            assert parse_daily_papers(raw).skipped == ()
            for listed, item in zip(listing.papers, sent, strict=True):
                shown = [author["name"] for author in item["paper"]["authors"] if not author["hidden"]]
                assert len(listed.paper.authors) == len(shown)
                assert listed.paper.abstract
                assert listed.paper.published
                assert listed.submitted_at
                assert (listed.paper.code_url is not None) == ("githubRepo" in item["paper"])
                assert (listed.paper.project_url is not None) == ("projectPage" in item["paper"])
                assert (listed.paper.thumbnail_url is not None) == ("thumbnail" in item)

    def test_every_fact_of_the_recorded_days_is_kept_as_told(self, recorded: Path) -> None:
        kept: Counter[str] = Counter()
        for file in sorted((recorded / "hf").glob("*.json")):
            raw = file.read_text("utf-8")
            for listed, item in zip(parse_daily_papers(raw).papers, json.loads(raw), strict=True):
                paper, told = listed.paper, item["paper"]
                assert paper.feed_summary == one_line(told.get("ai_summary"))
                assert {keyword.casefold() for keyword in paper.keywords} == {
                    one_line(keyword).casefold() for keyword in told.get("ai_keywords", ())
                }
                assert paper.code_stars == told.get("githubStars")
                assert listed.comments == item["numComments"]
                assert listed.submitted_by == one_line(item.get("submittedBy", {}).get("fullname"))
                assert paper.organization == one_line(told.get("organization", {}).get("fullname"))
                sent = [*told.get("mediaUrls", ()), *item.get("mediaUrls", ()), item.get("mediaUrl")]
                assert set(paper.media_urls) == {*sent} - {None}
                facts = (paper.feed_summary, paper.keywords, paper.media_urls, listed.submitted_by, paper.organization)
                names = ("summaries", "keywords", "media", "submitters", "organizations")
                kept.update(name for name, fact in zip(names, facts, strict=True) if fact)
                kept["stars"] += paper.code_stars is not None
        assert kept == {
            "summaries": 291,
            "keywords": 326,
            "media": 80,
            "submitters": 449,
            "organizations": 189,
            "stars": 178,
        }

    async def test_the_hidden_author_of_the_recorded_days_stays_hidden(self, recorded: Path) -> None:
        raw = [file.read_text("utf-8") for file in (recorded / "hf").glob("*.json")]
        sent = sum(len(item["paper"]["authors"]) for day in raw for item in json.loads(day))
        shown = sum(len(listed.paper.authors) for day in raw for listed in parse_daily_papers(day).papers)
        assert sent - shown == 1

    @pytest.mark.parametrize(
        ("file", "status", "answer"),
        [("400_future_date.json", 400, NotOpenYet(DAY)), ("200_empty_day.json", 200, EmptyDay(DAY))],
    )
    async def test_recorded_refusals_are_understood(
        self,
        recorded: Path,
        sources: PaperSources,
        hugging_face: HuggingFace,
        file: str,
        status: int,
        answer: NotOpenYet | EmptyDay,
    ) -> None:
        sources.next(Reply(status, (recorded / "hf-errors" / file).read_bytes()))
        assert await hugging_face.read_day(DAY) == answer
