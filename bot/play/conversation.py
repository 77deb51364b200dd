"""The workspace as one person sees it: conversations, messages, reactions, threads, private messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.play.emoji import CHARACTERS
from bot.play.rendering import Viewer
from bot.slack_emulator import PrivateMessage, SlackMessage
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.slack_emulator import Channel, Person, SlackEmulator
    from bot.templating.catalogues import Catalogue

Json = dict[str, Any]
AnyMessage = SlackMessage | PrivateMessage

_BELONGS_TOGETHER_SECONDS = 300
_NOON = 12
_KILO = 1000


@dataclass(frozen=True, slots=True)
class ShownReaction:
    """A reaction below a message; `names` is who added it, in words."""

    name: str
    character: str
    count: int
    names: str
    mine: bool


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file below a message: its name, its size in words, and where it can be opened."""

    name: str
    size: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as one person sees it. `follows` one of the same author; `place` is its name on the page."""

    ts: str
    place: str
    day: str
    time: str
    author: str
    face: str
    text: str
    blocks: tuple[Json, ...]
    attachments: tuple[Json, ...]
    files: tuple[ShownFile, ...]
    reactions: tuple[ShownReaction, ...]
    thread_ts: str
    thread_url: str
    replies: int
    last_reply: str
    last_face: str
    is_app: bool
    private: bool
    tombstone: bool
    edited: bool
    follows: bool
    shortcuts: tuple[Json, ...]
    app_name: str


@dataclass(frozen=True, slots=True)
class ShownConversation:
    """A row of the sidebar."""

    id: str
    name: str
    url: str
    is_direct: bool
    has_paperboy: bool
    is_open: bool
    unread: bool


def viewer_of(slack: SlackEmulator, person: Person) -> Viewer:
    """The viewer for a person of this workspace: names, channels, time zone, and language."""
    return Viewer(
        person.id,
        ZoneInfo(person.tz),
        {each.id: each.real_name for each in slack.people},
        {each.id: each.name for each in slack.channels},
        person.locale,
    )


def words_for(person: Person) -> Catalogue:
    """The words in the language of this person's Slack, where Paperboy speaks it."""
    return catalogue(person.locale)


def shortcuts_of(slack: SlackEmulator, kind: str) -> tuple[Json, ...]:
    """The shortcuts of this kind, `message` or `global`, that the app's manifest declares."""
    return tuple(each for each in slack.app.manifest.get("features", {}).get("shortcuts", ()) if each["type"] == kind)


def page_url(person: str, channel: str, **more: str) -> str:
    """The address of the page on which `person` looks at `channel`."""
    return "/?" + urlencode({"as": person, "in": channel, **more})


def conversations_of(
    slack: SlackEmulator, person: Person, open_one: str, read: dict[str, str]
) -> list[ShownConversation]:
    """The channels a person is in and their direct messages with the bot. `read` is up to where, by channel."""
    mine = [each for each in slack.channels if person.id in each.members and each.person in {None, person.id}]
    return [
        ShownConversation(
            channel.id,
            channel.name if channel.person is None else slack.person(slack.bot_user_id).real_name,
            page_url(person.id, channel.id),
            is_direct=channel.person is not None,
            has_paperboy=slack.bot_user_id in channel.members,
            is_open=channel.id == open_one,
            unread=channel.id != open_one and latest(slack, channel.id) > read.get(channel.id, ""),
        )
        for channel in mine
    ]


def latest(slack: SlackEmulator, channel: str) -> str:
    """The stamp of the last message of a channel, nothing when there is none."""
    messages = slack.messages(channel)
    return messages[-1].ts if messages else ""


def conversation(slack: SlackEmulator, person: Person, channel: str) -> list[ShownMessage]:
    """The messages that a person sees in a channel, oldest first; replies stand in their threads."""
    return [*_shown(slack, person, _in_channel(slack, person.id, channel))]


def thread(slack: SlackEmulator, person: Person, channel: str, ts: str) -> list[ShownMessage]:
    """The messages that a person sees in a thread, its first message first."""
    return [*_shown(slack, person, _in_thread(slack, person.id, channel, ts))]


def one_of_conversation(slack: SlackEmulator, person: Person, channel: str, ts: str) -> ShownMessage | None:
    """One message of a channel as a person sees it there; None when they do not."""
    return _one(slack, person, _in_channel(slack, person.id, channel), ts)


def one_of_thread(slack: SlackEmulator, person: Person, channel: str, thread_ts: str, ts: str) -> ShownMessage | None:
    """One message of a thread as a person sees it there; None when they do not."""
    return _one(slack, person, _in_thread(slack, person.id, channel, thread_ts), ts)


def _in_channel(slack: SlackEmulator, person: str, channel: str) -> list[AnyMessage]:
    public = [each for each in slack.messages(channel) if not each.is_reply or each.broadcast]
    private = [each for each in slack.ephemerals(person) if each.channel == channel and each.thread_ts is None]
    return _in_order([*public, *private])


def _in_thread(slack: SlackEmulator, person: str, channel: str, ts: str) -> list[AnyMessage]:
    private = [each for each in slack.ephemerals(person) if each.channel == channel and each.thread_ts == ts]
    return _in_order([*slack.thread(channel, ts), *private])


def _in_order(messages: list[AnyMessage]) -> list[AnyMessage]:
    return sorted(messages, key=lambda each: each.ts)


def _one(slack: SlackEmulator, person: Person, messages: list[AnyMessage], ts: str) -> ShownMessage | None:
    for place, each in enumerate(messages):
        if each.ts == ts:
            return [*_shown(slack, person, messages[max(place - 1, 0) : place + 1])][-1]
    return None


def _shown(slack: SlackEmulator, person: Person, messages: Sequence[AnyMessage]) -> Iterator[ShownMessage]:
    zone, words = ZoneInfo(person.tz), words_for(person)
    names = {each.id: each.real_name for each in slack.people}
    replies = _replies(slack, messages)
    shortcuts = shortcuts_of(slack, "message")
    before: AnyMessage | None = None
    for each in messages:
        author = _author(slack, each)
        at = datetime.fromtimestamp(float(each.ts), zone)
        public = each if isinstance(each, SlackMessage) else None
        below = replies.get(each.ts, [])
        yield ShownMessage(
            ts=each.ts,
            place=f"message:{each.channel}:{each.ts}" if public else f"private:{each.ts}",
            day=_day(at, words),
            time=_time(at, words),
            author=names.get(author, "Slackbot"),
            face=f"/faces/{author}.svg",
            text=each.text,
            blocks=each.blocks,
            attachments=tuple(public.snapshot().get("attachments", ())) if public else (),
            files=tuple(_file(each, person.id) for each in public.files) if public else (),
            reactions=_reactions(public, person.id, {**names, person.id: words.t("play.you")}) if public else (),
            thread_ts=each.thread_ts or each.ts,
            thread_url=page_url(person.id, each.channel, thread=each.thread_ts or each.ts),
            replies=len(below),
            last_reply=_last_at(below[-1], zone, words) if below else "",
            last_face=f"/faces/{_author(slack, below[-1])}.svg" if below else "",
            is_app=author == slack.bot_user_id,
            private=public is None,
            tombstone=public is not None and public.subtype == "tombstone",
            edited=public is not None and public.edited_ts is not None and not public.bot_id,
            follows=before is not None and _belong_together(slack, before, each),
            shortcuts=shortcuts,
            app_name=slack.app.name,
        )
        before = each


def _replies(slack: SlackEmulator, messages: Sequence[AnyMessage]) -> dict[str, list[SlackMessage]]:
    found: dict[str, list[SlackMessage]] = {}
    for channel in {each.channel for each in messages}:
        for each in slack.messages(channel):
            if each.is_reply and each.thread_ts:
                found.setdefault(each.thread_ts, []).append(each)
    return found


def _author(slack: SlackEmulator, message: AnyMessage) -> str:
    # Slack names only their bot on messages posted through a response_url, and so on private ones.
    user = None if isinstance(message, PrivateMessage) else message.user
    return user or slack.bot_user_id


def _file(file: Json, person: str) -> ShownFile:
    size = file["size"]
    words = f"{size} B" if size < _KILO else f"{size / _KILO:.0f} kB"
    return ShownFile(file["name"], words, "/files?" + urlencode({"as": person, "id": file["id"]}))


def _reactions(message: SlackMessage, person: str, names: dict[str, str]) -> tuple[ShownReaction, ...]:
    return tuple(
        ShownReaction(
            each.name,
            CHARACTERS.get(each.name, f":{each.name}:"),
            len(each.users),
            ", ".join(names.get(user, user) for user in each.users),
            person in each.users,
        )
        for each in message.reactions
    )


def _belong_together(slack: SlackEmulator, before: AnyMessage, after: AnyMessage) -> bool:
    return (
        type(before) is type(after)
        and _author(slack, before) == _author(slack, after)
        and float(after.ts) - float(before.ts) < _BELONGS_TOGETHER_SECONDS
        and not isinstance(after, PrivateMessage)
        and after.thread_ts != before.ts
    )


def _day(at: datetime, words: Catalogue) -> str:
    weekday, month = words.listed("dates.weekdays")[at.weekday()], words.listed("dates.months")[at.month - 1]
    return words.t("play.day", weekday=weekday, month=month, day=at.day)


def _last_at(message: SlackMessage, zone: ZoneInfo, words: Catalogue) -> str:
    at = datetime.fromtimestamp(float(message.ts), zone)
    month = words.listed("dates.months_short")[at.month - 1]
    return words.t("play.last_reply_at", month=month, day=at.day, time=_time(at, words))


def _time(at: datetime, words: Catalogue) -> str:
    return words.t("play.morning_time" if at.hour < _NOON else "play.afternoon_time", time=f"{at:%I:%M}".lstrip("0"))


def can_open(slack: SlackEmulator, person: str, file_id: str) -> bool:
    """Whether this person is in a conversation in which the file stands."""
    return any(
        file["id"] == file_id
        for channel in slack.channels
        if person in channel.members
        for message in slack.messages(channel.id)
        for file in message.files
    )


def is_open_to(slack: SlackEmulator, person: str, channel: str) -> Channel | None:
    """The channel, if this person may look into it."""
    found = next((each for each in slack.channels if each.id == channel), None)
    return found if found and person in found.members else None
