"""Answers to people where they asked: in the acknowledgement, at a response_url, in a thread, by a direct message."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog

from bot.errors import MISTAKES, AnswerRefused, AnswerUnwanted, PaperboyError, SlackRefused, SlackUnreachable
from bot.messages import answers
from bot.rules.requests import RESPONSE_URL_USES, outlasts_response_url
from bot.rules.slack_ids import is_direct_message
from bot.slack.web_api import call
from bot.text.clean import clean_text, shorten
from handlers.asker import origin_of, with_own_language
from handlers.view_answers import ViewAnswers, is_in_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.webhook import WebhookResponse

    from bot.clock import Clock
    from bot.messages.message import Message
    from bot.rules.requests import Request
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps
    from handlers.requests import Work

    Respond = Callable[..., Awaitable[WebhookResponse]]
    Give = Callable[[Message], Awaitable[None]]

log = structlog.get_logger(__name__)

_EPHEMERAL = "chat.postEphemeral"
_RESPONSE_URL = "response_url"
_OK = 200


def ephemeral_payload(message: Message) -> dict[str, Any]:
    """The message as an acknowledgement that only the asker sees."""
    return {**message.to_payload(), "response_type": "ephemeral"}


class CountedRespond:
    """Answers at the response_url of what somebody did now: as many as Slack takes, for as long as it does."""

    def __init__(self, respond: Respond, clock: Clock) -> None:
        self._respond = respond
        self._clock = clock
        self._asked_at = clock.now()
        self._left = RESPONSE_URL_USES

    @property
    def is_used_up(self) -> bool:
        """Whether Slack takes no more."""
        return not self._left or outlasts_response_url(self._asked_at, self._clock.now())

    async def __call__(self, **payload: Any) -> WebhookResponse:
        """Answer once more. Raises `SlackRefused` without asking where Slack would refuse."""
        if self.is_used_up:
            raise SlackRefused(method=_RESPONSE_URL, error="used_url")
        self._left -= 1
        return await self._respond(**payload)


@dataclass(frozen=True, slots=True)
class AnswerPath:
    """The ways to answer somebody where they look: alone, unless it `is_public`.

    `respond` sends to the response_url of what they did: such an answer stands at the foot of the channel, and may be
    given five times. `thread_ts` names the first message of the thread in which the message they clicked stands, None
    where it stands in none; there they are answered by `chat.postEphemeral`. `write_to` writes to them directly, where
    nothing else reaches them, or when it `is_late` and they look elsewhere by now. `post`, where it is given, takes
    every answer: what was asked by a message is answered by messages, for whoever reads that conversation, and what was
    clicked in the Home tab or in a modal by a `modal`. `edit`, where it is given, puts a message in the place of the
    last one posted. `cause` is Slack's name for what is answered: what is done for it is done once, however often Slack
    brings it.
    """

    respond: Respond
    client: AsyncWebClient
    user: str
    channel: str | None
    thread_ts: str | None = None
    write_to: Give | None = None
    is_late: bool = False
    post: Give | None = None
    is_public: bool = False
    edit: Give | None = None
    modal: ViewAnswers | None = None
    cause: str = ""
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to somebody, whichever entry point they came by.

    `compose` makes the first message, of what is known already; `follow` goes on after it, for as long as that takes.
    With `requests`, which are on disk, `work` does each of them instead. An answer that `is_personal` is for the
    asker's eyes alone. One that `waits_for_language` is not given before Slack has told the language of somebody new.
    """

    compose: Callable[[Asker], Awaitable[Message]]
    follow: Callable[[Asker, AnswerPath], Awaitable[None]] | None = None
    requests: tuple[Request, ...] = ()
    work: Work | None = None
    is_personal: bool = False
    waits_for_language: bool = True


def in_own_language(format_in: Callable[[str], Message]) -> Callable[[Asker], Awaitable[Message]]:
    """The `compose` of an answer that depends on the asker's language alone."""

    async def compose(asker: Asker) -> Message:
        return format_in(asker.language)

    return compose


def answer_path(deps: HandlerDeps, body: Mapping[str, Any], respond: Respond, client: AsyncWebClient) -> AnswerPath:
    """The path for answers to a command or an interaction, however many and however late they come."""
    team, user, channel = origin_of(body)
    cause = str(body.get("trigger_id") or "")

    async def write_to(message: Message) -> None:
        await deps.direct_answers(team).write(team, user, message, about=channel or "", cause=cause)

    path = AnswerPath(
        CountedRespond(respond, deps.clock),
        client,
        user,
        channel,
        thread_of(body),
        write_to,
        cause=cause,
        response_url=body.get("response_url"),
    )
    return in_modal(path, ViewAnswers(client, cause, body["view"])) if is_in_view(body) else path


def in_modal(path: AnswerPath, modal: ViewAnswers) -> AnswerPath:
    """The path for answers that a modal takes."""
    return replace(path, post=modal.post, edit=modal.edit, modal=modal)


def in_private(path: AnswerPath) -> AnswerPath:
    """The path for what only the asker may see, where they asked for all to see: directly, or else in that thread."""
    return replace(path, post=path.write_to, is_public=False, edit=None) if path.is_public else path


def is_seen_by_one(body: Mapping[str, Any]) -> bool:
    """Whether nobody but the one who clicked sees that message: what others see, a click never changes."""
    is_ephemeral = bool((body.get("container") or {}).get("is_ephemeral"))
    return is_ephemeral or is_direct_message(origin_of(body)[2])


def thread_of(body: Mapping[str, Any]) -> str | None:
    """The thread a click came from; a thread's first message is clicked in the channel, so it counts as outside."""
    message, container = body.get("message") or {}, body.get("container") or {}
    thread_ts = message.get("thread_ts") or container.get("thread_ts")
    own = message.get("ts") or container.get("message_ts")
    return thread_ts if thread_ts and thread_ts != own else None


async def send_answer(path: AnswerPath, message: Message, *, in_place: bool = False) -> None:
    """Answer the asker, below the message they acted on, or `in_place` of a private one.

    Where Slack does not take the answer one way, it is given the other way. Raises `AnswerRefused` when none works.
    """
    if path.post:
        await _give(path, path.post, message)
        return
    is_used_up = isinstance(path.respond, CountedRespond) and path.respond.is_used_up
    if path.write_to and (path.is_late or is_used_up):
        await path.write_to(message)
        return
    ways = [_respond] if path.thread_ts is None or in_place else [_post_ephemeral, _respond]
    ways += [] if _post_ephemeral in ways else [_post_ephemeral]
    failures = []
    for way in ways:
        try:
            await way(path, message, in_place=in_place)
        except (SlackRefused, SlackUnreachable) as error:
            failures.append(str(error))
            continue
        if failures:
            log.warning("answered another way", failures=failures)
        return
    if path.write_to is None:
        raise AnswerRefused(reason="; ".join(failures))
    log.warning("answered by direct message", failures=failures)
    await path.write_to(message)


async def finish_answer(path: AnswerPath, message: Message) -> None:
    """Give what the last answer said was under way: in its place, where that can be edited. Raises `AnswerRefused`."""
    await (_give(path, path.edit, message) if path.edit else send_answer(path, message))


async def _give(path: AnswerPath, give: Give, message: Message) -> None:
    """Give an answer in the one place for all of them; directly where that is a modal, and Slack doesn't show it."""
    try:
        await give(message)
    except AnswerRefused as refused:
        if path.modal is None or path.write_to is None:
            raise
        log.warning("answered by direct message", error=str(refused))
        await path.write_to(message)


async def replace_message(path: AnswerPath, message: Message) -> None:
    """Put a message in the place of the one whose response_url `path` has; where Slack won't, that stays as it was."""
    try:
        await _respond(path, message, in_place=True)
    except (SlackRefused, SlackUnreachable) as error:
        log.info("a message wasn't brought up to date", error=str(error))


async def respond_for_all(path: AnswerPath, message: Message, *, thread_ts: str | None = None) -> None:
    """Answer where everybody sees it, in a thread where one is given, as the response_url allows.

    Raises `SlackRefused` or `SlackUnreachable`.
    """
    payload = {**message.to_payload(), "response_type": "in_channel", "replace_original": False}
    if thread_ts:
        payload["thread_ts"] = thread_ts
    await _send_to_response_url(path, payload)


async def _respond(path: AnswerPath, message: Message, *, in_place: bool) -> None:
    await _send_to_response_url(path, {**ephemeral_payload(message), "replace_original": in_place})


async def _send_to_response_url(path: AnswerPath, payload: Mapping[str, Any]) -> None:
    try:
        answer = await path.respond(**payload)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackUnreachable(method=_RESPONSE_URL, reason=str(error) or type(error).__name__) from error
    except ValueError as error:  # Bolt's, where Slack gave no response_url, as with forms
        raise SlackRefused(method=_RESPONSE_URL, error="none_given") from error
    if answer.body.lstrip().startswith("<"):  # a page of something in front of Slack
        raise SlackUnreachable(method=_RESPONSE_URL, reason="answered with a web page")
    if answer.status_code != _OK:
        raise SlackRefused(method=_RESPONSE_URL, error=shorten(clean_text(answer.body), 80) or str(answer.status_code))


async def _post_ephemeral(path: AnswerPath, message: Message, *, in_place: bool) -> None:
    """Raises `SlackRefused` or `SlackUnreachable`; `in_place` makes no difference."""
    if path.channel is None:
        raise SlackRefused(method=_EPHEMERAL, error="no_channel")
    posting = path.client.chat_postEphemeral(
        channel=path.channel, user=path.user, thread_ts=path.thread_ts, **message.to_payload()
    )
    await call(_EPHEMERAL, posting)


def run_in_background(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, work: Callable[[Asker], Awaitable[None]]
) -> None:
    """Go on after the acknowledgement; `work` is given the asker with their own language.

    When it fails, the person who asked for it is told in one sentence, and the log knows why. Raises `TooBusy`.
    """
    deps.background.of(asker.team).start(run_and_report(deps, asker, path, work))


async def run_and_report(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, work: Callable[[Asker], Awaitable[None]]
) -> None:
    """Do `work` with the language of the asker known, and tell them if it fails. Raises what telling them raises."""
    try:
        asker = await with_own_language(deps, asker)
        if path.modal:
            path.modal.language = asker.language
        await work(asker)
    except AnswerUnwanted:
        log.info("nobody waits for an answer any more")
    except AnswerRefused:
        log.exception("couldn't answer somebody")
    except Exception as error:
        await send_answer(path, explain(error, asker.language))


def explain(error: Exception, language: str) -> Message:
    """The sentence for an error, with a reference under which the log has the whole story; a mistake has none."""
    reference = None if isinstance(error, MISTAKES) else secrets.token_hex(3)
    expected = isinstance(error, PaperboyError)
    known = error if isinstance(error, PaperboyError) else PaperboyError()
    log.log(20 if expected else 40, "a request failed", reference=reference, error=str(error), exc_info=not expected)
    return answers.failure(error=known, reference=reference, language=language)
