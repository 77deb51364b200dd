"""Links to papers that people paste: which of them get a preview, where, and how often."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bot.rules.papers import find_paper_refs
from bot.rules.slack_ids import is_direct_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.rules.papers import PaperRef

# A message of many links is a list of its own, and previews would bury it.
MOST_PREVIEWS = 5
# A channel sees the same paper again after so long.
AGAIN_AFTER = timedelta(days=7)
# A preview that nobody finished is begun anew by the next link, once nobody can still be at it.
UNFINISHED_AFTER = timedelta(hours=1)
# The longest address that is read; Slack takes no longer one in a message's link (docs.slack.dev, block-kit: `url`).
_LONGEST_URL = 3_000
# The parts of an address that stand before a paper's id, by site. Anything else there is a list, a profile, a model.
_PAGES = {
    "arxiv.org": frozenset({"abs", "pdf", "html", "format", "ps", "src", "e-print", "tb"}),
    "huggingface.co": frozenset({"papers"}),
    "hf.co": frozenset({"papers"}),
    "alphaxiv.org": frozenset({"abs", "pdf", "html", "overview", "audio", "resources", "blog"}),
}
LINK_DOMAINS = tuple(_PAGES)
_IN_A_CHANNEL = "conversations_history"


@dataclass(frozen=True, slots=True)
class PastedLink:
    """An address as Slack has it in a message, and the paper it leads to."""

    url: str
    ref: PaperRef


@dataclass(frozen=True, slots=True)
class PastedLinks:
    """The links of one message that may get a preview, each paper once."""

    message_ts: str
    links: tuple[PastedLink, ...]

    def to_value(self) -> str:
        """The links as a request keeps them."""
        return json.dumps({"ts": self.message_ts, "urls": [link.url for link in self.links]})

    @classmethod
    def parse(cls, value: str) -> PastedLinks:
        """The links that `to_value` wrote. Raises `ValueError`, `KeyError`."""
        about = json.loads(value)
        return cls(str(about["ts"]), papers_linked(about["urls"]))


def papers_linked(urls: Iterable[str]) -> tuple[PastedLink, ...]:
    """The first addresses that lead to papers, each paper by the first that does."""
    found: dict[str, PastedLink] = {}
    for url in urls:
        ref = paper_at(url)
        if ref is not None and len(found) < MOST_PREVIEWS:
            found.setdefault(ref.id, PastedLink(url, ref))
    return tuple(found.values())


def paper_at(url: str) -> PaperRef | None:
    """The paper whose page on arXiv, Hugging Face, or alphaXiv this address is; None for any other page."""
    if len(url) > _LONGEST_URL:
        return None
    try:
        parts = urlsplit(unescape(url))
        host = parts.hostname or ""
    except ValueError:
        return None
    pages = next((pages for site, pages in _PAGES.items() if host == site or host.endswith(f".{site}")), None)
    segments = unquote(parts.path).strip("/").split("/")
    at = next((place for place, segment in enumerate(segments) if pages and segment.lower() in pages), None)
    if at is None:
        return None
    rest = "/".join(segments[at + 1 :])
    refs = find_paper_refs(rest)
    # Only an id that opens the rest of the path is the page's own.
    return refs[0] if refs and rest.lower().startswith(refs[0].id.partition("/")[0]) else None


def links_in_event(event: Mapping[str, Any], *, bot_user: str | None) -> PastedLinks | None:
    """The links of a `link_shared` event that may get a preview; None where it is only to be acknowledged.

    That is the case while somebody still writes (`source` is `composer`), outside channels Paperboy is a member of, in
    direct messages, and for what Paperboy posted: Slack says it sends none of that, and sometimes does
    (ahrefs/monorobot#114). Shapes as in docs.slack.dev, reference/events/link_shared.
    """
    channel = str(event.get("channel") or "")
    is_meant = (
        event.get("source", _IN_A_CHANNEL) == _IN_A_CHANNEL
        and event.get("is_bot_user_member") is True
        and not is_direct_message(channel)  # who writes to Paperboy there is answered with the card itself
        and event.get("user") not in {None, "", bot_user}
        and not event.get("bot_id")
    )
    links = papers_linked(link["url"] for link in event["links"]) if is_meant else ()
    return PastedLinks(str(event["message_ts"]), links) if links else None
