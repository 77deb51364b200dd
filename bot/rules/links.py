"""Addresses in what people type: Hugging Face's lists by day, and pages of other sites that a known paper may carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.phrases import Word

LONGEST_ADDRESS = 2000
MOST_LINKS = 5
_AROUND = "()[]{}<>\"'“”‘’«»,;!?|*`"
# An address, with its scheme or without: a host with a path, as people copy it from the line of a browser.
_ADDRESS = re.compile(r"(?:https?://)?(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?::\d{1,5})?(?P<path>/\S*)?", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:\s*)?(?P<doi>10\.\d{4,9}/\S+)", re.IGNORECASE | re.ASCII)
_DAY_LISTS = frozenset({"huggingface.co", "hf.co", "www.huggingface.co"})


def find_links(words: Iterable[Word]) -> tuple[str, ...]:
    """The addresses and DOIs among words, as they can be opened, in their order, each once."""
    found = (link for word in words if (link := _link(word.typed)))
    return tuple(dict.fromkeys(found))[:MOST_LINKS]


def _link(word: str) -> str | None:
    bare = word.strip(_AROUND).rstrip(".:")
    if not bare or len(bare) > LONGEST_ADDRESS:
        return None
    if doi := _DOI.fullmatch(bare):
        return f"https://doi.org/{doi['doi']}"
    address = _ADDRESS.fullmatch(bare)
    has_scheme = bare[:8].casefold().startswith(("http://", "https://"))
    if address and (address["path"] or has_scheme or bare.casefold().startswith("www.")):
        return bare if has_scheme else f"https://{bare}"
    return None


def day_list_link(word: str) -> tuple[str, str] | None:
    """The list a link to Hugging Face leads to: its kind (`date`, `week`, `month`, `latest`) and which one it is."""
    link = _link(word)
    if link is None:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if parts.netloc.casefold() not in _DAY_LISTS or steps[:1] != ["papers"]:
        return None
    if steps[1:] in ([], ["trending"]):
        dates = parse_qs(parts.query, max_num_fields=100).get("date") if parts.query.count("&") < 100 else None
        return ("date", dates[0]) if dates else ("latest", "")
    if len(steps) == 3 and steps[1] in {"date", "week", "month"}:
        return steps[1], steps[2]
    return None
