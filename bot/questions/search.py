"""The search for the passages that bear an answer to a question out: by words, numbers, and headings in common.

The measure is of the family of BM25: a word counts the more, the fewer sentences have it. Words of the question that
the text doesn't have at all count against every passage, so that a question about something else finds nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.questions.passages import passage_around
from bot.summaries.source_check.stems import stem, without_accents
from bot.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.questions.passages import Unit
    from bot.rules.questions import Passage

_HERE = Path(__file__).parent
_WORD = re.compile(r"[a-z0-9]+(?:[-'’.][a-z0-9]+)*|[가-힣]+|[\u3040-\u30ff\u3400-\u9fff]+")
_PARTS = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)?")
_CJK = re.compile("[가-힣\u3040-\u30ff\u3400-\u9fff]")
_LONGEST_WORD = 40
_MOST_CONCEPTS = 40
_ENDINGS = re.compile(
    r"(?:(?:이었|였|인|이|했|하|됐|되|된|한|썼|쓰|할|될|일)?(?:나요|가요|까요|습니까|니까|ㅂ니까|어요|에요|예요|는지|는가|은가|던가|지요|죠|니))$"
)
_PARTICLES = re.compile(
    r"(?:에서는|으로는|에서의|이라는|에게서|으로|에서|에게|까지|부터|보다|처럼|마다|이나|과의|와의|에는|에도|은|는|이|가|을|를|의|에|로|와|과|도|만|나)$"
)
# What a match is worth: the word itself, one that means the same, and either of them beside the sentence.
_SYNONYM = 0.6
_INSTANCE_ASKED_FOR = 0.9  # "Which optimizer?": Lion
_IN_NEIGHBORS = (0.45, 0.3)  # the next one on either side, and the one after
_IN_HEADER = 0.75
_IN_HEADING = 0.6
_IN_TITLE = 0.6
_IN_CAPTION = 0.6
_OF_TURN_BEFORE = 0.4
_WEAK = 0.2
_UNKNOWN_KOREAN = 0.5
# How much more the name of something tells, and what is asked for ("how many pilots"), and how much less a word that
# the text doesn't have: it may say the same in another word.
_NAME = 1.5
_ASKED_FOR = 1.5
_ABSENT = 0.7
_NUMBER_WANTED = re.compile(
    r"\bhow\s+(?:many|much|long|large|big|small|often|fast|far|high|low|deep|old|expensive)\b"
    r"|\b(?:number|size|percentage|percent|fraction|share|rate|cost|price|accuracy|score)\b|몇|얼마|비율|퍼센트|크기|개수|률",
    re.IGNORECASE,
)
# Names by their spelling: capitals within a sentence, capitals within a word, digits in a word.
_NAMED = re.compile(
    r"(?<=\s)[\"'“(]?([A-Z][\w-]*|[a-z]+[A-Z][\w-]*|[a-zA-Z]+-?[0-9][\w.-]*)"
    r"|^([A-Za-z]+-?[0-9][\w.-]*|[A-Z]+[a-z]+[A-Z]\w*)"
)
_ASKED = re.compile(r"\b(?:which|what|how\s+many|how\s+much)\s+((?:[\w-]+\s+)?[\w-]+)", re.IGNORECASE)
_COUNTED = re.compile(r"\bhow\s+(?:many|much)\b", re.IGNORECASE)
_DIGIT = re.compile(
    r"(?<!\[)\d(?![\d, ]*\])|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|half|twice)\b", re.IGNORECASE
)
_WITHOUT_NUMBER = 0.85
# Among passages with as much in common, those under a heading with it, with numbers, and of a usual length come first;
# what others did comes last.
_UNDER_HEADING = 0.1
_WITH_NUMBER = 0.03
_UNUSUAL_LENGTH = -0.05
_USUAL_WORDS = range(5, 46)
_OF_OTHERS = -0.1
_RELATED_WORK = re.compile(r"related|background|prior work|previous work|관련 연구|배경", re.IGNORECASE)
# What a paper has a section for: all of it answers.
_SECTIONS = ("limitations", "ethics", "ethical", "conclusion", "future", "acknowledgments", "availability")
# Chosen on development texts, also with much else around them: see docs/summaries.md.
LEAST_SUPPORT = 0.6
_LEAST_OF_BEST = 0.7
MOST_PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Concept:
    """Something a question asks about: the terms that stand for it, each with what it is worth, and its weight.

    It `is_section` where papers have a section for it, such as limitations.
    """

    terms: Mapping[str, float]
    weight: float
    is_section: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, and the share of the question that it bears out, from 0 to 1."""

    passage: Passage
    support: float


class PassageIndex:
    """The sentences and rows of a paper by their words, made once for any number of questions."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = units
        self._places: dict[str, list[int]] = defaultdict(list)
        self._below: dict[str, list[int]] = defaultdict(list)
        self._around: dict[str, frozenset[str]] = {}
        for place, unit in enumerate(units):
            for term in set(terms_of(unit.text)):
                self._places[term].append(place)
            for text in (unit.section, *unit.around[:1]):
                self._below[text].append(place)
        self._vocabulary = sorted(self._places)
        sample = " ".join(unit.text for unit in units[:: max(1, len(units) // 50)])
        self.language = language_of(sample)

    def search(self, question: str, before: str = "", *, most: int = MOST_PASSAGES) -> list[Found]:
        """The passages that bear an answer out, the best first; none where nothing supports the question enough.

        `before` is the question that this one follows up on. Its words count less, and a question that stands by itself
        is answered without them.
        """
        ranked = self._rank(question, before)
        least = max(LEAST_SUPPORT, _LEAST_OF_BEST * max((score for _, score in ranked), default=0.0))
        supported = {place: score for place, score in ranked if score >= least}
        found: list[Found] = []
        shown: set[int] = set()
        texts: set[str] = set()

        def is_shown(place: int) -> bool:
            return place in shown or self.units[place].text in texts

        for place, score in supported.items():
            if is_shown(place) or any(self.units[place].text in each.passage.text for each in found):
                continue
            passage, places = passage_around(self.units, place, is_wanted=supported.__contains__, is_shown=is_shown)
            shown.update(places)
            texts.update(self.units[each].text for each in places)
            found.append(Found(passage, min(1.0, score)))
            if len(found) == most:
                break
        return found

    def best(self, question: str, before: str = "", *, most: int) -> list[int]:
        """The places of the best units, however little they support: for a language model to judge."""
        first_of: dict[str, int] = {}
        for place, _ in self._rank(question, before):
            first_of.setdefault(self.units[place].text, place)
            if len(first_of) == most:
                break
        return list(first_of.values())

    def _rank(self, question: str, before: str) -> list[tuple[int, float]]:
        """The places of the units with anything in common, the best first, by their share of the question's weight."""
        own = self._concepts(question, 1.0)
        known = {term for concept in own for term in concept.terms}
        more = self._concepts(before, _OF_TURN_BEFORE) if before else []
        concepts = [*own, *(concept for concept in more if known.isdisjoint(concept.terms))]
        whole, whole_of_own = (sum(concept.weight for concept in each) for each in (concepts, own))
        if not whole:
            return []
        matches = [self._matches(concept) for concept in concepts]
        candidates = {place for match in matches for place in match}
        candidates |= {place for concept in concepts for place in self._under(concept)}
        wants_number = _NUMBER_WANTED.search(question) is not None
        ranked: list[tuple[int, float]] = []
        order: dict[int, float] = {}
        for place in candidates:
            unit = self.units[place]
            if not unit.answers:
                continue
            worths = [
                concept.weight * self._worth(concept, match, place)
                for concept, match in zip(concepts, matches, strict=True)
            ]
            share = 1.0 if _DIGIT.search(unit.text) or not wants_number else _WITHOUT_NUMBER
            with_before = share * sum(worths) / whole
            alone = share * sum(worths[: len(own)]) / whole_of_own if whole_of_own else 0.0
            ranked.append((place, max(alone, with_before)))
            order[place] = with_before + self._preference(concepts, whole, unit)
        return sorted(ranked, key=lambda each: (-order[each[0]], each[0]))

    def _preference(self, concepts: Sequence[Concept], whole: float, unit: Unit) -> float:
        """The preference of a unit over others with as much in common with the question; negative behind them."""
        above = (unit.section, *unit.around[:1])
        named = sum(
            concept.weight for concept in concepts if any(self._worth_in(concept, text) == 1.0 for text in above)
        )
        preference = _UNDER_HEADING * named / whole
        preference += _WITH_NUMBER if _DIGIT.search(unit.text) else 0.0
        preference += 0.0 if unit.is_row or unit.text.count(" ") + 1 in _USUAL_WORDS else _UNUSUAL_LENGTH
        return preference + (_OF_OTHERS if _RELATED_WORK.search(unit.section) else 0.0)

    def _under(self, concept: Concept) -> Iterable[int]:
        """The places under a title or heading that names a concept."""
        for text, places in self._below.items():
            if concept.weight and self._worth_in(concept, text):
                yield from places

    def _matches(self, concept: Concept) -> dict[int, float]:
        found: dict[int, float] = {}
        for term, worth in concept.terms.items():
            for place in self._places.get(term, ()):
                found[place] = max(worth, found.get(place, 0.0))
        return found

    def _worth(self, concept: Concept, match: Mapping[int, float], place: int) -> float:
        """The worth of a concept at a place: in the sentence, beside it, or in what stands above it."""
        worth = match.get(place, 0.0)
        if worth >= 1.0:
            return worth
        unit = self.units[place]
        if not unit.is_row:
            for distance, share in enumerate(_IN_NEIGHBORS, start=1):
                for beside in (place - distance, place + distance):
                    if beside in match and self.units[beside].paragraph == unit.paragraph:
                        worth = max(worth, match[beside] * share)
        for text in unit.around:
            worth = max(worth, self._worth_in(concept, text) * (_IN_CAPTION if unit.is_row else _IN_HEADING))
        if unit.header:
            worth = max(worth, self._worth_in(concept, unit.header) * _IN_HEADER)
        in_title = self._worth_in(concept, unit.section)
        return max(worth, in_title if concept.is_section else in_title * _IN_TITLE)

    def _worth_in(self, concept: Concept, text: str) -> float:
        terms = self._around.get(text)
        if terms is None:
            terms = self._around[text] = frozenset(terms_of(text))
        return max((worth for term, worth in concept.terms.items() if term in terms), default=0.0)

    def _concepts(self, question: str, weight: float) -> list[Concept]:
        """The concepts of a question, one for each word that tells something."""
        concepts: list[Concept] = []
        seen: set[str] = set()
        names, asked_for = _names(question), _asked_for(question)
        is_counted = _COUNTED.search(question) is not None
        for word in _words(question)[: 4 * _MOST_CONCEPTS]:
            terms, strength = self._terms_for(word, is_asked_for=word in asked_for and not is_counted)
            own = {term for term, worth in terms.items() if worth == 1.0}
            if not terms or not seen.isdisjoint(own):
                continue
            seen |= own
            if strength == 1.0:
                strength *= (_NAME if word in names else 1.0) * (_ASKED_FOR if word in asked_for else 1.0)
            rarity = self._rarity(terms, is_name=word in names, is_asked_for=word in asked_for)
            concepts.append(Concept(terms, weight * strength * rarity, not own.isdisjoint(_section_words())))
        return concepts[:_MOST_CONCEPTS]

    def _terms_for(self, word: str, *, is_asked_for: bool) -> tuple[dict[str, float], float]:
        """The terms that stand for a word of a question, and how much the word tells; none where it tells nothing."""
        if _CJK.match(word):
            return self._terms_for_korean(word)
        nothing, little = _weak_words()
        if word in nothing:
            return {}, 0.0
        whole = normal(word)
        terms = {whole: 1.0}
        alike, instances = _synonyms().get(whole, (frozenset(), frozenset()))
        for others, worth in ((instances, _INSTANCE_ASKED_FOR if is_asked_for else _SYNONYM), (alike, _SYNONYM)):
            for other in others:
                terms.setdefault(other, worth)
        return terms, _WEAK if word in little else 1.0

    def _terms_for_korean(self, word: str) -> tuple[dict[str, float], float]:
        nothing, little = _weak_words()
        bare = _PARTICLES.sub("", _ENDINGS.sub("", word))
        if not bare:
            return {}, 0.0
        if word in nothing or bare in nothing:
            return {}, 0.0
        if bare in little and self.language == "en":
            return {}, 0.0
        terms = dict.fromkeys(_bigrams(bare), 1.0) if self.language != "en" else {}
        for length in range(len(bare), 0, -1):
            known = _korean().get(bare[:length])
            if known:
                for english, worth in known.items():
                    for term in self._beginning_with(english):
                        terms[term] = max(worth, terms.get(term, 0.0))
                return terms, _WEAK if bare[:length] in little else 1.0
        if any(bare.startswith(filler) for filler in nothing if _CJK.match(filler)):
            return terms, _WEAK
        return terms or {bare: 1.0}, 1.0 if self.language != "en" else _UNKNOWN_KOREAN

    def _beginning_with(self, beginning: str) -> list[str]:
        """The terms of the text that are this one, or begin with it where it is long enough to tell."""
        if len(beginning) < 4:
            return [beginning]
        place = bisect_left(self._vocabulary, beginning)
        found = [beginning]
        while place < len(self._vocabulary) and self._vocabulary[place].startswith(beginning) and len(found) < 20:
            found.append(self._vocabulary[place])
            place += 1
        return found

    def _rarity(self, terms: Mapping[str, float], *, is_name: bool, is_asked_for: bool) -> float:
        """The weight of a concept: greater, the fewer sentences have the word itself, or else one that means the same.

        Where none has any, it is great, and greatest for a name, which has no synonyms.
        """
        count = len(self.units)
        own = max(len(self._places.get(term, ())) for term, worth in terms.items() if worth == 1.0)
        others = max(len(self._places.get(term, ())) for term in terms)
        share = 1.0 if own or others or is_name or is_asked_for else _ABSENT
        frequency = own or (0 if is_name else others)
        return share * math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


def _names(question: str) -> frozenset[str]:
    """The words of a question that are names by their spelling: capitals within a sentence, or digits in a word."""
    found = _NAMED.findall(question)
    return frozenset(word for pair in found for name in pair for word in _words(name))


def _asked_for(question: str) -> frozenset[str]:
    """The words right behind "which", "what", or "how many"."""
    found = _ASKED.search(question)
    return frozenset(_words(found[1])) if found else frozenset()


def terms_of(text: str) -> list[str]:
    """The terms a text is found by: the stems of its words, their parts, numbers, and pairs of CJK letters."""
    return [term for word in _words(text) for term in _terms_of_word(word)]


@lru_cache(maxsize=16_384)
def _terms_of_word(word: str) -> tuple[str, ...]:
    if _CJK.match(word):
        return tuple(_bigrams(word))
    whole = normal(word)
    parts = [normal(part) for part in re.split(r"[-'’]", word)] if re.search(r"[-'’]", word) else []
    pieces = _PARTS.findall(word) if not word.isalpha() and not word.isdigit() else []
    return tuple(dict.fromkeys([whole, *parts, *(normal(piece) for piece in pieces if len(piece) > 1)]))


def normal(word: str) -> str:
    """A word in the form in which its forms are the same: without its endings, hyphens, and doubled letters."""
    bare = re.sub(r"[-'’]", "", word.removesuffix("'s").removesuffix("’s"))[:_LONGEST_WORD]
    if not bare.isalpha():
        return bare
    short = stem(bare)
    if len(short) > 5 and short.endswith("at"):
        short = short[:-2]
    return short[:-1] if len(short) > 3 and short[-1] == short[-2] else short


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFC", without_accents(unicodedata.normalize("NFKC", text)).lower())
    numbers = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    return _WORD.findall(numbers)


def _bigrams(word: str) -> list[str]:
    return [word[place : place + 2] for place in range(len(word) - 1)] or [word]


@cache
def _weak_words() -> tuple[frozenset[str], frozenset[str]]:
    """Words that tell nothing, and words that tell little."""
    nothing, _, little = (_HERE / "weak_words.txt").read_text(encoding="utf-8").partition("---")
    return frozenset(_without_comments(nothing)), frozenset(_without_comments(little))


def _without_comments(text: str) -> list[str]:
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


@cache
def _section_words() -> frozenset[str]:
    return frozenset(normal(word) for word in _SECTIONS)


@cache
def _synonyms() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """The other words by which a paper may call what a word of a question does, and those for an instance of it."""
    found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for asked, answering, _ in _groups():
        for word in asked:
            alike, instances = found.get(word, (frozenset(), frozenset()))
            found[word] = alike | (frozenset(asked) - {word}), instances | (frozenset(answering) - {word})
    return found


@cache
def _korean() -> Mapping[str, Mapping[str, float]]:
    """Korean words of the field, each with what its English counterparts begin with, and what these are worth."""
    found: dict[str, Mapping[str, float]] = {}
    fields = (_HERE.parent / "summaries" / "source_check" / "field_terms.txt").read_text(encoding="utf-8")
    for line in fields.splitlines():
        english, _, others = line.partition("|")
        found |= dict.fromkeys(others.split(), dict.fromkeys(_normal_words(english), 1.0))
    for asked, answering, korean in _groups():
        found |= dict.fromkeys(korean, dict.fromkeys(answering, _SYNONYM) | dict.fromkeys(asked, 1.0))
    return found


@cache
def _groups() -> tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]:
    """The lines of `question_words.txt`: words that ask, words that only answer, words in Korean."""
    groups = []
    for line in (_HERE / "question_words.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            english, _, korean = line.partition("|")
            asked, _, answering = english.partition(">")
            groups.append((_normal_words(asked), _normal_words(answering), tuple(korean.split())))
    return tuple(groups)


def _normal_words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normal(word) for word in text.split()))
