"""Papers as CSL-JSON, for Pandoc, Zotero and everything that cites by the Citation Style Language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.exports.citations import citation_key, doi_of, title_of, year_of
from bot.exports.names import split_name

if TYPE_CHECKING:
    from bot.exports.names import Name
    from bot.rules.papers import Paper


def csl_item(paper: Paper) -> dict[str, Any]:
    """A paper as an item (citation-style-language/schema, `csl-data.json`; a preprint is an `article` since 1.0.2)."""
    item = {
        "id": citation_key(paper),
        "type": "article",
        "genre": "preprint",
        "title": title_of(paper),
        "author": [_name(name) for author in paper.authors if (name := split_name(author)).whole],
        "issued": {"date-parts": [_date_parts(paper)]},
        "publisher": "arXiv",
        "number": f"arXiv:{paper.id}",
        "DOI": doi_of(paper),
        "URL": paper.url,
    }
    return {name: value for name, value in item.items() if value}


def _date_parts(paper: Paper) -> list[int]:
    day = paper.published
    return [day.year, day.month, day.day] if day else [year_of(paper)]


def _name(name: Name) -> dict[str, str]:
    if not name.family:
        return {"literal": name.whole}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: value for part, value in parts.items() if value}
