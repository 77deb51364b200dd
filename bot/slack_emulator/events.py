"""The events the bot receives: only those it subscribed to, only where it is a member."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from .payloads import PayloadSender
from .values import Channel, Json, SlackMessage
from .workspace import WorkspaceState

COMPOSER = "COMPOSER"
"""The place of a link in a message that somebody still writes."""

_ADDRESS = re.compile(r"https?://[^\s|<>]+")


W = TypeVar("W", bound=SlackMessage | Channel)
P = ParamSpec("P")


def _in_each_workspace(
    tell: Callable[Concatenate["Events", W, P], None],
) -> Callable[Concatenate["Events", W, P], None]:
    """Tell of what happened somewhere in each workspace that shares the channel, and so to each installation."""

    @wraps(tell)
    def in_each(here: "Events", where: W, /, *more: P.args, **named: P.kwargs) -> None:
        for each in here.told_of(where.channel if isinstance(where, SlackMessage) else where.id):
            tell(each, where, *more, **named)

    return in_each


class Events:
    """Turns changes into event deliveries (shapes: docs.slack.dev, reference/events)."""

    def __init__(self, workspace: WorkspaceState, sender: PayloadSender, numbers: Iterator[int]) -> None:
        self._app = workspace.app
        self._workspace = workspace
        self._sender = sender
        self._numbers = numbers
        self._shared: dict[str, tuple[Events, ...]] = {}
        self._told_once: set[str] = set()
        self.installed = True

    def share(self, channel: str, everywhere: Iterable["Events"], *, told_once: bool) -> None:
        """Let a channel be shared by these workspaces, this one among them."""
        self._shared[channel] = tuple(everywhere)
        if told_once:
            self._told_once.add(channel)

    def told_of(self, channel: str) -> tuple["Events", ...]:
        """The installations told of what happens in a channel: each that shares it, or the one that came last."""
        shared = self._shared.get(channel, (self,))
        if channel not in self._told_once:
            return shared
        return tuple(each for each in shared if each.installed and each._workspace.has_bot(channel))[-1:]

    def send(self, event: Json, *, subscription: str | None = None) -> None:
        """Deliver an event if the app subscribed to it (by its type, or by `subscription` such as message.im)."""
        if not self.installed or not self._app.hears(subscription or event["type"]):
            return
        self._sender.send("events_api", self._envelope({"event_ts": self._workspace.event_stamps.next(), **event}))

    @_in_each_workspace
    def posted(self, message: SlackMessage) -> None:
        """A message came into a channel."""
        channel = self._workspace.channels[message.channel]
        event = {**_seen(message), "channel": channel.id, "event_ts": message.ts}
        if message.files:  # only the event says so (docs.slack.dev, file_share message)
            event["subtype"] = "file_share"
        self._message(channel, event)
        self._mention(channel, message, event)
        self._linked(message)
        if message.is_reply and message.thread_ts:
            self._replied(channel, message.thread_ts)

    @_in_each_workspace
    def changed(self, message: SlackMessage, before: SlackMessage) -> None:
        """A message was changed: by its author, or by a link's preview."""
        self._hidden(message, "message_changed", message=_seen(message), previous_message=_seen(before))
        if message.text != before.text and message.edited_ts is not None:
            # A mention that is edited comes as one again (slackapi/bolt-js#960, slack-go/slack#1256).
            channel = self._workspace.channels[message.channel]
            self._mention(channel, message, {**_seen(message), "channel": channel.id, "event_ts": message.edited_ts})

    @_in_each_workspace
    def deleted(self, before: SlackMessage) -> None:
        """A message was deleted; one with replies leaves a tombstone, which is a change of it."""
        if (left := self._workspace.message(before.channel, before.ts)) is not None:
            self._hidden(left, "message_changed", message=_seen(left), previous_message=_seen(before))
            return
        self._hidden(before, "message_deleted", deleted_ts=before.ts, previous_message=_seen(before))

    @_in_each_workspace
    def reacted(self, message: SlackMessage, person: str, reaction: str, *, added: bool) -> None:
        """A reaction came or went."""
        if not self._workspace.has_bot(message.channel):
            return
        event: Json = {"type": "reaction_added" if added else "reaction_removed", "user": person, "reaction": reaction}
        if message.user is not None:
            event["item_user"] = message.user
        self.send(event | {"item": {"type": "message", "channel": message.channel, "ts": message.ts}})

    @_in_each_workspace
    def joined(self, channel: Channel, person: str, inviter: str | None) -> None:
        """Someone, perhaps the bot, became a member of a channel the bot is in."""
        event = {"type": "member_joined_channel", **self._membership(channel, person)}
        self._in_channel(channel, event | ({} if inviter is None else {"inviter": inviter}))

    @_in_each_workspace
    def left(self, channel: Channel, person: str) -> None:
        """Someone else left a channel the bot is in."""
        self._in_channel(channel, {"type": "member_left_channel", **self._membership(channel, person)})

    def removed_bot(self, channel: Channel, by: str) -> None:
        """The bot was taken out of a channel."""
        kind = "group" if channel.kind == "private" else "channel"
        self.send({"type": f"{kind}_left", "channel": channel.id, "actor_id": by})

    @_in_each_workspace
    def channel_event(self, where: Channel, /, what: str, **more: Any) -> None:
        """`archive`, `unarchive` or `rename` of a channel the bot is in."""
        kind = "group" if where.kind == "private" else "channel"
        self._in_channel(where, {"type": f"{kind}_{what}", "channel": where.id, **more})

    def _in_channel(self, channel: Channel, event: Json) -> None:
        if self._app.bot_user_id in channel.members:
            self.send(event)

    def _message(self, channel: Channel, event: Json) -> None:
        if self._app.bot_user_id in channel.members:
            kinds = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
            self.send({**event, "channel_type": channel.event_type}, subscription=kinds[channel.kind])

    def _mention(self, channel: Channel, message: SlackMessage, event: Json) -> None:
        """Mentions in direct messages come as messages alone (docs.slack.dev, app_mention)."""
        named = self._shared[channel.id] if channel.id in self._told_once else (self,)
        is_mention = any(f"<@{each._app.bot_user_id}>" in message.text for each in named) and channel.kind != "im"
        if is_mention and self._app.bot_user_id in channel.members:
            self.send({**event, "type": "app_mention"})

    def _replied(self, channel: Channel, thread_ts: str) -> None:
        """A thread's first message is announced with each reply, by an event that lacks its subtype (docs.slack.dev,
        message_replied)."""
        root = self._workspace.message(channel.id, thread_ts)
        if root is None:
            return
        stamp = self._workspace.event_stamps.next()
        event = {"type": "message", "hidden": True, "channel": channel.id, "ts": stamp, "event_ts": stamp}
        self._message(channel, {**event, "message": {**_seen(root), **self._workspace.thread_facts(root)}})

    def _hidden(self, about: SlackMessage, subtype: str, **more: Any) -> None:
        channel = self._workspace.channels[about.channel]
        stamp = self._workspace.event_stamps.next()
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id, "ts": stamp}
        self._message(channel, {**event, "event_ts": stamp, **more})

    def composing(self, person: str, unfurl_id: str, text: str) -> None:
        """Somebody has written a link and not sent it yet (docs.slack.dev, unfurling-links-in-messages)."""
        self._link_shared(
            text,
            {
                "channel": COMPOSER,
                "is_bot_user_member": True,
                "user": person,
                "message_ts": unfurl_id,
                "unfurl_id": unfurl_id,
                "source": "composer",
            },
        )

    @_in_each_workspace
    def linked(self, message: SlackMessage) -> None:
        """A message was edited to have links."""
        self._linked(message)

    def _linked(self, message: SlackMessage) -> None:
        """A message with links stands in a conversation; an app's are not told."""
        if message.bot_id is not None:
            return
        self._link_shared(
            message.text,
            {
                "channel": message.channel,
                "is_bot_user_member": self._workspace.has_bot(message.channel),
                "user": message.user,
                "message_ts": message.ts,
                "unfurl_id": f"{message.channel}.{message.ts}",
                "source": "conversations_history",
                **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            },
        )

    def _link_shared(self, text: str, where: Json) -> None:
        links = [
            {"domain": domain, "url": url}
            for url in addresses(text)
            for domain in claimed(url, self._app.unfurl_domains)
        ]
        if links:
            self.send({"type": "link_shared", **where, "links": links})

    def _membership(self, channel: Channel, person: str) -> Json:
        kind = "G" if channel.kind == "private" else "C"
        return {"user": person, "channel": channel.id, "channel_type": kind, "team": self._app.team_id}

    def _home_of(self, event: Json) -> str:
        """The workspace an event happened in: that of the person, who may be met in a shared channel."""
        person = self._workspace.people.get(str(event.get("user")))
        return (person.home if person else None) or self._app.team_id

    def _is_shared(self, event: Json) -> bool:
        item = event.get("item")
        where = event.get("channel") or (item.get("channel") if isinstance(item, dict) else None)
        channel = self._workspace.channels.get(where) if isinstance(where, str) else None
        return channel is not None and channel.shared

    def _envelope(self, event: Json) -> Json:
        number = next(self._numbers)
        return {
            "token": self._app.verification_token,
            "team_id": self._home_of(event),
            "context_team_id": self._app.team_id,
            "context_enterprise_id": self._app.enterprise_id if self._app.enterprise else None,
            "api_app_id": self._app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number:010d}",
            "event_time": int(float(event["event_ts"])),
            "authorizations": [
                {
                    "enterprise_id": self._app.enterprise_id if self._app.enterprise else None,
                    "team_id": self._app.team_id,
                    "user_id": self._app.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": self._app.enterprise == "organization",
                }
            ],
            "is_ext_shared_channel": self._is_shared(event),
            "event_context": f"4-{number:010d}",
        }


def _seen(message: SlackMessage) -> Json:
    return message.snapshot(with_metadata=True)


def addresses(text: str) -> list[str]:
    """The addresses in a message, each once, as Slack names them."""
    return list(dict.fromkeys(_ADDRESS.findall(text)))


def claimed(url: str, domains: Iterable[str]) -> list[str]:
    """The domain of an app that an address belongs to, if any."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # what looks like an address and is none
        return []
    return [domain for domain in domains if host == domain or host.endswith(f".{domain}")][:1]
