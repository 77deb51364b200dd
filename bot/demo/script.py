"""The script of `paperboy demo`; HTTP, WebSocket, and database are real, only Slack is emulated."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.clock import MovableClock
from bot.demo.bundled_days import bundled_summaries, serve_bundled_days
from bot.demo.local_bot import open_local_bot
from bot.editions.daily import PostedDay
from bot.errors import SlackUnreachable
from bot.messages.as_text import render
from bot.rules.channels import Channel, ChannelSettings
from bot.rules.papers import Listing
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from bot.connected_bot import ConnectedBot
    from bot.slack_emulator import Channel as SlackChannel
    from bot.slack_emulator import Person, PrivateMessage, SlackMessage

DAY = date(2024, 7, 31)
_SEOUL = ZoneInfo("Asia/Seoul")
_MORNING = datetime(2024, 8, 1, 9, 10, tzinfo=_SEOUL)
# Fast enough to watch; Slack itself would be given a second between two messages.
_PACE_SECONDS = 0.2


async def run_demo(console: Console | None = None) -> int:
    """Play the morning and print it; the process's exit code."""
    clock = MovableClock(_MORNING)
    with tempfile.TemporaryDirectory(prefix="paperboy-") as folder:
        async with (
            SlackEmulator(build_manifest(), now=clock.now, strict=False) as slack,
            serve_bundled_days() as source_url,
            open_local_bot(slack, source_url, Path(folder), clock, pace_seconds=_PACE_SECONDS) as bot,
        ):
            await _Demo(console or Console(), slack, bot, clock).play()
    return 0


class _Demo:
    """The scenes, in order."""

    def __init__(self, console: Console, slack: SlackEmulator, bot: ConnectedBot, clock: MovableClock) -> None:
        self._console = console
        self._slack = slack
        self._bot = bot
        self._clock = clock
        self._ana = slack.add_person("Ana", locale="en-US", tz="Europe/Berlin")
        self._jimin = slack.add_person("Jimin", locale="ko-KR", tz="Asia/Seoul")
        members = [self._ana.id, self._jimin.id]
        self._english = slack.add_channel("papers", members=members, with_bot=True)
        self._korean = slack.add_channel("논문", members=members, with_bot=True)
        self._names = {self._ana.id: "Ana", self._jimin.id: "Jimin"}

    async def play(self) -> None:
        self._scene(
            "A simulated Slack workspace starts on this machine, and Paperboy connects to it. "
            + catalogue("en").t("play.descriptions")
        )
        await self._get_ready()

        self._scene("It's 09:10 in Seoul. Paperboy posts the digest for the latest complete day.")
        cards = await self._post(self._english, "en")
        self._says("Paperboy", "#papers", self._header(self._english))
        self._says("Paperboy", f"#papers, card 1 of {len(cards)} in the thread", cards[0])
        self._console.print(f"         [dim]… and {len(cards) - 1} more cards.[/]")

        self._scene("Another channel gets its digest in Korean. Every card says what its summary is based on.")
        korean_cards = await self._post(self._korean, "ko")
        futga = next(card for card in korean_cards if "FUTGA" in card.text.upper())
        self._says("Paperboy", "#논문, in the thread", futga)

        self._scene("Ana looks up a paper. Only she sees the reply.")
        await self._ask(self._ana, "2407.21017")

        self._scene("A reaction saves a paper to your reading list. Removing it takes the paper off again.")
        await self._react(self._ana, cards[0], "bookmark", "🔖")
        await self._react(self._ana, cards[2], "bookmark", "🔖")
        await self._react(self._jimin, self._header(self._english), "five", "5️⃣")
        await self._react(self._jimin, korean_cards[-1], "bookmark", "🔖")
        await self._take_back(self._ana, cards[2], "bookmark", "🔖")

        self._scene("Everyone has their own reading list, in their own language.")
        await self._ask(self._ana, "list")
        await self._ask(self._jimin, "목록")

        self._scene("A typo gets a suggestion.")
        await self._ask(self._ana, "lsit")

        self._scene("Nothing is ever posted twice.")
        await self._post_again()
        self._console.print()
        # In a pipe nobody sees the width of a line, and a program may look for the sentence.
        self._console.print(
            "That was the real bot in a simulated Slack. To install it in your own Slack, see README.md.",
            soft_wrap=not self._console.is_terminal,
        )

    async def _get_ready(self) -> None:
        await self._slack.connected()
        services, team = self._bot.services, self._bot.workspace.team
        defaults = services.settings.channel_defaults()
        for channel, language in ((self._english, "en"), (self._korean, "ko")):
            settings: ChannelSettings = replace(defaults, language=language)
            await services.store.channels.create(Channel(team, channel.id, settings), now=self._clock.now())
        listing = await services.library.read_day(DAY)
        if not isinstance(listing, Listing):
            raise SlackUnreachable(method="demo", reason="the bundled day couldn't be read")
        listed = {each.paper.id for each in listing.papers}
        for summary in bundled_summaries(self._clock.now()):
            if summary.paper_id in listed:
                await services.store.summaries.remember(summary)

    async def _post(self, channel: SlackChannel, language: str) -> list[SlackMessage]:
        bot, workspace = self._bot, self._bot.workspace
        settings = replace(bot.services.settings.channel_defaults(), language=language)
        outcome = await workspace.daily.post(workspace.sender, workspace.team, channel.id, DAY, settings)
        assert isinstance(outcome, PostedDay)  # noqa: S101 - the bundled day is there
        return self._slack.thread(channel.id, self._header(channel).ts)[1:]

    async def _post_again(self) -> None:
        before = len(self._slack.calls)
        await self._post(self._english, "en")
        self._console.print(
            f"  Posting the same day to #papers again: {len(self._slack.calls) - before} requests to Slack."
        )

    async def _ask(self, person: Person, text: str) -> None:
        self._types(person, f"/paper {text}")
        before = len(self._slack.ephemerals(person.id))
        await self._slack.command(person.id, self._english.id, "/paper", text)
        await self._slack.settled()
        for answer in self._slack.ephemerals(person.id)[before:]:
            self._says("Paperboy", f"only {person.real_name} sees this", answer)

    async def _react(self, person: Person, message: SlackMessage, emoji: str, shown: str) -> None:
        await self._slack.react(person.id, message.channel, message.ts, emoji)
        await self._slack.settled()
        self._happens(f"[bold]{person.real_name}[/] adds {shown} to {_short(message)}")

    async def _take_back(self, person: Person, message: SlackMessage, emoji: str, shown: str) -> None:
        await self._slack.unreact(person.id, message.channel, message.ts, emoji)
        await self._slack.settled()
        self._happens(f"[bold]{person.real_name}[/] removes {shown} from {_short(message)}")

    def _header(self, channel: SlackChannel) -> SlackMessage:
        return self._slack.messages(channel.id)[0]

    def _scene(self, words: str) -> None:
        self._console.print()
        self._console.print(Rule(style="dim"))
        self._console.print(Text(words, style="italic"))
        self._console.print()

    def _happens(self, words: str) -> None:
        """A line beside the time; what is longer than the terminal goes on below its first word."""
        line = Table.grid()
        line.add_row(f"  {self._time()}  ", Padding(words, (0, 4, 0, 0)))
        self._console.print(line, highlight=False)

    def _types(self, person: Person, words: str) -> None:
        self._console.print(
            f"  {self._time()}  [bold]{person.real_name}[/] types  [reverse] {words} [/]\n", highlight=False
        )

    def _says(self, who: str, where: str, message: SlackMessage | PrivateMessage) -> None:
        self._console.print(f"  {self._time()}  [bold]{who}[/]  [dim]{where}[/]", highlight=False)
        self._console.print(Padding(render(message.blocks, people=self._names), (0, 4, 1, 9)))

    def _time(self) -> str:
        return f"[dim]{self._clock.now().astimezone(_SEOUL):%H:%M}[/]"


def _short(message: SlackMessage) -> str:
    title, _, rest = message.text.partition(" — ")
    return f"“{title}”" if rest else "the digest"
