"""What tests of reminders do and look at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.reading_list import SaveKind

if TYPE_CHECKING:
    from bot.slack_emulator import Person, SlackMessage
    from tests.harness import Harness


def received(harness: Harness, person: Person) -> list[SlackMessage]:
    """The reminders in somebody's direct messages."""
    messages = harness.slack.messages(harness.slack.direct_messages(person.id).id)
    marks = [(each, (each.metadata or {}).get("event_payload") or {}) for each in messages]
    return [each for each, mark in marks if str(mark.get("edition")).startswith("reminder:")]


async def save(harness: Harness, person: Person, *papers: str) -> None:
    """Put papers on somebody's list, a minute apart, the last one now."""
    lists, now = harness.bot.services.store.reading_lists, harness.clock.now()
    for before, paper_id in enumerate(reversed(papers)):
        at = now - timedelta(minutes=before)
        await lists.save(harness.team, person.id, paper_id, SaveKind.CLICK, now=at)
