"""Which pasted links lead to papers, and which events get previews."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.link_previews import MOST_PREVIEWS, PastedLinks, links_in_event, paper_at

BOT = "U0BOT"
EVENT: dict[str, Any] = {
    "type": "link_shared",
    "channel": "C1",
    "is_bot_user_member": True,
    "user": "U1",
    "message_ts": "1722500000.000100",
    "unfurl_id": "C1.1722500000.000100",
    "source": "conversations_history",
    "event_ts": "1722500000.000200",
    "links": [{"domain": "arxiv.org", "url": "https://arxiv.org/abs/2407.21017"}],
}


def linking(*urls: str) -> dict[str, Any]:
    return {**EVENT, "links": [{"domain": "arxiv.org", "url": url} for url in urls]}


@pytest.mark.parametrize(
    ("url", "paper"),
    [
        ("https://arxiv.org/abs/2407.21017", "2407.21017"),
        ("http://arxiv.org/abs/2407.21017v2", "2407.21017v2"),
        ("https://www.arxiv.org/pdf/2407.21017", "2407.21017"),
        ("https://arxiv.org/pdf/2407.21017v1.pdf#page=3", "2407.21017v1"),
        ("https://export.arxiv.org/abs/2407.21017?context=cs", "2407.21017"),
        ("https://ar5iv.labs.arxiv.org/html/2407.21017", "2407.21017"),
        ("https://arxiv.org/abs/hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/abs/2407.21017?a=1&amp;b=2", "2407.21017"),
        ("https://ARXIV.org/ABS/2407.21017/", "2407.21017"),
        ("https://huggingface.co/papers/2407.21017", "2407.21017"),
        ("https://huggingface.co/papers/2407.21017#66a9", "2407.21017"),
        ("https://hf.co/papers/2407.21017", "2407.21017"),
        ("https://www.alphaxiv.org/abs/2407.21017v3", "2407.21017v3"),
        ("https://www.alphaxiv.org/ko/overview/2407.21017", "2407.21017"),
    ],
)
def test_the_address_of_a_papers_page_leads_to_the_paper(url: str, paper: str) -> None:
    assert str(paper_at(url)) == paper


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/list/cs.CL/recent",
        "https://arxiv.org/list/cs/2407",
        "https://arxiv.org/a/ruiz_a_1",
        "https://arxiv.org/search/?query=2407.21017",
        "https://arxiv.org/abs/",
        "https://arxiv.org/abs/2413.21017",
        "https://arxiv.org/",
        "https://info.arxiv.org/help/2407.21017",
        "https://huggingface.co/models",
        "https://huggingface.co/papers",
        "https://huggingface.co/papers/trending",
        "https://huggingface.co/papers/date/2024-07-31",
        "https://huggingface.co/datasets/a/papers-2407.21017",
        "https://huggingface.co/someone/2407.21017",
        "https://huggingface.co/papers/about-2407.21017",
        "https://notarxiv.org/abs/2407.21017",
        "https://arxiv.org.example.com/abs/2407.21017",
        "https://example.com/arxiv.org/abs/2407.21017",
        "https://arxiv.org@example.com/abs/2407.21017",
        "https://[arxiv.org/abs/2407.21017",
        "arxiv.org/abs/2407.21017",
        "https://arxiv.org/abs/2407.21017/" + "x" * 3000,
    ],
)
def test_any_other_address_leads_to_no_paper(url: str) -> None:
    assert paper_at(url) is None


@given(st.text() | st.text(alphabet="/%.:@[]arxivogbs24071?#&;v").map("https://arxiv.org/abs/{}".format))
def test_no_address_is_too_odd(url: str) -> None:
    paper_at(url)


def test_each_paper_has_one_preview_and_no_message_more_than_five() -> None:
    urls = [f"https://arxiv.org/abs/2407.2101{number}" for number in range(9)]
    found = links_in_event(linking("https://hf.co/papers/2407.21010", *urls), bot_user=BOT)
    assert found is not None
    assert [link.url for link in found.links] == ["https://hf.co/papers/2407.21010", *urls[1:MOST_PREVIEWS]]


def test_links_survive_on_disk() -> None:
    found = links_in_event(
        linking("https://arxiv.org/abs/2407.21017v2?a&amp;b", "https://hf.co/papers/1"), bot_user=BOT
    )
    assert found is not None
    assert PastedLinks.parse(found.to_value()) == found


@pytest.mark.parametrize(
    "other",
    [
        {"source": "composer", "channel": "COMPOSER", "message_ts": "U1-909b5454"},
        {"source": "composer"},
        {"source": "somewhere_new"},
        {"is_bot_user_member": False},
        {"is_bot_user_member": None},
        {"channel": "D1"},
        {"channel": None, "channel_id": "COMPOSER"},
        {"channel": ""},
        {"user": BOT},
        {"user": None},
        {"bot_id": "B1"},
        {"links": []},
        {"links": [{"domain": "arxiv.org", "url": "https://arxiv.org/list/cs.CL/recent"}]},
    ],
    ids=str,
)
def test_what_gets_no_preview_is_only_acknowledged(other: dict[str, Any]) -> None:
    assert links_in_event({**EVENT, **other}, bot_user=BOT) is None


def test_an_event_from_before_slack_named_sources_counts() -> None:
    older = {name: value for name, value in EVENT.items() if name not in {"source", "unfurl_id"}}
    assert links_in_event(older, bot_user=BOT) is not None
