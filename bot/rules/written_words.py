"""Words of somebody's own beside the ID of a paper: a note, or tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.papers import find_paper_refs
from bot.rules.phrases import is_hangul, plain_text, read_words
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import PaperRef
    from bot.rules.phrases import Phrases, Word

_MOST_ASKING = 4  # phrases
_WORD = re.compile(r"\S+")
_AROUND = " \t\n,;:—–-"


@dataclass(frozen=True, slots=True)
class WrittenBeside:
    """Words to write beside papers: `verb` is `note`, `tag` or `untag`, the `words` are as typed."""

    verb: str
    refs: tuple[PaperRef, ...]
    words: str


@dataclass(frozen=True, slots=True)
class WritingWords:
    """The phrases beside words of somebody's own: `verbs` with their meaning, `beside` what stands between them and a
    paper, `joining` what stands between papers, and `asking` what only asks."""

    verbs: Phrases
    beside: Phrases
    joining: Phrases
    asking: Phrases


def read_written(text: str, known: WritingWords) -> WrittenBeside | None:
    """Find what is to be written beside the papers that a text names; None where nothing is.

    The verb comes first, behind papers, or, in Korean, last. What a note says may name papers, too: its own is the one
    beside the verb, or else the one at the end.
    """
    typed = read_words(text)
    at = _skip(typed, 0, known.asking, unless=known.verbs)
    behind = _behind_papers(typed, at, known)
    refs, at = _refs(typed[at:behind]), behind
    if refs:
        at = _skip(typed, at, known.beside, unless=known.verbs)
    end = len(typed)
    size, verb = _verb_at(typed, at, known)
    if size:
        if verb != "note" and size == 1 and (tags := _end_of_tags(typed, at + size, end, known)):
            end, verb = tags
        at = _behind_endings(typed, at, size, known)
        if not refs:
            first = _skip(typed, at, known.beside)
            behind = _behind_papers(typed, first, known, most=1 if verb == "note" else None)
            refs, at = (_refs(typed[first:behind]), behind) if behind > first else ((), at)
        if not refs:
            refs, end = _papers_at_the_end(typed, known)
        if verb == "note" and at < end and _only_asks(typed, at, end, known):
            at = end
    else:
        if typed and typed[-1].typed.endswith("?"):
            return None
        if not refs:
            refs, end = _papers_at_the_end(typed, known)
        size, verb, end = _verb_at_the_end(typed[:end], known)
    if not size or not refs or at > end:
        return None
    if verb != "note":
        at = _skip(typed[:end], at, known.beside)
    written = _as_written(text, typed, at, end)
    return WrittenBeside(verb, refs, written if verb == "note" else written.removesuffix("으로"))  # 확산으로 태그해줘


def words_to_note(text: str, known: WritingWords) -> str | None:
    """The note in a text that doesn't name its paper right beside the verb; None where it notes nothing."""
    typed = read_words(text)
    at = _skip(typed, 0, known.asking, unless=known.verbs)
    size, verb = _verb_at(typed, at, known)
    if verb != "note" or _behind_papers(typed, _skip(typed, at + size, known.beside), known) > at + size:
        return None
    behind = _behind_endings(typed, at, size, known)
    return "" if _only_asks(typed, behind, len(typed), known) else _as_written(text, typed, behind, len(typed))


def _verb_at(typed: Sequence[Word], at: int, known: WritingWords) -> tuple[int, str]:
    """The number of words of the verb at a place, and what it means; what is behind a colon is no part of it."""
    for size, verb in known.verbs.starts(_bare(typed), at):
        if not any(_has_colon(typed, behind) for behind in range(at + 1, at + size)):
            return size, verb
    return 0, ""


def _behind_endings(typed: Sequence[Word], at: int, size: int, known: WritingWords) -> int:
    """The place behind the verb at a place and, in Korean, the endings written apart from it: `메모 남겨 주세요`."""
    behind = at + size
    if is_hangul("".join(_bare(typed[at:behind]))):
        while behind < len(typed) and not _has_colon(typed, behind) and _is_ending(typed[behind], known):
            behind += 1
    return behind


def _is_ending(word: Word, known: WritingWords) -> bool:
    return word.bare in known.asking.endings.verb_endings


def _has_colon(typed: Sequence[Word], at: int) -> bool:
    """Whether a colon before a place says that all behind it is to be written."""
    return typed[at - 1].typed.endswith(":")


def _only_asks(typed: Sequence[Word], at: int, end: int, known: WritingWords) -> bool:
    """Whether the Korean words behind a verb are no note, but ask for something: `메모 보여줘`."""
    words = _bare(typed[at:end])
    return is_hangul("".join(words)) and not _has_colon(typed, at) and known.asking.covers(words)


def _end_of_tags(typed: Sequence[Word], at: int, end: int, known: WritingWords) -> tuple[int, str] | None:
    """The end of the tags behind `태그`, and what the verb behind them means: `태그 확산 빼줘`. None without one."""
    words = _bare(typed)
    if _has_colon(typed, at) or not is_hangul(words[at - 1]):
        return None
    while end > at + 1:
        if verb := known.verbs.meaning([words[at - 1], words[end - 1]]):
            return end - 1, verb
        size = next((size for size, _ in known.asking.ends(words[at:end])), 0)
        if not size:
            return None
        end -= size
    return None


def _bare(typed: Sequence[Word]) -> list[str]:
    return [word.bare for word in typed]


def _is_paper(word: Word) -> bool:
    return any(letter.isdecimal() for letter in word.typed) and bool(find_paper_refs(word.typed))


def _refs(typed: Sequence[Word]) -> tuple[PaperRef, ...]:
    return find_paper_refs(" ".join(word.typed for word in typed))


def _skip(typed: Sequence[Word], at: int, phrases: Phrases, *, unless: Phrases | None = None) -> int:
    """The place behind phrases that begin at a place, up to one of those given."""
    words = _bare(typed)
    while at < len(words) and not (unless and any(unless.starts(words, at))):
        size = next((size for size, _ in phrases.starts(words, at)), 0)
        if not size:
            break
        at += size
    return at


def _behind_papers(typed: Sequence[Word], at: int, known: WritingWords, *, most: int | None = None) -> int:
    """The place behind the papers that begin at a place, and what joins them."""
    behind, found = at, 0
    while at < len(typed) and (most is None or found < most):
        if _is_paper(typed[at]):
            at, found = at + 1, found + 1
            behind = at
        elif found and known.joining.meaning([typed[at].bare]) is not None:
            at += 1
        else:
            break
    return behind


def _papers_at_the_end(typed: Sequence[Word], known: WritingWords) -> tuple[tuple[PaperRef, ...], int]:
    """The papers that the words end with, and the place of what says that they do."""
    at = len(typed)
    while at and _is_paper(typed[at - 1]):
        at -= 1
    refs = _refs(typed[at:])
    words = _bare(typed[:at])
    size = next((size for size, _ in known.beside.ends(words)), 0) if refs else 0
    return refs, at - size


def _verb_at_the_end(typed: Sequence[Word], known: WritingWords) -> tuple[int, str, int]:
    """The Korean verb at the end: how many words it has, what it means, and the place where it begins."""
    words = _bare(typed)
    for _ in range(_MOST_ASKING):
        asking = next((size for size, _ in known.asking.ends(words)), 0)
        if not asking or any(known.verbs.ends(words)):
            break
        words = words[:-asking]
    size, verb = next(known.verbs.ends(words), (0, ""))
    is_korean = bool(size) and is_hangul("".join(words[-size:]))
    return (size, verb, len(words) - size) if is_korean else (0, "", len(typed))


def _as_written(text: str, typed: Sequence[Word], first: int, end: int) -> str:
    """These words as they stand in the text, with its lines."""
    plain = plain_text(text)
    places = [word.span() for word in _WORD.finditer(plain)]
    if first >= end:
        return ""
    if len(places) != len(typed):
        return " ".join(word.typed for word in typed[first:end]).strip(_AROUND)
    said = plain[places[first][0] : places[end - 1][1]]
    return "\n".join(map(clean_text, said.splitlines())).strip(_AROUND)
