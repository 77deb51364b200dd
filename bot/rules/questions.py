"""Questions about a paper: what is one, what it follows up on, and how many a person may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.papers import ReadSource

ABSTRACT = "Abstract"  # the section that a passage of a paper's abstract stands in
LONGEST_QUESTION = 500  # characters
LONGEST_KEPT_ANSWER = 1_000  # characters
TURNS_READ = 3
TURNS_KEPT = timedelta(days=7)
MOST_AN_HOUR = 30
MOST_A_DAY = 100

_READ = 2_000  # characters
_FEWEST_WORDS = 2
_FEWEST_LETTERS = 4  # of one Korean word, which may be a noun with its particle: "GPU는?"
_MENTION = re.compile(r"<[@!#][^<>]{0,100}>")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_HANGUL = re.compile("[가-힣]")
_MARKS_AT_END = re.compile(r"[?？][\s?？!！.…)\"'”’]*$")
_ASKED_FIRST = re.compile(
    r"(?:(?:and|but|so|then|also|ok(?:ay)?|hi|hey|hello|please)[,\s]+){0,4}"
    r"(?:(?:in|on|at|by|for|from|to|of|with|under|over|against)\s+)?"
    r"(?:what(?:'s|’s)?|which|who(?:'s|’s)?|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|has|have|had"
    r"|should|would|will|isn['’]t|aren['’]t|don['’]t|doesn['’]t|didn['’]t"
    r"|tell\s+me|explain|describe|give\s+me\s+(?:the|a)|i\s+wonder|any\s+idea)\b",
    re.IGNORECASE,
)
_KOREAN_QUESTION_WORD = re.compile(r"무엇|무슨|뭐|뭘|뭔|어떤|어떻게|어느|어디|언제|누가|누구|왜|몇|얼마|무얼")
_KOREAN_END = re.compile(
    r"(?:나요|까요|가요|인가|은가|는가|던가|을까|ㄹ까|니까|습니까|ㅂ니까|합니까|입니까|됩니까|했어|했니|하니|이야|인지|는지"
    r"|(?:알려|설명해|말해|요약해|찾아)\s?(?:줘|주세요|줄래|주실래요|봐)(?:요)?|궁금(?:해|해요|합니다|하다))[\s.!~…]*$"
)
_FOLLOWS_UP = re.compile(
    r"^\s*(?:and|but|so|or|also|then|what about|how about|그럼|그러면|그리고|또|그런데|근데)\b"
    r"|^\s*(?:그럼|그러면|그리고|그런데|근데|또)|\b(?:it|its|they|them|their|that|those|these|this one|there)\b"
    r"|(?:^|\s)(?:그것|그건|그게|그\s|거기|이것|이건)",
    re.IGNORECASE,
)
_FEW_WORDS = 4


@dataclass(frozen=True, slots=True)
class QuestionThread:
    """The thread in which somebody asks, by the time stamp of its first message; empty in a direct message."""

    team: str
    channel: str
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class QuestionTurn:
    """A question of a person in a thread, the paper it was about, and the answer; empty until there is one."""

    thread: QuestionThread
    user: str
    paper_id: str
    question: str
    at: datetime
    answer: str = ""

    def is_begun_again_by(self, later: QuestionTurn) -> bool:
        """Whether this got no answer, as its process ended, and `later` is the same question taken up once more."""
        return not self.answer and (self.user, self.question) == (later.user, later.question)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a paper, word for word: one sentence or a few in a row, or a table's header and one of its rows."""

    section: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


class QuestionLimit(StrEnum):
    """The limits on a person's questions, by what they count in."""

    HOUR = "hour"
    DAY = "day"


class NoModelAnswer(StrEnum):
    """The reasons why a language model that is set up gave no answer that may be shown."""

    BUDGET_SPENT = "budget_spent"
    SHARE_SPENT = "share_spent"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """The answer to a question about a paper: its passages, best first, and what they come from.

    `text` is a language model's answer, which rests on the passages, and `made_by` that model; None where the passages
    are all there is, and then `reason` says why a model that is set up gave none. Without passages nothing in the text
    supports an answer. `needs_model` tells that the question and the text are in languages whose words only a model
    could compare.
    """

    passages: tuple[Passage, ...]
    read: ReadSource
    arxiv_version: int | None = None
    text: str | None = None
    made_by: str | None = None
    reason: NoModelAnswer | None = None
    needs_model: bool = False


def is_question(text: str) -> bool:
    """Whether a text asks something, by its mark or its words in English or Korean; one word alone does not."""
    line = clean_text(_MENTION.sub(" ", text[:_READ])).strip()
    words = _WORD.findall(line)
    letters = len(_HANGUL.findall(line))
    if len(words) < _FEWEST_WORDS and not (letters and len("".join(words)) >= _FEWEST_LETTERS):
        return False
    if _MARKS_AT_END.search(line[-40:]):
        return True
    if letters and (_KOREAN_QUESTION_WORD.search(line) or _KOREAN_END.search(line[-40:])):
        return True
    return len(words) > _FEWEST_WORDS and _ASKED_FIRST.match(line) is not None


def reached_limit(asked: Sequence[datetime], now: datetime) -> QuestionLimit | None:
    """The limit that somebody has reached who asked at these moments of the last day."""
    if len(asked) >= MOST_A_DAY:
        return QuestionLimit.DAY
    lately = [at for at in asked if at > now - timedelta(hours=1)]
    return QuestionLimit.HOUR if len(lately) >= MOST_AN_HOUR else None


def is_follow_up(question: str) -> bool:
    """Whether a text may lean on the question before: it is short, begins with "and", says "it", or asks nothing."""
    is_short = len(_WORD.findall(question)) <= _FEW_WORDS
    return is_short or _FOLLOWS_UP.search(question) is not None or not is_question(question)


def clean_question(text: str) -> str:
    """The question in one line of at most 500 characters, without mentions."""
    return shorten(clean_text(_MENTION.sub(" ", text[: 4 * LONGEST_QUESTION])), LONGEST_QUESTION)
