"""`/paper …`: a paper, the asker's reading list, or help. Only the asker sees the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import messages
from bot.commands import ShowHelp, ShowList, ShowPapers, ShowSettings, parse_command
from bot.errors import PaperboyError
from bot.manifest import COMMAND
from handlers.channel_settings import settings_overview
from handlers.parts import explain, meet_asker, private, tell, tell_failure
from handlers.reading_list import reading_list_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

    from bot.library import Reading
    from bot.messages import Message
    from bot.papers import PaperRef
    from handlers.parts import Asker, Parts

# A response_url may be used five times (docs.slack.dev, handling user interaction).
MOST_PAPERS = 5


def register(app: AsyncApp, parts: Parts) -> None:
    """Listen to the slash command."""
    subcommands = messages.subcommands()

    @app.command(COMMAND)
    async def paper(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond) -> None:
        asker = await meet_asker(parts, command)
        match parse_command(command.get("text") or "", subcommands):
            case ShowHelp(unknown, suggestion):
                help_text = messages.help_text(
                    language=asker.language, emoji=parts.saving_emoji[0], unknown=unknown, suggestion=suggestion
                )
                await ack(**private(help_text))
            case ShowList(page):
                await ack(**private(await reading_list_page(parts, asker, page)))
            case ShowSettings():
                await ack(**private(await settings_overview(parts, asker)))
            case ShowPapers((only,)) if known := await parts.library.recall(only.id, asker.language):
                await ack(**private(private_card(known, asker.language)))
            case ShowPapers(refs):
                shown = refs[:MOST_PAPERS]
                looking_up = messages.looking_up(
                    ids=[ref.id for ref in shown], more=len(refs) - len(shown), language=asker.language
                )
                await ack(**private(looking_up))
                answering = _answer_each(parts, asker, shown, respond)
                parts.background.start(tell_failure(answering, respond, asker.language))


async def _answer_each(parts: Parts, asker: Asker, refs: Sequence[PaperRef], respond: AsyncRespond) -> None:
    for ref in refs:
        try:
            answer = private_card(await parts.library.look_up(ref, asker.language), asker.language)
        except PaperboyError as error:
            answer = explain(error, asker.language)
        await tell(respond, answer)


def private_card(reading: Reading, language: str) -> Message:
    """The card only one person sees, with what they can do with it."""
    return messages.paper_card(
        paper=reading.paper,
        listed=reading.listed,
        summary=reading.summary,
        language=language,
        private=True,
        rank=None,
    )
