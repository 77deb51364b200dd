"""Direct messages and mentions: each is answered once, where it was written, whatever Slack sends and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Harness, open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import SlackMessage

KNOWN, TITLE = "2407.20743", "Meltemi"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        await opened.post(top=3)
        yield opened


def replies(office: Harness, message: SlackMessage) -> list[str]:
    """What stands in the thread that a message opens."""
    return [read(each) for each in office.slack.thread(message.channel, message.ts)[1:]]


def written_in(office: Harness, channel: str) -> list[str]:
    """What the bot wrote in a conversation."""
    return [read(each) for each in office.slack.messages(channel) if each.bot_id]


async def test_a_mention_is_answered_in_its_thread_for_all_to_see(office: Harness) -> None:
    asked = await office.slack.mention(office.ana.id, office.papers.id, KNOWN)
    await office.quiet()
    (card,) = replies(office, asked)
    assert card.startswith(TITLE)


async def test_a_direct_message_is_answered_below_it_in_the_language_of_whoever_wrote_it(office: Harness) -> None:
    alone = office.slack.direct_messages(office.jimin.id).id
    await office.slack.say(office.jimin.id, alone, KNOWN)
    await office.quiet()
    (card,) = written_in(office, alone)
    assert card.startswith(TITLE)
    assert "새로운 점" in card
    assert not any(each.thread_ts for each in office.slack.messages(alone))


async def test_a_reaction_to_the_answer_saves_its_paper(office: Harness) -> None:
    alone = office.slack.direct_messages(office.jimin.id).id
    await office.slack.say(office.jimin.id, alone, KNOWN)
    await office.quiet()
    await office.react(office.jimin, office.slack.messages(alone)[-1], "bookmark")
    assert await office.reading_list(office.jimin) == [KNOWN]
