"""What is new in a source's word on a paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.paper_news import NewsKind, PaperNews, news_in, news_since
from bot.rules.papers import Paper

NOW = datetime(2024, 8, 1, tzinfo=UTC)
KNOWN = Paper("2407.21017", "Matting by Generation", (), arxiv_version=2)
CODE = "https://github.com/x/y"


def kinds(known: Paper, told: Paper, *, is_code_told: bool = True) -> list[NewsKind]:
    return [each.kind for each in news_in(known, told, at=NOW, is_code_told=is_code_told)]


@pytest.mark.parametrize(
    ("known", "told", "new"),
    [
        (KNOWN, replace(KNOWN, arxiv_version=3), [NewsKind.NEW_VERSION]),
        (KNOWN, KNOWN, []),
        (KNOWN, replace(KNOWN, arxiv_version=1), []),
        (KNOWN, replace(KNOWN, arxiv_version=None), []),
        (replace(KNOWN, arxiv_version=None), KNOWN, []),
        (KNOWN, replace(KNOWN, code_url=CODE), [NewsKind.CODE]),
        (replace(KNOWN, code_url=CODE), replace(KNOWN, code_url=f"{CODE}z"), []),
        (replace(KNOWN, code_url=CODE), KNOWN, []),
        (KNOWN, replace(KNOWN, withdrawn=True, arxiv_version=3), [NewsKind.WITHDRAWN]),
        (replace(KNOWN, withdrawn=True), replace(KNOWN, withdrawn=True), []),
    ],
)
def test_only_what_was_known_to_be_otherwise_is_new(known: Paper, told: Paper, new: list[NewsKind]) -> None:
    assert kinds(known, told) == new


def test_code_is_not_new_where_nobody_had_told_that_there_was_none() -> None:
    assert kinds(KNOWN, replace(KNOWN, code_url=CODE), is_code_told=False) == []


def test_somebody_is_told_what_became_known_after_they_saved_it_the_gravest_first() -> None:
    news = [
        PaperNews(NewsKind.CODE, NOW, code_url=CODE),
        PaperNews(NewsKind.NEW_VERSION, NOW - timedelta(days=2), version=3),
        PaperNews(NewsKind.WITHDRAWN, NOW),
    ]
    saved_at = NOW - timedelta(days=1)
    assert [each.kind for each in news_since(news, saved_at)] == [NewsKind.WITHDRAWN, NewsKind.CODE]
    assert news_since(news, NOW) == ()
