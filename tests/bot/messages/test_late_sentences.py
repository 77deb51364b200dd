"""A digest that was sent, with the sentences its papers have now: nothing else of it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.daily_digest import digest_messages, with_takeaways
from bot.rules.channels import Layout
from bot.rules.papers import ListedPaper, Paper, Takeaway, TakeawayOrigin
from bot.rules.selection import ChosenDay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Json = dict[str, Any]

DAY = date(2024, 7, 31)
NOON = datetime(2024, 7, 31, 12, tzinfo=UTC)
PAPERS = [Paper(f"2407.0000{number}", f"Title {number}", ("Ana",)) for number in (1, 2, 3)]
OLD = Takeaway("The abstract says it in English.", "en", TakeawayOrigin.ABSTRACT)
NEW = Takeaway("모델이 한국어로 말합니다.", "ko", TakeawayOrigin.MODEL)


def drawn(
    takeaways: Sequence[Takeaway | None], language: str = "ko", papers: Sequence[Paper] = PAPERS, **more: Any
) -> list[Json]:
    """The messages of a digest of these papers, each with its sentence, as they are sent."""
    listed = tuple(ListedPaper(paper, 10) for paper in papers)
    days = [ChosenDay(DAY, listed, len(listed), NOON)]
    known = {paper.id: said for paper, said in zip(papers, takeaways, strict=True) if said}
    made = digest_messages(
        days=days, language=language, source_url="https://a.org", emoji="bookmark", takeaways=known, **more
    )
    return [each.message.to_payload() for each in made]


def by_url(takeaways: Sequence[Takeaway | None], papers: Sequence[Paper] = PAPERS) -> Mapping[str, Takeaway]:
    return {paper.url: said for paper, said in zip(papers, takeaways, strict=True) if said}


@pytest.mark.parametrize("layout", [*Layout])
@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([OLD, OLD, OLD], [OLD, NEW, OLD]),
        ([OLD, OLD, OLD], [NEW, NEW, NEW]),
        ([None, None, None], [None, NEW, None]),
        ([None, OLD, None], [NEW, OLD, None]),
        ([NEW, NEW, NEW], [NEW, NEW, NEW]),
    ],
    ids=["one", "all", "the first there is", "one more", "nothing new"],
)
def test_it_reads_as_if_it_had_been_drawn_with_them(
    before: list[Takeaway | None], now: list[Takeaway | None], layout: Layout
) -> None:
    (payload,), (wanted,) = drawn(before, layout=layout), drawn(now, layout=layout)
    assert with_takeaways(payload, by_url(now), "ko") == wanted
    assert with_takeaways(wanted, by_url(now), "ko") == wanted


def test_each_message_of_a_long_one_names_its_own_sources() -> None:
    papers = [Paper(f"2407.{number:05}", f"Title {number}", ("Ana",)) for number in range(1, 46)]
    before, now = [OLD] * 45, [NEW, *[OLD] * 44]
    payloads, wanted = drawn(before, papers=papers), drawn(now, papers=papers)
    assert len(payloads) > 1
    assert [with_takeaways(payload, by_url(now, papers), "ko") for payload in payloads] == wanted
    assert wanted[0] != payloads[0]
    assert wanted[1:] == payloads[1:]


def test_it_is_left_alone_in_other_words_and_where_a_sentence_is_gone() -> None:
    (english,) = drawn([OLD, OLD, OLD], "en")
    assert with_takeaways(english, by_url([NEW, NEW, NEW]), "ko") == english
    (korean,) = drawn([OLD, OLD, OLD])
    assert with_takeaways(korean, by_url([NEW, None, NEW]), "ko") == korean


def test_a_digest_of_0_5_0_is_left_alone() -> None:
    entry = {"type": "link", "url": PAPERS[0].url, "text": "Title 1"}
    item = {"type": "rich_text_section", "elements": [entry, {"type": "text", "text": " — 10 votes"}]}
    ordered = {"type": "rich_text_list", "style": "ordered", "elements": [item]}
    old = {"text": "1 paper", "blocks": [{"type": "rich_text", "elements": [ordered]}]}
    assert with_takeaways(old, by_url([NEW, NEW, NEW]), "en") == old
    assert with_takeaways({"text": "only words"}, by_url([NEW, NEW, NEW]), "en") == {"text": "only words"}


def test_a_longer_sentence_that_leaves_no_room_is_not_put_in() -> None:
    papers = [replace(paper, title=f"{paper.id} {'x' * 190}") for paper in PAPERS * 7]
    papers = [replace(paper, id=f"2407.{number:05}") for number, paper in enumerate(papers[:20], 1)]
    long = Takeaway("It " + "says so much that it takes " * 7 + "room.", "en", TakeawayOrigin.MODEL)
    payloads = drawn([None] * len(papers), "en", papers=papers, layout=Layout.DIGEST)
    changed = [with_takeaways(payload, by_url([long] * len(papers), papers), "en") for payload in payloads]
    assert changed[0] == payloads[0]
    for before, now in zip(payloads, changed, strict=True):
        assert now == before or sum(map(len, _strings(now))) <= 10_000


def _strings(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [value for name, value in part.items() if name in {"text", "url", "value"} and isinstance(value, str)]
        return own + [text for value in part.values() for text in _strings(value)]
    return [text for each in part for text in _strings(each)] if isinstance(part, list | tuple) else []
