"""The facts of a paper that every format of references gives: its title, year, key, and DOI."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.exports.names import split_name
from bot.text.accents import with_accents
from bot.text.readable import readable

if TYPE_CHECKING:
    from bot.rules.papers import Paper

# Letters that are no letter of ASCII with a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h"}
)


def title_of(paper: Paper) -> str:
    """The title in plain characters."""
    title = readable(paper.title)
    # An abstract takes a hundred times as long as a title.
    return with_accents(title, readable(paper.abstract)) if any(mark in title for mark in "'`^") else title


def year_of(paper: Paper) -> int:
    """The year of the first version, else that in the ID: identifiers began in 1991."""
    if paper.published:
        return paper.published.year
    year = int(paper.id.rpartition("/")[2][:2])
    return (1900 if year > 90 else 2000) + year


def doi_of(paper: Paper) -> str:
    """The DOI of the journal or the proceedings, else the one every paper of arXiv has (arXiv help, "DOIs")."""
    return paper.doi or f"10.48550/arXiv.{paper.id}"


def citation_key(paper: Paper) -> str:
    """The name by which a text cites a paper: `wang-2407.21017`.

    No two papers have the same, and none has another when a newer version of it changes its title.
    """
    first = split_name(paper.authors[0]) if paper.authors else None
    name = _ascii(first.family or first.whole.partition(" ")[0]) if first else ""
    return f"{name or 'arxiv'}-{paper.id.replace('/', '-')}"


def _ascii(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return re.sub(r"[^a-z0-9]", "", letters)
