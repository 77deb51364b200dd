"""No pattern of ours can be made to take a text's length squared, or worse, by the text.

What `re` does is no line of ours and cannot be counted, so that patterns are looked at as they are written: what
repeats without end inside what repeats without end is how a pattern comes to try everything (OWASP, "Regular
expression Denial of Service"). Where one is needed, what is repeated begins with a sign that nothing else in it can
take.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

import bot
import handlers

# Where the interpreter describes what a pattern consists of; nothing public does.
signs = importlib.import_module("re._constants")
parser = importlib.import_module("re._parser")

# Each has been read: what is repeated inside begins with a sign of its own, given here.
_READ = {
    "bot.http._RATE_LIMIT_ITEM": ";",
    "bot.play.rendering._QUOTED": "> at the beginning of a line",
    "bot.questions.search._WORD": "a hyphen, an apostrophe or a point",
    "bot.rules.questions._WORD": "a hyphen, an apostrophe or a point",
    "bot.rules.dois._DOI": "a point",
    "bot.rules.dois._IN_ADDRESS": "a point",
    "bot.rules.papers_in_view._MORE": "a comma or a word that joins, after blanks",
    "bot.sources.arxiv._WITHDRAWN": "now, been or being; held to the beginning of a text alone",
    "bot.summaries.source_check.absence._ABSENT": "a word of a list; of 200 characters, and gives nothing back",
    "bot.summaries.sentences._OPAQUE": "a sign that is no letter",
    "bot.summaries.source_check.stems._COMPOUND": "-",
}
_ENDLESS = 100


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern of ours that is made when a module is read."""
    found: dict[str, re.Pattern[str]] = {}
    for package in (bot, handlers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    for pattern in _patterns_in(value):
                        found.setdefault(f"{module.name}.{name}", pattern)
    return found


def _patterns_in(value: object) -> Iterable[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _patterns_in(each)
    elif isinstance(value, Mapping):
        yield from _patterns_in(list(value.values()))


def nests(tree: Iterable[Any], *, inside: bool = False) -> bool:
    """Whether something is repeated without end within what is repeated without end."""
    for sign, value in tree:
        match value:
            case (_, most, body) if sign in {signs.MAX_REPEAT, signs.MIN_REPEAT}:
                endless = most >= _ENDLESS
                if (endless and inside) or nests(body, inside=inside or endless):
                    return True
            case (_, _, _, body) if sign is signs.SUBPATTERN:
                if nests(body, inside=inside):
                    return True
            case (_, branches) if sign is signs.BRANCH:
                if any(nests(branch, inside=inside) for branch in branches):
                    return True
            case (_, body) if sign in {signs.ASSERT, signs.ASSERT_NOT}:
                if nests(body, inside=inside):
                    return True
    return False


def begins_without_end(tree: Iterable[Any]) -> bool:
    """Whether what a pattern begins with is repeated without end, so that it is tried again from each letter."""
    sign, value = next(iter(tree), (None, None))
    match value:
        case (_, most, _) if sign in {signs.MAX_REPEAT, signs.MIN_REPEAT}:
            return bool(most >= _ENDLESS)
        case (_, _, _, body) if sign is signs.SUBPATTERN:
            return begins_without_end(body)
        case (_, branches) if sign is signs.BRANCH:
            return any(begins_without_end(branch) for branch in branches)
    return False


def test_none_repeats_without_end_what_repeats_without_end() -> None:
    ours = patterns()
    assert len(ours) > 100
    nested = {name for name, pattern in ours.items() if nests(parser.parse(pattern.pattern, pattern.flags))}
    unread = {name for name in nested if name not in _READ}
    assert unread == set()


def test_what_is_looked_for_in_a_message_is_not_tried_to_its_end_from_each_letter() -> None:
    """`_TOKEN` is only what repeats, and `_MORE` is held to one place."""
    endless = {
        name.rpartition(".")[2]
        for name, pattern in patterns().items()
        if name.startswith("bot.rules.papers_in_view.")
        and begins_without_end(parser.parse(pattern.pattern, pattern.flags))
    }
    assert endless == {"_TOKEN", "_MORE"}


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(?:a|b*)*c", r"(?:\s*x{1,500})+", r"((?:a*){2,})"])
def test_the_look_sees_what_it_looks_for(pattern: str) -> None:
    assert nests(parser.parse(pattern))


@pytest.mark.parametrize("pattern", [r"a+b+", r"(?:ab?){1,99}", r"(?:a{1,3})+", "x"])
def test_the_look_lets_others_be(pattern: str) -> None:
    assert not nests(parser.parse(pattern))
