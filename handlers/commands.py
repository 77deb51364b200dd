"""`/paper …`: only the asker sees the answer, whose first message is the acknowledgement where it is known at once.

The answers are those of `handlers.asked.answer_text`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.errors import AnswerRefused
from bot.rules.commands import (
    ChoosePaper,
    CitePapers,
    ClearList,
    ForgetMe,
    ImportPapers,
    NamePapers,
    NoSuchDate,
    OpenLinks,
    SearchPapers,
    SetStateOfAll,
    ShowDays,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowMySettings,
    ShowPapers,
    ShowSettings,
    ShowStatus,
    ShowTeam,
    SuggestPapers,
)
from bot.slack.manifest import COMMAND
from handlers.answers import answer_path, ephemeral_payload, run_and_report, run_in_background, send_answer
from handlers.asked import find_answer, go_on, read_command
from handlers.asker import Asker, identify_asker, origin_of
from handlers.requests import carry_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.rules.commands import Command
    from bot.rules.requests import Request
    from handlers.answers import Answer, AnswerPath
    from handlers.deps import HandlerDeps


# So many commands are answered in their acknowledgements at once, which Slack waits three seconds for; what is asked
# beyond is acknowledged at once, and answered in its turn.
_AT_ONCE = 20
# These only look, and change nothing. What is acknowledged of all others is on disk.
_LOOKS = (
    *(ChoosePaper, CitePapers, ClearList, ForgetMe, ImportPapers, NamePapers, NoSuchDate, OpenLinks, SearchPapers),
    *(SetStateOfAll, ShowDays, ShowHelp, ShowLanguage, ShowList, ShowMySettings, ShowPapers, ShowSettings, ShowStatus),
    *(ShowTeam, SuggestPapers),
)


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the slash command."""

    in_hand = 0

    @app.command(COMMAND)
    async def paper(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        nonlocal in_hand
        path = answer_path(deps, command, respond, client)
        in_hand += 1
        try:
            read = await read_command(deps, *origin_of(command)[:2], command.get("text") or "")
            if in_hand > _AT_ONCE and isinstance(read, _LOOKS):
                await ack()
                deps.background.of(str(command["team_id"])).start(_answer_in_turn(deps, command, path, read))
            else:
                await _answer(deps, await identify_asker(deps, command), ack, path, read)
        finally:
            in_hand -= 1


async def _answer(deps: HandlerDeps, asker: Asker, ack: AsyncAck, path: AnswerPath, command: Command) -> None:
    """Answer in the acknowledgement as far as the answer is known, and go on. Raises `TooBusy`."""
    answer = await find_answer(deps, asker, path, command)
    if asker.is_new and answer.waits_for_language:
        await ack()
        await _answer_later(deps, asker, path, answer)
        return
    await ack(**ephemeral_payload(await answer.compose(asker)))
    if answer.work:
        await carry_out(deps, asker, path, answer.requests, answer.work)
    elif answer.follow:
        run_in_background(deps, asker, path, lambda known: go_on(deps, known, path, answer))


async def _answer_in_turn(deps: HandlerDeps, payload: Mapping[str, Any], path: AnswerPath, command: Command) -> None:
    """Answer a command that is acknowledged."""

    async def answer_all(asker: Asker) -> None:
        answer = await find_answer(deps, asker, path, command)
        await _send_first(path, asker, answer)
        await go_on(deps, asker, path, answer)

    async def identify(_: Asker) -> None:
        await run_and_report(deps, await identify_asker(deps, payload), path, answer_all)

    # Where the store fails before it has told who asks, they are told so in the usual language.
    await run_and_report(deps, Asker(*origin_of(payload), deps.defaults.language), path, identify)


async def _answer_later(deps: HandlerDeps, asker: Asker, path: AnswerPath, answer: Answer) -> None:
    """Answer somebody new after the acknowledgement, in the language Slack tells of them. Raises `TooBusy`."""
    if answer.work is None:

        async def answer_all(known: Asker) -> None:
            await _send_first(path, known, answer)
            await go_on(deps, known, path, answer)

        run_in_background(deps, asker, path, answer_all)
        return
    do, first = answer.work, answer.requests[:1]

    async def work(deps: HandlerDeps, known: Asker, path: AnswerPath, request: Request) -> None:
        if (request,) == first:
            await _send_first(path, known, answer)
        await do(deps, known, path, request)

    await carry_out(deps, asker, path, answer.requests, work)


async def _send_first(path: AnswerPath, asker: Asker, answer: Answer) -> None:
    """Send the first message; where more is to come, that is done even if this did not arrive."""
    with suppress(*((AnswerRefused,) if answer.work or answer.follow else ())):
        await send_answer(path, await answer.compose(asker))
