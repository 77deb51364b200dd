"""`paperboy show`: a paper and its summaries, printed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import WRITTEN_WITHIN, AsJson, Language, read_language, start
from bot.cli.check import format_material, format_versions
from bot.cli.output import DONE, finish, print_json, print_text
from bot.exports.digests import digest_json
from bot.messages import cards
from bot.rules.papers import parse_paper_id
from bot.services import open_services

if TYPE_CHECKING:
    from bot.settings import Settings


def show(
    paper: Annotated[str, typer.Argument(help="arXiv ID or link.")],
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Print a paper and its summaries."""
    settings = start()
    finish(asyncio.run(_show(settings, paper, read_language(language) or settings.paperboy_language, as_json=as_json)))


async def _show(settings: Settings, paper: str, language: str, *, as_json: bool) -> int:
    ref = parse_paper_id(paper)
    async with open_services(settings) as services:
        reading = await services.library.look_up(ref, language)
        await services.summarizer.request_summaries([reading.paper.id], [language], within=WRITTEN_WITHIN)
        reading = await services.library.recall(reading.paper.id, language) or reading
        if as_json:
            (shown,) = digest_json([reading])
            print_json(shown)
            return DONE
        card = cards.paper_card(
            paper=reading.paper,
            listed=reading.listed,
            summary=reading.summary,
            takeaway=reading.takeaway,
            language=language,
            private=True,
        )
        from bot.messages.as_text import as_text  # a bot prints no messages

        print_text(as_text(card))
        for line in format_versions(await services.store.summaries.versions(reading.paper.id)):
            print_text(line)
        if material := await services.store.summaries.material(reading.paper.id):
            print_text(format_material(material))
    return DONE
