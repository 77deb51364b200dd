"""A whole Paperboy at work: the real bot, a Slack on loopback, the paper sources on loopback, a database on disk."""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bot.app import open_bot
from bot.demo.bundled_days import bundled_days
from bot.editions.daily import PostedDay
from bot.messages.as_text import as_text
from bot.messages.message import Message
from bot.rules.channels import Channel as ServedChannel
from bot.rules.channels import ChannelSettings
from bot.rules.feeds import HUGGING_FACE
from bot.settings import SecretStr, Settings
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.store.opening import open_store
from bot.store.sqlite import connect
from tests.clocks import PatientClock
from tests.postgres import WHOLE, database_of
from tests.scopes import usually_granted
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

    from bot.connected_bot import ConnectedBot
    from bot.rules.papers import NotOpenYet, Unreachable
    from bot.rules.selection import Without
    from bot.slack.socket_mode import SocketModeConnection
    from bot.slack_emulator import Answer, Channel, Person, PrivateMessage, SlackMessage
    from bot.slack_emulator.installation import Enterprise
    from bot.store import Store

DAY = date(2024, 7, 31)
DAYS = bundled_days()


def bundled_day() -> list[Any]:
    """The morning that comes with Paperboy, as Hugging Face would list it."""
    from bot.demo import bundled_days

    path = bundled_days._DAYS / f"{DAY.isoformat()}.json"
    items: list[Any] = json.loads(path.read_text(encoding="utf-8"))
    return items


def papers_of(day: date, votes: Sequence[int] = (30, 20, 10, 5)) -> list[Any]:
    """Papers of a day nobody knows yet, as Hugging Face would list them: ids of that day, numbered from 1."""
    return [
        {
            "paper": {
                "id": f"{day:%y%m}.{day.day:02}{number:03}",
                "authors": [{"name": "Ana Ruiz", "hidden": False}],
                "publishedAt": f"{day}T00:00:00.000Z",
                "title": f"Paper {number} of {day}",
                "summary": "We present a method. It is trained on data. It reaches good results.",
                "upvotes": count,
            },
            "publishedAt": f"{day}T00:00:00.000Z",
            "title": f"Paper {number} of {day}",
            "numComments": 0,
        }
        for number, count in enumerate(votes, start=1)
    ]


def like(**settings: Any) -> ChannelSettings:
    """How a channel gets its papers: three at ten past nine in Seoul, in English, but for what is said otherwise."""
    return ChannelSettings(**{"post_at": time(9, 10), "timezone": "Asia/Seoul", "language": "en", "top": 3, **settings})


def settings_for(slack: SlackEmulator, sources: PaperSources, folder: Path, **more: Any) -> Settings:
    """What the environment would say, had it been set for these servers."""
    values: dict[str, Any] = {
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_app_token": SecretStr(slack.app_token),
        "slack_api_url": slack.api_url,
        "hf_url": sources.hugging_face_url,
        "arxiv_api_url": sources.arxiv_url,
        "arxiv_url": sources.arxiv_url,
        "database_url": database_url(folder),
        **more,
    }
    return Settings(**values)


def database_url(folder: Path) -> str:
    """The address of the database of a Paperboy that has this folder."""
    return database_of(folder) if WHOLE in os.environ else f"sqlite:///{folder / 'paperboy.db'}"


@asynccontextmanager
async def open_database(folder: Path) -> AsyncIterator[Store]:
    """The store of a Paperboy that has this folder, as a first start leaves it unless there is one."""
    lay_out_database(folder)
    store = await open_store(Settings(database_url=database_url(folder)))
    try:
        yield store
    finally:
        await store.close()


@cache
def _blank_database() -> bytes:
    """A database of the present shape with nothing in it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "blank.db"
        connect(file).close()
        return file.read_bytes()


def lay_out_database(folder: Path) -> Path:
    """A database as a first start leaves it, unless there is one: each step of its migration is made once a process.

    How a database is made and migrated is specified in `tests/bot/store`.
    """
    file = folder / "paperboy.db"
    if not file.exists() and WHOLE not in os.environ:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_blank_database())
    return file


def environment_for(settings: Settings) -> dict[str, str]:
    """The same as environment variables, for a Paperboy in a process of its own."""
    secrets = {
        "SLACK_BOT_TOKEN": settings.require("SLACK_BOT_TOKEN"),
        "SLACK_APP_TOKEN": settings.require("SLACK_APP_TOKEN"),
    }
    plain = ("slack_api_url", "hf_url", "arxiv_api_url", "arxiv_url", "database_url")
    return {**secrets, **{name.upper(): getattr(settings, name) for name in plain}}


@dataclass(frozen=True, slots=True)
class Harness:
    """The parts a test acts on, and verbs for what people do."""

    slack: SlackEmulator
    sources: PaperSources
    bot: ConnectedBot
    clock: PatientClock
    papers: Channel
    ana: Person
    jimin: Person

    @property
    def team(self) -> str:
        return self.bot.workspace.team

    async def post(
        self, day: date = DAY, *, top: int = 4, language: str = "en"
    ) -> PostedDay | Without | NotOpenYet | Unreachable:
        """Let the day's papers be posted to #papers."""
        sender, settings = self.bot.workspace.sender, like(top=top, language=language)
        return await self.bot.workspace.daily.post(sender, self.team, self.papers.id, day, settings)

    async def queue_again(self, day: date = DAY, *, unconfirmed: bool = False) -> PostedDay:
        """Send again what did not arrive of a day in #papers."""
        sender, daily = self.bot.workspace.sender, self.bot.workspace.daily
        outcome = await daily.post(sender, self.team, self.papers.id, day, like(), again=True, unconfirmed=unconfirmed)
        assert isinstance(outcome, PostedDay)
        return outcome

    @property
    def socket_mode(self) -> SocketModeConnection:
        assert self.bot.socket_mode is not None
        return self.bot.socket_mode

    @property
    def header(self) -> SlackMessage:
        return self.slack.messages(self.papers.id)[0]

    @property
    def cards(self) -> list[SlackMessage]:
        return self.slack.thread(self.papers.id, self.header.ts)[1:]

    async def ask(self, person: Person, text: str) -> list[str]:
        """Type `/paper text` and read everything that comes back to this person alone."""
        before = len(self.slack.ephemerals(person.id))
        answer = await self.slack.command(person.id, self.papers.id, "/paper", text)
        assert answer.ok, answer
        await self.quiet()
        return [read(private) for private in self.slack.ephemerals(person.id)[before:]]

    async def click(
        self, person: Person, message: SlackMessage | PrivateMessage, action: str, **which: str
    ) -> list[str]:
        """Press a button and read everything that comes back to this person alone."""
        before = len(self.slack.ephemerals(person.id))
        answer: Answer = await self.slack.click(person.id, message, action, **which)
        assert answer.ok, answer
        await self.quiet()
        return [read(private) for private in self.slack.ephemerals(person.id)[before:]]

    async def serve(self, channel: Channel | None = None, **more: Any) -> None:
        """Let a channel, #papers when none is named, be served from now on; `more` are its settings."""
        now = self.clock.now()
        cursor = HUGGING_FACE.last_settled_day(now)
        served = ServedChannel(self.team, (channel or self.papers).id, like(**more), cursor=cursor)
        assert await self.bot.services.store.channels.create(served, now=now)

    async def served(self, channel: Channel | None = None) -> ServedChannel:
        """A channel, #papers when none is named, as the bot knows it."""
        known = await self.bot.services.store.channels.find(self.team, (channel or self.papers).id)
        assert known is not None
        return known

    async def change(self, channel: Channel | None = None, **settings: Any) -> None:
        """Let a channel have these settings from now on; the others stay."""
        known = await self.served(channel)
        await self.bot.services.store.channels.change_settings(
            self.team, known.id, replace(known.settings, **settings), user=self.ana.id, now=self.clock.now()
        )

    async def pause(self, channel: Channel | None = None) -> None:
        known = await self.served(channel)
        assert await self.bot.services.store.channels.pause(self.team, known.id, user=self.ana.id, now=self.clock.now())

    async def resume(self, channel: Channel | None = None) -> None:
        known, now = await self.served(channel), self.clock.now()
        assert await self.bot.services.store.channels.start(
            self.team, known.id, latest=HUGGING_FACE.last_listing_day(now), user=self.ana.id, now=now
        )

    async def skip_next(self, channel: Channel | None = None, *, wanted: bool = True) -> None:
        known = await self.served(channel)
        await self.bot.services.store.channels.set_skip_next(
            self.team, known.id, wanted, user=self.ana.id, now=self.clock.now()
        )

    async def at(self, moment: datetime) -> None:
        """Let it be `moment`, and let everything due be done."""
        self.clock.advance_to(moment)
        await self.bot.ownership.share()
        await self.bot.workspace.schedule.tick(self.clock.now())
        await self.bot.database_upkeep.tick(self.clock.now())
        await self.bot.workspace.schedule.idle()
        await self.bot.database_upkeep.idle()

    async def react(self, person: Person, message: SlackMessage, emoji: str) -> None:
        await self.slack.react(person.id, message.channel, message.ts, emoji)
        await self.quiet()

    async def unreact(self, person: Person, message: SlackMessage, emoji: str) -> None:
        await self.slack.unreact(person.id, message.channel, message.ts, emoji)
        await self.quiet()

    async def reading_list(self, person: Person) -> list[str]:
        """The ids on a person's list, newest first."""
        saved = (await self.bot.services.store.reading_lists.page(self.team, person.id, limit=1000))[0]
        return [entry.paper.id for entry in saved]

    async def quiet(self) -> None:
        """Wait until the bot has dealt with everything it was sent and finished what it began."""
        await self.slack.settled()
        await self.bot.checks.drain(10)
        await self.bot.deps.drain(10)
        await self.slack.settled()


@asynccontextmanager
async def open_harness(
    folder: Path,
    *,
    manifest: Mapping[str, Any] | None = None,
    granted: Collection[str] | None = None,
    ack_timeout: float = 3.0,
    over_http: bool = False,
    enterprise: Enterprise | None = None,
    before: Callable[[SlackEmulator, PatientClock], None] | None = None,
    **more: Any,
) -> AsyncIterator[Harness]:
    """An office on its first day: a channel, two people, the bundled morning on the list; `more` are settings.

    Over HTTP it is today, because signatures are only good for five minutes. `before` the bot comes, more may have
    happened. It was `granted` what is usual, unless these scopes are given.
    """
    clock = PatientClock(datetime.now(UTC)) if over_http else PatientClock()
    async with (
        PaperSources.open() as sources,
        SlackEmulator(
            manifest or build_manifest(),
            granted=usually_granted(manifest or build_manifest()) if granted is None else granted,
            now=clock.now,
            ack_timeout=ack_timeout,
            retry_delays=(0, 0, 0),
            enterprise=enterprise,
        ) as slack,
    ):
        sources.day(DAY, bundled_day())
        ana = slack.add_person("Ana", locale="en-US", tz="Europe/Berlin")
        jimin = slack.add_person("Jimin", locale="ko-KR", tz="Asia/Seoul")
        papers = slack.add_channel("papers", members=[ana.id, jimin.id], with_bot=True)
        if over_http:
            more |= {"slack_app_token": None, "slack_signing_secret": SecretStr(slack.signing_secret), "port": 0}
        lay_out_database(folder)
        if before:
            before(slack, clock)
        async with open_bot(settings_for(slack, sources, folder, **more), clock=clock) as bot:
            if over_http:
                slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            else:
                await slack.connected()
            yield Harness(slack, sources, bot, clock, papers, ana, jimin)


def read(message: SlackMessage | PrivateMessage) -> str:
    """A message as a person would read it."""
    return as_text(Message(message.text, tuple(message.blocks)), width=200)
