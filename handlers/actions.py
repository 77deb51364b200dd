"""Buttons and menus. What others see, a click never changes: every answer goes to whoever clicked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot import messages
from bot.delivery import delivery_mark
from bot.errors import PaperUnknown, SlackRefused, SlackUnreachable
from bot.outbox import Delivery, DeliveryKey
from bot.papers import parse_paper_id
from bot.reading_list import SaveKind
from handlers.commands import follow_with_summary, private_card
from handlers.parts import meet_asker, tell, tell_failure
from handlers.reading_list import reading_list_page
from handlers.reports import open_report

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.library import Reading
    from handlers.parts import Asker, Parts

# Where a bot may not post although people may: there the answer to the click can still be shown to all.
_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found"})


def register(app: AsyncApp, parts: Parts) -> None:
    """Listen to every button and menu of our messages."""

    async def reading_of(paper_id: str, asker: Asker) -> Reading:
        reading = await parts.library.recall(parse_paper_id(paper_id).id, asker.language)
        if reading is None:
            raise PaperUnknown(id=paper_id)
        return reading

    @app.action("save_paper")
    async def save(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond) -> None:
        asker = await meet_asker(parts, body)
        paper = (await reading_of(action["value"], asker)).paper
        is_new = await parts.store.save(asker.team, asker.user, paper.id, SaveKind.CLICK, now=parts.clock.now())
        total = await parts.store.count_saved(asker.team, asker.user)
        say = messages.saved if is_new else messages.already_saved
        answer = say(paper=paper, total=total, language=asker.language)
        await ack()
        parts.background.start(tell_failure(tell(respond, answer), respond, asker.language))

    @app.action("remove_paper")
    async def remove(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond) -> None:
        asker = await meet_asker(parts, body)
        paper = (await reading_of(action["value"], asker)).paper
        was_there = await parts.store.remove(asker.team, asker.user, paper.id)
        if was_there:
            total = await parts.store.count_saved(asker.team, asker.user)
            answer = messages.removed(paper=paper, total=total, language=asker.language)
        else:
            answer = messages.not_saved(paper=paper, language=asker.language)
        await ack()
        parts.background.start(tell_failure(tell(respond, answer), respond, asker.language))

    @app.action("list_page_older")
    @app.action("list_page_newer")
    async def turn_page(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond) -> None:
        asker = await meet_asker(parts, body)
        page = await reading_list_page(parts, asker, int(action["value"]))
        await ack()
        parts.background.start(tell_failure(tell(respond, page, in_place=True), respond, asker.language))

    @app.action("paper_menu")
    async def choose(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await meet_asker(parts, body)
        await ack()
        match (action["selected_option"].get("value") or "").split(":"):
            case "abstract", paper_id:
                paper = (await reading_of(paper_id, asker)).paper
                answer = messages.abstract(paper=paper, language=asker.language)
                doing = tell(respond, answer)
            case "language", code, paper_id:
                doing = show_in(parts, replace(asker, language=code), await reading_of(paper_id, asker), respond)
            case "wrong", spoken, paper_id:
                paper = (await reading_of(paper_id, asker)).paper
                doing = open_report(client, asker, paper, spoken, body["trigger_id"])
            case _:
                return
        parts.background.start(tell_failure(doing, respond, asker.language))

    @app.action("share_paper")
    async def share(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond) -> None:
        asker = await meet_asker(parts, body)
        reading = await reading_of(action["value"], asker)
        await ack()
        sharing = _share(parts, asker, reading, action["action_ts"], respond)
        parts.background.start(tell_failure(sharing, respond, asker.language))

    @app.action("open_pdf")
    @app.action("open_code")
    @app.action("open_project")
    async def open_link(ack: AsyncAck) -> None:
        """Slack opens the address by itself and still wants to know that we heard."""
        await ack()


async def show_in(parts: Parts, asker: Asker, reading: Reading, respond: AsyncRespond) -> None:
    """The card in another language than the one they clicked on, with its summary as soon as there is one."""
    paper_id = reading.paper.id
    is_wanting = await parts.desk.is_wanting(paper_id, asker.language, asker.as_commissioner())
    reading = await parts.library.recall(paper_id, asker.language) or reading
    await tell(respond, private_card(reading, asker.language, being_written=is_wanting))
    if is_wanting:
        await follow_with_summary(parts, asker, reading.paper, respond)


async def _share(parts: Parts, asker: Asker, reading: Reading, action_ts: str, respond: AsyncRespond) -> None:
    """Post the card for all to see, once for this click however often it reaches us."""
    if asker.channel is None:
        return
    edition = f"share:{asker.user}:{action_ts}"
    known = await parts.store.channel(asker.team, asker.channel)
    language = known.settings.language if known else asker.language
    in_language = await parts.library.recall(reading.paper.id, language) or reading
    card = messages.shared_card(
        user_id=asker.user,
        paper=in_language.paper,
        listed=in_language.listed,
        summary=in_language.summary,
        language=language,
    )
    paper_id = reading.paper.id
    payload = {**card.to_payload(), "metadata": delivery_mark(edition, paper_id)}
    delivery = Delivery(
        key=DeliveryKey(asker.team, asker.channel, edition, paper_id),
        position=0,
        payload=json.dumps(payload, ensure_ascii=False),
        shows=(paper_id,),
    )
    if not await parts.store.plan([delivery], now=parts.clock.now()):
        return
    report = await parts.courier.deliver(asker.team, asker.channel, edition)
    if report.sent:
        await tell(respond, messages.shared(paper=reading.paper, language=asker.language))
    elif report.refused and report.refused[0][1] in _NOT_A_MEMBER:
        await respond(**card.to_payload(), response_type="in_channel", replace_original=False)
    elif report.refused:
        raise SlackRefused(method="chat.postMessage", error=report.refused[0][1])
    else:
        raise SlackUnreachable(method="chat.postMessage", reason="it did not say whether it took the message")
