"""`paperboy digest`: a day's papers, printed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import WRITTEN_WITHIN, Day, Language, read_day, read_language, start
from bot.cli.output import DONE, LANGUAGE, finish, print_error, print_json, print_reason, print_text
from bot.exports.digests import digest_json, digest_markdown
from bot.messages import digest_notes
from bot.rules.papers import Listing, Unreachable
from bot.rules.selection import choose
from bot.services import open_services

if TYPE_CHECKING:
    from datetime import date

    from bot.messages.message import Message
    from bot.settings import Settings


class DigestFormat(StrEnum):
    """A format in which `digest` prints a day."""

    MARKDOWN = "markdown"
    TEXT = "text"
    SLACK = "slack"
    JSON = "json"


def digest(
    day: Day = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="NUMBER", help="Number of papers. Default: all of them.")
    ] = None,
    language: Language = None,
    output: Annotated[DigestFormat, typer.Option("--format", help="Output format.")] = DigestFormat.TEXT,
) -> None:
    """Print a day's papers, most upvoted first. Prints all of them unless you set --top."""
    settings = start()
    finish(asyncio.run(print_digest(settings, read_day(day), top, read_language(language), output)))


async def print_digest(settings: Settings, day: date, top: int | None, wanted: str | None, output: DigestFormat) -> int:
    """Print a day in this format, `top` papers of it or all, in the language `wanted` or the default; the exit code."""
    async with open_services(settings) as services:
        if output is DigestFormat.MARKDOWN and top is None:
            imported = await services.store.papers.imported_digest(day)
            if imported and wanted in {None, imported.language}:
                sys.stdout.flush()
                sys.stdout.buffer.write(imported.text.encode())
                return DONE
        language = wanted or settings.paperboy_language
        asked_at = services.clock.now()
        answer = await services.library.read_settled_day(day)
        if not isinstance(answer, Listing):
            if output in {DigestFormat.JSON, DigestFormat.SLACK} and not isinstance(answer, Unreachable):
                print_json([])
                print_error(digest_notes.day_sentence(answer, LANGUAGE))
                return DONE
            return print_reason(answer)
        chosen = choose(answer.papers, top=top or len(answer.papers))
        papers = [listed.paper.id for listed in chosen]
        await services.summarizer.request_summaries(papers, [language], within=WRITTEN_WITHIN)
        recalled = [await services.library.recall(listed.paper.id, language) for listed in chosen]
        readings = [reading for reading in recalled if reading is not None]

        def compose() -> list[Message]:
            channel_settings = replace(settings.channel_defaults(), language=language)
            return services.daily_edition().render(answer, readings, channel_settings, asked_at=asked_at)

        match output:
            case DigestFormat.JSON:
                print_json(digest_json(readings))
            case DigestFormat.MARKDOWN:
                sys.stdout.write(digest_markdown(day, readings))
            case DigestFormat.SLACK:
                print_json([message.to_payload() for message in compose()])
            case DigestFormat.TEXT:
                from bot.messages.as_text import as_text  # a bot prints no messages

                print_text("\n\n".join(as_text(message) for message in compose()))
        return DONE
