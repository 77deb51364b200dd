"""A playground with visitors, each with a real Chromium that complains of whatever a browser complains of."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from bot.play.page import open_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.play.playground import Playground
    from bot.slack_emulator import Channel, Person

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Missing(Exception):
    """Something a browser needs is not installed."""


@dataclass
class Visitor:
    """A window on the playground, and what went wrong in it: console errors, and requests that left this machine."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def _hear(self, said: Any) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(said.text)

    def _note(self, request: Any) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.complaints.append(f"asked for {request.url}")

    async def go(self, person: Person, channel: Channel, **more: str) -> None:
        await self.page.goto(f"{self.address}?{urlencode({'as': person.id, 'in': channel.id, **more})}")

    async def write(self, words: str) -> None:
        await self.page.fill("#words", words)
        await self.page.press("#words", "Enter")

    async def see(self, words: str, *, within: str = "body") -> Any:
        """Wait until these words are to be seen there, and give the place."""
        found = self.page.locator(within).filter(has_text=words).last
        await found.wait_for(state="visible")
        return found


@dataclass
class Building:
    """The playground, and windows on it."""

    playground: Playground
    browser: Any
    address: str
    visitors: list[Visitor]

    async def visitor(self, person: Person | None = None, channel: Channel | None = None, **context: Any) -> Visitor:
        own = await self.browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **context})
        visitor = Visitor(await own.new_page(), self.address)
        visitor.listen()
        self.visitors.append(visitor)
        await visitor.go(person or self.playground.ana, channel or self.playground.papers)
        return visitor


@asynccontextmanager
async def open_browser() -> AsyncIterator[Any]:
    """Debian's Chromium; `Missing` where it, or what drives it, is not installed."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise Missing("Playwright") from None
    if CHROMIUM is None:
        raise Missing("Chromium")
    # Chromium's sandbox wants another user than root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_building() -> AsyncIterator[Building]:
    """A playground just opened. At the end nobody may have anything to complain of."""
    async with open_browser() as browser, open_page() as (playground, address):
        building = Building(playground, browser, address, [])
        yield building
        for visitor in building.visitors:
            await visitor.page.context.close()
        assert [complaint for visitor in building.visitors for complaint in visitor.complaints] == []
