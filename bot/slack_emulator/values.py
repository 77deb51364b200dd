"""The values of a workspace, and of what passed between Slack and the bot."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im"]
DeliveryKind = Literal["events_api", "slash_commands", "interactive"]
Role = Literal["owner", "admin", "member", "guest", "channel_guest"]


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace; the bot has one of its own.

    `home` is the workspace of a user from another organization, met in shared channels.
    """

    id: str
    name: str
    real_name: str
    locale: str = "en-US"
    tz: str = "UTC"
    role: Role = "member"
    home: str | None = None
    is_bot: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation: a public or private channel, or the direct messages between the bot and one person."""

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    created: int
    archived: bool = False
    person: str | None = None
    creator: str | None = None
    shared: bool = False

    @property
    def event_type(self) -> str:
        """The `channel_type` of message events."""
        return {"public": "channel", "private": "group", "im": "im"}[self.kind]

    @property
    def command_name(self) -> str:
        """The `channel_name` of command payloads, which hides private names."""
        return {"public": self.name, "private": "privategroup", "im": "directmessage"}[self.kind]


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji under a message and who put it there, in order."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message everyone in its channel sees.

    `user` is None for messages posted through a response_url: Slack names only their bot.
    """

    channel: str
    ts: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    user: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    team: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    edited_by: str | None = None
    metadata: Json | None = None
    reactions: tuple[Reaction, ...] = ()
    unfurls: Json = field(default_factory=dict)
    files: tuple[Json, ...] = ()

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def users_of(self, reaction: str) -> tuple[str, ...]:
        """The people who reacted with this emoji."""
        return next((each.users for each in self.reactions if each.name == reaction), ())

    def snapshot(self, *, with_metadata: bool = False) -> Json:
        """The message as Slack's history shows it, ready for JSON."""
        seen: Json = {"type": "message", "ts": self.ts, "text": self.text}
        optional = {
            "subtype": self.subtype,
            "user": self.user,
            "team": self.team,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "thread_ts": self.thread_ts,
        }
        seen.update({name: value for name, value in optional.items() if value is not None})
        if self.blocks:
            seen["blocks"] = list(self.blocks)
        attachments = [*self.attachments, *({"from_url": url, **card} for url, card in self.unfurls.items())]
        if attachments:
            seen["attachments"] = attachments
        if self.files:
            seen |= {"files": list(self.files), "upload": True}
        if self.edited_ts is not None:
            seen["edited"] = {"user": self.edited_by, "ts": self.edited_ts}
        if self.reactions:
            seen["reactions"] = [
                {"name": each.name, "users": list(each.users), "count": len(each.users)} for each in self.reactions
            ]
        if with_metadata and self.metadata is not None:
            seen["metadata"] = self.metadata
        return seen


@dataclass(frozen=True, slots=True)
class SlackFile:
    """A file with its content; `created` is in seconds since 1970."""

    id: str
    name: str
    title: str
    content: bytes
    user: str
    created: int


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    """A message that only one person sees in a channel ("Only visible to you").

    One in a thread stands there and not in the channel, and `is_shown` only if somebody had answered in that thread
    before (docs.slack.dev, chat.postEphemeral). `ts` identifies it here; Slack gives it to nobody who answered through
    an acknowledgement or a response_url.
    """

    person: str
    channel: str
    ts: str
    text: str
    blocks: tuple[Json, ...]
    origin: Literal["acknowledgement", "response_url", "chat.postEphemeral"]
    thread_ts: str | None = None
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """A Home tab or a modal as one person sees it."""

    id: str
    kind: Literal["home", "modal"]
    person: str
    content: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None

    @property
    def blocks(self) -> tuple[Json, ...]:
        """The blocks shown."""
        return tuple(self.content.get("blocks", ()))

    @property
    def callback_id(self) -> str:
        """The app's own name for it."""
        return str(self.content.get("callback_id", ""))


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API request the bot made.

    `status` is None when the connection was dropped or left hanging; `answer` is then what was not sent,
    or None when the request was lost before Slack acted on it. `at` is monotonic, in seconds.
    """

    method: str
    arguments: Json
    token: str | None
    received: datetime
    at: float
    status: int | None
    answer: Json | None

    @property
    def ok(self) -> bool:
        """Whether Slack did what was asked, whether or not the bot got the response."""
        return self.answer is not None and self.answer.get("ok") is True

    @property
    def error(self) -> str | None:
        """Slack's error code."""
        return None if self.answer is None else self.answer.get("error")


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to deliver a payload to the bot.

    `reason` is None when it was acknowledged, else one of Slack's retry reasons (docs.slack.dev, Events API:
    http_timeout, http_error, connection_failed …). `status` is HTTP's, None over Socket Mode.
    """

    reason: str | None
    status: int | None = None
    answer: Any = None
    stop: bool = False

    @property
    def acked(self) -> bool:
        """Whether the bot acknowledged in time."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """An event, command or interaction on its way to the bot, with every attempt made so far."""

    number: int
    kind: DeliveryKind
    payload: Json
    attempts: tuple[DeliveryAttempt, ...] = ()
    done: bool = False

    @property
    def type(self) -> str:
        """The event's type, the command, or the interaction's type."""
        if self.kind == "events_api":
            return str(self.payload["event"]["type"])
        return str(self.payload["command" if self.kind == "slash_commands" else "type"])

    @property
    def acked(self) -> bool:
        """Whether an attempt was acknowledged."""
        return bool(self.attempts) and self.attempts[-1].acked

    @property
    def status(self) -> int | None:
        """The HTTP status of the last attempt."""
        return self.attempts[-1].status if self.attempts else None

    @property
    def answer(self) -> Any:
        """The bot's answer in its acknowledgement: JSON, a text, or None."""
        return self.attempts[-1].answer if self.attempts else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a command, click, shortcut, or submission as the person saw it.

    `error` is the one Slack's client shows: operation_timeout, dispatch_failed, http_service_error,
    invalid_command_response … `payload` is the acknowledgement's body. `messages` explain a refused payload.
    """

    ok: bool
    error: str | None
    payload: Any
    delivery: EventDelivery | None
    messages: tuple[str, ...] = ()
