"""Papers as a list in Markdown, to paste into a document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.exports.citations import title_of, year_of
from bot.text.clean import clean_text
from bot.text.readable import readable

if TYPE_CHECKING:
    from bot.rules.papers import Paper

_NAMED = 3
_SIGNS = re.compile(r"([\\`*_\[\]<>&$~|!#])")
# What makes a line something else than text where it begins one (CommonMark 0.31, "Container blocks").
_BEGINNINGS = re.compile(r"^(?:(\d{1,9})([.)])|([-+=:]))")


def markdown_item(paper: Paper, note: str = "") -> str:
    """A paper as an item of a list: linked, with its first authors and its year, and the note below."""
    names = [readable(name) for name in paper.authors[:_NAMED]]
    more = ["et al."] if len(paper.authors) > _NAMED else []
    authors = _escaped(", ".join([*names, *more]))
    facts = f"{authors} ({year_of(paper)})" if authors else f"({year_of(paper)})"
    lines = [_escaped_line(line) for line in map(clean_text, note.splitlines()) if line]
    below = "\n\n  " + "\\\n  ".join(lines) if lines else ""
    return f"- [{_escaped(title_of(paper)) or paper.id}]({paper.url}) – {facts}{below}\n"


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)


def _escaped_line(text: str) -> str:
    return _BEGINNINGS.sub(lambda found: f"\\{found[3]}" if found[3] else f"{found[1]}\\{found[2]}", _escaped(text))
