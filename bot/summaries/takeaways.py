"""The take-away: what a paper says, in one sentence that can be read by itself.

It comes from whoever says it best: the language model with its summary, else the feed, once the source check has
compared what it says with the abstract, else the abstract's own best sentence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.rules.papers import LONGEST_TAKEAWAY, Origin, Takeaway, TakeawayOrigin
from bot.summaries.best_sentence import best_sentence, readable_form
from bot.summaries.extract import is_too_short
from bot.summaries.roles import Role, weigh
from bot.summaries.sentences import split_sentences
from bot.text.clean import clean_text, without_markdown
from bot.text.languages import language_of
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import Paper, Summary

_LONGEST_READ = 8_000  # characters of an abstract or of what a feed says; arXiv takes 1,920
_MOST_SENTENCES = 60
_ENGLISH, _KOREAN = "en", "ko"
_LIST_NUMBER = re.compile(r"^\(?[0-9]{1,2}[.)] ")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,100}>|&(?:[a-zA-Z]{2,8}|#[0-9a-fA-Fx]{1,8});")
_OPENING_SIGNS = "\"'([“‘«„「『《¿¡"
# A Korean clause ends with its verb, and a sentence with a verb in one of these forms.
_KOREAN_END = re.compile(r"[다요죠까](?: ?\([^()]{1,40}\))?[.!?…\"'”’」』)]*$")
_OF_SUMMARIES = {Origin.MODEL: TakeawayOrigin.MODEL, Origin.WRITTEN: TakeawayOrigin.WRITTEN}


def find_takeaway(paper: Paper, summary: Summary | None, language: str) -> Takeaway | None:
    """The take-away of a paper, best in `language`; None where nobody says in one sentence what it says.

    The same paper and summary always give the same one.
    """
    if summary and summary.takeaway and summary.origin in _OF_SUMMARIES and summary.language == language:
        return Takeaway(summary.takeaway, summary.language, _OF_SUMMARIES[summary.origin])
    if paper.feed_summary and (text := _from_feed(paper.feed_summary, paper.title, paper.abstract)):
        return Takeaway(text, language_of(text), TakeawayOrigin.FEED)
    if text := _from_abstract(paper.abstract, paper.title):
        return Takeaway(text, language_of(text), TakeawayOrigin.ABSTRACT)
    return None


def checked_takeaway(told: str, source: str, language: str | None = None) -> str | None:
    """The first sentence of what was told, if need be without clauses at its end.

    None where it is no sentence that can be read by itself, is too long, or says what the source does not. `language`
    is the one it was to be written in, None where that is to be seen from the text.
    """
    plain = _LIST_NUMBER.sub("", _plain(told), count=1)
    language = language or language_of(plain)
    sentence = next(iter(split_sentences(plain, language)), "")
    text = readable_form(sentence, LONGEST_TAKEAWAY) if language == _ENGLISH else _whole([sentence], language)
    if not text or not (text[0].isalnum() or text[0] in _OPENING_SIGNS):
        return None
    if any(sign not in source for sign in _MARKUP.findall(text)):
        return None
    # Loaded where they are needed: they take 40 ms.
    from bot.summaries.source_check.absence import is_absence
    from bot.summaries.source_check.check import check_summary

    if is_absence(text):
        return None
    return text if check_summary([text], source).passes else None


@lru_cache(maxsize=1024)
def _from_feed(told: str, title: str, abstract: str) -> str | None:
    return None if is_too_short(abstract) else checked_takeaway(told, f"{_plain(title)}\n{_plain(abstract)}")


@lru_cache(maxsize=1024)
def _from_abstract(abstract: str, title: str) -> str | None:
    """The abstract's best sentence; None where none is short enough and can be read by itself."""
    if is_too_short(abstract):
        return None
    plain = _plain(abstract)
    language = language_of(plain)
    sentences = tuple(dict.fromkeys(split_sentences(plain, language)))[:_MOST_SENTENCES]
    return (
        best_sentence(sentences, _plain(title), LONGEST_TAKEAWAY)
        if language == _ENGLISH
        else _whole(sentences, language)
    )


def _whole(sentences: Sequence[str], language: str) -> str | None:
    """The sentence that most plainly tells news, as it stands: of other languages than English is not known what of a
    sentence can go."""
    short = [sentence for sentence in sentences if 0 < len(sentence) <= LONGEST_TAKEAWAY]
    if language == _KOREAN:
        short = [sentence for sentence in short if _KOREAN_END.search(sentence)]
    return max(short, key=lambda sentence: weigh(sentence)[Role.NOVELTY], default=None)


def _plain(text: str) -> str:
    return clean_text(without_latex(clean_text(without_markdown(text[:_LONGEST_READ]))))
