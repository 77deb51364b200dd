"""Everything Paperboy can say about summaries and the language they are in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.errors import LanguageNotWritten, NotALanguage
from bot.messages.papers import Message
from bot.rules.reports import LONGEST_NOTE, Complaint
from bot.templating.catalogues import catalogue, language_code, languages
from bot.templating.environment import render_view
from bot.text.clean import clean_text, isolated, shorten
from bot.text.languages import is_language, read_language_code
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.budget import Spent
    from bot.rules.papers import Paper
    from bot.rules.reports import Report
    from bot.templating.blocks import Block

REPORT = "summary_report"
_TITLE = 120


def outcome(key: str, *, paper: Paper, language: str) -> Message:
    """Why the summary somebody waits for does not come: the `summary` under this key."""
    words = catalogue(language)
    name = f"summary.{key}"
    values = {"title": _title(paper)} if "title" in words.names(name) else {}
    return Message.of("_sentence", language, sentence=words.t(name, **values))


def budget_spent(*, spent: Spent, language: str) -> Message:
    """Told to the operator: no summaries are written any more today."""
    return Message.of("budget_spent", language, spent=spent, dollars=f"{spent.dollars:.2f}")


def summaries_given_up(*, causes: Mapping[str, int], language: str) -> Message:
    """Told to the operator: how many summaries are tried no more, and what can be done about it.

    `causes` counts them by the name of the failure, most first.
    """
    words = catalogue(language)
    first = f"given_up.{next(iter(causes))}"
    remedy = first if first in words.entries else "given_up.otherwise"
    return Message.of("summaries_given_up", language, count=sum(causes.values()), remedy=remedy)


def summary_reported(*, report: Report, paper: Paper, is_anew: bool, language: str) -> Message:
    """Told to the operator: somebody says that a summary is wrong, and whether it was written anew."""
    return Message.of(
        "summary_reported",
        language,
        user=report.user,
        url=paper.url,
        title=_title(paper),
        spoken=report.language,
        complaint=report.complaint,
        note=isolated(clean_text(report.note)),
        is_anew=is_anew,
    )


def report_modal(*, paper: Paper, spoken: str, language: str) -> Block:
    """The form in which somebody says what is wrong with the summary in the language `spoken`; nothing is chosen."""
    complaints = [complaint.value for complaint in Complaint]
    view = render_view("summary_report", language, title=_title(paper), complaints=complaints, most=LONGEST_NOTE)
    return {**view, "callback_id": REPORT, "private_metadata": json.dumps({"paper": paper.id, "language": spoken})}


def report_errors(*, language: str) -> dict[str, str]:
    """What Slack shows below the fields of that form when nothing was chosen."""
    return {"complaint": catalogue(language).t("report.choose")}


def report_answer(*, key: str, language: str) -> Block:
    """What stands in the place of that form: the `report` under this key."""
    return render_view("summary_report_done", language, sentence=catalogue(language).t(f"report.{key}"))


def report_told(*, key: str, language: str) -> Message:
    """The same as a message, for whoever has no such form open any more."""
    return Message.of("_sentence", language, sentence=catalogue(language).t(f"report.{key}"))


def language_told(*, code: str, is_chosen: bool, language: str) -> Message:
    """In which language somebody is answered, and how to change that; said in `language`."""
    other = next(spoken for spoken in languages() if spoken != language_code(code))
    return Message.of(
        "language_told",
        language,
        told="language.chosen" if is_chosen else "language.follows_slack",
        code=code,
        is_spoken=language_code(code) in languages(),
        other=other,
    )


def read_language(name: str, *, has_model: bool = True) -> str | None:
    """The code of the language somebody calls `name`, in any language; None when they want that of their Slack.

    Only a language model writes in languages Paperboy does not speak itself. Raises `NotALanguage`, and
    `LanguageNotWritten` for a language nobody here writes.
    """
    code = _code_of(name.casefold())
    if code is None or code in languages():
        return code
    if not is_language(code):
        raise NotALanguage(text=shorten(clean_text(name), 40))
    if not has_model:
        raise LanguageNotWritten(language=shorten(clean_text(name), 40))
    return code


def _code_of(wanted: str) -> str | None:
    for spoken in languages():
        words = catalogue(spoken)
        if wanted in (word.casefold() for word in words.listed("language.automatic")):
            return None
        for key, called in words.entries.items():
            if key.startswith("languages.") and isinstance(called, str) and wanted == called.casefold():
                return key.removeprefix("languages.")
    return read_language_code(wanted) or ""


def _title(paper: Paper) -> str:
    return isolated(shorten(clean_text(without_latex(clean_text(paper.title))), _TITLE)) or paper.id
