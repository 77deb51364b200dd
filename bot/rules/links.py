"""Addresses in what people type: Hugging Face's lists by day, and pages of other sites that a known paper may carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from bot.rules.dois import dois_of_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.rules.phrases import Word

LONGEST_ADDRESS = 2000
MOST_LINKS = 5
_AROUND = "()[]{}<>\"'“”‘’«»,;!?|*`"
# An address, with its scheme or without: a host with a path, as people copy it from the line of a browser.
_ADDRESS = re.compile(r"(?:https?://)?(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?::\d{1,5})?(?P<path>/\S*)?", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:\s*)?(?P<doi>10\.\d{4,9}/\S+)", re.IGNORECASE | re.ASCII)
_KEPT_PARAMETERS = ("id", "v")  # those that name the page itself: a forum of OpenReview's, a film
_REPOSITORIES = frozenset({"github.com", "gitlab.com", "bitbucket.org"})
_MOST_PARAMETERS = 50
_SCHEMES = ("https", "http")
_HOSTS = ("", "www.")
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
        dates = parse_qs(parts.query).get("date") if parts.query.count("&") < _MOST_PARAMETERS else None
        return ("date", dates[0]) if dates else ("latest", "")
    if len(steps) == 3 and steps[1] in {"date", "week", "month"}:
        return steps[1], steps[2]
    return None


def replace_links(words: Iterable[Word], ids: Mapping[str, Sequence[str]]) -> str:
    """The words as a text in which the links that have them are the IDs of papers."""
    return " ".join(" ".join(ids.get(_link(word.typed) or "", (word.typed,))) for word in words)


def spellings(url: str) -> tuple[str, ...]:
    """The ways to write an address that lead to the same page, in lower case, the given one first; none for no address.

    Scheme, `www.`, a slash at the end, `.git`, the fragment and what the query tracks make no difference, and of a
    repository neither does the file.
    """
    link = _link(url)
    if link is None:
        return ()
    try:
        parts = urlsplit(link.lower())
    except ValueError:
        return ()
    host = parts.netloc.removeprefix("www.")
    steps = [step for step in parts.path.split("/") if step]
    if steps and steps[-1] in {"index.html", "index.htm"}:
        steps.pop()
    endings = ["", "/"]
    if host in _REPOSITORIES and len(steps) > 1:
        steps = [steps[0], steps[1].removesuffix(".git")]
        endings.append(".git")
    query = _kept_parameters(parts.query)
    page = "/".join([host, *steps])
    found = [f"{scheme}://{www}{page}{end}{query}" for scheme in _SCHEMES for www in _HOSTS for end in endings]
    return tuple(dict.fromkeys([link.lower(), *found]))


def dois_in(url: str) -> tuple[str, ...]:
    """The DOIs that an address, or a DOI itself, may be about, the longest first."""
    link = _link(url)
    return dois_of_link(link) if link else ()


def _kept_parameters(query: str) -> str:
    if not query or query.count("&") > _MOST_PARAMETERS:
        return ""
    given = parse_qs(query)
    kept = "&".join(f"{name}={given[name][0]}" for name in _KEPT_PARAMETERS if name in given)
    return f"?{kept}" if kept else ""
