"""Help with what can be asked, and what runs here."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.messages import answers
from bot.messages import channels as channel_messages
from bot.messages.help import LONGEST_EXAMPLE, help_text
from bot.rules.channels import ChannelState
from bot.rules.slack_ids import is_direct_message
from bot.slack.manifest import COMMAND
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.rules.commands import ShowHelp
    from bot.rules.papers import Paper
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

_LATELY = timedelta(days=10)
_PAPER = "2407.21017"
_LONG_WORD = re.compile(r"[^\W\d_]{6,20}")


async def show_help(deps: HandlerDeps, asker: Asker, command: ShowHelp, *, is_command: bool) -> Message:
    """The list of commands, as they are typed after `/paper` or in a message, and three that have an answer now."""
    return help_text(
        language=asker.language,
        emoji=await deps.list_emoji(asker.team),
        greeting=command.greeting,
        examples=await _find_examples(deps, asker.language),
        is_command=is_command,
    )


async def show_status(deps: HandlerDeps, asker: Asker) -> Message:
    """The version that runs, and when the next digest is posted where somebody asks."""
    words = catalogue(asker.language)
    posting = words.t("status.not_here")
    if asker.channel and not is_direct_message(asker.channel):
        channel = await deps.channel_changes(asker.team).find(asker.team, asker.user, asker.channel)
        posting = channel_messages.state_line(channel, asker.language, deps.clock.now())
        if channel.state is ChannelState.NEW:
            settings = f"{COMMAND} {words.listed('command.settings')[0]}"
            posting = words.t("status.not_set_up", settings=settings)
    return answers.status(
        version=version("paperboy"), posting=posting, has_model=deps.summarizer.has_model, language=asker.language
    )


async def _find_examples(deps: HandlerDeps, language: str) -> list[str]:
    """A paper, a day, and a word to search for, of the latest day that was read."""
    today = deps.clock.now().date()
    latest = catalogue(language).t("help.example_latest")
    for day in sorted(await deps.store.listings.days_read(today - _LATELY, today), reverse=True):
        if listing := await deps.store.listings.find(day):
            first = listing.papers[0].paper
            return [first.id, latest, *filter(None, [_word_of(first)])]
    return [_PAPER, latest]


def _word_of(paper: Paper) -> str | None:
    """Something to search for that finds this paper: its first short topic, or else a long word of its title."""
    found = _LONG_WORD.search(paper.title)
    topics = (topic for topic in paper.keywords if len(topic) <= LONGEST_EXAMPLE)
    return next(topics, found[0] if found else None)
