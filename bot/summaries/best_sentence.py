"""The best sentence of an abstract: the one that says what the paper says, in a form that can be read by itself.

What speaks for a sentence was measured on one half of the sentences that authors wrote about their own papers
(SciTLDR) and on what Hugging Face's model wrote about papers of its lists; the other half of the former was set aside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.summaries.clauses import says_something, shortened, statements, without_opening
from bot.summaries.roles import Role, weigh
from bot.summaries.standing_alone import leans_on_others, trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

# What speaks for a sentence, in hundredths of the words it is likely to share with what its authors would say.
_BY_AUTHORS = (
    r"\b(?:we|this (?:\w+ )?(?:paper|work|study|article|report)|our (?:work|paper|study))"
    r"(?: (?:also|then|further|first|therefore|thus|instead|here|\w+ly))? "
)
_STATES = (  # the first of them that a sentence has
    (7.5, re.compile(_BY_AUTHORS + r"(?:propos|present|explor|investigat)", re.IGNORECASE)),
    (
        2.5,
        re.compile(
            _BY_AUTHORS + r"(?:introduc|develop|stud[yi]|describ|find|establish|address|focus|tackl|creat|buil[dt]"
            r"|releas|offer|put forward|demonstrat|use|deriv|argu|train|design|perform|show|prove|consider|formul|analy"
            r"|adapt|extend|combin|construct|learn)",
            re.IGNORECASE,
        ),
    ),
)
_IS_NEW = re.compile(r"\b(?:novel|new|first)\b", re.IGNORECASE)
_TELLS_RESULTS = re.compile(
    r"\b(?:accuracy|outperform|state-of-the-art|experiment|results|effectiveness|datasets|significantly|achiev)",
    re.IGNORECASE,
)
_TELLS_OF_OTHERS = re.compile(
    r"\b(?:existing|previous|prior|recent|recently|often|other|many|various|research|applications|approaches|works"
    r"|important|complex|available|code|require|however|have been|has been)\b",
    re.IGNORECASE,
)
# The kind of a thing, of which nothing else is said.
_ONLY_A_KIND = re.compile(
    r"\b(?:an?|the)(?: |,|novel|new|unified|general|simple|yet|but|and|effective|efficient|comprehensive|scalable"
    r"|flexible|training-free|principled|lightweight|powerful|practical|two-stage|end-to-end|breakthrough|large)*?"
    r" (?:framework|method|approach|model|system|algorithm|technique|benchmark|paradigm|strategy|mechanism|pipeline"
    r"|dataset|architecture|recipe|suite|scheme|tool|solution)s?\.$",
    re.IGNORECASE,
)
_NEW, _A_RESULT, _OF_OTHERS, _LITTLE = 4.0, -2.0, -4.0, -5.0
_PLAINEST, _KNOWN = 5.5, -8.0  # for the one that most plainly states what is new, for what was known before
_SUBJECT, _TITLE = 19.0, 22.0  # for all words the abstract repeats, for all words of the title
_A_WORD, _ENOUGH_WORDS = 0.25, 25
_FEWEST_WORDS = 4  # beside those of the title, above which the sentence will stand
_MOST_COUNTED = 3

_WORD = re.compile(r"[^\W_]+")
_FUNCTION_WORDS = frozenset(
    {"the", "of", "and", "to", "in", "is", "are", "we", "that", "this", "for", "with", "which", "by", "on", "from"}
    | {"it", "as", "a", "an", "be", "can", "our", "their", "its", "these", "those", "or", "at", "has", "have", "not"}
    | {"than", "more", "such"}
)
# What another sentence would have to name: "a framework that addresses these shifts".
_OF_BEFORE = re.compile(
    r"\b(?:address|alleviat|bridg|captur|challeng|clos|fill|handl|mitigat|overcom|reduc|remed|resolv|solv|tackl|test|us)"
    r"\w* (?:this|these|those|such)\b(?! (?:paper|work|study)\b)"
    r"|\bboth (?:strengths|worlds|approaches|methods|goals|aspects|sides)\b|\binstead [a-z]+s\b"
    r"|^(?:in )?(?:stage|step|phase|part) (?:\d|[ivx]+\b)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|\bgithub\b|\.(?:com|org|io)\b", re.IGNORECASE)


def best_sentence(sentences: Sequence[str], title: str, limit: int) -> str | None:
    """The best of an abstract's sentences in at most `limit` characters; None where none can be read by itself.

    It is a sentence as it stands, or without its opening, its first half, or clauses at its end. They must be English.
    """
    weighed = [weigh(sentence) for sentence in sentences]
    novelty = [weights[Role.NOVELTY] for weights in weighed]
    plainest = novelty.index(max(novelty)) if novelty else -1
    words = [_content_words(sentence) for sentence in sentences]
    repeated: dict[str, int] = {}
    for each in words:
        for word in each:
            repeated[word] = repeated.get(word, -1) + 1
    titled = _content_words(title)
    best, most = None, float("-inf")
    for place, sentence in enumerate(sentences):
        text = readable_form(sentence, limit)
        if text is None:
            continue
        worth = (
            _worth_of_words(text, repeated, titled)
            + _PLAINEST * (place == plainest)
            + _KNOWN * (weighed[place][Role.BACKGROUND] > 0 and not novelty[place])
        )
        if worth > most:
            best, most = text, worth
    return best


def readable_form(sentence: str, limit: int) -> str | None:
    """The longest form of an English sentence that can be read by itself and takes at most `limit` characters."""
    forms = (form for told in statements(without_opening(trimmed(sentence))) for form in shortened(told, limit))
    return next(filter(_can_be_read, forms), None)


def _can_be_read(text: str) -> bool:
    return (
        says_something(text)
        and not text.endswith(("?", ":"))
        and _ADDRESS.search(text) is None
        and _OF_BEFORE.search(text) is None
        and not leans_on_others(text)
    )


def _worth_of_words(text: str, repeated: dict[str, int], titled: AbstractSet[str]) -> float:
    """The score of a text's words, given how often each word of the abstract is `repeated` in it."""
    words = _content_words(text)
    repeats_title = len(words - titled) < _FEWEST_WORDS
    return (
        next((weight for weight, stated in _STATES if stated.search(text)), 0)
        + _NEW * (_IS_NEW.search(text) is not None)
        + _LITTLE * (repeats_title or _ONLY_A_KIND.search(text) is not None)
        + _A_RESULT * _kinds(_TELLS_RESULTS, text)
        + _OF_OTHERS * _kinds(_TELLS_OF_OTHERS, text)
        + _SUBJECT * sum(repeated.get(word, 0) for word in words) / max(1, sum(repeated.values()))
        + _TITLE * (not repeats_title) * len(words & titled) / max(1, len(titled))
        + _A_WORD * min(_ENOUGH_WORDS, len(_WORD.findall(text)))
    )


def _kinds(words: re.Pattern[str], text: str) -> int:
    return min(_MOST_COUNTED, len({found.lower() for found in words.findall(text)}))


def _content_words(text: str) -> AbstractSet[str]:
    return set(_WORD.findall(text.lower())) - _FUNCTION_WORDS
