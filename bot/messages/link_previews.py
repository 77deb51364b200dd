"""The preview of a paper that somebody linked to, below their message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import (
    NAMED_IN_TEXT,
    NamedPaper,
    format_some_authors,
    in_one_line,
    sentence_origin,
    unbroken,
)
from bot.rules.papers import LONGEST_TAKEAWAY
from bot.templating.catalogues import catalogue, language_code
from bot.text.clean import isolated, shorten

if TYPE_CHECKING:
    from bot.rules.papers import ListedPaper, Paper, Takeaway


def link_preview(
    *, paper: Paper, listed: ListedPaper | None, takeaway: Takeaway | None, language: str, emoji: str, is_only: bool
) -> Message:
    """A compact card: title, authors, upvotes where they are known, the take-away, and how to save it.

    Unless it `is_only`, there may be others like it below the message, and the `emoji` saves them all. Slack takes no
    rich text in previews (slackapi/java-slack-sdk#876), so everything from outside is plain text.
    """
    words = catalogue(language)
    facts = (
        format_some_authors(paper, NAMED_IN_TEXT, words),
        unbroken(words.t("card.votes", count=listed.votes)) if listed else "",
        unbroken(words.t("card.published", date=words.short_date(paper.published))) if paper.published else "",
    )
    origin = (
        sentence_origin(takeaway.origin, language_code(takeaway.language), words, language_code(language))
        if takeaway
        else ""
    )
    foot = (
        words.t("link_preview.save" if is_only else "link_preview.save_all", emoji=emoji),
        words.t("link_preview.origin", origin=origin) if origin else "",
    )
    return Message.of(
        "link_preview",
        language,
        paper=NamedPaper.of(paper),
        pdf_url=paper.pdf_url,
        withdrawn=paper.withdrawn,
        facts=in_one_line(facts) or words.t("foot.id", id=paper.id),
        takeaway=isolated(shorten(takeaway.text, LONGEST_TAKEAWAY)) if takeaway else "",
        foot=in_one_line(foot),
    )
