"""Entries of a reading list as JSON of our own, from which they can be imported again as they were."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from bot.exports.citations import title_of

if TYPE_CHECKING:
    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper

# Both stand in every file. What this release would read wrongly gets the next version.
FORMAT, VERSION = "paperboy-papers", 1
BEGINNING = f'{{"format": "{FORMAT}", "version": {VERSION}, "papers": ['


def paper_facts(paper: Paper) -> dict[str, Any]:
    """A paper as plain data; what is not known of it is None."""
    return {
        "id": paper.id,
        "title": title_of(paper),
        "authors": list(paper.authors),
        "published": paper.published.isoformat() if paper.published else None,
        "url": paper.url,
        "doi": paper.doi,
        "category": paper.primary_category,
    }


def list_facts(entry: SavedPaper) -> dict[str, Any]:
    """The rest of what a list knows about a paper, as plain data."""
    return {
        "votes": entry.votes,
        "state": entry.state.value,
        "saved_at": entry.saved_at.astimezone(UTC).isoformat(),
        "saved_by": str(entry.origin) if entry.origin else None,
        "tags": list(entry.tags),
        "note": entry.note,
    }
