"""Two whole bots on one PostgreSQL database: both have what either is told of, and one exchanges a token."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.many_workspaces import many_of, open_fleet
from tests.postgres import SERVER, database_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.many_workspaces import Fleet

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(SERVER not in os.environ, reason="make test-postgres runs it"),
]


def tokens(fleet: Fleet, team: str) -> list[str | None]:
    return [bot.workspaces[team].client.token for bot in fleet.bots]


async def told(fleet: Fleet) -> None:
    """Wait until what one bot was told is known to both, however they learn of it."""
    await fleet.quiet()
    for bot in fleet.bots:
        await many_of(bot).installed.refresh_all()
    await fleet.quiet()


async def test_both_open_close_and_open_again_what_either_is_told_of(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, bots=2, database_url=database_of(tmp_path)) as fleet:
        one = fleet.slack.add_workspace("One", installed=False)
        ana, ben = one.add_person("Ana", role="admin"), one.add_person("Ben", role="admin")
        await fleet.install(ana)
        await told(fleet)
        for _ in range(4):  # Slack tells one of the two
            await one.open_home(ana.id)
        await fleet.quiet()
        first = tokens(fleet, one.team_id)
        assert len({*first}) == 1
        await one.uninstall()
        await told(fleet)
        assert [[*bot.workspaces] for bot in fleet.bots] == [[], []]
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=1))
        await fleet.install(ben)
        await told(fleet)
        assert len({*tokens(fleet, one.team_id)}) == 1
        assert tokens(fleet, one.team_id) != first
        operators = [vars(bot.workspaces[one.team_id].notices)["_operator"] for bot in fleet.bots]
        assert operators == [ben.id, ben.id], "whoever installed it last operates it"


async def test_a_request_that_comes_before_the_news_of_its_installation_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unheard(_: str) -> None:
        return None

    async with open_fleet(tmp_path, bots=2, database_url=database_of(tmp_path)) as fleet:
        one = fleet.slack.add_workspace("One", installed=False)
        ana = one.add_person("Ana", role="admin")
        for bot in fleet.bots:
            monkeypatch.setattr(many_of(bot).installed, "_wake", unheard)
        await fleet.install(ana)
        channel = one.add_channel("papers", members=[ana.id])
        for _ in range(4):
            assert (await one.command(ana.id, channel.id, "/paper", "help")).ok
        await fleet.quiet()
        answers = [each.text for each in one.ephemerals(ana.id)]
        assert len(answers) == 4
        assert len({*answers}) == 1, "none was told that this is another workspace's"


async def test_of_two_that_find_a_token_about_to_expire_one_exchanges_it(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, bots=2, rotation=True, database_url=database_of(tmp_path)) as fleet:
        one = fleet.slack.add_workspace("One", installed=False)
        await fleet.install(one.add_person("Ana", role="admin"))
        await told(fleet)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        for bot in fleet.bots:
            many_of(bot).installed.rotate_due()
        await told(fleet)
        exchanged = [call for call in fleet.slack.calls if call.method == "oauth.v2.access"]
        assert len(exchanged) == 2, "the installation's code, and one refresh token"
        assert len({*tokens(fleet, one.team_id)}) == 1
        stored = await fleet.bot.services.store.installations.find(one.team_id)
        assert stored is not None
        assert stored.generation == 2
