"""What listeners work with, and how they answer."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog

from bot.errors import AnswerRefused, PaperboyError, SlackRefused, SlackUnreachable
from bot.messages import answers
from bot.slack.profiles import is_new
from bot.slack.web_api import call
from bot.summarizer import Requester
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.webhook import WebhookResponse

    from bot.clock import Clock
    from bot.library import Library
    from bot.messages.message import Message
    from bot.named_tasks import NamedTasks
    from bot.open_requests import OpenRequests
    from bot.rules.channels import ChannelSettings, Person
    from bot.store import Store
    from bot.summarizer import Summarizer
    from bot.workspace import Workspace

    Respond = Callable[..., Awaitable[WebhookResponse]]

log = structlog.get_logger(__name__)

_EPHEMERAL = "chat.postEphemeral"
_RESPONSE_URL = "response_url"
_OK = 200


@dataclass(frozen=True, slots=True)
class HandlerDeps:
    """The parts of Paperboy a listener may use.

    `saving_emoji` are the names of the emoji that save a paper; the first is the one we speak of. `defaults` are the
    settings of a channel nobody has set up, and `post_now` brings a channel what it would get next. What goes on after
    an answer runs in `background`, and tells people of its own failures; what says that there is no room for more, in
    `apologies`.
    """

    workspaces: Mapping[str, Workspace]
    store: Store
    library: Library
    summarizer: Summarizer
    background: NamedTasks[None]
    apologies: NamedTasks[None]
    clock: Clock
    saving_emoji: tuple[str, ...]
    requests: OpenRequests
    defaults: ChannelSettings

    async def drain(self, seconds: float) -> None:
        """Wait until what goes on after answers is done, `seconds` at most."""
        await asyncio.gather(self.background.drain(seconds), self.apologies.drain(seconds))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, and in which language they are answered.

    `is_new` tells that Slack is being asked about them just now, so that the language is a guess.
    """

    team: str
    user: str
    channel: str | None
    language: str
    is_new: bool = False

    def as_requester(self) -> Requester:
        """The same as somebody who has summaries written."""
        return Requester(self.team, self.user)


async def identify_asker(deps: HandlerDeps, payload: Mapping[str, Any]) -> Asker:
    """The person behind a command or an interaction; somebody new, or not asked about for a day, is asked after."""
    team, user, channel = whereabouts(payload)
    person = await deps.store.people.find(team, user)
    is_asked = _ask_after(deps, team, user, person)
    language = await deps.workspaces[team].profiles.language_of(person, team, channel)
    return Asker(team, user, channel, language, is_new=is_asked and is_new(person))


async def fetch_profile(deps: HandlerDeps, team: str, user: str) -> None:
    """Ask after somebody in the background, if that is due, so that the next answer is in their language."""
    _ask_after(deps, team, user, await deps.store.people.find(team, user))


def _ask_after(deps: HandlerDeps, team: str, user: str, person: Person | None) -> bool:
    profiles = deps.workspaces[team].profiles
    is_wanted = profiles.is_to_be_asked_about(team, user, person)
    if is_wanted:
        deps.background.start_if_room(profiles.fetch_profile(team, user))
    return is_wanted


async def in_own_language(deps: HandlerDeps, asker: Asker) -> Asker:
    """The same, with the language Slack tells of somebody new, waited for a moment: for after the acknowledgement."""
    if not asker.is_new:
        return asker
    profiles = deps.workspaces[asker.team].profiles
    language = await profiles.first_language(asker.team, asker.user, asker.channel)
    return replace(asker, language=language, is_new=False)


def whereabouts(payload: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Team, user and channel of a command (flat) or an interaction (nested)."""
    if "user_id" in payload:
        return payload["team_id"], payload["user_id"], payload.get("channel_id")
    user = payload["user"]
    team = (payload.get("team") or {}).get("id") or user.get("team_id")
    return team, user["id"], (payload.get("channel") or {}).get("id")


def private(message: Message) -> dict[str, Any]:
    """The message as an acknowledgement that only the asker sees."""
    return {**message.to_payload(), "response_type": "ephemeral"}


@dataclass(frozen=True, slots=True)
class AnswerPath:
    """How somebody is answered alone where they look.

    `respond` sends to the response_url of what they did: such an answer stands at the foot of the channel, and may be
    given five times. `thread_ts` names the first message of the thread in which the message they clicked stands, None
    where it stands in none; there they are answered by `chat.postEphemeral`. `write_to` writes to them directly, where
    nothing else reaches them, or when it `is_late` and they look elsewhere by now.
    """

    respond: Respond
    client: AsyncWebClient
    user: str
    channel: str | None
    thread_ts: str | None = None
    write_to: Callable[[Message], Awaitable[None]] | None = None
    is_late: bool = False


def answer_path(body: Mapping[str, Any], respond: Respond, client: AsyncWebClient) -> AnswerPath:
    """Where to answer a command or an interaction."""
    _, user, channel = whereabouts(body)
    return AnswerPath(respond, client, user, channel, thread_of(body))


def thread_of(body: Mapping[str, Any]) -> str | None:
    """The thread a click came from; a thread's first message is clicked in the channel, so it counts as outside."""
    message, container = body.get("message") or {}, body.get("container") or {}
    thread_ts = message.get("thread_ts") or container.get("thread_ts")
    own = message.get("ts") or container.get("message_ts")
    return thread_ts if thread_ts and thread_ts != own else None


async def respond_privately(path: AnswerPath, message: Message, *, in_place: bool = False) -> None:
    """Answer the asker alone, below the message they acted on, or `in_place` of a private one.

    Where Slack does not take the answer one way, it is given the other way. Raises `AnswerRefused` when none works.
    """
    if path.write_to and path.is_late:
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
            log.warning("an answer had to go another way", failures=failures)
        return
    if path.write_to is None:
        raise AnswerRefused(reason="; ".join(failures))
    log.warning("an answer is written to somebody directly", failures=failures)
    await path.write_to(message)


async def _respond(path: AnswerPath, message: Message, *, in_place: bool) -> None:
    await send_to_response_url(path, {**private(message), "replace_original": in_place})


async def send_to_response_url(path: AnswerPath, payload: Mapping[str, Any]) -> None:
    """Send to the response_url. Raises `SlackRefused` or `SlackUnreachable`."""
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
    whispering = path.client.chat_postEphemeral(
        channel=path.channel, user=path.user, thread_ts=path.thread_ts, **message.to_payload()
    )
    await call(_EPHEMERAL, whispering)


def in_background(deps: HandlerDeps, asker: Asker, path: AnswerPath, work: Callable[[Asker], Awaitable[None]]) -> None:
    """Go on after the acknowledgement; `work` is given the asker with their own language.

    When it fails, the person who asked for it hears so in one sentence, and the log knows why.
    """
    deps.background.start(do_and_tell(deps, asker, path, work))


async def do_and_tell(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, work: Callable[[Asker], Awaitable[None]]
) -> None:
    """Do it with the language of the asker known, and tell them if it fails. Raises what telling them raises."""
    try:
        asker = await in_own_language(deps, asker)
        await work(asker)
    except AnswerRefused:
        log.exception("somebody could not be answered")
    except Exception as error:
        await respond_privately(path, explain(error, asker.language))


def explain(error: Exception, language: str) -> Message:
    """The sentence for an error, with a reference under which the log has the whole story."""
    reference = secrets.token_hex(3)
    expected = isinstance(error, PaperboyError)
    known = error if isinstance(error, PaperboyError) else PaperboyError()
    log.log(20 if expected else 40, "a request failed", reference=reference, error=str(error), exc_info=not expected)
    return answers.failure(error=known, reference=reference, language=language)
