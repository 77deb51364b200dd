"""The fields of a source's responses, each kept within its limits.

A field is untrusted: a million characters in one would cost time and memory everywhere after it, and no real one comes
near these limits. The longest in daily lists: a title of 151 characters, an abstract of 1,923 (arXiv takes 1,920), 664
authors, a feed's own summary of 1,606 characters, 28 keywords, one of 64 characters, 7 pictures and videos. The most
authors a paper is known to have are 5,154 (Phys. Rev. Lett. 114, 191803).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.rules.papers import find_paper_refs
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.papers import PaperRef

LONGEST_TITLE = 500  # characters, as the next ones
LONGEST_ABSTRACT = 5000
LONGEST_NAME = 200
MOST_AUTHORS = 6000
LONGEST_FEED_SUMMARY = 2000
LONGEST_KEYWORD = 100
MOST_KEYWORDS = 40
MOST_MEDIA = 10
_LONGEST_ID = 60
_LONGEST_URL = 3000  # docs.slack.dev, image block: `image_url` holds at most 3,000 characters
_MOST_LOOKED_AT = 200  # elements of a list
_BLANKS = 4  # what is left out of a field may be as much as three times what stays


def text_of(value: object, longest: int) -> str:
    """A text in one line, shortened to `longest` characters; empty for anything that is not a text."""
    return shorten(clean_text(value[: _BLANKS * longest]), longest) if isinstance(value, str) else ""


def names_of(values: Iterable[object]) -> tuple[str, ...]:
    """The names among these values, in their order."""
    names: list[str] = []
    for value in values:
        if len(names) == MOST_AUTHORS:
            break
        name = text_of(value, LONGEST_NAME)
        if name:
            names.append(name)
    return tuple(names)


def keywords_of(value: object) -> tuple[str, ...]:
    """The keywords in a list, in their order, each once; one that is too long to be one is left out, not shortened."""
    found: dict[str, str] = {}
    for each in value[:_MOST_LOOKED_AT] if isinstance(value, list) else ():
        keyword = text_of(each, 2 * LONGEST_KEYWORD)
        if keyword and len(keyword) <= LONGEST_KEYWORD:
            found.setdefault(keyword.casefold(), keyword)
    return tuple(found.values())[:MOST_KEYWORDS]


def media_of(*values: object) -> tuple[str, ...]:
    """The addresses of pictures and videos in these lists, in their order, each once, over HTTPS alone."""
    found: dict[str, None] = {}
    for value in values:
        for each in value[:_MOST_LOOKED_AT] if isinstance(value, list) else ():
            if address := address_of(each, schemes={"https"}):
                found.setdefault(address)
    return tuple(found)[:MOST_MEDIA]


def paper_ref_of(value: object) -> PaperRef | None:
    """The paper an id names; None for anything else."""
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        return None
    refs = find_paper_refs(value)
    return refs[0] if len(refs) == 1 and str(refs[0]) == value.strip() else None


def address_of(value: object, *, schemes: set[str], host: str | None = None) -> str | None:
    """An address a reader may follow; None for any other."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        return None
    address = value.strip()
    if clean_text(address) != address or any(mark in address for mark in ' <>"\\'):
        return None
    try:
        parts = urlsplit(address)
        named = parts.hostname
        # Reading the port is what raises ValueError for an invalid one.
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in schemes or not named or "@" in parts.netloc or (host and parts.netloc.lower() != host):
        return None
    return address
