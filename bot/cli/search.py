"""`paperboy search`: stored papers found by their words, printed best first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import AsJson, Language, read_language, start
from bot.cli.output import DONE, WRONG_USE, finish, print_error, print_json, print_text
from bot.cli.progress import show_progress
from bot.exports.digests import digest_json
from bot.indexing import PAPERS_AT_ONCE
from bot.messages.paper_text import NAMED_IN_TEXT, format_authors, format_title
from bot.rules.search_query import parse_query
from bot.services import open_services
from bot.text.clean import clean_text, shorten
from bot.use_cases.paper_search import PaperSearch

if TYPE_CHECKING:
    from bot.rules.papers import Reading
    from bot.services import Services
    from bot.settings import Settings

_MOST_PRINTED = 50
_TYPED = 60


def search(
    words: Annotated[
        list[str], typer.Argument(help="Words to search for. Also: author:NAME, since:2025-03, quoted phrases.")
    ],
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Search the stored papers, and print up to 50, best first."""
    settings = start()
    text, spoken = " ".join(words), read_language(language) or settings.paperboy_language
    finish(asyncio.run(_search(settings, text, spoken, as_json=as_json)))


async def _search(settings: Settings, text: str, language: str, *, as_json: bool) -> int:
    query = parse_query(text)
    if query.is_mine:
        print_error("A reading list can only be searched in Slack. Type words alone.")
        return WRONG_USE
    if query.is_empty:
        print_error("There is nothing to search for. Give words, author:NAME, or since:2025-03.")
        return WRONG_USE
    async with open_services(settings) as services:
        await _index_what_is_left(services)
        papers = PaperSearch(services.store.search, services.library, services.clock)
        found = await papers.order(query)
        shown = [await services.library.recall(paper_id, language) for paper_id in found[:_MOST_PRINTED]]
        hits = [reading for reading in shown if reading]
        is_empty = not found and await services.store.papers.is_empty()
    if query.ignored:
        print_error(f"Not understood: {', '.join(query.ignored)}. Use author:NAME and since:2025-03.")
    if as_json:
        print_json(digest_json(hits))
        return DONE
    print_text(f"{_counted(len(found))} found for “{shorten(clean_text(text), _TYPED)}”")
    if is_empty:
        print_error("No papers are stored yet. Run paperboy fetch first.")
    for number, reading in enumerate(hits, start=1):
        print_text(_format_hit(number, reading))
    return DONE


def _format_hit(number: int, reading: Reading) -> str:
    paper, takeaway = reading.paper, reading.takeaway
    votes = f"▲ {reading.listed.votes}" if reading.listed else ""
    facts = " · ".join(filter(None, (paper.id, votes, paper.published.isoformat() if paper.published else "")))
    sentence = clean_text(takeaway.text) if takeaway else format_authors(paper, NAMED_IN_TEXT)
    return "\n".join(filter(None, (f"{number:>2}. {format_title(paper)}", f"    {facts}", f"    {sentence}")))


def _counted(count: int) -> str:
    return "1 paper" if count == 1 else f"{count} papers" if count else "No paper"


async def _index_what_is_left(services: Services) -> None:
    """Index what an update left to be indexed, before anything is said not to be there."""
    left = await services.store.search.count_left()
    if not left:
        return
    with show_progress(-(-left // PAPERS_AT_ONCE)) as progress:
        while await services.store.search.index_some(limit=PAPERS_AT_ONCE):
            progress.step()
