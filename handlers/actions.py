"""Buttons and menus. What others see, a click never changes: every answer goes to whoever clicked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.messages import cards
from bot.rules.card_menu import CitePaper, OpenDiscussion, ReportSummary, ShowDetails, ShowInLanguage, read_menu_choice
from bot.rules.commands import CitePapers
from bot.rules.papers import PaperRef, parse_paper_id
from bot.rules.reading_list import SaveKind
from bot.rules.requests import RequestKind
from bot.rules.sharing import PaperToShare
from bot.templating.catalogues import languages
from handlers.answers import answer_path, run_in_background, send_answer, thread_of
from handlers.asker import identify_asker
from handlers.exporting import cite_papers
from handlers.home import show_again
from handlers.list_clicks import click_origin
from handlers.reading_list import format_removed, format_saved
from handlers.reports import open_report
from handlers.requests import carry_out, keep_request
from handlers.sharing import share_paper
from handlers.shown_papers import show_in_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to every button and menu of our messages."""

    @app.action("save_paper")
    async def save(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        paper = (await deps.shown_papers.known(action["value"], asker.language)).paper
        origin = click_origin(body)
        change = await deps.reading_lists(asker.team).save(asker.team, asker.user, paper, SaveKind.CLICK, origin=origin)
        await ack()
        _answer(deps, asker, answer_path(deps, body, respond, client), partial(format_saved, change, origin))
        show_again(deps, asker, body)

    @app.action("remove_paper")
    async def remove(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        paper = (await deps.shown_papers.known(action["value"], asker.language)).paper
        change = await deps.reading_lists(asker.team).remove(asker.team, asker.user, paper)
        await ack()
        _answer(deps, asker, answer_path(deps, body, respond, client), partial(format_removed, change))
        show_again(deps, asker, body)

    @app.action("report_summary")  # the button that follows a rating: its value is one of the menu's
    @app.action("paper_menu")
    async def choose(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(deps, body, respond, client)
        choice = read_menu_choice(action.get("selected_option", action).get("value"), languages())

        async def show(known: Asker) -> None:
            match choice:
                case ShowDetails(paper_id):
                    paper = (await deps.shown_papers.known(paper_id, known.language)).paper
                    await send_answer(path, cards.details(paper=paper, language=known.language))
                case ShowInLanguage(paper_id, code, share_in):
                    reading = await deps.shown_papers.known(paper_id, known.language)
                    await show_in_language(deps, replace(known, language=code), reading, path, share_in=share_in)
                case CitePaper(paper_id):
                    answer = await cite_papers(deps, known, path, CitePapers((parse_paper_id(paper_id),)))
                    await send_answer(path, await answer.compose(known))
                    if answer.follow:
                        await answer.follow(known, path)
                case OpenDiscussion():
                    pass
                case _:
                    await send_answer(path, cards.choice_unknown(language=known.language))

        if isinstance(choice, ReportSummary):  # a form must be opened while its trigger lives, whatever the language
            paper_id, spoken, trigger_id = choice.paper_id, choice.language, str(body.get("trigger_id"))
            deps.background.of(asker.team).start(
                open_report(deps, asker, path, paper_id, spoken, trigger_id=trigger_id)
            )
        else:
            run_in_background(deps, asker, path, show)

    @app.action("show_card")
    async def show_card(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        reading = await deps.shown_papers.known(action["selected_option"]["value"], asker.language)
        await ack()
        path = answer_path(deps, body, respond, client)
        digest = thread_of(body) or (body.get("message") or {}).get("ts")

        async def show(known: Asker) -> None:
            await show_in_language(deps, known, reading, path, share_in=digest)

        run_in_background(deps, asker, path, show)

    @app.action("share_paper")
    async def share(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        wanted = PaperToShare.parse(action["value"])
        await deps.shown_papers.known(wanted.paper.id, asker.language)
        cause, value = action["action_ts"], str(replace(wanted, paper=PaperRef(wanted.paper.id)))
        requests = await keep_request(deps, asker, body, RequestKind.SHARE, cause=cause, value=value)
        await ack()
        await carry_out(deps, asker, answer_path(deps, body, respond, client), requests, share_paper)

    @app.action("open_pdf")
    @app.action("open_code")
    @app.action("open_project")
    async def open_link(ack: AsyncAck) -> None:
        """Slack opens the address by itself and still expects an acknowledgement."""
        await ack()


def _answer(deps: HandlerDeps, asker: Asker, path: AnswerPath, format_in: Callable[[str], Message]) -> None:
    """Answer what is done already, in the asker's language."""
    run_in_background(deps, asker, path, lambda known: send_answer(path, format_in(known.language)))
