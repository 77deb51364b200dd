"""Home tabs: whatever order views and responses come in, what stands there at the end is what is so."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.home_news import HomeNews
from bot.slack.home_tabs import HomeTabs, ShownHome
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Tab:
    """What one person's tab is to show: read when it is composed, which may take until it `may_go_on`."""

    words: str = "first"
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
    has_read: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_go_on.set()

    async def compose(self) -> dict[str, Any]:
        words = self.words
        self.has_read.set()
        await self.may_go_on.wait()
        block = {"type": "section", "text": {"type": "plain_text", "text": words}}
        return {"type": "home", "blocks": [block], "private_metadata": json.dumps({"mark": words})}


@dataclass
class Office:
    slack: SlackEmulator
    ana: str
    client: AsyncWebClient
    tabs: HomeTabs

    @property
    def published(self) -> int:
        return sum(call.method == "views.publish" for call in self.slack.calls)

    @property
    def words(self) -> str:
        home = self.slack.home(self.ana)
        assert home is not None
        return str(home.blocks[0]["text"]["text"])

    @property
    def shown(self) -> ShownHome:
        """The tab as Slack would say it is, with the event or the click."""
        home = self.slack.home(self.ana)
        assert home is not None
        return ShownHome(home.hash, home.content["private_metadata"])

    def another_process(self) -> HomeTabs:
        return HomeTabs(self.client, PatientClock())


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session, SlackEmulator(build_manifest()) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        yield Office(slack, slack.add_person("Ana").id, client, HomeTabs(client, PatientClock()))


async def test_what_stands_there_already_is_not_published_again(office: Office) -> None:
    tab = Tab()
    await office.tabs.show(office.ana, tab.compose, None)
    await office.tabs.show(office.ana, tab.compose, office.shown)
    assert office.published == 1
    await office.another_process().show(office.ana, tab.compose, office.shown)
    assert office.published == 1


async def test_many_who_ask_at_once_are_published_for_once(office: Office) -> None:
    tab = Tab()
    tab.may_go_on.clear()
    first = asyncio.create_task(office.tabs.show(office.ana, tab.compose, None))
    await tab.has_read.wait()
    await asyncio.gather(*(office.tabs.show(office.ana, tab.compose, None) for _ in range(9)))
    tab.may_go_on.set()
    await first
    assert (office.published, office.words) == (1, "first")


async def test_what_changes_while_a_view_is_composed_is_published_after_it(office: Office) -> None:
    tab = Tab()
    await office.tabs.show(office.ana, tab.compose, None)
    shown, tab.words = office.shown, "second"
    tab.may_go_on.clear()
    tab.has_read.clear()
    second = asyncio.create_task(office.tabs.show(office.ana, tab.compose, shown))
    await tab.has_read.wait()
    tab.words = "third"
    await office.tabs.show(office.ana, tab.compose, shown)
    tab.may_go_on.set()
    await second
    assert (office.published, office.words) == (3, "third")


async def test_of_two_processes_the_slower_one_never_leaves_the_older_view(office: Office) -> None:
    """One has composed what was so before, and sends it after the other has sent what is so since."""
    tab, slow = Tab(), Tab("older")
    await office.tabs.show(office.ana, tab.compose, None)
    before = office.shown
    slow.may_go_on.clear()
    late = asyncio.create_task(office.another_process().show(office.ana, slow.compose, before))
    await slow.has_read.wait()
    tab.words = slow.words = "newer"
    await office.tabs.show(office.ana, tab.compose, before)
    slow.may_go_on.set()
    await late
    assert office.words == "newer"


async def test_a_view_that_arrives_after_the_one_that_took_its_place_changes_nothing(office: Office) -> None:
    """Nobody knows what became of it, so it may be on its way still."""
    tab = Tab()
    await office.tabs.show(office.ana, tab.compose, None)
    before, lost = office.shown, {"type": "home", "blocks": (await Tab("lost").compose())["blocks"]}
    tab.words = "newer"
    await office.tabs.show(office.ana, tab.compose, before)
    with pytest.raises(Exception, match="hash_conflict"):
        await office.client.views_publish(user_id=office.ana, view=lost, hash=before.hash)
    assert office.words == "newer"


async def test_a_response_that_is_lost_is_asked_for_again_and_the_last_word_stands(office: Office) -> None:
    tab = Tab()
    await office.tabs.show(office.ana, tab.compose, None)
    office.slack.faults.drop_after_accepting("views.publish")
    tab.words = "second"
    await office.tabs.show(office.ana, tab.compose, office.shown)
    assert office.words == "second"
    tab.words = "third"
    await office.tabs.show(office.ana, tab.compose, office.shown)
    assert office.words == "third"


async def test_an_older_view_that_goes_out_whatever_stands_there_is_followed_by_the_newer_one(office: Office) -> None:
    """The first view of all has nothing to name, and another process has published a newer one before it arrives."""
    tab = Tab("older")

    async def another_publishes() -> None:
        tab.words = "newer"
        await office.another_process().show(office.ana, Tab("newer").compose, None)

    office.slack.faults.before_request(1, another_publishes)
    await office.tabs.show(office.ana, tab.compose, None)
    assert office.words == "newer"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("not_enabled", "the app has no Home tab"),
        ("missing_scope", "Home tab not shown"),
        ("view_too_large", "Home tab not shown"),
        ("user_not_found", "Home tab not shown"),
        ("code_nobody_listed", "Home tab not shown, until it is opened again"),
    ],
)
async def test_what_slack_refuses_does_no_harm_and_is_said_in_the_log(office: Office, error: str, said: str) -> None:
    office.slack.faults.error("views.publish", error=error, times=20)
    with structlog.testing.capture_logs() as logs:
        await office.tabs.show(office.ana, Tab().compose, None)
    assert any(said in entry["event"] for entry in logs)
    office.slack.faults.clear()
    await office.tabs.show(office.ana, Tab().compose, None)
    assert office.words == "first"


async def test_slack_is_given_the_time_it_asks_for(office: Office) -> None:
    office.slack.faults.answer("views.publish", status=429, retry_after=7)
    await office.tabs.show(office.ana, Tab().compose, None)
    assert office.words == "first"
    assert office.published == 2


async def test_a_minute_is_more_than_anybody_looks_at_a_tab_that_does_not_come(office: Office) -> None:
    office.slack.faults.answer("views.publish", status=429, retry_after=60)
    with structlog.testing.capture_logs() as logs:
        await office.tabs.show(office.ana, Tab().compose, None)
    assert [entry["event"] for entry in logs] == ["Home tab not shown, until it is opened again"]
    assert office.slack.home(office.ana) is None


async def test_a_view_that_could_not_be_composed_leaves_the_tab_open_for_the_next(office: Office) -> None:
    async def fails() -> dict[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await office.tabs.show(office.ana, fails, None)
    await office.tabs.show(office.ana, Tab().compose, None)
    assert office.words == "first"


async def test_a_tab_that_another_process_has_published_is_not_brought_up_to_date_here(office: Office) -> None:
    """At which page it is, only that process knows; here it would be shown at the first."""
    await office.tabs.show(office.ana, Tab("page 1").compose, None)
    await office.another_process().show(office.ana, Tab("page 3").compose, office.shown)
    assert await office.tabs.refresh(office.ana, Tab("page 1, with a change").compose)
    assert office.words == "page 3"


async def test_the_process_that_published_a_tab_last_hears_of_changes_and_no_other_does(office: Office) -> None:
    tabs = (office.tabs, office.another_process())
    changed: list[tuple[int, str]] = []
    every: list[HomeNews] = []

    async def wake(payload: str) -> None:
        for each in every:  # who tells hears it as well
            each.hear(payload)

    for number, each in enumerate(tabs):

        def note(_: str, user: str, each: HomeTabs = each) -> None:
            each.note_elsewhere(user)

        def change(_: str, user: str, number: int = number, each: HomeTabs = each) -> None:
            if each.may_be_looked_at(user):
                changed.append((number, user))

        every.append(HomeNews(wake, published=note, changed=change))
        each.published.subscribe(partial(every[number].tell_published, "T1"))
    await tabs[0].show(office.ana, Tab("page 1").compose, None)
    await every[0].idle()
    assert [each.is_elsewhere(office.ana) for each in tabs] == [False, True]
    every[1].tell_changed("T1", office.ana)
    await every[1].idle()
    assert changed == [(0, office.ana)]
    await tabs[1].show(office.ana, Tab("page 2").compose, office.shown)
    await every[1].idle()
    assert [each.is_elsewhere(office.ana) for each in tabs] == [True, False]
    assert not tabs[0].may_be_looked_at(office.ana)


@pytest.mark.parametrize("payload", ["", "share", "home", "home a b", "home a b c d", "summary 2407.21017"])
def test_news_of_other_things_is_none_of_home_tabs(payload: str) -> None:
    heard: list[str] = []

    async def wake(_: str) -> None:
        return

    def hear(team: str, user: str) -> None:
        heard.append(f"{team} {user}")

    HomeNews(wake, published=hear, changed=hear).hear(payload)
    assert heard == []
