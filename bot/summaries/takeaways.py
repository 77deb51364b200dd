"""The take-away: what a paper says, in one sentence that can be read by itself.

It comes from whoever says it best: the language model with its summary, else the feed, once the source check has
compared what it says with the abstract, else the abstract's own best sentence.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.rules.papers import Origin, Takeaway, TakeawayOrigin
from bot.summaries.clauses import shortened
from bot.summaries.extract import is_too_short
from bot.summaries.roles import Role, weigh
from bot.summaries.sentences import split_sentences
from bot.summaries.standing_alone import has_finite_verb, leans_on_others, trimmed
from bot.text.clean import clean_text, without_markdown
from bot.text.languages import language_of
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.rules.papers import Paper, Summary

LONGEST_TAKEAWAY = 200  # characters
_LONGEST_READ = 8_000  # characters of an abstract or of what a feed says; arXiv takes 1,920
_MOST_SENTENCES = 60
_ENGLISH = "en"
_OF_SUMMARIES = {Origin.MODEL: TakeawayOrigin.MODEL, Origin.WRITTEN: TakeawayOrigin.WRITTEN}


def find_takeaway(paper: Paper, summary: Summary | None, language: str) -> Takeaway | None:
    """The take-away of a paper, best in `language`; None where nobody says in one sentence what it says.

    The same paper and summary always give the same one.
    """
    if summary and summary.takeaway and summary.origin in _OF_SUMMARIES and summary.language == language:
        return Takeaway(summary.takeaway, summary.language, _OF_SUMMARIES[summary.origin])
    if paper.feed_summary and (text := _from_feed(paper.feed_summary, paper.abstract)):
        return Takeaway(text, language_of(text), TakeawayOrigin.FEED)
    if text := _from_abstract(paper.abstract):
        return Takeaway(text, language_of(text), TakeawayOrigin.ABSTRACT)
    return None


@lru_cache(maxsize=1024)
def _from_feed(told: str, abstract: str) -> str | None:
    """What a feed says of a paper, in one sentence; None where the abstract does not bear it out."""
    if is_too_short(abstract):
        return None
    from bot.summaries.source_check.check import check_summary

    plain = _plain(without_markdown(told))
    for sentence in split_sentences(plain, language_of(plain))[:1]:
        for text in _readable(sentence):
            if check_summary([text], _plain(abstract)).passes:
                return text
            return None
    return None


@lru_cache(maxsize=1024)
def _from_abstract(abstract: str) -> str | None:
    """The abstract's best sentence; None where none is short enough and can be read by itself."""
    if is_too_short(abstract):
        return None
    plain = _plain(abstract)
    sentences = tuple(dict.fromkeys(split_sentences(plain, language_of(plain))))[:_MOST_SENTENCES]
    weighed = [weigh(sentence) for sentence in sentences]
    best = sorted(range(len(sentences)), key=lambda place: (-_worth(weighed, place), place))
    return next((text for place in best for text in _readable(sentences[place])), None)


def _worth(weighed: Sequence[Mapping[Role, float]], place: int) -> float:
    weights = weighed[place]
    return weights[Role.NOVELTY] - weights[Role.BACKGROUND]


def _readable(sentence: str) -> Iterator[str]:
    """The sentence and its shorter forms, longest first: those that are short enough and can be read by themselves.

    Only of English is known what may go.
    """
    if language_of(sentence) != _ENGLISH:
        if len(sentence) <= LONGEST_TAKEAWAY:
            yield sentence
        return
    for text in shortened(trimmed(sentence)):
        if len(text) <= LONGEST_TAKEAWAY and has_finite_verb(text) and not leans_on_others(text):
            yield text


def _plain(text: str) -> str:
    return clean_text(without_latex(clean_text(text[:_LONGEST_READ])))
