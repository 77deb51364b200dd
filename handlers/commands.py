"""`/paper …`: a paper, the asker's reading list, or help. Only the asker sees the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import messages, summary_messages
from bot.commands import (
    ChooseLanguage,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowPapers,
    ShowSettings,
    parse_command,
)
from bot.desk import USED_UP, Outcome
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
    from bot.papers import Paper, PaperRef
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
            case ShowLanguage():
                await ack(**private(await language_told(parts, asker)))
            case ChooseLanguage(name):
                await ack(**private(await choose_language(parts, asker, name)))
            case ShowPapers((only,)) if known := await parts.library.recall_as_wanted(only, asker.language):
                is_wanting = await parts.desk.is_wanting(known.paper.id, asker.language, asker.as_commissioner())
                await ack(**private(private_card(known, asker.language, being_written=is_wanting)))
                if is_wanting:
                    following = follow_with_summary(parts, asker, known.paper, respond)
                    parts.background.start(tell_failure(following, respond, asker.language))
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
            reading = await parts.library.look_up(ref, asker.language)
        except PaperboyError as error:
            await tell(respond, explain(error, asker.language))
            continue
        outcome = None
        if await parts.desk.is_wanting(reading.paper.id, asker.language, asker.as_commissioner()):
            outcome = await parts.desk.commission(reading.paper.id, asker.language, by=asker.as_commissioner())
            reading = await parts.library.recall(reading.paper.id, asker.language) or reading
        await tell(respond, private_card(reading, asker.language))
        if outcome in USED_UP:
            said = summary_messages.outcome(outcome, paper=reading.paper, language=asker.language)
            await tell(respond, said)


async def follow_with_summary(parts: Parts, asker: Asker, paper: Paper, respond: AsyncRespond) -> None:
    """What was promised with an extract: the card with its summary, or why there is none."""
    outcome = await parts.desk.commission(paper.id, asker.language, by=asker.as_commissioner())
    reading = await parts.library.recall(paper.id, asker.language)
    if reading and outcome in {Outcome.WRITTEN, Outcome.THERE}:
        await tell(respond, private_card(reading, asker.language))
    else:
        await tell(respond, summary_messages.outcome(outcome, paper=paper, language=asker.language))


async def language_told(parts: Parts, asker: Asker) -> Message:
    """In which language the asker is answered."""
    person = await parts.store.person(asker.team, asker.user)
    is_chosen = bool(person and person.language)
    return summary_messages.language_told(code=asker.language, is_chosen=is_chosen, language=asker.language)


async def choose_language(parts: Parts, asker: Asker, name: str) -> Message:
    """Answer the asker in the language of this name from now on, and say so in it."""
    chosen = summary_messages.read_language(name)
    await parts.store.choose_language(asker.team, asker.user, chosen, now=parts.clock.now())
    language = await parts.people.language(asker.team, asker.user, asker.channel)
    return summary_messages.language_told(code=language, is_chosen=chosen is not None, language=language)


def private_card(reading: Reading, language: str, *, being_written: bool = False) -> Message:
    """The card only one person sees, with what they can do with it."""
    return messages.paper_card(
        paper=reading.paper,
        listed=reading.listed,
        summary=reading.summary,
        language=language,
        private=True,
        being_written=being_written,
    )
