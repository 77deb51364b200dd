"""Buttons and menus. What others see, a click never changes: every answer goes to whoever clicked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import PaperUnknown
from bot.messages import papers as messages
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import SaveKind
from bot.rules.requests import RequestKind
from bot.templating.catalogues import languages
from handlers.commands import follow_with_summary, private_card
from handlers.parts import answer_path, in_background, meet_asker, tell
from handlers.reading_list import reading_list_page, remove_paper, save_paper
from handlers.reports import open_report
from handlers.requests import carry_out, keep_request
from handlers.sharing import share_paper

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.library import Reading
    from handlers.parts import AnswerPath, Asker, Parts


def register(app: AsyncApp, parts: Parts) -> None:
    """Listen to every button and menu of our messages."""

    async def reading_of(paper_id: str, asker: Asker) -> Reading:
        reading = await parts.library.recall(parse_paper_id(paper_id).id, asker.language)
        if reading is None:
            raise PaperUnknown(id=paper_id)
        return reading

    @app.action("save_paper")
    async def save(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await meet_asker(parts, body)
        paper = (await reading_of(action["value"], asker)).paper
        say = await save_paper(parts, asker, paper, SaveKind.CLICK)
        await ack()
        path = answer_path(body, respond, client)
        in_background(parts, asker, path, lambda known: tell(path, say(known.language)))

    @app.action("remove_paper")
    async def remove(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await meet_asker(parts, body)
        paper = (await reading_of(action["value"], asker)).paper
        say = await remove_paper(parts, asker, paper)
        await ack()
        path = answer_path(body, respond, client)
        in_background(parts, asker, path, lambda known: tell(path, say(known.language)))

    @app.action("list_page_older")
    @app.action("list_page_newer")
    async def turn_page(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await meet_asker(parts, body)
        await ack()
        path = answer_path(body, respond, client)

        async def turn(known: Asker) -> None:
            await tell(path, await reading_list_page(parts, known, int(action["value"])), in_place=True)

        in_background(parts, asker, path, turn)

    @app.action("paper_menu")
    async def choose(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await meet_asker(parts, body)
        await ack()
        path = answer_path(body, respond, client)
        chosen = (action["selected_option"].get("value") or "").split(":")

        async def show(known: Asker) -> None:
            match chosen:
                case "abstract", paper_id:
                    paper = (await reading_of(paper_id, known)).paper
                    await tell(path, messages.abstract(paper=paper, language=known.language))
                case "language", code, paper_id if code in languages():
                    await show_in(parts, replace(known, language=code), await reading_of(paper_id, known), path)
                case "discussion", *_:  # Slack opens the page by itself
                    pass
                case _:
                    await tell(path, messages.choice_unknown(language=known.language))

        match chosen:
            case "wrong", spoken, paper_id:  # a form must be opened while its trigger lives, whatever the language
                parts.background.start(
                    open_report(parts, asker, path, paper_id, spoken, trigger_id=str(body.get("trigger_id")))
                )
            case _:
                in_background(parts, asker, path, show)

    @app.action("share_paper")
    async def share(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await meet_asker(parts, body)
        paper_id = (await reading_of(action["value"], asker)).paper.id
        cause = action["action_ts"]
        requests = await keep_request(parts, asker, body, RequestKind.SHARE, cause=cause, value=paper_id)
        await ack()
        await carry_out(parts, asker, answer_path(body, respond, client), requests, share_paper)

    @app.action("open_pdf")
    @app.action("open_code")
    @app.action("open_project")
    async def open_link(ack: AsyncAck) -> None:
        """Slack opens the address by itself and still wants to know that we heard."""
        await ack()


async def show_in(parts: Parts, asker: Asker, reading: Reading, path: AnswerPath) -> None:
    """The card in another language than the one they clicked on, with its summary as soon as there is one."""
    paper_id = reading.paper.id
    is_wanting = await parts.desk.is_wanting(paper_id, asker.language, asker.as_commissioner())
    reading = await parts.library.recall(paper_id, asker.language) or reading
    await tell(path, private_card(reading, asker.language, being_written=is_wanting))
    if is_wanting:
        await follow_with_summary(parts, asker, reading.paper, path)
