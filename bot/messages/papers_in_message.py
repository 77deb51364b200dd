"""The papers that somebody's message names, for whoever asks about it by a shortcut; and the form to find a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NamedPaper, NumberedPaper, feed_facts, format_upvotes, in_one_line, sentence_origin
from bot.rules.papers_in_message import MOST_LISTED
from bot.rules.reading_list import OfferedPapers
from bot.templating.catalogues import catalogue, language_code
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import Paper, Reading
    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

FIND_PAPER = "find_paper"
QUERY = "query"
_LONGEST_QUERY = 300


def no_papers_in_message(*, language: str) -> Message:
    """Said of a message that names no paper."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("in_message.none"))


def papers_in_message(*, readings: Sequence[Reading], missing: Sequence[str], more: int, language: str) -> Message:
    """The papers that a message names, as a list with a menu of their cards and the form that saves them.

    Those `missing`, by ID, couldn't be had; so many `more` are named and not listed.
    """
    words = catalogue(language)
    shown = readings[:MOST_LISTED]
    entries = [_numbered(number, reading, words) for number, reading in enumerate(shown, start=1)]
    origins = {
        sentence_origin(each.takeaway.origin, language_code(each.takeaway.language), words, language_code(language))
        for each in shown
        if each.takeaway
    }
    return Message.of(
        "papers_in_message",
        language,
        count=len(entries),
        groups=[{"heading": "", "entries": entries}],
        before=(),
        origins=words.t("header.origins", origins=" · ".join(sorted(origins))) if origins else "",
        cards=[(entry.id, entry.option) for entry in entries],
        offered=str(OfferedPapers(tuple(entry.id for entry in entries))),
        missing=", ".join(missing[:MOST_LISTED]),
        more=more,
    )


def papers_saved(*, papers: Sequence[Paper], saved: int, total: int, awaited: Sequence[str], language: str) -> Message:
    """Answer to somebody who saved all papers of a message: `saved` of them were new on the list of `total`.

    Those `awaited`, by ID, are being looked up, and are saved then.
    """
    words = catalogue(language)
    said = (
        words.t("choose.saved", count=saved) if saved else words.t("in_message.saved_before"),
        words.t("choose.total", count=total),
    )
    return Message.of(
        "papers_saved",
        language,
        sentence=" ".join(said),
        papers=[NamedPaper.of(paper) for paper in papers],
        awaited=words.t("looking_up.text", count=len(awaited), ids=", ".join(awaited)) if awaited else "",
    )


def find_paper_modal(*, language: str) -> Block:
    """The form of the shortcut that finds papers: one field that takes whatever `/paper` takes."""
    return {**render_view("find_paper", language, field_name=QUERY, most=_LONGEST_QUERY), "callback_id": FIND_PAPER}


def finding(*, language: str) -> Message:
    """Said in that form's place until there is an answer."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("find.finding"))


def _numbered(number: int, reading: Reading, words: Catalogue) -> NumberedPaper:
    paper, listed = reading.paper, reading.listed
    facts = (
        words.t("header.withdrawn") if paper.withdrawn else "",
        format_upvotes(listed.votes) if listed else "",
        *feed_facts(paper, listed.comments if listed else 0),
    )
    return NumberedPaper.of(number, paper, reading.takeaway, in_one_line(facts) or words.t("foot.id", id=paper.id))
