"""A workspace of an organization: all that people do there is filed where the app is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.office import open_office

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator.installation import Enterprise


@pytest.mark.parametrize("enterprise", ["workspace", "organization"])
async def test_commands_clicks_reactions_and_forms_arrive(tmp_path: Path, enterprise: Enterprise) -> None:
    async with open_office(tmp_path, enterprise=enterprise) as office:
        await office.post()
        assert "Matting" in (await office.ask(office.ana, "2407.21017"))[-1]
        await office.react(office.ana, office.cards[0], "bookmark")
        await office.click(office.ana, office.cards[1], "save_paper")
        assert len(await office.reading_list(office.ana)) == 2
        await office.serve()
        await office.ask(office.ana, "settings")
        await office.slack.click(office.ana.id, office.slack.ephemerals(office.ana.id)[-1], "channel_change")
        await office.quiet()
        await office.slack.submit(office.slack.modals(office.ana.id)[-1], {"top": "4"})
        await office.quiet()
        known = await office.served()
        assert (known.team, known.settings.top) == (office.team, 4)
