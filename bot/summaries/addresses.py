"""Where a summary would send its readers: links, mentions, numbers to call; hidden instructions often want one."""

from __future__ import annotations

import re

_LINK = r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s)\]>]+"
_E_MAIL = r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
_SITE = (
    r"(?<![\w.@-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}"
    r"\.(?:com|org|net|io|ai|dev|app|co|kr|gg|me|ly|ru|cn|jp|xyz|info|site|link|top|edu)\b[^\s)\]>]*"
)
_MENTION = r"(?<![\w.])@\w[\w.-]{0,80}"
_SLACK = r"<[@#!][^>\n]{0,200}>"
_TELEPHONE = r"(?<![\w.,])(?:\+\d{1,3}[ -]\d[\d -]{6,14}\d|0\d{1,2}-\d{3,4}-\d{4}|\(\d{3}\) ?\d{3}-\d{4})(?![\w.,]\d)"
_ADDRESS = re.compile("|".join((_SLACK, _LINK, _E_MAIL, _SITE, _MENTION, _TELEPHONE)), re.IGNORECASE)
# What is said to a program or by one, and by no paper of its own results.
_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget) (?:all |any |the |your |my ){0,3}(?:previous|prior|above|earlier|preceding)\b"
    r"|\bas an? (?:ai|artificial intelligence)(?: language)? (?:model|assistant)\b"
    r"|\bas a (?:large )?language model,? i\b|\bi(?:'m| am) (?:sorry|unable|not able)\b|\bi (?:cannot|can't|can not)\b"
    r"|\bsystem prompt\b|\bhere is (?:the|a|your) (?:summary|json)\b|\b(?:click|tap) here\b|\bfollow this link\b"
    r"|(?:이전|앞선|위의)[^.\n]{0,12}(?:지시|명령|지침)[^.\n]{0,8}무시|(?:AI|인공지능) ?언어 ?모델(?:로서|이므로|이기)"
    r"|(?:여기|링크)를 ?(?:클릭|누르)|죄송(?:합니다|하지만)",
    re.IGNORECASE,
)


def unknown_addresses(said: str, read: str) -> list[str]:
    """Links, e-mail addresses, mentions and telephone numbers of a plain summary that its plain source lacks."""
    found = [match[0].rstrip(".,;:") for match in _ADDRESS.finditer(said)]
    return [address for address in found if address.lower() not in read.lower()]


def unknown_commands(said: str, read: str) -> list[str]:
    """What a plain summary says to its readers or of its writer, and its source does not."""
    found = [match[0].strip() for match in _COMMAND.finditer(said)]
    return [command for command in found if command.lower() not in read.lower()]


def without_addresses(said: str) -> str:
    """A text without its addresses, whose parts are no terms."""
    return _ADDRESS.sub(" ", said)
