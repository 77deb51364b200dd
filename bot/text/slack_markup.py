"""The words of a message as Slack sends it, without its markup."""

from __future__ import annotations

import re
from html import unescape

# docs.slack.dev, formatting message text: <@U1>, <#C1|name>, <!date^…|fallback>, <https://…|label>.
_REFERENCE = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
# What stands around words only to make them bold, slanted, struck out, or code.
_EMPHASIS = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^*_~`\n]+?)(?<=\S)\1(?![\w*_~`])")
_FENCE = "```"
_QUOTE = re.compile(r"^[ \t]*&gt;[ \t]?", re.MULTILINE)
_ADDRESSES = ("http://", "https://")


def plain_words(text: str) -> str:
    """The words that a person wrote: links as their addresses, nobody's mention, and no marks of emphasis.

    The text comes from Slack, which writes `&`, `<` and `>` as `&amp;`, `&lt;` and `&gt;` and nothing else so.
    """
    words = _REFERENCE.sub(_in_words, _QUOTE.sub("", text.replace(_FENCE, " ")))
    words = _EMPHASIS.sub(r"\2", words)
    return " ".join(unescaped(words).split())


def unescaped(text: str) -> str:
    """The text without Slack's escapes, which are those of `&`, `<` and `>` alone."""
    return re.sub(r"&(?:amp|lt|gt);", lambda entity: unescape(entity[0]), text)


def mentions(text: str, person: str) -> bool:
    """Whether a message mentions somebody, or a bot, by their id."""
    return any(found[1] == "@" and found[2] == person for found in _REFERENCE.finditer(text))


def _in_words(found: re.Match[str]) -> str:
    sign, target, label = found.groups()
    match sign:
        case "@":
            return " "
        case "#":
            return f"#{label}" if label else " "
        case "!":
            return label or "" if target.startswith("date^") else " "
        case _:
            return f" {target} " if target.startswith(_ADDRESSES) else label or target
