"""A workspace is a bundle: all that belongs to its team comes with it, and goes when it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.services import open_services
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.workspace import open_configured_workspace
from tests.clocks import PatientClock
from tests.harness import settings_for
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness


async def test_slack_is_asked_once_whose_token_it_is(harness: Harness) -> None:
    await harness.post(top=1)
    await harness.ask(harness.ana, "help")
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    assert await harness.reading_list(harness.ana)
    assert [call.method for call in harness.slack.calls].count("auth.test") == 1


async def test_only_a_workspace_that_is_open_hears_of_new_summaries(tmp_path: Path) -> None:
    clock = PatientClock()
    async with (
        PaperSources.open() as sources,
        SlackEmulator(build_manifest(), granted=USUALLY_GRANTED, now=clock.now) as slack,
    ):
        settings = settings_for(slack, sources, tmp_path)
        async with open_services(settings, clock=clock) as services:
            async with open_configured_workspace(services) as one, open_configured_workspace(services) as another:
                services.summarizer.written.notify("2407.21017")
                assert one.schedule.jobs.is_busy
                assert another.schedule.jobs.is_busy
                await one.schedule.idle()
                await another.schedule.idle()
            services.summarizer.written.notify("2407.21018")
            services.token_budget.spent.notify(one.team)
            assert not one.schedule.jobs.is_busy
            assert not another.schedule.jobs.is_busy


async def test_what_a_workspace_shows_of_itself_holds_no_token(harness: Harness) -> None:
    assert harness.slack.bot_token not in repr(harness.bot.workspace)
