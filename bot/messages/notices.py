"""Notices to the operator, or to whoever manages a channel, about what needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, TITLE_IN_SENTENCE, format_title, shorten_readable
from bot.templating.catalogues import catalogue
from bot.text.clean import clean_text, isolated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.rules.budget import Spent
    from bot.rules.entry_points import ClosedEntryPoint
    from bot.rules.outbox import Undelivered
    from bot.rules.papers import Paper
    from bot.rules.reports import Report

_CHANNELS_NAMED = 20
# Where Slack's apps are set up.
APPS = "https://api.slack.com/apps"


def channel_paused(*, channel: str, error: str, language: str) -> Message:
    """Notice to whoever looks after a channel: Slack lets Paperboy post there no more, and why."""
    return Message.of("channel_paused", language, channel=channel, error=shorten_readable(error, NAME_LENGTH))


def messages_undelivered(*, undelivered: Undelivered, language: str) -> Message:
    """Notice to the operator: messages to a channel were refused or not confirmed, and the command that sends them."""
    day = undelivered.day.isoformat() if undelivered.day else None
    error = shorten_readable(undelivered.error, NAME_LENGTH)
    return Message.of("messages_undelivered", language, undelivered=undelivered, error=error, day=day)


def messages_waiting(*, channel: str, count: int, error: str, language: str) -> Message:
    """Notice to the operator: Slack puts `count` messages to a channel off, and why."""
    return Message.of(
        "messages_waiting", language, channel=channel, count=count, error=shorten_readable(error, NAME_LENGTH)
    )


def message_doubled(*, channel: str, is_repaired: bool, language: str) -> Message:
    """Notice to the operator: a message stood in a channel twice, and the later one was deleted or stays."""
    return Message.of("message_doubled", language, channel=channel, is_repaired=is_repaired)


def serving_failed(*, channel: str, reference: str, language: str) -> Message:
    """Notice to the operator: a channel could not be served for a reason Paperboy does not know."""
    return Message.of("serving_failed", language, channel=channel, reference=reference)


def source_away(*, day: date, language: str) -> Message:
    """Notice to the operator: the papers of a day wait for Hugging Face."""
    return Message.of("source_away", language, day=day)


def not_set_up(*, channels: Sequence[str], language: str) -> Message:
    """Notice to the operator: Paperboy is in channels that nobody has set up; some of them by name."""
    shown = channels[:_CHANNELS_NAMED]
    return Message.of("not_set_up", language, channels=shown, count=len(channels), more=len(channels) - len(shown))


def closed_entry_points(*, closed: Sequence[ClosedEntryPoint], language: str) -> Message:
    """Notice to the operator: what is closed for want of scopes, and how to open it."""
    shown = APPS.removeprefix("https://")
    return Message.of("closed_entry_points", language, closed=closed, address=APPS, address_shown=shown)


def budget_spent(*, spent: Spent, language: str) -> Message:
    """Notice to the operator: no summaries are written any more today."""
    return Message.of("budget_spent", language, spent=spent, dollars=f"{spent.dollars:.2f}")


def summaries_given_up(*, causes: Mapping[str, int], language: str) -> Message:
    """Notice to the operator: the number of summaries that are tried no more, and the remedy.

    `causes` counts them by the name of the failure, most first.
    """
    words = catalogue(language)
    first = f"given_up.{next(iter(causes))}"
    remedy = first if first in words.entries else "given_up.otherwise"
    return Message.of("summaries_given_up", language, count=sum(causes.values()), remedy=remedy)


def summary_reported(*, report: Report, paper: Paper, is_rewritten: bool, language: str) -> Message:
    """Notice to the operator: somebody reports a summary as wrong; with whether it was written anew."""
    return Message.of(
        "summary_reported",
        language,
        user=report.user,
        url=paper.url,
        title=format_title(paper, TITLE_IN_SENTENCE),
        spoken=report.language,
        complaint=report.complaint,
        note=isolated(clean_text(report.note)),
        is_rewritten=is_rewritten,
    )
