"""The workspace's state: people, channels, messages, reactions, private messages."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from .changes import Changes, WorkspaceChange
from .errors import MisuseError, RefusalError
from .installation import InstalledApp
from .values import Channel, ChannelKind, Json, Person, PrivateMessage, Reaction, Role, SlackMessage

_MENTION = re.compile(r"(?<!\S)@([\w.-]+)")
_CHANNEL = re.compile(r"(?<!\S)#([\w-]+)")
_LINK = re.compile(r"https?://\S+")


class Stamps:
    """Slack's time stamps, `seconds.microseconds`: unique and increasing, whatever the clock does."""

    def __init__(self, now: Callable[[], datetime], step: int) -> None:
        self._now = now
        self._step = step
        self._last = 0

    def next(self) -> str:
        """A stamp above all before it."""
        at = int(self._now().timestamp() * 1_000_000)
        self._last = max(at - at % self._step + self._step, self._last + self._step)
        seconds, microseconds = divmod(self._last, 1_000_000)
        return f"{seconds}.{microseconds:06d}"


class WorkspaceState:
    """Everything people see. Every change is announced to `changes` once it is made.

    Channels of different workspaces may have the same ID, people may not: `people_from` is added to their numbers.
    """

    def __init__(self, app: InstalledApp, now: Callable[[], datetime], changes: Changes, *, people_from: int) -> None:
        self.app = app
        self.now = now
        self._changes = changes
        self._message_stamps = Stamps(now, 100)
        self.event_stamps = Stamps(now, 1)
        bot = Person(app.bot_user_id, app.name.lower(), app.name, is_bot=True)
        self.people: dict[str, Person] = {bot.id: bot}
        self.channels: dict[str, Channel] = {}
        self._messages: dict[str, dict[str, SlackMessage]] = {}
        self._private: dict[str, dict[str, PrivateMessage]] = {}
        self._named = 1
        self._people_from = people_from
        self._shared: dict[str, tuple[Stamps, tuple[WorkspaceState, ...]]] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        """What the bot says it is doing, by channel and thread; gone with its next message there."""
        self.suggested_prompts: dict[str, tuple[Json, ...]] = {}
        """What the bot suggests to ask, by channel."""

    def add_person(
        self, name: str, *, locale: str, tz: str, role: Role, home: str | None, is_bot: bool = False
    ) -> Person:
        """Someone new."""
        number = self._people_from + self.next_number()
        person = Person(f"U{number:010d}", name.lower().replace(" ", "."), name, locale, tz, role, home, is_bot)
        self.people[person.id] = person
        return person

    def add_channel(
        self,
        name: str,
        kind: ChannelKind,
        members: Iterable[str],
        person: str | None = None,
        *,
        creator: str | None = None,
        shared: bool = False,
        channel_id: str | None = None,
    ) -> Channel:
        """A new conversation, under the ID given or a new one."""
        found = frozenset(members)
        for member in found:
            self.person(member)
        prefix = "D" if kind == "im" else "C"
        created = int(self.now().timestamp())
        named = channel_id or self._id(prefix)
        channel = Channel(named, name, kind, found, created, person=person, creator=creator, shared=shared)
        self.channels[channel.id] = channel
        self._messages[channel.id] = {}
        self._changes.announce(WorkspaceChange("channel", channel.id))
        return channel

    def delete_channel(self, channel: str) -> Channel:
        """Take a channel away with all that was said in it."""
        self._messages.pop(channel)
        self._changes.announce(WorkspaceChange("channel", channel))
        return self.channels.pop(channel)

    def change_channel_id(self, channel: str) -> Channel:
        """Give a channel another id, and its messages with it."""
        before = self.channels.pop(channel)
        after = replace(before, id=self._id("C"))
        messages = self._messages.pop(channel)
        self._messages[after.id] = {ts: replace(message, channel=after.id) for ts, message in messages.items()}
        return self.change_channel(after)

    def share(self, channel: Channel, others: Iterable["WorkspaceState"]) -> None:
        """Let other workspaces have a channel, too, with all that is said in it, and meet the people in it."""
        stamps, all_of_them = Stamps(self.now, 100), (self, *others)
        for each in all_of_them:
            each._messages[channel.id] = self._messages[channel.id]
            each._shared[channel.id] = stamps, tuple(other for other in all_of_them if other is not each)
        for each in all_of_them:
            each.change_channel(channel)

    def change_channel(self, channel: Channel) -> Channel:
        """Put a changed channel in place of the one it was, in each workspace that has it."""
        self.channels[channel.id] = channel
        for other in self._shared[channel.id][1] if channel.id in self._shared else ():
            other.channels[channel.id] = channel
            for member in channel.members & self.people.keys() - other.people.keys():
                who = self.people[member]
                other.people[member] = replace(who, home=who.home or self.app.team_id)
        self._changes.announce(WorkspaceChange("channel", channel.id))
        return channel

    def direct_messages(self, person: str) -> Channel:
        """The direct messages between the bot and this person, opened when they are not yet."""
        for channel in self.channels.values():
            if channel.person == person:
                return channel
        return self.add_channel("directmessage", "im", {person, self.app.bot_user_id}, person)

    def person(self, person: str) -> Person:
        """The person with this ID; MisuseError when there is none."""
        if person not in self.people:
            raise MisuseError(f"nobody has the id {person}")
        return self.people[person]

    def channel(self, channel: str) -> Channel:
        """The channel with this ID; MisuseError when there is none."""
        if channel not in self.channels:
            raise MisuseError(f"no channel has the id {channel}")
        return self.channels[channel]

    def has_bot(self, channel: str) -> bool:
        """Whether the bot is a member."""
        return self.app.bot_user_id in self.channels[channel].members

    def messages(self, channel: str) -> list[SlackMessage]:
        """Every message of a channel, replies among them, oldest first."""
        return list(self._messages[channel].values())

    def thread(self, channel: str, ts: str) -> list[SlackMessage]:
        """A message and the replies below it, oldest first; empty when there is none."""
        return [each for each in self._messages[channel].values() if ts in (each.ts, each.thread_ts)]

    def message(self, channel: str, ts: str) -> SlackMessage | None:
        """The message there, if any."""
        return self._messages.get(channel, {}).get(ts)

    def post(self, channel: str, **fields: Any) -> SlackMessage:
        """Add a message, made of the fields of `SlackMessage`, at a new time stamp."""
        stamps = self._shared[channel][0] if channel in self._shared else self._message_stamps
        message = SlackMessage(channel, stamps.next(), **fields)
        self._messages[channel][message.ts] = message
        if message.bot_id == self.app.bot_id and message.thread_ts:
            self.statuses.pop((channel, message.thread_ts), None)
        self._changes.announce(WorkspaceChange("message_posted", channel, message.ts))
        return message

    def set_status(self, channel: str, thread_ts: str, status: str) -> None:
        """Show what the bot says it is doing in a thread; nothing for an empty text."""
        self.statuses[channel, thread_ts] = status
        if not status:
            del self.statuses[channel, thread_ts]
        self._changes.announce(WorkspaceChange("status", channel, thread_ts))

    def change(self, message: SlackMessage) -> SlackMessage:
        """Put a changed message in place of the one it was."""
        self._messages[message.channel][message.ts] = message
        self._changes.announce(WorkspaceChange("message_changed", message.channel, message.ts))
        return message

    def delete(self, message: SlackMessage) -> None:
        """Take a message away. One with replies leaves a tombstone, as in Slack."""
        if len(self.thread(message.channel, message.ts)) > 1:
            tombstone = SlackMessage(
                message.channel,
                message.ts,
                "This message was deleted.",
                user="USLACKBOT",
                subtype="tombstone",
                thread_ts=message.ts,
            )
            self._messages[message.channel][message.ts] = tombstone
        else:
            del self._messages[message.channel][message.ts]
        self._changes.announce(WorkspaceChange("message_deleted", message.channel, message.ts))

    def react(self, message: SlackMessage, person: str, name: str) -> SlackMessage:
        """Add a reaction; RefusalError already_reacted."""
        users = message.users_of(name)
        if person in users:
            raise RefusalError("already_reacted")
        if users:
            reactions = tuple(
                Reaction(name, (*users, person)) if each.name == name else each for each in message.reactions
            )
        else:
            reactions = (*message.reactions, Reaction(name, (person,)))
        return self._change_reactions(message, reactions, "reaction_added", person)

    def unreact(self, message: SlackMessage, person: str, name: str) -> SlackMessage:
        """Take a reaction back; RefusalError no_reaction."""
        users = message.users_of(name)
        if person not in users:
            raise RefusalError("no_reaction")
        left = tuple(user for user in users if user != person)
        reactions = tuple(Reaction(name, left) if each.name == name else each for each in message.reactions)
        return self._change_reactions(
            message, tuple(each for each in reactions if each.users), "reaction_removed", person
        )

    def _change_reactions(
        self,
        message: SlackMessage,
        reactions: tuple[Reaction, ...],
        kind: Literal["reaction_added", "reaction_removed"],
        person: str,
    ) -> SlackMessage:
        changed = replace(message, reactions=reactions)
        self._messages[message.channel][message.ts] = changed
        self._changes.announce(WorkspaceChange(kind, message.channel, message.ts, person))
        return changed

    def add_private(self, person: str, channel: str, **fields: Any) -> PrivateMessage:
        """Show something to one person only, made of the fields of `PrivateMessage`."""
        private = PrivateMessage(person, channel, self._message_stamps.next(), **fields)
        return self.change_private(private)

    def change_private(self, private: PrivateMessage) -> PrivateMessage:
        """Put a private message in place of the one with its time stamp, or at the end."""
        self._private.setdefault(private.person, {})[private.ts] = private
        self._changes.announce(WorkspaceChange("private_message", private.channel, private.ts, private.person))
        return private

    def delete_private(self, private: PrivateMessage) -> None:
        """Take a private message away."""
        self._private[private.person].pop(private.ts, None)
        self._changes.announce(WorkspaceChange("private_message", private.channel, private.ts, private.person))

    def private_messages(self, person: str) -> list[PrivateMessage]:
        """The messages that this person alone sees, oldest first."""
        return list(self._private.get(person, {}).values())

    def typed(self, words: str, *, labelled: bool = False) -> str:
        """Typed text as Slack's client sends it: entities, links, and mentions, which commands get `labelled`."""
        people = {person.name.casefold(): person.id for person in self.people.values()}
        channels = {channel.name.casefold(): channel.id for channel in self.channels.values()}

        def mention(found: re.Match[str], sign: str, ids: dict[str, str]) -> str:
            named = ids.get(found[1].casefold())
            if named is None:
                return found[0]
            return f"<{sign}{named}|{found[1]}>" if labelled else f"<{sign}{named}>"

        escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        linked = _LINK.sub(lambda found: f"<{found[0]}>", escaped)
        with_people = _MENTION.sub(lambda found: mention(found, "@", people), linked)
        return _CHANNEL.sub(lambda found: mention(found, "#", channels), with_people)

    def permalink(self, message: SlackMessage) -> str:
        """The message's address."""
        address = f"https://{self.app.domain}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
        return f"{address}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else address

    def thread_facts(self, message: SlackMessage) -> Json:
        """The fields of a thread's first message about its replies."""
        replies = [each for each in self.thread(message.channel, message.ts) if each.ts != message.ts]
        if not replies:
            return {}
        users = sorted({each.user for each in replies if each.user})
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
        }

    def next_number(self) -> int:
        """A number that nothing else is named by."""
        self._named += 1
        return self._named

    def _id(self, prefix: str) -> str:
        return f"{prefix}{self.next_number():010d}"
