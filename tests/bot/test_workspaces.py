"""The workspaces of a bot come and go while it runs, and whoever goes through them meets what was open."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnreachable
from bot.slack.installation import Installation
from bot.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.workspace import Workspace


class Bundle:
    """As much of a workspace as these look at."""

    def __init__(self, team: str, token: str, ended: list[str]) -> None:
        self.team = team
        self.installation = Installation(team, f"U{team}", token=token)
        self.client = AsyncWebClient(token)
        self.schedule = self
        self._ended = ended

    async def stop(self) -> None:
        self._ended.append(f"{self.client.token} stopped")


@asynccontextmanager
async def opening(team: str, token: str, ended: list[str]) -> AsyncIterator[Workspace]:
    bundle: Any = Bundle(team, token, ended)
    yield cast("Workspace", bundle)
    ended.append(f"{token} ended")


async def test_a_workspace_that_is_closed_is_stopped_and_ended_and_the_others_stay() -> None:
    ended: list[str] = []
    async with Workspaces() as workspaces:
        told: list[str] = []
        workspaces.opened.subscribe(lambda workspace: told.append(f"{workspace.team} opened"))
        workspaces.closed.subscribe(lambda workspace: told.append(f"{workspace.team} closed"))
        for team in ("T1", "T2"):
            await workspaces.open(opening(team, f"of-{team}", ended))
        await workspaces.close("T1")
        await workspaces.close("T1")
        assert [*workspaces] == [*workspaces.installations] == ["T2"]
        assert ended == ["of-T1 stopped", "of-T1 ended"]
        assert told == ["T1 opened", "T2 opened", "T1 closed"]
    assert ended[2:] == ["of-T2 ended"]
    assert not workspaces


async def test_who_goes_through_them_meets_those_that_were_open_at_its_beginning() -> None:
    async with Workspaces() as workspaces:
        for team in ("T1", "T2"):
            await workspaces.open(opening(team, team, []))
        met = []
        for team, workspace in workspaces.items():
            await workspaces.close("T2")
            await workspaces.open(opening("T3", "T3", []))
            met.append((team, workspace.team))
        assert met == [("T1", "T1"), ("T2", "T2")]
        assert [*workspaces] == ["T1", "T3"]


async def test_a_workspace_opened_again_takes_the_place_of_the_first() -> None:
    ended: list[str] = []
    async with Workspaces() as workspaces:
        await workspaces.open(opening("T1", "old", ended))
        again = await workspaces.open(opening("T1", "new", ended))
        assert ended == ["old stopped", "old ended"]
        assert workspaces["T1"] is again
    assert ended[2:] == ["new ended"]


async def test_one_that_does_not_open_leaves_the_open_one_as_it_is() -> None:
    @asynccontextmanager
    async def failing() -> AsyncIterator[Workspace]:
        raise SlackUnreachable(method="auth.test", reason="away")
        yield

    async with Workspaces() as workspaces:
        workspace = await workspaces.open(opening("T1", "old", []))
        with pytest.raises(SlackUnreachable):
            await workspaces.open(failing())
        assert workspaces["T1"] is workspace
