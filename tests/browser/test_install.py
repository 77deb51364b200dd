"""Paperboy added to workspaces in a real browser: from its own page through Slack's to the first digest, and back."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.building import Missing, Visitor, open_browser
from tests.many_workspaces import open_fleet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Person, SlackEmulator
    from tests.many_workspaces import Fleet

NEXT_STEPS = "/invite @Paperboy"
NOT_ADDED = "Paperboy wasn't added"


@dataclass
class Office:
    """A Paperboy that nobody has installed yet, a Slack, and a browser."""

    fleet: Fleet
    browser: Any
    address: str
    port: int

    async def visitor(self, **context: Any) -> Visitor:
        """A person with a browser of their own, on the page that Paperboy is added on."""
        own = await self.browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **context})
        visitor = Visitor(await own.new_page(), self.address)
        visitor.listen()
        await visitor.page.goto(self.address)
        return visitor

    def people(self, name: str, **more: Any) -> tuple[SlackEmulator, Person]:
        slack = self.fleet.slack.add_workspace(name, installed=False, **more)
        return slack, slack.add_person("Ana", locale="en-US", tz="Europe/Berlin", role="admin")

    async def first_digest(self, slack: SlackEmulator, person: Person, channel: str = "papers") -> list[str]:
        """Paperboy added to a new channel and started, as the installed page says; what stands there the next day."""
        papers = slack.add_channel(channel, members=[person.id], with_bot=False)
        await slack.invite_bot(papers.id, by=person.id)
        await self.fleet.quiet()
        offered = [
            each for each in slack.messages(slack.direct_messages(person.id).id) if papers.id in str(each.blocks)
        ]
        assert (await slack.click(person.id, offered[-1], "channel_use_defaults")).ok
        await self.fleet.quiet()
        self.fleet.clock.advance_to(self.fleet.clock.now() + timedelta(days=1))
        await self.fleet.check()
        schedule = self.fleet.workspace(slack).schedule
        await schedule.tick(self.fleet.clock.now())
        await schedule.idle()
        return [message.text for message in slack.messages(papers.id) if message.bot_id == slack.bot_id]


async def add(visitor: Visitor, person: str, *, press: str = "Allow") -> None:
    """From Paperboy's page to Slack's, and what is pressed there."""
    await visitor.page.get_by_role("link", name="Add to Slack").click()
    await visitor.page.get_by_label("Install as").select_option(label=person)
    await visitor.page.get_by_role("button", name=press).click()
    await visitor.page.wait_for_url("**/slack/oauth_redirect*")


@asynccontextmanager
async def open_office(folder: Path, **more: Any) -> AsyncIterator[Office]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        async with open_browser() as browser, open_fleet(folder, port=port, **more) as fleet:
            yield Office(fleet, browser, f"http://127.0.0.1:{port}/slack/install", port)
    except Missing as missing:
        pytest.skip(f"{missing} is not installed; make test-browser installs it")


@pytest.mark.parametrize("rotation", [False, True], ids=["lasting tokens", "expiring tokens"])
async def test_from_the_landing_page_to_the_first_digest_and_again_after_it_was_uninstalled(
    tmp_path: Path, rotation: bool
) -> None:
    async with open_office(tmp_path, rotation=rotation) as office:
        slack, ana = office.people("Reading Room")
        visitor = await office.visitor()
        await add(visitor, "Ana · Reading Room")
        await visitor.see("Paperboy was added to Reading Room")
        await visitor.see(NEXT_STEPS)
        opened = await visitor.page.get_by_role("link", name="Open Paperboy in Slack").get_attribute("href")
        assert opened == f"https://slack.com/app_redirect?app={slack.app_id}&team={slack.team_id}"
        assert await visitor.page.context.cookies() == []
        assert len(await office.first_digest(slack, ana)) > 1
        token = slack.bot_token
        await slack.uninstall()
        await office.fleet.quiet()
        assert not office.fleet.bot.workspaces
        await visitor.page.goto(office.address)
        await add(visitor, "Ana · Reading Room")
        await visitor.see("Paperboy was added to Reading Room")
        assert slack.bot_token != token
        assert [*office.fleet.bot.workspaces] == [slack.team_id]
        await office.fleet.quiet()
        assert (await slack.command(ana.id, slack.channels[-1].id, "/paper", "help")).ok
        assert visitor.complaints == []


async def test_a_whole_organization(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        organization = office.fleet.slack.add_organization("University")
        office.people("Physics", organization=organization)
        visitor = await office.visitor()
        await add(visitor, "Ana · all of University")
        await visitor.see("Paperboy was added to the organization University")
        assert [*office.fleet.bot.workspaces] == [organization.id]
        assert visitor.complaints == []


async def test_whoever_cancels_is_told_so_and_may_start_again(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        slack, _ = office.people("Reading Room")
        visitor = await office.visitor()
        await add(visitor, "Ana · Reading Room", press="Cancel")
        await visitor.see(NOT_ADDED)
        await visitor.see("You canceled in Slack")
        assert not office.fleet.bot.workspaces
        await visitor.page.get_by_role("link", name="Start again").click()
        await add(visitor, "Ana · Reading Room")
        await visitor.see(NEXT_STEPS)
        assert [*office.fleet.bot.workspaces] == [slack.team_id]
        assert visitor.complaints == []


async def test_an_address_is_good_once_and_in_the_browser_it_was_begun_in(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        (mine, _), (theirs, mallory) = office.people("Reading Room"), office.people("Elsewhere")
        visitor, attacker = await office.visitor(), await office.visitor()
        # An attacker allows Paperboy into a workspace of theirs, and has somebody else's browser finish that.
        begun = await office.fleet.many.installing.begin()
        trap = office.fleet.slack.authorize(begun.url, mallory.id)
        await visitor.page.goto(trap)
        await visitor.see(NOT_ADDED)
        # So with one that was begun in the attacker's browser, while an installation is under way in this one.
        await attacker.page.get_by_role("link", name="Add to Slack").click()
        theirs_state = attacker.page.url
        await visitor.page.goto(office.address)
        await visitor.page.get_by_role("link", name="Add to Slack").click()
        slacks_page = visitor.page.url
        await visitor.page.goto(office.fleet.slack.authorize(theirs_state, mallory.id))
        await visitor.see(NOT_ADDED)
        assert not office.fleet.bot.workspaces
        # That one goes on undisturbed.
        await visitor.page.goto(slacks_page)
        await visitor.page.get_by_label("Install as").select_option(label="Ana · Reading Room")
        await visitor.page.get_by_role("button", name="Allow").click()
        await visitor.see(NEXT_STEPS)
        done = visitor.page.url
        for again in (visitor, attacker):
            await again.page.goto(done)
            await again.see(NOT_ADDED)
        assert [*office.fleet.bot.workspaces] == [mine.team_id]
        assert theirs.team_id not in office.fleet.bot.workspaces


async def test_a_workspaces_name_runs_nothing(tmp_path: Path) -> None:
    hostile = '<script>window.broken=1</script><img src=x onerror="window.broken=1">'
    async with open_office(tmp_path) as office:
        office.people(hostile)
        visitor = await office.visitor()
        await add(visitor, f"Ana · {hostile}")
        await visitor.see(f"Paperboy was added to {hostile}")
        assert await visitor.page.evaluate("window.broken") is None
        assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_axe_finds_nothing_serious_and_a_phone_shows_all_of_it(
    tmp_path: Path, scheme: str, language: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    async with open_office(tmp_path) as office:
        office.people("Reading Room")
        # axe is a script of its own; that the pages let none run is specified in tests/bot/web/test_install_pages.py.
        visitor = await office.visitor(
            locale=language, color_scheme=scheme, viewport={"width": 320, "height": 640}, bypass_csp=True
        )

        async def look(where: str) -> None:
            assert await visitor.page.get_attribute("html", "lang") == language
            assert await visitor.page.evaluate("document.documentElement.scrollWidth") == 320, where
            found = (await axe.run(visitor.page)).response["violations"]
            assert not found, (where, [(each["id"], [node["html"] for node in each["nodes"]]) for each in found])

        await look("the landing page")
        begun = await visitor.page.context.request.get(f"{office.address}?start=1", max_redirects=0)
        person = office.fleet.slack.workspaces[0].people[1]
        await visitor.page.goto(office.fleet.slack.authorize(begun.headers["location"], person.id))
        assert office.fleet.bot.workspaces
        await look("the installed page")
        await visitor.page.reload()
        await look("what went wrong")
