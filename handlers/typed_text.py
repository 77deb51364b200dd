"""The reading of what people typed as commands, by the grammar and the words it knows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.rules.command_context import in_context
from bot.rules.command_grammar import parse_command, parse_command_about_days
from bot.rules.commands import OpenLinks, ShowDays
from bot.rules.links import replace_links
from bot.rules.phrases import read_words
from bot.templating.command_words import command_words
from handlers.shown_papers import titles_of

if TYPE_CHECKING:
    from datetime import date

    from bot.rules.commands import Command
    from bot.rules.papers_in_view import PapersInView
    from handlers.deps import HandlerDeps

_SHORT = 100  # characters


async def read_typed(
    deps: HandlerDeps, team: str, user: str, text: str, context: PapersInView | None = None
) -> Command:
    """The command in what a person typed with the papers of the `context` in view.

    Links that a known paper carries stand for that paper. Raises `StoreError`.
    """
    words, now = command_words(), deps.clock.now()
    today = now.date()
    command = _read_short(text, today) if len(text) < _SHORT else parse_command(text, words, today=today)
    if isinstance(command, ShowDays):
        there = now.astimezone(await deps.workspaces[team].profiles.zone(team, user)).date()
        return parse_command_about_days(text, words, there=there, today=today)
    if isinstance(command, OpenLinks) and (linked := await deps.library.find_linked(command.urls)):
        return parse_command(replace_links(read_words(text), linked), words, today=today)
    if context is None:
        return command
    if context.are_several:
        context = replace(context, titles=await titles_of(deps, context.all))
    return in_context(command, text, context, words, today=today)


@lru_cache(maxsize=256)
def _read_short(text: str, today: date) -> Command:
    """The command in a short text: the same few are typed over and over, and Slack waits for the answer."""
    return parse_command(text, command_words(), today=today)
