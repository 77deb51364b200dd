"""The page of `make play` with 1,000 messages in a channel, beside the same HTML served bare."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from tests.browser.building import CHROMIUM, open_building

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.play.playground import Playground

MESSAGES, LOADED, WRITTEN = 1000, 7, 20
_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_ARRIVAL = """() => { window.arrival = new Promise((resolve) => new MutationObserver((_, observer) => {
  observer.disconnect();
  resolve(performance.timeOrigin + performance.now());
}).observe(document.getElementById('messages'), { childList: true })); }"""
# What a page can do least: put what it is told at the end of its list.
_BARE_SCRIPT = """new EventSource('/events').onmessage = (event) =>
  document.getElementById('messages').insertAdjacentHTML('beforeend', JSON.parse(event.data));"""


def is_possible() -> bool:
    """Whether there is a browser to measure in."""
    return find_spec("playwright") is not None and CHROMIUM is not None


async def measure() -> tuple[tuple[float, float], tuple[float, float]]:
    """Milliseconds to the first paint, and from a message written to its place in the page; each ours and bare."""
    async with open_building() as building:
        playground = building.playground
        await _fill(playground)
        page = await building.browser.new_page()
        ours = await _first_paint(page, building.address)
        appeared = await _appearance(page, lambda: _write(playground))
        async with _bare(building.address) as (address, say):
            bare = await _first_paint(page, address)
            bare_appeared = await _appearance(page, say)
    return (ours, bare), (appeared, bare_appeared)


async def _fill(playground: Playground) -> None:
    """Cards and what people say, turn by turn."""
    slack, papers = playground.slack, playground.papers
    card = slack.thread(papers.id, slack.messages(papers.id)[0].ts)[1]
    while len(slack.messages(papers.id)) < MESSAGES:
        await playground.bot.workspace.client.chat_postMessage(
            channel=papers.id, text=card.text, blocks=_anew(card.blocks)
        )
        await _write(playground)


def _anew(blocks: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{name: value for name, value in block.items() if name != "block_id"} for block in blocks]


async def _write(playground: Playground) -> None:
    await playground.slack.write(playground.jimin.id, playground.papers.id, "Shall we read *this* one on Friday, @ana?")


async def _first_paint(page: Any, address: str) -> float:
    taken: list[float] = []
    for _ in range(LOADED):
        await page.goto(address)
        await page.wait_for_function(_FIRST_PAINT)
        taken.append(await page.evaluate(_FIRST_PAINT))
    return statistics.median(taken)


async def _appearance(page: Any, write: Callable[[], Awaitable[object]]) -> float:
    taken: list[float] = []
    for _ in range(WRITTEN):
        await page.evaluate(_ARRIVAL)
        began = time.time() * 1000
        await write()
        taken.append(await page.evaluate("window.arrival") - began)
    return statistics.median(taken)


@asynccontextmanager
async def _bare(address: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[object]]]]:
    """The page as a file, its style in it, and an event stream that brings one message's HTML, ready made."""
    async with aiohttp.ClientSession() as session:
        html = await (await session.get(address)).text()
        style = await (await session.get(f"{address}static/play.css")).text()
    html = html.replace('<link rel="stylesheet" href="/static/play.css">', f"<style>{style}</style>")
    html = html.replace('<script src="/static/play.js" defer></script>', f"<script defer>{_BARE_SCRIPT}</script>")
    message = html[html.rindex('<article class="message') : html.rindex("</article>")] + "</article>"
    windows: list[asyncio.Queue[str]] = []

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    async def tell(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        told: asyncio.Queue[str] = asyncio.Queue()
        windows.append(told)
        with suppress(ConnectionResetError):
            while True:
                await response.write(f"data: {await told.get()}\n\n".encode())
        return response

    async def say() -> None:
        for told in windows:
            told.put_nowait(json.dumps(message))

    app = web.Application()
    app.add_routes([web.get("/", show), web.get("/events", tell)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", say
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    print(asyncio.run(measure()))
