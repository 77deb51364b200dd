"""Extracts: summaries without a model, made of the abstract's own sentences under the heading each belongs to.

A sentence is shown where it can be read by itself, if need be without an opening that points back ("To address this
gap,"), or right after the sentence it depends on.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.rules.papers import Origin, Paper, ReadSource, Section, Summary
from bot.summaries.roles import Role, is_aside, likeliest_roles, weigh
from bot.summaries.sentences import split_sentences
from bot.summaries.standing_alone import (
    begins_counting,
    counts,
    has_counted,
    leans_on_others,
    merely_adds,
    names_no_subject,
    trimmed,
)
from bot.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

_LONGEST_SECTION = 2  # sentences
_LONGEST_PAIR = 600  # characters of a sentence together with the one it leans on, where only both are understood
_SHORTEST_ABSTRACT = 40  # characters, a Chinese, Japanese or Korean one counting for two

# Weights of words, as `weigh` gives them: a cue at all · a result worth its heading · a result stated in passing ·
# "we propose".
_SAID, _CLAIMED, _PLAIN, _NEWS = 1.0, 1.5, 3.0, 4.0
_SHOWN = (  # a role, its heading, and what a sentence must weigh there
    (Role.NOVELTY, Section.WHATS_NEW, 0.0),
    (Role.METHOD, Section.TECHNICAL_DETAILS, 0.0),
    (Role.RESULT, Section.PERFORMANCE_HIGHLIGHTS, _CLAIMED),
)
_LENT = ((Role.METHOD, Role.NOVELTY, _SAID), (Role.RESULT, Role.METHOD, _PLAIN))  # to whom, by whom, from which weight

_OTHERS = re.compile(
    r"(?:existing|prior|previous|traditional|conventional|current|recent) (?!to\b)",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:we|our|this (?:paper|work|study))\b", re.IGNORECASE)
_AUTHORS_SHOW = re.compile(r"we (?:\w+ )?(?:show|prove|find|demonstrate|report) ", re.IGNORECASE)
_WIDE = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")


def extract(paper: Paper, *, made_at: datetime) -> Summary | None:
    """The abstract's own sentences under the main headings; None when there is no abstract to speak of.

    Each section holds at most two sentences, in the order of the abstract, and no sentence is shown twice. A section
    for which the abstract states nothing is left out. The language is the abstract's.
    """
    if is_too_short(paper.abstract):
        return None
    language, sections = _read(paper.abstract)
    if not sections:
        return None
    return Summary(
        paper_id=paper.id,
        language=language,
        sections=sections,
        origin=Origin.EXTRACT,
        made_by="extract",
        read=ReadSource.ABSTRACT,
        made_at=made_at,
        arxiv_version=paper.arxiv_version,
    )


def is_too_short(abstract: str) -> bool:
    """Whether the abstract is missing or too short to quote."""
    return len(abstract.strip()) + len(_WIDE.findall(abstract)) < _SHORTEST_ABSTRACT


@lru_cache(maxsize=512)
def _read(abstract: str) -> tuple[str, tuple[tuple[Section, str], ...]]:
    """An abstract's language and sections, cached: the day's abstracts are read again for every card."""
    language = language_of(abstract)
    return language, _sections(tuple(dict.fromkeys(split_sentences(abstract, language))))


def _sections(sentences: Sequence[str]) -> tuple[tuple[Section, str], ...]:
    weighed = [weigh(sentence) for sentence in sentences]
    roles = _without_gaps(likeliest_roles(weighed), weighed)
    sections: list[tuple[Section, str]] = []
    free = set(range(len(sentences)))
    above: int | None = None
    first = -1
    for role, section, least in _SHOWN:
        fit = [place for place in _places(role, roles) if place in free and weighed[place][role] >= least]
        if role is not Role.NOVELTY:
            fit = [place for place in fit if not is_aside(sentences[place])]
        if role is Role.METHOD:
            fit = [place for place in fit if not _is_of_others(sentences[place], is_before_news=place < first)]
        ranked = _strongest(role, fit, weighed)
        shown = (
            _understood(ranked, free, sentences)
            or _another(
                role, ranked, {place for place in free if roles[place] is not Role.BACKGROUND}, sentences, weighed
            )
            or [place for place in ranked if place - 1 == above and names_no_subject(trimmed(sentences[place]))]
        )
        if role is Role.NOVELTY:
            shown = _news(ranked, shown, free, sentences, weighed)
        if shown:
            if role is Role.NOVELTY:
                first = shown[0]
            free.difference_update(shown)
            above = shown[-1]
            sections.append((section, _read_on(shown, sentences)))
    return tuple(sections)


def _news(
    ranked: Sequence[int],
    understood: list[int],
    free: AbstractSet[int],
    sentences: Sequence[str],
    weighed: Sequence[Mapping[Role, float]],
) -> list[int]:
    """The novelty is never left out, nor replaced by a sentence that states it much less plainly."""
    weights = [weights[Role.NOVELTY] for weights in weighed]
    if not understood:
        alone = [place for place in free if _stands_alone(sentences[place])]
        plain = [place for place in alone if weights[place] >= _NEWS]
        shown = [place for place in alone if _AUTHORS_SHOW.match(sentences[place])]
        return _strongest(Role.NOVELTY, plain or shown or ranked, weighed)[:1]
    if weights[ranked[0]] >= max(weights[place] for place in understood) + _SAID:
        return _understood(ranked[:1], free, sentences) or understood
    return understood


def _understood(ranked: Sequence[int], free: AbstractSet[int], sentences: Sequence[str]) -> list[int]:
    """The places of the strongest sentences that are understood: by themselves, or after the one each leans on.

    None where each of them leans on one that can be shown nowhere.
    """
    exclusive = {place for place in ranked if _stands_alone(sentences[place])}
    shown: list[int] = []
    for place in [*ranked, *ranked]:
        follows = place - 1 in shown or (min(shown, default=place) < place and merely_adds(sentences[place]))
        if len(shown) < _LONGEST_SECTION and place not in shown and (place in exclusive or follows):
            shown.append(place)
    if shown:
        return sorted(shown)
    for place in ranked:
        before = place - 1
        length = len(sentences[before]) + len(sentences[place])
        if before in free and length <= _LONGEST_PAIR and _stands_alone(sentences[before]):
            return [before, place]
    return []


def _another(
    role: Role,
    ranked: Sequence[int],
    free: AbstractSet[int],
    sentences: Sequence[str],
    weighed: Sequence[Mapping[Role, float]],
) -> list[int]:
    """In place of sentences that lean on others: the one that speaks most for the role and for nothing else more."""
    fit = [
        place
        for place in free
        if weighed[place][role] >= _CLAIMED
        and weighed[place][role] >= max(weighed[place].values())
        and _stands_alone(sentences[place])
    ]
    return _strongest(role, fit, weighed)[:1] if ranked else []


def _is_of_others(sentence: str, *, is_before_news: bool) -> bool:
    """Whether a sentence tells what others do, or what is so, rather than how the authors went about it."""
    return _OTHERS.match(sentence) is not None or (is_before_news and _OURS.search(sentence) is None)


def _stands_alone(sentence: str) -> bool:
    return not leans_on_others(trimmed(sentence))


def _read_on(places: Sequence[int], sentences: Sequence[str]) -> str:
    """Sentences in one text: one that follows on the one before as it stands, any other without what ties it."""
    text: list[str] = []
    for place in places:
        sentence = sentences[place]
        follows = place - 1 in places and (not counts(sentence) or has_counted(text[-1]))
        leads = begins_counting(sentence) and place + 1 in places and counts(sentences[place + 1])
        text.append(sentence if follows or leads else trimmed(sentence))
    return " ".join(text)


def _without_gaps(roles: Sequence[Role], weighed: Sequence[Mapping[Role, float]]) -> Sequence[Role]:
    """The roles, with a sentence given to each that nobody plays, where one plausibly fits and can be spared."""
    filled = list(roles)
    if Role.NOVELTY not in filled:
        stated = [place for place, role in enumerate(roles) if role is not Role.BACKGROUND]
        uncommitted = [place for place, weights in enumerate(weighed) if not weights[Role.BACKGROUND]]
        for place in _strongest(Role.NOVELTY, stated or uncommitted, weighed)[:1]:
            filled[place] = Role.NOVELTY
    for role, lender, least in _LENT:
        spare = [place for place in _places(lender, filled)[1:] if weighed[place][role] >= least]
        if role not in filled:
            for place in _strongest(role, spare, weighed)[:1]:
                filled[place] = role
    return filled


def _places(role: Role, roles: Sequence[Role]) -> list[int]:
    return [place for place, played in enumerate(roles) if played is role]


def _strongest(role: Role, places: Iterable[int], weighed: Sequence[Mapping[Role, float]]) -> list[int]:
    return sorted(places, key=lambda place: (-weighed[place][role], place))
