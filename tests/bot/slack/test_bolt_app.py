"""One Bolt app for several workspaces: each request is dealt with as the workspace it is meant for, with its token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.slack.bolt_app import BoltApp
from bot.slack.installation import Installation
from bot.web.metrics import Metrics

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_bolt.response import BoltResponse

TEAMS = ("T0FIRST", "T0SECOND")


async def _never(_: str, __: object) -> bool:
    return False


def command(team: str) -> AsyncBoltRequest:
    fields = {"command": "/paper", "team_id": team, "user_id": "U1", "channel_id": "C1", "text": "help"}
    return AsyncBoltRequest(mode="socket_mode", body={**fields, "trigger_id": "1.2", "response_url": "https://x.test"})


async def test_a_listener_is_given_the_workspace_and_the_token_of_its_request() -> None:
    installations = {
        team: Installation(team, f"U{team}", f"B{team}", token=f"xoxb-{number}") for number, team in enumerate(TEAMS)
    }
    app = BoltApp(
        lambda: installations,
        AsyncWebClient(),
        Metrics(),
        SystemClock(),
        prepare=lambda _: None,
        is_outdated=_never,
        is_there=_never,
    )
    seen: list[tuple[Any, ...]] = []

    @app.command("/paper")
    async def paper(ack: AsyncAck, context: AsyncBoltContext) -> None:
        seen.append((context.team_id, context.bot_user_id, context.client.token))
        await ack()

    @app.error
    async def fail(error: Exception, context: AsyncBoltContext) -> BoltResponse | None:
        seen.append((type(error).__name__, context.bot_user_id, context.client.token))
        return None

    for team in (*TEAMS, "T0NOBODY", *TEAMS):
        await app.async_dispatch(command(team))
    first, second = ((team, f"U{team}", f"xoxb-{number}") for number, team in enumerate(TEAMS))
    assert seen == [first, second, ("OtherWorkspace", None, None), first, second]
