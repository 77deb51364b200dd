"""Home tabs follow changes made elsewhere, once for many changes, and never at the cost of openings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.home_refreshes import A_MINUTE, HomeRefreshes
from bot.slack.home_tabs import HomeTabs
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.bot.slack.test_home_tabs import Tab
from tests.clocks import PatientClock
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Office:
    slack: SlackEmulator
    clock: PatientClock
    tabs: HomeTabs
    refreshes: HomeRefreshes

    @property
    def published(self) -> int:
        return sum(call.method == "views.publish" for call in self.slack.calls)

    def words(self, person: str) -> str:
        home = self.slack.home(person)
        assert home is not None
        return str(home.blocks[0]["text"]["text"])

    async def opened(self, tab: Tab, *, people: int = 1) -> list[str]:
        """So many people who have opened their tab."""
        them = [self.slack.add_person(f"Person {number}").id for number in range(people)]
        for person in them:
            await self.tabs.show(person, tab.compose, None)
        self.slack.calls.clear()
        return them


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session, SlackEmulator(build_manifest()) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        clock = PatientClock()
        tabs = HomeTabs(client, clock)
        yield Office(slack, clock, tabs, HomeRefreshes(tabs, clock))


async def test_many_changes_of_one_person_are_published_once(office: Office) -> None:
    tab = Tab()
    (ana,) = await office.opened(tab)
    for words in ("second", "third", "fourth"):
        tab.words = words
        office.refreshes.begin(ana, tab.compose)
    await office.refreshes.drain(5)
    assert (office.published, office.words(ana)) == (1, "fourth")


async def test_in_a_crowded_minute_openings_keep_most_of_the_calls(office: Office) -> None:
    tab = Tab()
    everybody = await office.opened(tab, people=A_MINUTE + 5)
    refreshes = HomeRefreshes(office.tabs, Sleepless(office.clock))
    tab.words = "second"
    for person in everybody:
        refreshes.begin(person, tab.compose)
    await until(lambda: office.published == A_MINUTE)
    late = Tab("opened")
    await office.tabs.show(everybody[-1], late.compose, None)
    assert office.words(everybody[-1]) == "opened"
    await refreshes.drain(0)
    assert office.published == A_MINUTE + 1


async def test_whoever_there_was_no_room_for_comes_in_the_minutes_after(office: Office) -> None:
    tab = Tab()
    everybody = await office.opened(tab, people=2 * A_MINUTE + 5)
    tab.words = "second"
    for person in everybody:
        office.refreshes.begin(person, tab.compose)
    await until(lambda: {office.words(person) for person in everybody} == {"second"})
    assert office.clock.slept == [60.0, 60.0]


async def test_whoever_has_not_looked_for_long_is_shown_it_when_they_look(office: Office) -> None:
    tab = Tab()
    (ana,) = await office.opened(tab)
    tab.words = "second"
    office.refreshes.begin("U0NEVER", tab.compose)
    await office.clock.sleep(3601)
    office.refreshes.begin(ana, tab.compose)
    await office.refreshes.drain(5)
    assert (office.published, office.words(ana)) == (0, "first")


async def test_slack_busy_none_is_tried_again_at_once(office: Office) -> None:
    tab = Tab()
    ana, jimin = await office.opened(tab, people=2)
    tab.words = "second"
    office.slack.faults.answer("views.publish", status=429, times=1)
    office.refreshes.begin(ana, tab.compose)
    office.refreshes.begin(jimin, tab.compose)
    await until(lambda: office.words(jimin) == "second")
    assert (office.published, office.words(ana)) == (2, "first")
    assert office.clock.slept == [60.0]


async def test_what_somebody_waits_for_themselves_is_not_replaced(office: Office) -> None:
    """Their click says at which page they look; a change made elsewhere knows only where they were."""
    tab, click, elsewhere = Tab(), Tab("page 2"), Tab("page 1")
    (ana,) = await office.opened(tab)
    tab.words = "second"
    tab.may_go_on.clear()
    tab.has_read.clear()
    opening = asyncio.create_task(office.tabs.show(ana, tab.compose, None))
    await tab.has_read.wait()
    await office.tabs.show(ana, click.compose, None)
    office.refreshes.begin(ana, elsewhere.compose)
    await office.refreshes.drain(5)
    tab.may_go_on.set()
    await opening
    assert office.words(ana) == "page 2"


async def test_one_tab_that_cannot_be_composed_keeps_no_others_waiting(office: Office) -> None:
    tab = Tab()
    ana, jimin = await office.opened(tab, people=2)
    tab.words = "second"

    async def fails() -> dict[str, object]:
        raise LookupError

    office.refreshes.begin(ana, fails)
    office.refreshes.begin(jimin, tab.compose)
    await office.refreshes.drain(5)
    assert (office.words(ana), office.words(jimin)) == ("first", "second")


async def test_at_the_end_nobody_waits_for_a_rest(office: Office) -> None:
    tab = Tab()
    everybody = await office.opened(tab, people=2)
    refreshes = HomeRefreshes(office.tabs, Sleepless(office.clock), a_minute=1)
    tab.words = "second"
    for person in everybody:
        refreshes.begin(person, tab.compose)
    await until(lambda: office.published == 1)
    await asyncio.wait_for(refreshes.drain(3600), timeout=10)
    assert office.published == 1


@dataclass
class Sleepless(PatientClock):
    """A clock on which a rest does not end by itself."""

    clock: PatientClock

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        del seconds
        await asyncio.Event().wait()
