"""Papers as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.rules.papers import Paper

# The characters that LaTeX does not take literally; what stands between two $ of a title is LaTeX already.
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts braces, whatever stands before them
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_FORMULA = re.compile(r"(\$[^$]+\$)")
# Styles set titles in small letters, but for what stands in braces.
_KEEPS_CAPITALS = re.compile(r"(?<![\w\\{])(?=\S*?\S[A-Z]|[A-Z]\b)[A-Za-z0-9][\w./+-]*")
_NAMES = 1_000  # characters of the authors, the others of whom BibTeX calls "others"
_KEY_WORDS = 4
_LEFT_OUT = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "how",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "that",
        "the",
        "to",
        "via",
        "we",
        "what",
        "when",
        "with",
    }
)


def bibtex(papers: Iterable[Paper]) -> str:
    """The papers as BibTeX, in the order given, an entry each, as arXiv itself would give them.

    A key depends on its paper alone, so that it is the same each time: `wang2024mattinggeneration`.
    """
    return "\n\n".join(_bibtex_entry(paper) for paper in papers)


def _bibtex_entry(paper: Paper) -> str:
    names = [_bibtex_name(name) for name in map(clean_text, paper.authors) if name]
    named = _fitting(names)
    others = ["others"] if len(named) < len(names) else []
    year = _year(paper)
    fields = {
        "title": _bibtex_title(paper.title),
        "author": " and ".join([*named, *others]),
        "year": year,
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "doi": paper.doi,  # as it is: styles make a link of it
        "url": paper.url,
    }
    lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
    return ",\n".join([f"@misc{{{_bibtex_key(paper, year)}", *lines]) + "\n}"


def _fitting(names: Sequence[str]) -> Sequence[str]:
    """As many of the names as there is room for, at least one."""
    lengths = accumulate(len(name) + len(" and ") for name in names)
    return names[: max(1, sum(length <= _NAMES for length in lengths))]


def _year(paper: Paper) -> str:
    """The year of the first version, else that in the ID: identifiers began in 1991."""
    if paper.published:
        return str(paper.published.year)
    digits = paper.id.rpartition("/")[2][:2]
    return f"{'19' if int(digits) > 90 else '20'}{digits}"


def _bibtex_key(paper: Paper, year: str) -> str:
    last = paper.authors[0].split()[-1] if paper.authors and paper.authors[0].split() else ""
    words = [word for word in re.split(r"[\s:—–/]+", _FORMULA.sub(" ", paper.title)) if word.lower() not in _LEFT_OUT]
    title = [plain for word in words if (plain := _ascii(word))][:_KEY_WORDS]
    return "".join([_ascii(last) or "arxiv", year, *title])


def _ascii(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())


def _bibtex_name(name: str) -> str:
    escaped = _for_latex(name)
    # A comma or an "and" would make several names of it, or turn it round.
    return f"{{{escaped}}}" if "," in name or re.search(r"\band\b", name, re.IGNORECASE) else escaped


def _bibtex_title(title: str) -> str:
    parts = _FORMULA.split(clean_text(title))
    return "".join(
        part
        if part.startswith("$") and part.endswith("$") and len(part) > 2 and _is_balanced(part)
        else _KEEPS_CAPITALS.sub(lambda found: f"{{{found[0]}}}", _for_latex(part))
        for part in parts
    )


def _is_balanced(text: str) -> bool:
    """Whether no brace of a formula would close the field it stands in."""
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _for_latex(text: str) -> str:
    return "".join(_ESCAPED.get(sign, sign) for sign in text)
