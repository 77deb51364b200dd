"""IDs of papers with a slip in them: `240721017`, `2407-21017`, `24O7.21O17`, `hep-th9901001`.

Nothing is guessed without a reason: a digit too many, one too few, or a sign that is wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.rules.papers import OLD_ARCHIVES, PaperRef, find_paper_refs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_LOOK_ALIKE = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1"})
# The form of an ID with any sign between its two numbers, or none, and something before or behind it.
_LIKE_AN_ID = re.compile(
    r"(?:arxiv[\s:.]{0,2})?(?P<month>[0-9oli|]{3,4})(?P<sign>[\s.,:;/_–—·-]{0,3})(?P<number>[0-9oli|]{4,6})"
    r"\s?(?:v(?P<version>[0-9]{0,2}))?",
    re.ASCII,
)
_LIKE_AN_OLD_ID = re.compile(r"(?P<archive>[a-z]{2,8}(?:-?[a-z]{2,5})?)[\s.:_/-]{0,2}(?P<number>\d{7})", re.ASCII)
_OF_PAPERS = re.compile(
    r"https?://(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html)|(?:huggingface|hf)\.co/papers|alphaxiv\.org/[a-z]+)/"
    r"(?P<id>[^/?#]{4,40}?)(?:\.pdf)?/?(?:[?#].*)?",
    re.ASCII,
)
_FIRST_MONTH = (2007, 4)  # since then IDs have the year and month of their paper (arXiv help, "arXiv identifier")
_FIRST_OF_FIVE = (2015, 1)  # and since then five digits after the dot
_MONTHS = 12
_LONGEST = 40
_ARCHIVES = {archive.replace("-", ""): archive for archive in OLD_ARCHIVES.split("|")}


def find_id_slip(text: str, *, today: date) -> tuple[PaperRef, ...] | None:
    """The papers that may be meant by an ID with a slip; none where no guess is better than others, and None where the
    text does not look like an ID at all.

    An ID whose last digit is missing has ten candidates.
    """
    plain = text.casefold().strip()
    if not 0 < len(plain) <= _LONGEST or find_paper_refs(plain):
        return None
    if old := _LIKE_AN_OLD_ID.fullmatch(plain):
        archive = _ARCHIVES.get(old["archive"].replace("-", ""))
        return find_paper_refs(f"{archive}/{old['number']}") if archive else None
    found = _LIKE_AN_ID.fullmatch(plain)
    if found is None or not _looks_meant(found):
        return None
    month, number = found["month"].translate(_LOOK_ALIKE), found["number"].translate(_LOOK_ALIKE)
    version = f"v{found['version']}" if found["version"] and found["version"][0] != "0" else ""
    guesses = dict.fromkeys(_guesses(month, number, today))
    return tuple(ref for guess in guesses for ref in find_paper_refs(guess + version))


def find_link_slip(link: str, *, today: date) -> tuple[PaperRef, ...]:
    """The papers that may be meant by a link to a site of papers, whose ID has a slip in it; none for any other."""
    address = _OF_PAPERS.fullmatch(link.casefold())
    return (find_id_slip(address["id"], today=today) or ()) if address else ()


def _looks_meant(found: re.Match[str]) -> bool:
    """Whether this is more likely an ID than another number: two years, a telephone number, a word."""
    digits = sum(letter.isdigit() for letter in found[0])
    has_dot = "." in found["sign"]
    is_named = found[0].startswith("arxiv")
    if digits < 7 and not is_named:
        return False
    if len(found["month"]) == 4 and len(found["number"]) == 5:
        return has_dot or is_named or _is_month(found["month"].translate(_LOOK_ALIKE))
    return has_dot or is_named or (len(found["month"]) == 4 and found["sign"] not in {"", " "})


def _guesses(month: str, number: str, today: date) -> Iterator[str]:
    latest = (today.year, today.month)
    for yymm in _months(month):
        written = (2000 + int(yymm[:2]), int(yymm[2:]))
        if not _FIRST_MONTH <= written <= latest:
            continue
        wanted = 5 if written >= _FIRST_OF_FIVE else 4
        if len(number) == wanted:
            yield f"{yymm}.{number}"
        elif len(number) == wanted - 1 and len(month) == 4:
            yield from (f"{yymm}.{number}{digit}" for digit in range(10))
        elif len(number) == wanted + 1 and len(month) == 4:
            yield from (f"{yymm}.{shorter}" for shorter in _without_a_double(number))


def _months(month: str) -> Iterator[str]:
    """Year and month as typed, or else in the right order, or with the first digit that was left out."""
    if len(month) == 3:
        yield from (f"{digit}{month}" for digit in "012" if _is_month(f"{digit}{month}"))
    elif _is_month(month):
        yield month
    elif _is_month(month[2:] + month[:2]):
        yield month[2:] + month[:2]


def _is_month(yymm: str) -> bool:
    return yymm.isdecimal() and 1 <= int(yymm[2:]) <= _MONTHS


def _without_a_double(number: str) -> Iterator[str]:
    for at in range(1, len(number)):
        if number[at] == number[at - 1]:
            yield number[:at] + number[at + 1 :]
