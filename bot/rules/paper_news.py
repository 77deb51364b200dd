"""News of papers: what became known of one after somebody saved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.rules.papers import Paper


# Each saved paper once a day at most, and all of them at a pace that neither source notices: at most 4,800 a day.
CHECKED_EVERY = timedelta(days=1)
BETWEEN_CHECKS = timedelta(minutes=15)
MOST_IN_A_CHECK = 50


class NewsKind(StrEnum):
    """The kinds of news, the gravest first; the values are stored and never change."""

    WITHDRAWN = "withdrawn"
    NEW_VERSION = "new_version"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class PaperNews:
    """News of a paper, known since `at`: the number of the latest version, or the address of the code."""

    kind: NewsKind
    at: datetime
    version: int | None = None
    code_url: str | None = None


def news_in(known: Paper, told: Paper, *, at: datetime, is_code_told: bool) -> tuple[PaperNews, ...]:
    """The news in a source's word on a paper, beside what was `known` of it.

    Nothing is new of what nobody told before: a version is only newer than one that was known, and code only there
    since then where a source that tells of code (`is_code_told`) had described the paper without. A withdrawal is news
    of its own, though arXiv also counts it as a version.
    """
    news = []
    if told.withdrawn and not known.withdrawn:
        news.append(PaperNews(NewsKind.WITHDRAWN, at))
    elif known.arxiv_version and told.arxiv_version and told.arxiv_version > known.arxiv_version:
        news.append(PaperNews(NewsKind.NEW_VERSION, at, version=told.arxiv_version))
    if is_code_told and told.code_url and not known.code_url:
        news.append(PaperNews(NewsKind.CODE, at, code_url=told.code_url))
    return tuple(news)


def news_since(news: Iterable[PaperNews], since: datetime) -> tuple[PaperNews, ...]:
    """The news that became known after a moment, such as that a paper was saved at, the gravest first."""
    order = list(NewsKind)
    return tuple(sorted((each for each in news if each.at > since), key=lambda each: order.index(each.kind)))
