"""The days that ship with Paperboy: real facts, our own words, and no number the papers do not state."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.bundled_days import bundled_days, bundled_summaries, serve_bundled_days, votes_at
from bot.rules.papers import Origin
from bot.summaries.source_check.check import check_summary
from bot.summaries.takeaways import checked_takeaway
from bot.text.languages import is_written_in

DAYS = Path(__file__).parents[3] / "bot" / "demo" / "days"
MORNING = "2024-07-31"
SECTIONS = ("whats_new", "technical_details", "performance_highlights")
LONGEST_SHARED_RUN = 7

Item = dict[str, Any]


def _by_id(items: list[Item]) -> dict[str, Item]:
    return {item["paper"]["id"]: item for item in items}


BUNDLED: dict[str, list[Item]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DAYS.glob("????-??-??.json"))
}
KOREAN: dict[str, dict[str, str]] = {
    paper_id: sections
    for path in DAYS.glob("*.ko.json")
    for paper_id, sections in json.loads(path.read_text(encoding="utf-8")).items()
}
ITEMS = {paper_id: item for items in BUNDLED.values() for paper_id, item in _by_id(items).items()}
DAY_OF = {item["paper"]["id"]: day for day, items in BUNDLED.items() for item in items}
each_day = pytest.mark.parametrize("day", BUNDLED)
each_paper = pytest.mark.parametrize("paper_id", ITEMS)
each_korean_summary = pytest.mark.parametrize("paper_id", KOREAN)


@pytest.fixture(scope="session")
def recorded_days() -> dict[str, dict[str, Item]]:
    """The same days as Hugging Face answered them."""
    folder = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not folder:
        pytest.skip("PAPERBOY_RECORDED_DATA is not set: the recorded answers of Hugging Face are not at hand")
    return {day: _by_id(json.loads((Path(folder) / "hf" / f"{day}.json").read_text("utf-8"))) for day in BUNDLED}


@pytest.fixture(scope="session")
def recorded(recorded_days: dict[str, dict[str, Item]]) -> dict[str, Item]:
    """Their papers."""
    return {paper_id: item for items in recorded_days.values() for paper_id, item in items.items()}


# A reader of numbers and words, independent of the bot's own.

_URL = re.compile(r"https?://\S+")
_PRODUCT = re.compile(r"(?<=\d)\s*(?:times|×)\s*(?=\d)")
_NAME_WITH_DIGITS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]+\d+(?:\.\d+)*")
_N = r"\d+(?:,\d{3})*(?:\.\d+)?"
_KOREAN_NUMBER = re.compile(
    rf"(?P<eok>{_N})\s*억(?:\s*(?P<rest>{_N})\s*만)?|(?P<man>{_N})\s*만",
)
_ENGLISH_NUMBER = re.compile(rf"(?P<n>{_N})(?:\s*(?P<unit>billion|million|B|M)(?![A-Za-z]))?")
_ENGLISH_UNITS = {"B": 10**9, "billion": 10**9, "M": 10**6, "million": 10**6, None: 1}
_NUMBER_WORD = re.compile(r"\b(?:both|two|three|September)\b|(?<![가-힣])[두세](?= )")
_NUMBER_WORDS = {"both": 2, "two": 2, "두": 2, "three": 3, "세": 3, "September": 9}


def numbers_in(text: str) -> set[Decimal]:
    """Every number a text states, in full: `4 billion`, `40억` and `4,000,000,000` are the same one."""
    found: set[Decimal] = set()

    def take_korean(match: re.Match[str]) -> str:
        eok, man = match["eok"] or "0", match["rest"] or match["man"] or "0"
        found.add(_decimal(eok) * 10**8 + _decimal(man) * 10**4)
        return " "

    plain = _NAME_WITH_DIGITS.sub(" ", _PRODUCT.sub(" × ", _URL.sub(" ", text)))
    plain = _KOREAN_NUMBER.sub(take_korean, plain)
    found.update(_decimal(match["n"]) * _ENGLISH_UNITS[match["unit"]] for match in _ENGLISH_NUMBER.finditer(plain))
    found.update(Decimal(_NUMBER_WORDS[match[0]]) for match in _NUMBER_WORD.finditer(plain))
    return found


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def latin_words_in(text: str) -> set[str]:
    """Every English word, name or abbreviation of a text, in lower case; a version number belongs to its name."""
    words = re.findall(r"(?<![A-Za-z0-9])[A-Za-z]+(?:\d+(?:\.\d+)*)?", _URL.sub(" ", text))
    return {word.lower() for word in words}


def longest_shared_run(ours: str, theirs: str) -> list[str]:
    """The longest run of words that two texts have in common, punctuation aside; a link is one word."""
    a, b = (re.findall(r"\w+", _URL.sub(" link ", text).lower()) for text in (ours, theirs))
    best: list[str] = []
    lengths = [0] * (len(b) + 1)
    for i, word in enumerate(a, start=1):
        previous, lengths = lengths, [0] * (len(b) + 1)
        for j, other in enumerate(b, start=1):
            if word == other:
                lengths[j] = previous[j - 1] + 1
                if lengths[j] > len(best):
                    best = a[i - lengths[j] : i]
    return best


def sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z가-힣])", text)


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("40억 개의 토큰", "4 billion tokens"),
        ("165억", "16.5 billion"),
        ("1억 1,000만 개", "110 million"),
        ("9,100만 개", "91M"),
        ("70만 편", "700,000"),
        ("289M과 8×289M", "289M and 8times289M"),
        ("2023년 9월까지", "September 2023"),
        ("세 가지 데이터셋", "three datasets"),
        ("A100 GPU 4개", "4 A100 GPUs"),
    ],
)
def test_the_same_number_reads_the_same_in_both_languages(ours: str, theirs: str) -> None:
    assert numbers_in(ours) == numbers_in(theirs) != set()


@pytest.mark.parametrize(("ours", "theirs"), [("4억", "4 billion"), ("16.5억", "16.5 billion"), ("0.752", "0.754")])
def test_a_number_off_by_ten_or_by_a_digit_is_another_number(ours: str, theirs: str) -> None:
    assert numbers_in(ours).isdisjoint(numbers_in(theirs))


@given(eok=st.integers(1, 9_999), man=st.integers(1, 9_999))
def test_any_count_written_in_korean_units_equals_its_digits(eok: int, man: int) -> None:
    assert numbers_in(f"{eok:,}억 {man:,}만 개") == numbers_in(f"{eok * 10**8 + man * 10**4:,} of them")


def test_a_copied_run_of_words_is_found_whatever_its_case_and_punctuation() -> None:
    copied = longest_shared_run("It says: The quick, brown FOX jumps.", "A lazy dog, the quick brown fox - asleep.")
    assert copied == ["the", "quick", "brown", "fox"]


def test_five_days_are_bundled_with_a_week_end_after_them() -> None:
    assert list(BUNDLED) == ["2024-07-29", "2024-07-30", "2024-07-31", "2024-08-01", "2024-08-02"]
    assert date.fromisoformat(list(BUNDLED)[-1]).strftime("%A") == "Friday"


@each_day
def test_a_day_lists_papers_by_votes_and_the_morning_of_the_demo_ten(day: str) -> None:
    votes = [item["paper"]["upvotes"] for item in BUNDLED[day]]
    assert votes == sorted(votes, reverse=True)
    assert len(votes) == (10 if day == MORNING else 5)


def test_no_paper_is_bundled_twice() -> None:
    assert len(ITEMS) == sum(len(items) for items in BUNDLED.values())


@each_paper
def test_a_paper_has_the_fields_of_the_daily_papers_answer_and_no_others(paper_id: str) -> None:
    item = ITEMS[paper_id]
    paper = item["paper"]
    assert set(item) - {"thumbnail"} == {"paper", "publishedAt", "title", "numComments"}
    required = {"id", "authors", "publishedAt", "title", "summary", "upvotes"}
    assert required <= set(paper) <= required | {"projectPage"}
    assert item["title"] == paper["title"] == one_line(paper["title"])
    assert paper["authors"]
    assert all(set(author) == {"name", "hidden"} and author["name"] for author in paper["authors"])
    published, submitted = (datetime.fromisoformat(moment["publishedAt"]) for moment in (paper, item))
    assert published < submitted
    assert submitted.astimezone(UTC).date().isoformat() == DAY_OF[paper_id]


@each_paper
def test_a_description_is_a_short_plain_paragraph_that_says_what_is_new(paper_id: str) -> None:
    summary = ITEMS[paper_id]["paper"]["summary"]
    assert summary == one_line(summary)
    assert 4 <= len(sentences_of(summary)) <= 6
    assert re.search(r"\b(?:introduces|proposes)\b", summary)


@each_paper
def test_a_paper_s_facts_are_the_recorded_ones(paper_id: str, recorded: dict[str, Item]) -> None:
    def facts(item: Item) -> Item:
        paper = item["paper"]
        return {
            "title": one_line(paper["title"]),
            "authors": [(author["name"], author["hidden"]) for author in paper["authors"]],
            "votes": paper["upvotes"],
            "comments": item["numComments"],
            "published": paper["publishedAt"],
            "submitted": item["publishedAt"],
            "thumbnail": item.get("thumbnail"),
        }

    assert facts(ITEMS[paper_id]) == facts(recorded[paper_id])


@each_day
def test_a_day_s_papers_are_those_with_the_most_votes_in_the_recorded_order(
    day: str, recorded_days: dict[str, dict[str, Item]]
) -> None:
    ours = list(_by_id(BUNDLED[day]))
    assert ours == list(recorded_days[day])[: len(ours)]


@each_paper
def test_a_description_is_in_our_own_words(paper_id: str, recorded: dict[str, Item]) -> None:
    run = longest_shared_run(ITEMS[paper_id]["paper"]["summary"], recorded[paper_id]["paper"]["summary"])
    assert len(run) <= LONGEST_SHARED_RUN, " ".join(run)


@each_paper
def test_every_number_and_link_of_a_description_is_in_the_abstract(paper_id: str, recorded: dict[str, Item]) -> None:
    ours, abstract = ITEMS[paper_id]["paper"], recorded[paper_id]["paper"]["summary"]
    assert numbers_in(ours["summary"]) <= numbers_in(abstract)
    links = _URL.findall(ours["summary"]) + [ours[key] for key in ("projectPage",) if key in ours]
    assert [link for link in links if link.rstrip(".") not in abstract] == []


def test_most_papers_have_a_korean_summary_and_some_have_none() -> None:
    assert 20 <= len(KOREAN) < len(ITEMS)
    assert set(KOREAN) < set(ITEMS)


@each_korean_summary
def test_a_korean_summary_passes_the_source_check(paper_id: str) -> None:
    paper = ITEMS[paper_id]["paper"]
    result = check_summary(list(KOREAN[paper_id].values()), f"{paper['title']}\n{paper['summary']}")
    assert result.passes, result.issues


@each_korean_summary
def test_a_korean_summary_keeps_to_the_three_sections_in_order(paper_id: str) -> None:
    sections = list(KOREAN[paper_id])
    assert sections == [section for section in SECTIONS if section in sections]
    assert "whats_new" in sections


@each_korean_summary
def test_a_korean_section_is_one_to_three_polite_sentences(paper_id: str) -> None:
    for text in KOREAN[paper_id].values():
        sentences = sentences_of(text)
        assert 1 <= len(sentences) <= 3
        assert [sentence for sentence in sentences if not sentence.endswith("니다.")] == []


@each_korean_summary
def test_a_korean_summary_says_nothing_the_english_description_does_not(paper_id: str) -> None:
    paper, korean = ITEMS[paper_id]["paper"], " ".join(KOREAN[paper_id].values())
    english = f"{paper['title']} {paper['summary']}"
    assert numbers_in(korean) <= numbers_in(english)
    assert latin_words_in(korean) <= latin_words_in(english)


@each_korean_summary
def test_every_number_and_english_term_of_a_korean_summary_is_in_the_recorded_paper(
    paper_id: str, recorded: dict[str, Item]
) -> None:
    paper, korean = recorded[paper_id]["paper"], " ".join(KOREAN[paper_id].values())
    source = f"{paper['title']} {paper['summary']}"
    assert numbers_in(korean) <= numbers_in(source)
    assert latin_words_in(korean) <= latin_words_in(source)


@pytest.mark.parametrize(
    ("paper_id", "stated"),
    [
        ("2407.20743", {"40 billion", "7 billion", "2023"}),
        ("2407.20267", {"91 million", "4 billion"}),
        ("2407.20595", {"16.5 billion", "8 billion", "7 billion", "700,000", "34", "13"}),
        ("2407.20750", {"0.754", "0.720", "110 million", "15", "4"}),
        ("2407.21018", {"20"}),
    ],
)
def test_the_figures_a_reader_would_quote_are_there_in_both_languages(paper_id: str, stated: set[str]) -> None:
    expected = set[Decimal]().union(*(numbers_in(figure) for figure in stated))
    assert expected <= numbers_in(ITEMS[paper_id]["paper"]["summary"])
    assert expected <= numbers_in(" ".join(KOREAN[paper_id].values()))


# Words a Korean reader of papers knows without the English beside them.
EVERYDAY = "픽셀|토큰|에이전트|프롬프트|벤치마크|프레임|쿼리|분류|탐지|분할|특징|범주|환각|궤적|추적|메시"


@each_korean_summary
def test_a_korean_summary_is_korean_with_english_only_in_names_and_beside_terms(paper_id: str) -> None:
    korean = " ".join(KOREAN[paper_id].values())
    assert re.findall(r"[0-9]x\b|[0-9][BM]개|[가-힣]+ 주의(?:\W|를|와)", korean) == []
    assert re.findall(rf"(?:{EVERYDAY})\([a-z]+\)", korean) == []
    bare = re.sub(r"\([^)]*\)", "", korean)
    assert re.findall(r"(?<![\w-])[a-z]{3,}(?![\w-])", bare) == []


def test_futga_is_told_as_what_it_is_music_captioning() -> None:
    korean = KOREAN["2407.20445"]
    assert "FUTGA" in korean["whats_new"]
    assert "음악 캡션" in korean["whats_new"]
    assert not re.search(r"GAN|음성|TTS", " ".join(korean.values()))


class TestTheBundledDays:
    FRIDAY = datetime(2024, 8, 2, tzinfo=UTC)

    def test_knows_the_days_and_not_their_translations(self) -> None:
        assert [day.isoformat() for day in bundled_days()] == list(BUNDLED)
        summaries = bundled_summaries(self.FRIDAY)
        assert {summary.paper_id for summary in summaries if summary.language == "ko"} == set(KOREAN)
        assert {summary.paper_id for summary in summaries if summary.language == "en"} == set(ITEMS)

    async def test_lists_a_day_as_it_is_in_the_end_where_it_is_told_no_time(self) -> None:
        async with serve_bundled_days() as address:
            assert await listed(address, "2024-08-02") == served("2024-08-02")
            assert await listed(address, "2024-08-03") == []

    async def test_knows_nothing_of_a_day_that_has_not_begun(self) -> None:
        async with (
            serve_bundled_days(lambda: self.FRIDAY - timedelta(seconds=1)) as address,
            httpx.AsyncClient() as client,
        ):
            answer = await client.get(f"{address}/api/daily_papers", params={"date": "2024-08-02"})
            assert answer.status_code == 400
            assert '"date" must be less than or equal to' in answer.json()["error"]

    async def test_counts_votes_while_they_come_in(self) -> None:
        moment = self.FRIDAY + timedelta(days=1)
        async with serve_bundled_days(lambda: moment) as address:
            young = await listed(address, "2024-08-02")
            moment = self.FRIDAY + timedelta(days=2)
            assert await listed(address, "2024-08-02") == served("2024-08-02")
        votes = [
            (item["paper"]["upvotes"], final["paper"]["upvotes"])
            for item, final in zip(young, BUNDLED["2024-08-02"], strict=True)
        ]
        assert all(then < final for then, final in votes)

    def test_a_paper_of_the_demo_s_morning_rises_late(self) -> None:
        papers = [item["paper"] for item in BUNDLED[MORNING]]
        young = sorted(papers, key=lambda paper: -votes_at(paper["upvotes"], paper["id"], timedelta(days=1)))
        assert {paper["id"] for paper in papers[:5]} != {paper["id"] for paper in young[:5]}

    async def test_knows_every_paper_from_the_start_and_its_votes_from_its_day_on(self) -> None:
        async with (
            serve_bundled_days(lambda: datetime(2024, 7, 29, 12, tzinfo=UTC)) as address,
            httpx.AsyncClient() as client,
        ):
            for item in (item for items in BUNDLED.values() for item in items):
                paper = (await client.get(f"{address}/api/papers/{item['paper']['id']}")).json()
                assert paper["title"] == item["paper"]["title"]
                assert (paper["upvotes"] > 0) == (item in BUNDLED["2024-07-29"] and item["paper"]["upvotes"] > 0)
            assert (await client.get(f"{address}/api/papers/1706.03762")).status_code == 404

    async def test_says_of_every_description_that_it_is_not_the_abstract(self) -> None:
        async with serve_bundled_days() as address:
            items = await listed(address, MORNING)
        assert all("not the authors' abstract" in item["paper"]["summary"] for item in items)


def served(day: str) -> list[Item]:
    """A bundled day as it is served: no description is taken for the authors' abstract."""
    label = " (This is a sample text that comes with Paperboy, not the authors' abstract.)"
    return [{**item, "paper": {**item["paper"], "summary": item["paper"]["summary"] + label}} for item in BUNDLED[day]]


class TestTheSummaries:
    SUMMARIES = bundled_summaries(datetime(2024, 8, 2, tzinfo=UTC))

    def test_are_all_samples_and_none_is_called_an_extract(self) -> None:
        assert {(summary.origin, summary.made_by) for summary in self.SUMMARIES} == {(Origin.WRITTEN, "Paperboy")}

    def test_have_a_takeaway_in_their_language_that_the_description_bears_out(self) -> None:
        for summary in self.SUMMARIES:
            paper = ITEMS[summary.paper_id]["paper"]
            assert summary.takeaway, summary.paper_id
            assert is_written_in(summary.takeaway, summary.language)
            assert checked_takeaway(summary.takeaway, f"{paper['title']}\n{paper['summary']}") == summary.takeaway

    def test_have_no_two_takeaways_alike(self) -> None:
        assert len({summary.takeaway for summary in self.SUMMARIES}) == len(self.SUMMARIES)


async def listed(address: str, day: str) -> list[Item]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{address}/api/daily_papers", params={"date": day, "p": 0})
    items: list[Item] = answer.json()
    return items
