"""What extracts are measured with: a reader's list of words that hang in the air, apart from the program's own.

Written down while reading some two hundred extracts of recorded abstracts: what a section must not begin with when
nothing of the abstract stands before it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.rules.papers import Paper
from bot.summaries.extract import extract
from bot.summaries.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.rules.papers import Section

_ITSELF = (
    r"(?:(?:[\w-]+[ ]){0,2}(?:paper|work|study|survey|report|article|thesis|review|tutorial|position|note|research"
    r"|project)\b)"
)
_OTHER = r"(?:this|these|those|that|such|both|them|it|each|the[ ](?:above|aforementioned))\b"
# What looks like it hangs, and doesn't: "both A and B" names its two …
_NAMES_BOTH = r"(?:(?<=both)(?:[ ][\w/-]+){1,4}[ ]and\b)"
# … what is found, shown or known "that …" is told by that very clause …
_TELLS_WHAT = (
    r"(?:recogni[sz]|observ|show|demonstrat|not|find|argu|assum|reali[sz]|hypothesi[sz]|suggest|prov|believ|reveal)ing"
    r"[ ]that[ ](?!(?:is|are|was|were|has|have|can|will)\b)"
)
# … and who "it" is in "Because it reads only text, the detector …" follows at once.
_NAMED_AT_ONCE = r"(?:because|since|although|while|when|as|if)[ ](?:it|they)[ ][^,.;:]{1,90},[ ](?:the|our)[ ][\w-]+"
HANGING = re.compile(
    rf"""
      \(?(?:\d|[ivx]{{1,4}}|[a-z])\)\s
    | (?:to|in[ ]order[ ]to)[ ][^,]{{0,90}}?\b{_OTHER}(?![ ]{_ITSELF}|[ ]as\b)
    | (?:to|towards?)[ ](?:this|that)[ ](?:end|aim|goal)
    | (?: however | nevertheless | nonetheless | yet | but | and | or | so | still | instead | thus | therefore | hence
        | thereby | then | next | subsequently | afterwards? | consequently | accordingly | conversely | furthermore
        | further | moreover | additionally | also | besides | meanwhile | similarly | likewise | specifically
        | more[ ]specifically | concretely | finally | lastly | last | first | firstly | second | secondly | third
        | thirdly | fourth
        | initially | otherwise | overall | ultimately | together | here | in[ ]turn | for[ ]example | for[ ]instance
        | as[ ]such | as[ ]a[ ]result | as[ ]a[ ]consequence | by[ ]doing[ ]so | by[ ]contrast | to[ ]do[ ]so | rather
        | in[ ](?:particular|contrast|addition|response|detail|summary|short|doing[ ]so|other[ ]words)
        | on[ ]the[ ](?:other[ ]hand|contrary)
      )(?:,|[ ](?:we|the|our|a|an|it|they)\b)
    | (?!in[ ]this[ ]{_ITSELF}|{_TELLS_WHAT}|{_NAMED_AT_ONCE})
      (?: [\w-]+ing | [\w-]+ed | based | under | in | on | from | for | at | by | via | through | given | of | after
        | beyond | within | unlike | across | along | against | among | since | because | while | although | when | if
        | as | with | together[ ]with | compared[ ](?:to|with) | instead[ ]of
      )[ ](?:(?:by|on|upon|of|from|in|with|for|to)[ ])?(?:this|these|those|that|such|both|them|it)\b
      (?![ ]{_ITSELF}|{_NAMES_BOTH})
    | (?: this | these | those | that | such | both | its? | they | their | them | neither
        | the[ ](?:former|latter|above|aforementioned|other|second|third)
      )\b(?![ ]{_ITSELF}|{_NAMES_BOTH})
    | we[ ](?:then|thus|therefore|thereby|hence|instead|accordingly|consequently|also|further|additionally)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TROUBLE = (
    "challenges?|issues?|problems?|gaps?|limitations?|questions?|bottlenecks?|premise|insights?|observations?|goals?"
    "|shortcomings?|drawbacks?|concerns?|obstacles?|trade-?offs?|disparity|barriers?"
)
POINTING = re.compile(
    rf"\b(?:this|these|such|the above|the aforementioned)(?: [\w-]+)? (?:{_TROUBLE})\b", re.IGNORECASE
)

_CUT = re.compile(
    r"(?:\b(?:that|which|and|or|of|the|a|an|with|for|to|by|in|on|as|is|are)|[^\w\s)\]”\"%’'$°²³+*])\.$|[^.!?。)”\"]$"
)
_FIRST = re.compile(r"first(?:ly)?,? ", re.IGNORECASE)
_SECOND = re.compile(r"second(?:ly)?,? ", re.IGNORECASE)
_PURPOSE = re.compile(r",? to (?:[\w-]+ ){1,2}(?:this|these|those|the above)(?: [\w-]+){1,3}\.$")
_AUTHORS = re.compile("(?:We|(?:This|Our) (?:paper|work|study)) ")
_LEFT_OUT = ("thus", "therefore", "hence", "accordingly", "consequently", "instead")


def hangs(text: str) -> bool:
    """Whether a section begins with words that lean on a sentence nobody is shown."""
    return HANGING.match(text) is not None


def points_out(sentence: str) -> bool:
    """Whether the first sentence of a section speaks of "this gap", "these issues", which nobody is shown."""
    return POINTING.search(sentence) is not None


def dangles(section: str) -> bool:
    """Whether a section leans on what the extract does not show.

    "First, …" leans on nothing where its "Second, …" stands in the same section: it only begins to count.
    """
    first, *others = split_sentences(section, "en")
    counting = _FIRST.match(first)
    if counting and any(map(_SECOND.match, others)):
        first = first[counting.end() :]
    return hangs(first) or points_out(first)


def stops_short(sentence: str) -> bool:
    """Whether a sentence ends in mid-phrase, or without a full stop."""
    return _CUT.search(sentence) is not None


def is_end_of(shown: str, sentence: str) -> bool:
    """Whether a text is a sentence's own end, save for what may be left out of it.

    That is the case of its first letter, a "therefore" behind "We" or "This paper", and "to close this gap" at the very
    end.
    """
    forms = [shown]
    if authors := _AUTHORS.match(shown):
        forms += [f"{authors[0]}{adverb} {shown[authors.end() :]}" for adverb in _LEFT_OUT]
    wholes = [sentence, _PURPOSE.sub(".", sentence)]
    return any(_is_plain_end_of(form, whole) for form in forms for whole in wholes)


def _is_plain_end_of(shown: str, sentence: str) -> bool:
    end = sentence[len(sentence) - len(shown) :] if len(shown) <= len(sentence) else ""
    return bool(end) and shown[1:] == end[1:] and shown[0].lower() == end[0].lower()


def source_of(shown: str, sentences: Iterable[str]) -> str:
    """The sentence that a shown one is, or is the end of."""
    return next(sentence for sentence in sentences if is_end_of(shown, sentence))


def sections_shown(abstracts: Iterable[str]) -> list[tuple[str, Section, str]]:
    """Each abstract's extract: the abstract, a heading, what stands under it."""
    made_at = datetime(2026, 8, 20, tzinfo=UTC)
    summaries = (
        (abstract, extract(Paper(id="2407.21017", title="", authors=(), abstract=abstract), made_at=made_at))
        for abstract in dict.fromkeys(abstracts)
    )
    return [
        (abstract, section, text) for abstract, summary in summaries if summary for section, text in summary.sections
    ]


def abstracts_in(folder: Path) -> Iterator[str]:
    """The abstracts of Hugging Face's days as recorded, in files named by date."""
    for day in sorted(folder.glob("????-??-??.json")):
        for item in json.loads(day.read_text(encoding="utf-8")):
            yield item["paper"]["summary"]
