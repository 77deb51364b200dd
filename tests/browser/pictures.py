"""`make pictures`: the pictures in the documentation, taken of the page itself, and the words that keep them true."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.logs import configure_logs
from bot.settings import LogFormat, LogLevel
from tests.browser.building import open_building

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.browser.building import Building, Visitor

PICTURES = Path(__file__).resolve().parents[2] / ".ci" / "pictures"
SHOWN = PICTURES / "shown.json"
_ALL_IN_SIGHT_IS_LOADED = """() => [...document.images].every((each) => {
  const box = each.getBoundingClientRect();
  return box.bottom < 0 || box.top > innerHeight || each.complete;
})"""


async def morning(building: Building, **context: Any) -> Visitor:
    """A morning with a few people in it."""
    playground = building.playground
    slack, ana, jimin, papers = playground.slack, playground.ana, playground.jimin, playground.papers
    header, first = slack.thread(papers.id, slack.messages(papers.id)[0].ts)[:2]
    await slack.react(jimin.id, papers.id, header.ts, "two")
    await slack.react(ana.id, papers.id, header.ts, "two")
    await slack.react(ana.id, papers.id, first.ts, "bookmark")
    await slack.write(jimin.id, papers.id, "AppWorld is one for our agents. Shall we read it on Friday, @ana?")
    await playground.quiet()
    await slack.react(ana.id, papers.id, slack.messages(papers.id)[-1].ts, "+1")
    visitor = await building.visitor(**context)
    await visitor.go(ana, papers, thread=header.ts)
    for shown in ("#messages .message", "#replies .message:nth-of-type(2)"):
        await visitor.page.evaluate(f"document.querySelector('{shown}').scrollIntoView()")
    return visitor


async def morning_in_the_dark(building: Building) -> Visitor:
    """The same for those who like it dark."""
    return await morning(building, color_scheme="dark")


async def thread(building: Building) -> Visitor:
    """A day's cards in a Korean channel."""
    playground = building.playground
    header = playground.slack.messages(playground.korean.id)[0]
    visitor = await building.visitor(playground.jimin, playground.korean)
    await visitor.go(playground.jimin, playground.korean, thread=header.ts)
    await visitor.page.evaluate("document.querySelector('#replies .message:nth-of-type(2)').scrollIntoView()")
    return visitor


async def private_card(building: Building) -> Visitor:
    """A paper only the asker sees."""
    visitor = await building.visitor()
    await visitor.write("/paper 2407.18901")
    await visitor.see("Only visible to you", within="#messages .message")
    return visitor


async def modal(building: Building) -> Visitor:
    """How a channel likes its papers."""
    playground = building.playground
    visitor = await building.visitor(channel=playground.reading)
    await visitor.page.click("#invite")
    await visitor.page.click("#sidebar a.unread:has-text('Paperboy')")
    await visitor.page.get_by_role("button", name="Change settings").click()
    await visitor.page.wait_for_selector("dialog#modal[open]")
    return visitor


async def catch_up(building: Building) -> Visitor:
    """The day after one without posts: what was left out comes too."""
    await building.playground.next_morning()
    await building.playground.next_morning()
    visitor = await building.visitor()
    await visitor.see("Includes 1 day with no separate digest", within="#messages")
    return visitor


async def phone(building: Building) -> Visitor:
    """A thread on a phone."""
    playground = building.playground
    header = playground.slack.messages(playground.papers.id)[0]
    visitor = await building.visitor(viewport={"width": 390, "height": 780})
    await visitor.go(playground.ana, playground.papers, thread=header.ts)
    await visitor.page.evaluate("document.querySelector('#replies .message:nth-of-type(2)').scrollIntoView()")
    return visitor


async def home(building: Building) -> Visitor:
    """The Home tab of somebody who has opened it before."""
    playground = building.playground
    visitor = await building.visitor()
    await visitor.go(playground.ana, playground.slack.direct_messages(playground.ana.id), tab="home")
    await visitor.see("Welcome to Paperboy", within="#home")
    await visitor.page.locator("#home [data-action=home_save]").first.click()
    await visitor.see("1 paper, only visible to you.", within="#home")
    return visitor


async def question(building: Building) -> Visitor:
    """A question about a paper, asked in a digest's thread."""
    playground = building.playground
    header = playground.slack.messages(playground.papers.id)[0]
    slack, papers = playground.slack, playground.papers
    await slack.mention(playground.ana.id, papers.id, "how was #2 evaluated?", thread_ts=header.ts)
    await playground.quiet()
    visitor = await building.visitor()
    await visitor.go(playground.ana, playground.papers, thread=header.ts)
    await visitor.page.evaluate("document.querySelector('#replies .message:last-of-type').scrollIntoView()")
    return visitor


SCENES: dict[str, Callable[[Building], Awaitable[Visitor]]] = {
    "morning": morning,
    "morning-dark": morning_in_the_dark,
    "thread": thread,
    "private-card": private_card,
    "modal": modal,
    "catch-up": catch_up,
    "phone": phone,
    "home": home,
    "question": question,
}


async def words_of(visitor: Visitor) -> list[str]:
    """What a window says, line by line, whether it is in sight or further down."""
    text: str = await visitor.page.evaluate("document.body.textContent")
    return [line.strip() for line in text.splitlines() if line.strip()]


async def take() -> None:
    """Take every picture."""
    shown = {}
    for name, scene in SCENES.items():
        async with open_building() as building:
            visitor = await scene(building)
            await visitor.page.emulate_media(reduced_motion="reduce")
            await visitor.page.evaluate("document.activeElement.blur()")
            await visitor.page.mouse.move(0, 0)
            await visitor.page.wait_for_function(_ALL_IN_SIGHT_IS_LOADED)
            await visitor.page.screenshot(path=str(PICTURES / f"{name}.png"))
            shown[name] = await words_of(visitor)
    SHOWN.write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    configure_logs(LogLevel.ERROR, LogFormat.CONSOLE)
    asyncio.run(take())
