"""Paperboy as many workspaces install it: the real bot, and a Slack of several workspaces that have one app."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from bot.app import open_bot
from bot.settings import SecretStr, Settings
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackPlatform
from bot.web.install_pages import REDIRECT_PATH
from tests.clocks import PatientClock
from tests.harness import DAY, bundled_day, lay_out_database
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.connected_bot import ConnectedBot
    from bot.installed_workspaces import ManyWorkspaces
    from bot.rules.install_outcomes import Installed, NotInstalled
    from bot.slack_emulator import Person, SlackEmulator
    from bot.workspace import Workspace

KEY, OTHER_KEY = (letter * 43 + "=" for letter in "AE")
REDIRECT_URL = f"https://paperboy.example{REDIRECT_PATH}"


@dataclass
class Checks:
    """The waits between a bot's checks: none ends by itself."""

    waiting: list[asyncio.Event] = field(default_factory=list)

    async def wait(self, _: float) -> None:
        self.waiting.append(asyncio.Event())
        await self.waiting[-1].wait()


@dataclass(frozen=True, slots=True)
class Fleet:
    """One app in a Slack of several workspaces, the bots that serve it, and verbs for what people do."""

    slack: SlackPlatform
    sources: PaperSources
    settings: Settings
    clock: PatientClock
    bots: list[ConnectedBot]

    @property
    def bot(self) -> ConnectedBot:
        return self.bots[0]

    @property
    def many(self) -> ManyWorkspaces:
        return many_of(self.bot)

    async def install(self, person: Person, **how: Any) -> Installed | NotInstalled:
        """Somebody begins at our page, allows the app in at Slack's, and comes back."""
        begun = await self.many.installing.begin()
        back = dict(parse_qsl(urlsplit(self.slack.authorize(begun.url, person.id, **how)).query))
        return await self.many.installing.complete(code=back["code"], state=back["state"], cookie_state=begun.state)

    def workspace(self, slack: SlackEmulator) -> Workspace:
        return self.bot.workspaces[slack.team_id]

    async def quiet(self) -> None:
        """Wait until all that was told is dealt with, and what was begun is done."""
        await self.slack.settled()
        for bot in self.bots:
            await many_of(bot).installed.idle()
            await bot.checks.drain(10)
            await bot.deps.drain(10)
        await self.slack.settled()

    async def check(self) -> None:
        """Have each bot look for what changed, as it does every few seconds."""
        for bot in self.bots:
            await many_of(bot).installed.refresh_all()
            many_of(bot).installed.rotate_due()
            await bot.check_connection()
        await self.quiet()


def many_of(bot: ConnectedBot) -> ManyWorkspaces:
    assert bot.many is not None
    return bot.many


def settings_for_many(slack: SlackPlatform, sources: PaperSources, database_url: str, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "slack_client_id": slack.client_id,
        "slack_client_secret": SecretStr(slack.client_secret),
        "paperboy_secret_key": SecretStr(KEY),
        "slack_app_token": SecretStr(slack.app_token),
        "slack_api_url": slack.api_url,
        "port": 0,
        "hf_url": sources.hugging_face_url,
        "arxiv_api_url": sources.arxiv_url,
        "arxiv_url": sources.arxiv_url,
        "database_url": database_url,
        **more,
    }
    return Settings(**values)


@asynccontextmanager
async def open_fleet(
    folder: Path, *, bots: int = 1, rotation: bool = False, database_url: str | None = None, **more: Any
) -> AsyncIterator[Fleet]:
    """So many bots on one database, which serve an app that is installed nowhere yet; `more` are settings.

    Slack sends people back to the bot itself where a `port` is among them.
    """
    clock = PatientClock()
    manifest = build_manifest()
    port = more.get("port")
    manifest["oauth_config"]["redirect_urls"] = [f"http://127.0.0.1:{port}{REDIRECT_PATH}" if port else REDIRECT_URL]
    manifest["settings"] |= {"token_rotation_enabled": rotation, "org_deploy_enabled": True}
    async with AsyncExitStack() as stack:
        sources = await stack.enter_async_context(PaperSources.open())
        slack = await stack.enter_async_context(
            SlackPlatform(manifest, now=clock.now, retry_delays=(0, 0, 0), ack_timeout=10)
        )
        sources.day(DAY, bundled_day())
        url = database_url or f"sqlite:///{lay_out_database(folder)}"
        settings = settings_for_many(slack, sources, url, **more)
        open_bots = [
            await stack.enter_async_context(open_bot(settings, clock=clock, between_checks=Checks().wait))
            for _ in range(bots)
        ]
        await slack.connected(bots)
        yield Fleet(slack, sources, settings, clock, open_bots)
