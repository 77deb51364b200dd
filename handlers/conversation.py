"""Messages to Paperboy: direct messages, and mentions in channels, which are answered in their threads."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import AnswerRefused, AnswerUnwanted, TooManyMessages
from bot.messages import agent as agent_messages
from bot.messages import answers
from bot.messages import questions as question_messages
from bot.rules.commands import RemovePapers, SavePapers
from bot.rules.entry_points import EntryPoint
from bot.rules.incoming_messages import IncomingMessage, ReplyTo, Treatment, Withdrawal, place_of_reply
from bot.rules.papers import parse_paper_id
from bot.rules.requests import Request, RequestKind
from bot.rules.slack_ids import is_direct_message
from bot.slack.message_events import read_message_event
from handlers.answers import answer_path, explain, thread_of
from handlers.asked import answer_click, answer_text, read_command
from handlers.asker import identify_asker, origin_of
from handlers.importing import ToImport, import_requested
from handlers.requests import begin_if_room, path_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.incoming_messages import SentFile
    from bot.rules.papers import PaperRef
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

_MOST_TIMES_PUT_OFF = 5
# What somebody means who sends nothing but files that no paper can be read from: it tells which can.
_HOW_TO_IMPORT = "import"

log = structlog.get_logger(__name__)


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to what people write; Slack tells of a mention as such, and as a message where it tells of all of them."""

    @app.action(question_messages.CHOOSE_PAPER)
    async def chosen(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Carry out what was asked about the paper that somebody chose: their own things for them, the rest for all.

        An answer for all is on disk before it is acknowledged, and is given once, whoever chooses that paper there.
        """
        asker = await identify_asker(deps, body)
        words, chosen = question_messages.read_asked(action)
        ref = parse_paper_id(chosen)
        text, place = f"{words} {ref}", _place_of_choice(deps, asker, body, ref)
        command = await read_command(deps, asker.team, asker.user, text)
        is_personal = isinstance(command, SavePapers | RemovePapers)
        if place is None or (is_personal and not is_direct_message(place.channel)):
            await answer_click(deps, asker, ack, answer_path(deps, body, respond, client), text)
            return
        await _take_on(deps, client, await _not_put_off(deps, replace(place, words=text)))
        await ack()

    @app.event("app_mention")
    @app.event("message")
    async def heard(event: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """The event is acknowledged only after this has returned, so what is acknowledged is on disk."""
        if context.team_id is None:
            return
        match read_message_event(event, deps.workspaces[context.team_id].installation):
            case None:
                return
            case Withdrawal() as withdrawal:
                await deps.store.incoming_messages.withdraw(withdrawal, now=deps.clock.now())
            case message:
                await _take_on(deps, client, message)


def _place_of_choice(deps: HandlerDeps, asker: Asker, body: Mapping[str, Any], ref: PaperRef) -> IncomingMessage | None:
    """A choice as if it had been written right below the message it was made in; None where that is nobody's to see."""
    _, _, channel = origin_of(body)
    ts = str((body.get("message") or {}).get("ts") or "")
    if not channel or not ts or (body.get("container") or {}).get("is_ephemeral"):
        return None
    in_threads = deps.workspaces[asker.team].agent.is_one or not is_direct_message(channel)
    return IncomingMessage(
        team=asker.team,
        channel=channel,
        # Slack's time stamps have six digits behind the point, so this one is nobody else's, and comes right after.
        ts=ts + "".join(filter(str.isdecimal, ref.id)),
        person=asker.user,
        words="",
        thread_ts=thread_of(body) or (ts if in_threads else None),
    )


async def _not_put_off(deps: HandlerDeps, choice: IncomingMessage) -> IncomingMessage:
    """The choice, as another one where it was made before as one of too many, and so was not carried out."""
    for _ in range(_MOST_TIMES_PUT_OFF):
        known = await deps.store.incoming_messages.find(choice.team, choice.channel, choice.ts)
        if known is None or known.treatment is Treatment.ANSWERED:
            break
        choice = replace(choice, ts=f"{choice.ts}0")
    return choice


async def _take_on(deps: HandlerDeps, client: AsyncWebClient, message: IncomingMessage) -> None:
    """Store a message that is to be answered, or whose files are to be imported, and begin to."""
    files = _files_to_import(deps, message)
    if message.files and not files and not message.words:
        message = replace(message, words=_HOW_TO_IMPORT)
    request = Request(
        team=message.team,
        channel=message.channel,
        person=message.person,
        kind=RequestKind.IMPORT if files else RequestKind.REPLY,
        cause=message.cause,
        value=ToImport(files=files).to_json() if files else message.words,
        at=deps.clock.now(),
        thread_ts=place_of_reply(message, in_threads=deps.workspaces[message.team].agent.is_one),
    )
    if not await deps.requests.keep_reply(deps.store.incoming_messages, message, request):
        return
    asker = await identify_asker(
        deps, {"team_id": message.team, "user_id": message.person, "channel_id": message.channel}
    )
    work = import_requested if files else reply_to_message
    begin_if_room(deps, asker, path_to(deps, request, client), request, work)


def _files_to_import(deps: HandlerDeps, message: IncomingMessage) -> tuple[SentFile, ...]:
    """The files of a direct message that papers are imported from, where Paperboy may read them."""
    is_open = not deps.workspaces[message.team].scopes.is_closed(EntryPoint.SENT_FILES)
    is_new = is_direct_message(message.channel) and not message.edited_ts
    return tuple(each for each in message.files if is_open and is_new and each.may_hold_papers)


async def reply_to_message(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Answer a message where it was written, once, whoever takes it up.

    Raises `AnswerUnwanted`, `AnswerRefused` and `StoreError`.
    """
    reply = _Reply(deps, path, request)
    known = await deps.store.incoming_messages.find(request.team, request.channel, reply.to.message_ts)
    if known is None or known.edited_ts != reply.to.edited_ts or known.treatment is Treatment.WITHDRAWN:
        raise AnswerUnwanted(reason="the message was edited or deleted")
    if known.treatment is Treatment.TOO_MANY:
        await reply.post(explain(TooManyMessages(), asker.language))
        return
    try:
        async with _shown_as_working(deps, reply, asker.language):
            context = await deps.replies(request.team).papers_in_view(reply.to)
            await answer_text(deps, asker, reply.path, request.value, context=context)
    except AnswerRefused:
        raise
    except Exception as error:
        await reply.edit(explain(error, asker.language))
    if reply.to.edited_ts:
        await reply.end(asker.language)


@asynccontextmanager
async def _shown_as_working(deps: HandlerDeps, reply: _Reply, language: str) -> AsyncIterator[None]:
    """Meanwhile Slack shows that a reply is on its way, where it does so; the reply itself ends that."""
    agent, thread_ts = deps.workspaces[reply.to.team].agent, reply.to.thread_ts
    if thread_ts is None or reply.to.edited_ts:
        yield
        return
    await agent.show_status(reply.to.channel, thread_ts, agent_messages.status(language))
    try:
        yield
    finally:
        if not reply.is_begun:
            await agent.show_status(reply.to.channel, thread_ts, "")


class _Reply:
    """The reply to a message, from its first message on; begun anew, it says what it said before, and goes on."""

    def __init__(self, deps: HandlerDeps, path: AnswerPath, request: Request) -> None:
        self.to = ReplyTo.of(request)
        self.path = replace(
            path,
            post=self.post,
            edit=self.edit,
            cause=request.cause,
            is_public=not is_direct_message(request.channel),
            is_late=False,
        )
        self._replies = deps.replies(request.team)
        self._number = 0

    @property
    def is_begun(self) -> bool:
        """Whether anything was said."""
        return self._number > 0

    async def post(self, message: Message) -> None:
        """Say something more."""
        self._number += 1
        await self.edit(message)

    async def edit(self, message: Message) -> None:
        """Say something in place of what was said last."""
        self._number = max(self._number, 1)
        try:
            await self._replies.give(self.to, self._number, message)
        except AnswerUnwanted:
            raise
        except AnswerRefused as refused:
            if self.path.write_to is None or not self.path.is_public:
                raise
            log.warning("answered by direct message", error=str(refused))
            await self.path.write_to(message)

    async def end(self, language: str) -> None:
        """Let what was said in reply to an earlier edit, and is not any more, say so."""
        for number in range(self._number + 1, await self._replies.count(self.to) + 1):
            await self._replies.give(self.to, number, answers.no_longer_asked(language=language))
