"""Papers as RIS, for Zotero, EndNote, Mendeley and other reference managers.

Each line is a tag and a value (RefManager, "RIS Format Specifications"); a value has no line breaks. Tags and the note
go along: the file goes from one's own list into one's own library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.exports.citations import citation_key, doi_of, title_of, year_of
from bot.exports.names import split_name
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.exports.names import Name
    from bot.rules.papers import Paper

_PREPRINT = "UNPB"


def ris_record(paper: Paper, note: str = "", tags: Iterable[str] = ()) -> str:
    """A paper as a record of RIS, the empty line at its end included."""
    fields = [("TY", _PREPRINT), ("ID", citation_key(paper)), *_described(paper)]
    fields += [("KW", tag) for tag in tags]
    fields += [("N1", note), ("ER", "")]
    lines = [f"{tag}  - {clean_text(value)}" for tag, value in fields if value or tag == "ER"]
    return "".join(f"{line}\r\n" for line in [*lines, ""])


def _described(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TI", title_of(paper)
    for author in paper.authors:
        yield "AU", _name(split_name(author))
    yield "PY", str(year_of(paper))
    yield "DA", f"{paper.published:%Y/%m/%d}/" if paper.published else ""
    yield "PB", "arXiv"
    yield "AN", f"arXiv:{paper.id}"
    yield "DO", doi_of(paper)
    yield "UR", paper.url


def _name(name: Name) -> str:
    """A name as RIS has it: family, given, suffix. A comma in one that is not to be taken apart would do that."""
    return name.last_first if name.family else name.whole.replace(",", "")
