"""Words and phrases that mean something in a command, found among what was typed.

Korean adds particles and endings to a word: a phrase that is not known is looked up without them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.text.clean import clean_text
from bot.text.slack_markup import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PUNCTUATION = ".,;:!?()[]{}<>\"'“”‘’«»「」『』·…|~*`_"
# Slack writes an emoji as its name, and links, people and channels in angle brackets, with or without a label
# (docs.slack.dev, Formatting message text); `&`, `<` and `>` are escaped in all that people type in messages.
_EMOJI = re.compile(r":[a-z0-9_+'-]{1,100}:(?::skin-tone-[2-6]:)?", re.ASCII)
_SLACK_LINK = re.compile(r"<(?P<target>(?:https?|mailto):[^<>|]*|[@#!][^<>|]*)(?:\|(?P<label>[^<>]*))?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was `typed`, and `bare`: without case and punctuation; empty for what has no letter or digit."""

    typed: str
    bare: str


def read_words(text: str) -> tuple[Word, ...]:
    """The words of a text in Slack's own writing or plain, in their order; a link is its address."""
    return tuple(
        Word(word, _bare(word)) for word in unicodedata.normalize("NFKC", plain_text(clean_text(text))).split()
    )


def plain_text(text: str) -> str:
    """A text in Slack's own writing or plain, as people see it; a link is its address."""
    return unescaped(_SLACK_LINK.sub(lambda link: f" {_shown(link['target'], link['label'])} ", text))


def _shown(target: str, label: str | None) -> str:
    if target[:1] not in "@#!" and not target.casefold().startswith("mailto:"):
        return target
    return label or (target.partition("^")[0] if target.startswith("!") else "")


def _bare(word: str) -> str:
    folded = word.casefold()
    if not any(letter.isalnum() for letter in folded) or _EMOJI.fullmatch(folded):
        return ""
    return folded.strip(PUNCTUATION)


def is_hangul(text: str) -> bool:
    """Whether all letters of a text are Korean syllables."""
    return all("\uac00" <= letter <= "\ud7a3" for letter in text if letter != " ")


@dataclass(frozen=True, slots=True)
class Endings:
    """The endings of words in a language: `particles` of any, `verb_endings` of the `verbs`, which are meanings."""

    particles: frozenset[str] = frozenset()
    verb_endings: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()

    def stems(self, phrase: str) -> Iterator[tuple[str, bool]]:
        """The phrase without each ending it may have, and whether verbs end so."""
        for size in range(1, min(_LONGEST_ENDING, len(phrase) - 1) + 1):
            ending = phrase[-size:]
            if ending in self.particles or ending in self.verb_endings:
                yield phrase[:-size], ending in self.verb_endings


_LONGEST_ENDING = 8  # in letters
LONGEST_PHRASE = 8  # in words
NO_ENDINGS = Endings()


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of one word or several, each with its meaning; an empty meaning asks for nothing."""

    meanings: Mapping[str, str]
    endings: Endings = NO_ENDINGS
    longest: Mapping[str, int] = field(init=False)  # in words, by the first word of those that have several

    def __post_init__(self) -> None:
        longest: dict[str, int] = {}
        for phrase in self.meanings:
            if " " in phrase:
                first = phrase.partition(" ")[0]
                longest[first] = max(longest.get(first, 1), phrase.count(" ") + 1)
        object.__setattr__(self, "longest", longest)

    def meaning(self, words: Sequence[str]) -> str | None:
        """The meaning of these words as one phrase; None where they have none."""
        if not words or len(words) > self.longest.get(words[0], 1):
            return None
        phrase = " ".join(words)
        if (meaning := self.meanings.get(phrase)) is not None:
            return meaning
        for stem, ends_a_verb in self.endings.stems(phrase):
            found = self.meanings.get(stem)
            # A noun's particle on a verb makes another word of it: 추가로 is "besides", not "add".
            if found is not None and (ends_a_verb or found not in self.endings.verbs):
                return found
        return None

    def starts(self, words: Sequence[str], at: int = 0) -> Iterator[tuple[int, str]]:
        """The phrases that begin at a place, longest first: how many words each has, and its meaning."""
        longest = self.longest.get(words[at], 1) if at < len(words) else 0
        for size in range(min(longest, len(words) - at), 0, -1):
            meaning = self.meaning(words[at : at + size])
            if meaning is not None:
                yield size, meaning

    def ends(self, words: Sequence[str]) -> Iterator[tuple[int, str]]:
        """The phrases the words end with, longest first: how many words each has, and its meaning."""
        for size in range(min(LONGEST_PHRASE, len(words)), 0, -1):
            meaning = self.meaning(words[-size:])
            if meaning is not None:
                yield size, meaning

    def read(self, words: Sequence[str]) -> list[tuple[str | None, str]]:
        """The words as phrases, longest first, each with its meaning: None for a word without one."""
        found: list[tuple[str | None, str]] = []
        at = 0
        while at < len(words):
            size, meaning = next(self.starts(words, at), (1, None))
            found.append((meaning, " ".join(words[at : at + size])))
            at += size
        return found

    def lacks(self, words: Sequence[str]) -> bool:
        """Whether none of the words belongs to a phrase."""
        return all(meaning is None for meaning, _ in self.read(words))

    def covers(self, words: Sequence[str]) -> bool:
        """Whether every word belongs to a phrase."""
        return all(meaning is not None for meaning, _ in self.read(words))
