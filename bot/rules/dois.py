"""DOIs: how one is written, and which ones the address of a publisher may be about.

The letters of a DOI are compared in any case (DOI Handbook, 2.4), so they are kept in lower case. arXiv's own
(`10.48550/arXiv.2407.21017`) are left out everywhere: they say no more than the ID in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_DOI = 200  # characters
MOST_CANDIDATES = 6
_LONGEST_WRITTEN = 2000
_MOST_PARAMETERS = 50
# The characters of DOIs that publishers use, old ones of Wiley's included (crossref.org, "Constructing your DOIs").
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[a-z0-9._;()/:<>#+\[\]&$~=@!?,*'-]+")
_PUT_BEFORE = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s*", re.IGNORECASE)
_PUT_AFTER = " ./,;:!?"
_OWN_OF_ARXIV = "10.48550/arxiv."
_RESOLVERS = frozenset({"doi.org", "dx.doi.org"})
_IN_ADDRESS = re.compile(r"(?<![0-9a-z.])10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
# Sites whose addresses end with what is a DOI behind the site's prefix: the steps before that, and the prefix.
_SITES = {
    "aclanthology.org": ((), "10.18653/v1/"),
    "aclweb.org": (("anthology",), "10.18653/v1/"),
    "nature.com": (("articles",), "10.1038/"),
}
_PARAMETERS = ("id", "doi")
# What publishers put at the end of a DOI in an address: the format, and bioRxiv and the ACL Anthology a version.
_ENDING = re.compile(r"(?:\.(?:e?pdf|html?|xml|bib|txt|full|full-text|abstract)|v[0-9]{1,2})$")


def normalize_doi(written: str) -> str | None:
    """The DOI that a text is, in lower case and without what is put around it; None for any other text."""
    if len(written) > _LONGEST_WRITTEN:
        return None
    bare = written.strip()
    if before := _PUT_BEFORE.match(bare):
        bare = bare[before.end() :]
    doi = unquote(bare).rstrip(_PUT_AFTER).lower()
    return doi if len(doi) <= LONGEST_DOI and _DOI.fullmatch(doi) and not doi.startswith(_OWN_OF_ARXIV) else None


def dois_of_link(link: str) -> tuple[str, ...]:
    """The DOIs that an address may be about, the longest first; nobody can see where in it a DOI ends."""
    if len(link) > _LONGEST_WRITTEN:
        return ()
    try:
        parts = urlsplit(link)
    except ValueError:
        return ()
    host = parts.netloc.lower().removeprefix("www.")
    if host in _RESOLVERS:
        doi = normalize_doi(parts.path.strip("/"))
        return (doi,) if doi else ()
    if host in _SITES:
        before, prefix = _SITES[host]
        *steps, last = parts.path.strip("/").split("/")
        written = prefix + unquote(last) if last and tuple(steps) == before else ""
    else:
        texts = (unquote(parts.path).lower(), *_parameters(parts.query))
        written = next((found[0] for text in texts if (found := _IN_ADDRESS.search(text))), "")
    candidates = (doi for shorter in _shortened(written) if (doi := normalize_doi(shorter)))
    return tuple(dict.fromkeys(candidates))


def _parameters(query: str) -> Iterator[str]:
    if query.count("&") <= _MOST_PARAMETERS:
        given = parse_qs(query)
        yield from (given[name][0].lower() for name in _PARAMETERS if name in given)


def _shortened(written: str) -> Iterator[str]:
    """A text, then without its last ending or step, and so on."""
    for _ in range(MOST_CANDIDATES):
        yield written
        shorter = _ENDING.sub("", written)
        written = shorter if shorter != written else written.rpartition("/")[0]
