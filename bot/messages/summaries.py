"""Messages and forms about summaries and the language they are in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import TITLE_IN_SENTENCE, NamedPaper, format_title
from bot.rules.feedback import Rating
from bot.rules.reports import LONGEST_NOTE, Complaint
from bot.templating.catalogues import catalogue, language_code, languages
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from bot.rules.papers import Paper
    from bot.templating.blocks import Block

REPORT = "summary_report"


def outcome(key: str, *, paper: Paper, language: str) -> Message:
    """The reason why a summary that somebody waits for does not come: the `summary` under this key."""
    words = catalogue(language)
    name = f"summary.{key}"
    values = {"title": format_title(paper, TITLE_IN_SENTENCE)} if "title" in words.names(name) else {}
    return Message.of("_sentence", language, sentence=words.t(name, **values))


def report_modal(*, paper: Paper, spoken: str, language: str) -> Block:
    """The form in which somebody says what is wrong with the summary in the language `spoken`; nothing is chosen."""
    complaints = [complaint.value for complaint in Complaint]
    view = render_view(
        "summary_report",
        language,
        title=format_title(paper, TITLE_IN_SENTENCE),
        complaints=complaints,
        most=LONGEST_NOTE,
    )
    return {**view, "callback_id": REPORT, "private_metadata": json.dumps({"paper": paper.id, "language": spoken})}


def report_errors(*, language: str) -> dict[str, str]:
    """The texts that Slack shows below the fields of that form when nothing was chosen."""
    return {"complaint": catalogue(language).t("report.choose")}


def report_result_modal(*, key: str, language: str) -> Block:
    """A modal that replaces that form: the `report` under this key."""
    return render_view("summary_report_done", language, sentence=catalogue(language).t(f"report.{key}"))


def report_result(*, key: str, language: str) -> Message:
    """The result of a report as a message, for somebody who has no such form open any more."""
    return Message.of("_sentence", language, sentence=catalogue(language).t(f"report.{key}"))


def feedback_noted(*, rating: Rating, paper: Paper, spoken: str, language: str) -> Message:
    """The answer to a rating of the summary in the language `spoken`; one that did not help can be reported from it."""
    return Message.of(
        "feedback_noted",
        language,
        key=f"feedback.{rating}",
        paper=NamedPaper.of(paper),
        spoken=spoken,
        can_report=rating is Rating.NOT_HELPFUL,
    )


def current_language(*, code: str, is_chosen: bool, language: str) -> Message:
    """The language in which somebody is answered, and how to change that; said in `language`."""
    other = next(spoken for spoken in languages() if spoken != language_code(code))
    return Message.of(
        "current_language",
        language,
        key="language.chosen" if is_chosen else "language.follows_slack",
        code=code,
        is_spoken=language_code(code) in languages(),
        other=other,
    )
