"""Papers found by their words, a page at a time; and arXiv's own search where that isn't enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.messages import answers, search
from bot.rules.papers import parse_paper_id
from handlers.answers import answer_path, finish_answer, is_seen_by_one, run_in_background, send_answer
from handlers.asker import identify_asker
from handlers.shown_papers import show_papers

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons below what was found."""

    @app.action("search_back")
    @app.action("search_more")
    async def turn_page(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path, wanted = answer_path(deps, body, respond, client), search.PageWanted.parse(action["value"])

        async def turn(known: Asker) -> None:
            page = await found_page(deps, known, wanted.query, wanted.page)
            await send_answer(path, page, in_place=is_seen_by_one(body))

        run_in_background(deps, asker, path, turn)

    @app.action("search_arxiv")
    async def search_arxiv(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(deps, body, respond, client)

        async def ask_arxiv(known: Asker) -> None:
            await send_answer(path, answers.searching_arxiv(language=known.language))
            papers = await deps.paper_search.search_arxiv(action["value"])
            found = search.found_on_arxiv(typed=action["value"], papers=papers, language=known.language)
            await finish_answer(path, found)

        run_in_background(deps, asker, path, ask_arxiv)

    @app.action("show_found_paper")
    async def show_card(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker, ref = await identify_asker(deps, body), parse_paper_id(action["value"])
        await ack()
        path = answer_path(deps, body, respond, client)

        async def show(known: Asker) -> None:
            answer = await show_papers(deps, known, path, (ref,))
            await send_answer(path, await answer.compose(known))
            if answer.follow:
                await answer.follow(known, path)

        run_in_background(deps, asker, path, show)


async def found_page(
    deps: HandlerDeps, asker: Asker, query: str, page: int = 1, *, suggestion: str | None = None
) -> Message:
    """One page of what is found for a query, as typed, in the asker's language; it takes the store's time alone."""
    found = await deps.paper_search.search(query, team=asker.team, user=asker.user, page=page, language=asker.language)
    finds_nothing_of_theirs = found.query.is_mine and not found.total
    is_list_empty = finds_nothing_of_theirs and not await deps.store.reading_lists.count(asker.team, asker.user)
    return search.found_papers(
        typed=query,
        query=found.query,
        hits=found.hits,
        page=found.page,
        pages=found.pages,
        total=found.total,
        is_complete=found.is_complete,
        suggestion=suggestion,
        is_list_empty=is_list_empty,
        emoji=(await deps.list_emoji(asker.team)).spoken_of,
        language=asker.language,
    )
