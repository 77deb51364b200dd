"""Buttons and menus. What others see, a click never changes: every answer goes to whoever clicked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import PaperUnknown
from bot.messages import cards
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import SaveKind
from bot.rules.requests import RequestKind
from bot.templating.catalogues import languages
from handlers.commands import follow_with_summary, private_card
from handlers.deps import answer_path, identify_asker, in_background, respond_privately
from handlers.reading_list import reading_list_page, remove_paper, save_paper
from handlers.reports import open_report
from handlers.requests import carry_out, keep_request
from handlers.sharing import share_paper

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.rules.papers import Reading
    from handlers.deps import AnswerPath, Asker, HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to every button and menu of our messages."""

    async def reading_of(paper_id: str, asker: Asker) -> Reading:
        reading = await deps.library.recall(parse_paper_id(paper_id).id, asker.language)
        if reading is None:
            raise PaperUnknown(id=paper_id)
        return reading

    @app.action("save_paper")
    async def save(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        paper = (await reading_of(action["value"], asker)).paper
        say = await save_paper(deps, asker, paper, SaveKind.CLICK)
        await ack()
        path = answer_path(body, respond, client)
        in_background(deps, asker, path, lambda known: respond_privately(path, say(known.language)))

    @app.action("remove_paper")
    async def remove(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        paper = (await reading_of(action["value"], asker)).paper
        say = await remove_paper(deps, asker, paper)
        await ack()
        path = answer_path(body, respond, client)
        in_background(deps, asker, path, lambda known: respond_privately(path, say(known.language)))

    @app.action("list_page_older")
    @app.action("list_page_newer")
    async def turn_page(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(body, respond, client)

        async def turn(known: Asker) -> None:
            await respond_privately(path, await reading_list_page(deps, known, int(action["value"])), in_place=True)

        in_background(deps, asker, path, turn)

    @app.action("paper_menu")
    async def choose(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(body, respond, client)
        chosen = (action["selected_option"].get("value") or "").split(":")

        async def show(known: Asker) -> None:
            match chosen:
                case "abstract", paper_id:
                    paper = (await reading_of(paper_id, known)).paper
                    await respond_privately(path, cards.abstract(paper=paper, language=known.language))
                case "language", code, paper_id if code in languages():
                    await show_in(deps, replace(known, language=code), await reading_of(paper_id, known), path)
                case "discussion", *_:  # Slack opens the page by itself
                    pass
                case _:
                    await respond_privately(path, cards.choice_unknown(language=known.language))

        match chosen:
            case "wrong", spoken, paper_id:  # a form must be opened while its trigger lives, whatever the language
                deps.background.start(
                    open_report(deps, asker, path, paper_id, spoken, trigger_id=str(body.get("trigger_id")))
                )
            case _:
                in_background(deps, asker, path, show)

    @app.action("share_paper")
    async def share(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        paper_id = (await reading_of(action["value"], asker)).paper.id
        cause = action["action_ts"]
        requests = await keep_request(deps, asker, body, RequestKind.SHARE, cause=cause, value=paper_id)
        await ack()
        await carry_out(deps, asker, answer_path(body, respond, client), requests, share_paper)

    @app.action("open_pdf")
    @app.action("open_code")
    @app.action("open_project")
    async def open_link(ack: AsyncAck) -> None:
        """Slack opens the address by itself and still wants to know that we heard."""
        await ack()


async def show_in(deps: HandlerDeps, asker: Asker, reading: Reading, path: AnswerPath) -> None:
    """The card in another language than the one they clicked on, with its summary as soon as there is one."""
    paper_id = reading.paper.id
    should_request = await deps.summarizer.should_request(paper_id, asker.language, asker.as_requester())
    reading = await deps.library.recall(paper_id, asker.language) or reading
    await respond_privately(path, private_card(reading, asker.language, being_written=should_request))
    if should_request:
        await follow_with_summary(deps, asker, reading.paper, path)
