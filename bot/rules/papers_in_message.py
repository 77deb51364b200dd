"""The papers that a Slack message names: its words, its links, its attachments, and the titles of its files.

Shapes as in docs.slack.dev, reference/block-kit and messaging/messages. Anybody may have written any of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

from bot.rules.papers import find_paper_refs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.papers import PaperRef

# Of more papers, the first are listed; and so many can be chosen from in a form.
MOST_LISTED = 10
MOST_NAMED = 100
# Papers that are saved at once, without asking which.
MOST_SAVED_AT_ONCE = 5
# A message has at most 40,000 characters and a hundred attachments (docs.slack.dev, chat.postMessage).
_LONGEST_TEXT = 40_000
_MOST_TEXTS = 5_000
_MOST_ADDRESSES = 20
# Slack writes a link as `<address|words>` (docs.slack.dev, formatting-message-text).
_ADDRESS = re.compile(r"https?://[^\s|<>\"]{1,2000}|\bdoi:\s{0,2}10\.[0-9]{4,9}/[^\s|<>\"]{1,200}", re.IGNORECASE)
_DEEPEST = 20
# What people read or follow: never a time stamp, an id, or an emoji's name.
_READ = (
    "text",
    "url",
    "title",
    "title_link",
    "from_url",
    "original_url",
    "pretext",
    "fallback",
    "author_name",
    "footer",
)
_BELOW = ("text", "title", "blocks", "elements", "accessory", "fields", "options", "attachments", "files", "rows")


def papers_in_message(message: Mapping[str, object]) -> tuple[PaperRef, ...]:
    """Every paper that a message names, in order, each once, as many as can be offered."""
    found: dict[str, PaperRef] = {}
    for text in islice(_texts(message), _MOST_TEXTS):
        for ref in find_paper_refs(text[:_LONGEST_TEXT]):
            found.setdefault(ref.id, ref)
        if len(found) >= MOST_NAMED:
            break
    return tuple(islice(found.values(), MOST_NAMED))


def addresses_in_message(message: Mapping[str, object]) -> tuple[str, ...]:
    """The first addresses and DOIs in a message, each once; a known paper may carry one, such as its code's."""
    found: dict[str, None] = {}
    for text in islice(_texts(message), _MOST_TEXTS):
        found.update(dict.fromkeys(unescape(each) for each in _ADDRESS.findall(text[:_LONGEST_TEXT])))
        if len(found) >= _MOST_ADDRESSES:
            break
    return tuple(islice(found, _MOST_ADDRESSES))


def _texts(part: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(part, Mapping):
        for name in _READ:
            if isinstance(text := part.get(name), str):
                yield text
        # The fields of an attachment are pairs of a title and a value; the values of buttons are nobody's words.
        if "short" in part and isinstance(value := part.get("value"), str):
            yield value
        for name in _BELOW:
            yield from _texts(part.get(name), depth + 1)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _texts(each, depth + 1)
