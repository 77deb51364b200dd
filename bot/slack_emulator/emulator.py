"""The emulator: a Slack workspace on loopback, with verbs for what people do in it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

from .changes import WorkspaceChange
from .errors import MisuseError, RefusalError
from .events import Events, addresses
from .faults import Faults
from .files import Files
from .grants import Grants
from .http_delivery import sign
from .installation import Enterprise, InstalledApp, check_optional_scopes_have_a_use, install
from .interactions import Interactions, Place
from .payloads import PayloadSender
from .posting import Poster
from .server import METHODS
from .site import Site
from .tokens import Token
from .values import (
    Answer,
    Call,
    Channel,
    ChannelKind,
    DeliveryAttempt,
    EventDelivery,
    Json,
    Person,
    PrivateMessage,
    Role,
    SlackFile,
    SlackMessage,
    View,
)
from .views import Views
from .web_api import ApiContext, RateLimit
from .workspace import WorkspaceState

WAIT_SECONDS = 10.0
FIRST_BOT_TOKEN = "xoxb-emulated-bot-token"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SlackEmulator:
    """Slack, as far as a bot can tell, with one workspace and one app installed from its manifest.

    Use it as an async context manager; it listens on 127.0.0.1 only. `now` gives time stamps and decides when
    triggers and response_urls expire. Payloads must be acknowledged within `ack_timeout` seconds; events are sent
    again after each of `retry_delays` seconds, waited with `sleep`. `rate_limits` answers 429 to more than a message
    a second and channel, and to more than `posts_a_minute` in the workspace, as `monotonic` counts seconds.

    A request with an argument its method does not have is answered as if it were not there, as in Slack; when it is
    `strict`, leaving the emulator raises MisuseError then. `enterprise` makes the workspace part of an organization:
    the app is installed in the `workspace` alone or in the whole `organization`. Of the manifest's scopes it has those
    `granted`, all by default: methods and events that need another one are closed to it.

    People act through the verbs; what the bot did shows in `messages`, `ephemerals`, `home`, `modals`, `calls` and
    `deliveries`. The verbs raise MisuseError for what nobody could do in Slack, the constructor ManifestError.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        *,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rate_limits: bool = False,
        posts_a_minute: int = 300,
        enterprise: Enterprise | None = None,
        granted: Collection[str] | None = None,
        strict: bool = True,
        ack_timeout: float = 3.0,
        retry_delays: Sequence[float] = (0, 60, 300),
        ping_every: float = 5.0,
        in_flight: int = 100,
        port: int = 0,
    ) -> None:
        app = replace(install(manifest, granted), enterprise=enterprise)
        site = Site(
            app,
            now=now or _utc_now,
            monotonic=monotonic,
            ping_every=ping_every,
            ack_timeout=ack_timeout,
            retry_delays=retry_delays,
            sleep=sleep,
            in_flight=in_flight,
        )
        site.tokens.add(FIRST_BOT_TOKEN, Token("bot", app.team_id))
        self._strict = strict
        self._port = port
        self._open(app, site, RateLimit(monotonic, posts_a_minute) if rate_limits else None)

    @classmethod
    def at(
        cls, site: Site, app: InstalledApp, *, rate_limit: RateLimit | None = None, people_from: int = 0
    ) -> "SlackEmulator":
        """One of several workspaces at one address, which is not entered: whoever opened the site closes it."""
        workspace = cls.__new__(cls)
        workspace._open(app, site, rate_limit, people_from)
        return workspace

    def _open(self, app: InstalledApp, site: Site, rate_limit: RateLimit | None, people_from: int = 0) -> None:
        check_optional_scopes_have_a_use(app, METHODS.all_scopes)
        self.app = app
        self._site = site
        self.unknown_arguments: list[tuple[str, str]] = []
        self.calls: list[Call] = []
        self._changes = site.changes
        self.faults = Faults(site.sockets)
        self._workspace = WorkspaceState(app, site.now, site.changes, people_from=people_from)
        self._sender = PayloadSender(site.transport, self.faults)
        self._events = Events(self._workspace, self._sender, site.event_numbers)
        self._grants = Grants(site.now, app.team_id)
        self._files = Files(self._workspace, site.now, lambda: site.server.base)
        self._poster = Poster(self._workspace, self._events, self.faults)
        self._views = Views(self.app, self._changes, self.faults, self._poster.next_id)
        self._interactions = Interactions(
            self._workspace,
            self._sender,
            self._grants,
            self._poster,
            self._views,
            lambda response: f"{site.server.base}/responses/{app.team_id}/{response}",
        )
        self._rate_limit = rate_limit
        site.join(app.team_id, self.context)

    async def __aenter__(self) -> Self:
        await self._site.start(self._port)
        return self

    async def __aexit__(self, failed: type[BaseException] | None, *_: object) -> None:
        await self.leave_off()
        await self._site.close()
        if self._strict and self.unknown_arguments and failed is None:
            raise MisuseError(f"Slack knows no such arguments: {sorted(set(self.unknown_arguments))}")

    async def leave_off(self) -> None:
        """Forget every fault, and stop whatever is under way."""
        self.faults.clear()
        await self._sender.close()

    # What the bot is set up with

    @property
    def api_url(self) -> str:
        """The Web API's base address, for the bot's SLACK_API_URL."""
        return f"{self._site.server.base}/api/"

    @property
    def bot_token(self) -> str:
        """The bot token last handed out to this workspace, or to the organization it is part of."""
        tokens = self._site.tokens
        latest = tokens.latest(self.app.team_id) or tokens.latest(self.app.organization or "")
        if latest is None:
            raise MisuseError(f"the app was never installed in {self.app.team_name}")
        return latest

    @property
    def app_token(self) -> str:
        """The app-level token of Socket Mode."""
        return self.app.app_token

    @property
    def config_token(self) -> str:
        """The token of somebody who may configure the workspace's apps."""
        return self.app.config_token

    @property
    def signing_secret(self) -> str:
        """The secret HTTP requests are signed with."""
        return self.app.signing_secret

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.app.team_id

    @property
    def bot_user_id(self) -> str:
        """The bot's id among people."""
        return self.app.bot_user_id

    @property
    def app_id(self) -> str:
        """The app's id."""
        return self.app.app_id

    @property
    def bot_id(self) -> str:
        """The bot's id on messages."""
        return self.app.bot_id

    @property
    def request_url(self) -> str | None:
        """The URL to which payloads are posted; Socket Mode while it is None."""
        return self._site.transport.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._site.transport.request_url = url

    @property
    def connections(self) -> int:
        """The number of Socket Mode connections that take payloads."""
        return self._site.sockets.connected

    # The workspace

    def add_person(
        self,
        name: str,
        *,
        locale: str = "en-US",
        tz: str = "UTC",
        role: Role = "member",
        home: str | None = None,
    ) -> Person:
        """Someone joins the workspace, or is met in a channel shared with their `home` workspace."""
        return self._workspace.add_person(name, locale=locale, tz=tz, role=role, home=home)

    def change_person(self, person: str, *, role: Role | None = None, deleted: bool = False) -> Person:
        """Someone's part in the workspace changes, or their account is closed."""
        before = self._workspace.person(person)
        after = replace(before, role=role or before.role, deleted=deleted)
        self._workspace.people[person] = after
        return after

    def add_channel(
        self,
        name: str,
        *,
        members: Iterable[str] = (),
        with_bot: bool = True,
        private: bool = False,
        creator: str | None = None,
        shared: bool = False,
    ) -> Channel:
        """A channel that has been there all along: its members' arrival is not announced."""
        found = {*members, self.bot_user_id} if with_bot else set(members)
        kind: ChannelKind = "private" if private else "public"
        return self._workspace.add_channel(name, kind, found, creator=creator, shared=shared)

    def share_channel(
        self, channel: str, name: str, others: Sequence["SlackEmulator"], members: Collection[str], *, told_once: bool
    ) -> Channel:
        """A channel, with the ID given, that this workspace shares with others at the same address."""
        everywhere = (self, *others)
        own = self._workspace.people.keys() & set(members)
        opened = self._workspace.add_channel(name, "public", own, channel_id=channel, shared=True)
        self._workspace.share(replace(opened, members=frozenset(members)), [each._workspace for each in others])
        for each in everywhere:
            each._events.share(channel, [every._events for every in everywhere], told_once=told_once)
        return self._workspace.channel(channel)

    def person(self, person: str) -> Person:
        """The person with this ID."""
        return self._workspace.person(person)

    def channel(self, channel: str) -> Channel:
        """The channel as it is now."""
        return self._workspace.channel(channel)

    @property
    def people(self) -> list[Person]:
        """Everyone, the bot among them."""
        return [*self._workspace.people.values()]

    @property
    def channels(self) -> list[Channel]:
        """Every channel, direct messages with the bot among them."""
        return [*self._workspace.channels.values()]

    def direct_messages(self, person: str) -> Channel:
        """The direct messages between this person and the bot."""
        return self._workspace.direct_messages(self._workspace.person(person).id)

    def restore(self, messages: Iterable[SlackMessage]) -> None:
        """Let messages stand where and since when they say, as if they had been written before this began."""
        for message in messages:
            self._workspace.channel(message.channel)
            self._workspace.change(message)

    async def invite(self, person: str, channel: str, *, by: str | None = None) -> None:
        """Someone joins a channel, invited by someone or by themselves."""
        before = self._workspace.channel(channel)
        if self._workspace.person(person).id in before.members:
            raise MisuseError(f"{person} is in {channel} already")
        after = self._workspace.change_channel(replace(before, members=before.members | {person}))
        self._events.joined(after, person, by)

    async def invite_bot(self, channel: str, *, by: str) -> None:
        """A person adds the bot to a channel."""
        await self.invite(self.bot_user_id, channel, by=by)

    async def leave(self, person: str, channel: str) -> None:
        """Someone leaves a channel."""
        before = self._member(person, channel)
        after = self._workspace.change_channel(replace(before, members=before.members - {person}))
        self._events.left(after, person)

    async def remove_bot(self, channel: str, *, by: str) -> None:
        """A person takes the bot out of a channel."""
        before = self._member(self.bot_user_id, channel)
        after = self._workspace.change_channel(replace(before, members=before.members - {self.bot_user_id}))
        self._events.removed_bot(after, by)

    async def archive(self, channel: str, *, by: str) -> None:
        """A person archives a channel."""
        archived = self._workspace.change_channel(replace(self._workspace.channel(channel), archived=True))
        self._events.channel_event(archived, "archive", user=by, is_moved=0)

    async def unarchive(self, channel: str, *, by: str) -> None:
        """A person brings a channel back."""
        back = self._workspace.change_channel(replace(self._workspace.channel(channel), archived=False))
        self._events.channel_event(back, "unarchive", user=by)

    async def rename(self, channel: str, name: str) -> None:
        """A channel gets another name."""
        renamed = self._workspace.change_channel(replace(self._workspace.channel(channel), name=name))
        about = {"id": channel, "name": name, "created": renamed.created}
        self._events.channel_event(renamed, "rename", channel=about)

    async def make_private(self, channel: str) -> None:
        """A public channel becomes a private one; nobody is told."""
        self._workspace.change_channel(replace(self._workspace.channel(channel), kind="private"))

    async def delete_channel(self, channel: str) -> None:
        """A channel is deleted with all that was said in it."""
        self._events.channel_event(self._workspace.delete_channel(channel), "deleted")

    async def change_channel_id(self, channel: str) -> Channel:
        """A channel gets another id, as some conversions bring about; the channel as it is then."""
        after = self._workspace.change_channel_id(channel)
        self._events.send({"type": "channel_id_changed", "old_channel_id": channel, "new_channel_id": after.id})
        return after

    def never_installed(self) -> None:
        """The app was not installed in this workspace: it is told of nothing, and has no token."""
        self._events.installed = False

    async def uninstall(self, *, tokens_last: bool = False) -> None:
        """Someone removes the app: it is told, then its tokens are good for nothing.

        The two events may come in either order (docs.slack.dev, app_uninstalled).
        """
        self._site.oauth.uninstall(self._site.oauth.owner_of(self.app), tokens_last=tokens_last)

    async def install_again(self, granted: Collection[str] | None = None) -> None:
        """Someone installs the app once more, with these of the manifest's scopes or all; it keeps those it has.

        Its token stays the same (docs.slack.dev, installing with OAuth: appending scopes).
        """
        self.app.scopes.update(install(self.app.manifest, granted).scopes)

    # What people do

    async def say(self, person: str, channel: str, text: str, *, thread_ts: str | None = None) -> SlackMessage:
        """Write a message. `<@bot_user_id>` mentions the bot."""
        found = self._member(person, channel)
        self._check_open(found)
        if found.kind == "im" and not self.app.takes_direct_messages:
            raise MisuseError("sending messages to this app has been turned off")
        parent = self._poster.thread(channel, thread_ts) if thread_ts else None
        message = self._workspace.post(channel, text=text, user=person, team=self.team_id, thread_ts=parent)
        self._events.posted(message)
        return message

    async def write(self, person: str, channel: str, words: str, *, thread_ts: str | None = None) -> SlackMessage:
        """Write a message as it is typed: what looks like markup is escaped, `@name` and `#channel` are mentions."""
        return await self.say(person, channel, self._workspace.typed(words), thread_ts=thread_ts)

    async def send_file(
        self, person: str, channel: str, name: str, content: bytes, *, text: str = "", thread_ts: str | None = None
    ) -> SlackMessage:
        """Write a message with a file."""
        self._check_open(self._member(person, channel))
        file = self._files.snapshot(self._files.add(name, content, person))
        parent = self._poster.thread(channel, thread_ts) if thread_ts else None
        message = self._workspace.post(
            channel, text=text, user=person, team=self.team_id, thread_ts=parent, files=(file,)
        )
        self._events.posted(message)
        return message

    async def edit_message(self, person: str, channel: str, ts: str, text: str) -> SlackMessage:
        """Change what one has written. Previews of links that are still there stay."""
        before = self._written(person, channel, ts)
        kept = {url: card for url, card in before.unfurls.items() if url in addresses(text)}
        stamp = self._workspace.event_stamps.next()
        after = replace(before, text=text, unfurls=kept, edited_ts=stamp, edited_by=person)
        self._workspace.change(after)
        self._events.changed(after, before)
        self._events.linked(after)
        return after

    async def delete_message(self, person: str, channel: str, ts: str) -> None:
        """Delete what one has written."""
        message = self._written(person, channel, ts)
        self._workspace.delete(message)
        self._events.deleted(message)

    async def compose(self, person: str, channel: str, text: str) -> None:
        """Write a message without sending it."""
        self._member(person, channel)
        self._events.composing(person, f"{person}-{uuid4()}", text)

    async def mention(self, person: str, channel: str, text: str, *, thread_ts: str | None = None) -> SlackMessage:
        """Write a message that begins by naming the bot."""
        return await self.say(person, channel, f"<@{self.bot_user_id}> {text}", thread_ts=thread_ts)

    def add_bot(self, name: str) -> Person:
        """Another app's bot, or a workflow, comes into the workspace."""
        return self._workspace.add_person(name, locale="en-US", tz="UTC", role="member", home=None, is_bot=True)

    async def say_as_bot(
        self, bot: Person, channel: str, text: str, *, thread_ts: str | None = None, subtype: str | None = None
    ) -> SlackMessage:
        """Let another bot write a message: under its own name, or, as a `bot_message`, under that of a webhook."""
        parent = self._poster.thread(channel, thread_ts) if thread_ts else None
        message = self._workspace.post(
            self._workspace.channel(channel).id,
            text=text,
            user=None if subtype else bot.id,
            bot_id=bot.id.replace("U", "B", 1),
            app_id=bot.id.replace("U", "A", 1),
            team=self.team_id,
            subtype=subtype,
            thread_ts=parent,
        )
        self._events.posted(message)
        return message

    async def react(self, person: str, channel: str, ts: str, reaction: str) -> None:
        """Put an emoji under a message."""
        message = self._reactable(person, channel, ts)
        self._events.reacted(self._done(self._workspace.react, message, person, reaction), person, reaction, added=True)

    async def unreact(self, person: str, channel: str, ts: str, reaction: str) -> None:
        """Take an emoji back."""
        message = self._reactable(person, channel, ts)
        changed = self._done(self._workspace.unreact, message, person, reaction)
        self._events.reacted(changed, person, reaction, added=False)

    async def command(self, person: str, channel: str, command: str, text: str = "") -> Answer:
        """Type a slash command and wait for what comes of it within Slack's 3 seconds."""
        found = self._member(person, channel)
        self._check_open(found)
        return await self._interactions.command(person, found, command, text)

    async def click(
        self, person: str, place: Place, action_id: str, *, block_id: str | None = None, value: str | None = None
    ) -> Answer:
        """Press a button; `block_id` or `value` tells those with the same action_id apart."""
        return await self._interactions.act(self._workspace.person(person).id, place, action_id, block_id, value)

    async def choose(
        self, person: str, place: Place, action_id: str, choice: Any, *, block_id: str | None = None
    ) -> Answer:
        """Choose from a menu: an option's value or words; for multi-menus and checkboxes a list of them."""
        return await self._interactions.act(self._workspace.person(person).id, place, action_id, block_id, choice)

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Answer:
        """Send off a modal, filled in with these values by action_id."""
        return await self._interactions.submit(view, values or {})

    async def close(self, view: View, *, everything: bool = False) -> Answer | None:
        """Close a modal, or all that are open; None when the bot does not care to know."""
        return await self._interactions.close(view, everything=everything)

    async def shortcut(self, person: str, callback_id: str, *, message: SlackMessage | None = None) -> Answer:
        """Use a shortcut, on a message or anywhere."""
        return await self._interactions.shortcut(self._workspace.person(person).id, callback_id, message)

    async def open_home(self, person: str, *, tab: str = "home") -> None:
        """Open the bot's Home tab, or its `messages` tab."""
        if tab == "messages" and not self.app.messages_tab:
            raise MisuseError("the manifest has no Messages tab")
        if tab == "home" and not self.app.home_tab:
            raise MisuseError("the manifest has no Home tab")
        channel = self.direct_messages(person)
        event: Json = {"type": "app_home_opened", "user": person, "channel": channel.id, "tab": tab}
        if (view := self._views.home(person)) and tab == "home":
            event["view"] = self._views.payload(view)
        self._events.send(event)

    async def send_event(self, event: Json, *, subscription: str | None = None) -> None:
        """Any other event, if the manifest subscribes to it."""
        self._events.send(event, subscription=subscription)

    # What became of it

    def messages(self, channel: str) -> list[SlackMessage]:
        """The messages that everyone in a channel sees, replies among them, oldest first."""
        return self._workspace.messages(self._workspace.channel(channel).id)

    def message(self, channel: str, ts: str) -> SlackMessage | None:
        """One message as it is now."""
        return self._workspace.message(channel, ts)

    def file(self, file_id: str) -> SlackFile:
        """One file with its content; MisuseError when there is none."""
        found = next((each for each in self._files.all if each.id == file_id), None)
        if found is None:
            raise MisuseError(f"no file has the id {file_id}")
        return found

    @property
    def files(self) -> list[SlackFile]:
        """Every file, those that nobody was shown among them, oldest first."""
        return self._files.all

    def thread(self, channel: str, ts: str) -> list[SlackMessage]:
        """A message and the replies below it."""
        return self._workspace.thread(self._workspace.channel(channel).id, ts)

    def ephemerals(self, person: str) -> list[PrivateMessage]:
        """The messages only this person sees, oldest first: acknowledgments, `response_url`, chat.postEphemeral."""
        return [each for each in self._workspace.private_messages(self._workspace.person(person).id) if each.is_shown]

    def unseen_ephemerals(self, person: str) -> list[PrivateMessage]:
        """The messages for this person alone that nobody ever sees, as they were sent into threads that are none."""
        all_of_them = self._workspace.private_messages(self._workspace.person(person).id)
        return [each for each in all_of_them if not each.is_shown]

    def status(self, channel: str, thread_ts: str) -> str | None:
        """The words with which the bot says what it is doing in a thread."""
        return self._workspace.statuses.get((channel, thread_ts))

    def suggested_prompts(self, person: str) -> tuple[Json, ...]:
        """The things to ask that the bot suggests to this person, in its Messages tab."""
        return self._workspace.suggested_prompts.get(self.direct_messages(person).id, ())

    def home(self, person: str) -> View | None:
        """This person's Home tab."""
        return self._views.home(person)

    def modals(self, person: str) -> list[View]:
        """The modals open before this person, the top one last."""
        return self._views.modals(person)

    @property
    def deliveries(self) -> list[EventDelivery]:
        """Every event, command and interaction sent to the bot, with its attempts so far."""
        return [*self._sender.deliveries.values()]

    def listen(self, listener: Callable[[WorkspaceChange], None]) -> Callable[[], None]:
        """Be told of every change; the answer ends it."""
        return self._changes.listen(listener)

    async def settled(self, *, within: float = WAIT_SECONDS) -> None:
        """Return once every delivery is acknowledged or given up. TimeoutError after `within` seconds."""
        await self.wait_for(lambda: not self._sender.busy, within=within, what="deliveries to settle")

    async def connected(self, connections: int = 1, *, within: float = WAIT_SECONDS) -> None:
        """Return once the bot has that many Socket Mode connections. TimeoutError after `within` seconds."""
        await self.wait_for(lambda: self.connections >= connections, within=within, what="the bot to connect")

    async def wait_for(
        self, holds: Callable[[], object], *, within: float = WAIT_SECONDS, what: str = "a condition"
    ) -> None:
        """Return once `holds()` is true, asked after every change.

        TimeoutError after `within` seconds, telling the last calls and the deliveries not acknowledged.
        """
        try:
            await self._changes.wait_for(holds, within)
        except TimeoutError:
            raise TimeoutError(f"waited {within} s for {what}; {self._circumstances()}") from None

    # HTTP mode

    async def verify_url(self, challenge: str = "challenge") -> DeliveryAttempt:
        """Ask the Request URL to prove itself, as Slack does when it is set; the answer must hold the challenge."""
        body = b'{"token":"%b","challenge":"%b","type":"url_verification"}' % (
            self.app.verification_token.encode(),
            challenge.encode(),
        )
        return await self.post_raw(body, {"Content-Type": "application/json"})

    async def post_raw(self, body: bytes, headers: Mapping[str, str]) -> DeliveryAttempt:
        """Post anything to the Request URL; signed rightly unless `headers` hold another signature or time."""
        if self.request_url is None:
            raise MisuseError("set request_url first")
        transport = self._site.transport
        return await transport.http.post(self.request_url, body, headers, within=transport.ack_timeout)

    def signature(self, body: bytes, timestamp: int) -> dict[str, str]:
        """The headers that sign a body at this time, in seconds since 1970."""
        return sign(self.signing_secret, body, timestamp)

    def context(self) -> ApiContext:
        """Everything that a method called in this workspace works on."""
        return ApiContext(
            self._workspace,
            self._events,
            self._poster,
            self._views,
            self._files,
            self._grants,
            self._site.sockets,
            f"{self._site.server.base.replace('http', 'ws', 1)}/link",
            self._rate_limit,
            self.unknown_arguments,
            self._site.tokens,
            self._site.oauth,
            self.faults,
            self.calls,
        )

    def _member(self, person: str, channel: str) -> Channel:
        found = self._workspace.channel(channel)
        if self._workspace.person(person).id not in found.members:
            raise MisuseError(f"{person} is not in {channel}")
        return found

    def _written(self, person: str, channel: str, ts: str) -> SlackMessage:
        self._check_open(self._member(person, channel))
        message = self._workspace.message(channel, ts)
        if message is None or message.user != person:
            raise MisuseError(f"{person} has written no message {ts} in {channel}")
        return message

    def _check_open(self, channel: Channel) -> None:
        if channel.archived:
            raise MisuseError(f"{channel.id} is archived")

    def _reactable(self, person: str, channel: str, ts: str) -> SlackMessage:
        self._check_open(self._member(person, channel))
        message = self._workspace.message(channel, ts)
        if message is None:
            raise MisuseError(f"there is no message {ts} to react to in {channel}")
        return message

    def _done(
        self, act: Callable[[SlackMessage, str, str], SlackMessage], message: SlackMessage, person: str, name: str
    ) -> SlackMessage:
        try:
            return act(message, person, name)
        except RefusalError as refusal:
            raise MisuseError(refusal.error) from None

    def _circumstances(self) -> str:
        last = [f"{call.method} {call.error or call.status}" for call in self.calls[-5:]]
        open_ones = [
            f"{each.type} ({', '.join(str(attempt.reason) for attempt in each.attempts) or 'no attempt yet'})"
            for each in self.deliveries
            if not each.acked
        ]
        return f"{self.connections} connections; last calls: {last}; not acknowledged: {open_ones[-10:]}"
