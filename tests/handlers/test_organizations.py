"""A workspace of an organization: all that people do there is filed where the app is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator.installation import Enterprise


@pytest.mark.parametrize("enterprise", ["workspace", "organization"])
async def test_commands_clicks_reactions_and_forms_arrive(tmp_path: Path, enterprise: Enterprise) -> None:
    async with open_harness(tmp_path, enterprise=enterprise) as harness:
        await harness.post()
        assert "Matting" in (await harness.ask(harness.ana, "2407.21017"))[-1]
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        await harness.click(harness.ana, harness.cards[1], "save_paper")
        assert len(await harness.reading_list(harness.ana)) == 2
        await harness.serve()
        await harness.ask(harness.ana, "settings")
        await harness.slack.click(harness.ana.id, harness.slack.ephemerals(harness.ana.id)[-1], "channel_change_what")
        await harness.quiet()
        await harness.slack.submit(harness.slack.modals(harness.ana.id)[-1], {"top": "4"})
        await harness.quiet()
        known = await harness.served()
        assert (known.team, known.settings.top) == (harness.team, 4)
