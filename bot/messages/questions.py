"""Answers to questions about a paper, with the passages they rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, OPTION_TITLE, NamedPaper, format_version_id, shorten_readable
from bot.rules.questions import ABSTRACT, MOST_A_DAY, MOST_AN_HOUR, QuestionLimit
from bot.templating.catalogues import catalogue
from bot.text.clean import clean_text, isolated, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.rules.papers import Paper
    from bot.rules.questions import QuestionAnswer
    from bot.templating.catalogues import Catalogue

_LONGEST_LINE = 500  # characters
_LONGEST_ANSWER = 900
_LONGEST_SECTION = 80
_MOST_PASSAGES = 3
_IN_TEXT = 200
CHOOSE_PAPER = "choose_asked_paper"
# The words travel as the name of the block, which has room for 255 (docs.slack.dev, reference/block-kit/blocks).
_LONGEST_ASKED = 250
_MOST_OPTIONS = 50


def looking_for_answer(*, paper_id: str, language: str) -> Message:
    """Said at once, while the paper's text is read."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("question.looking", id=paper_id))


def answered(*, paper: Paper, answer: QuestionAnswer, language: str) -> Message:
    """The answer to a question with the passages it rests on, or that nothing in the text supports one."""
    words = catalogue(language)
    named = NamedPaper.of(paper)
    paper_id = format_version_id(paper.id, answer.arxiv_version or paper.arxiv_version)
    passages = [
        {
            "section": _named_section(passage.section, words),
            "text": "\n".join(isolated(shorten(line, _LONGEST_LINE)) for line in passage.lines),
        }
        for passage in answer.passages[:_MOST_PASSAGES]
    ]
    by = shorten_readable(answer.made_by or "", NAME_LENGTH)
    facts = [
        words.t("question.by_model", by=by) if answer.text else "",
        words.t(f"question.from_{answer.read}") if passages else words.t(f"question.read_{answer.read}"),
        words.t("foot.id", id=paper_id),
    ]
    message = Message.of(
        "question_answered",
        language,
        paper=named,
        text=isolated(shorten(answer.text, _LONGEST_ANSWER)) if answer.text else "",
        passages=passages,
        excerpt=shorten(answer.text or (answer.passages[0].text if answer.passages else ""), _IN_TEXT),
        none_in=f"question.none_in_{answer.read}",
        reason=words.t(f"question.no_answer.{answer.reason}") if answer.reason else "",
        needs_model=answer.needs_model and not passages and not answer.made_by,
        foot=" · ".join(filter(None, facts)),
    )
    return replace(message, shows=(paper.id,))


def _named_section(section: str, words: Catalogue) -> str:
    """The heading of a passage: the paper's own, and for an abstract, which has none, the reader's word for it."""
    return words.t("details.abstract") if section == ABSTRACT else shorten_readable(section, _LONGEST_SECTION)


def which_paper(*, language: str) -> Message:
    """The remedy where nobody knows which paper a question is about."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("question.which_paper"))


def which_of_these(*, words: str, papers: Sequence[tuple[int | None, str, str]], language: str) -> Message:
    """A question which of the papers is meant, each a number, if it has one, an ID and a title, by what was asked.

    The title is empty where the paper isn't known. `words` go with what is chosen; where they are too long for that,
    it says to add a number.
    """
    options = [
        (paper_id, f"{f'{number}. ' if number else ''}{shorten_readable(title, OPTION_TITLE) or paper_id}")
        for number, paper_id, title in papers[:_MOST_OPTIONS]
    ]
    asked = clean_text(words)
    is_carried = 0 < _length(asked) <= _LONGEST_ASKED
    return Message.of("which_paper", language, asked=asked if is_carried else "", options=options)


def read_asked(action: Mapping[str, Any]) -> tuple[str, str]:
    """The words and the ID of the paper that `which_of_these` had somebody choose; hostile like all that comes in."""
    chosen = str((action.get("selected_option") or {}).get("value") or "")
    return clean_text(str(action.get("block_id") or "")[:_LONGEST_ASKED]), chosen


def _length(text: str) -> int:
    """The length of a text as Slack counts it."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def one_paper_at_a_time(*, language: str) -> Message:
    """The remedy where a question names several papers."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("question.one_paper"))


def too_many_questions(*, limit: QuestionLimit, language: str) -> Message:
    """The limit on a person's questions that was reached, and when the next can be asked."""
    most = MOST_AN_HOUR if limit is QuestionLimit.HOUR else MOST_A_DAY
    sentence = catalogue(language).t(f"question.too_many_{limit}", count=most)
    return Message.of("_sentence", language, sentence=sentence)
