"""What the settings name in Slack is looked up there, and only Slack's own "no" counts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from bot.errors import SettingsUnusable
from bot.rules.channels import Channel
from bot.settings import Settings
from bot.slack.client import new_client, open_session
from bot.slack.lookups import missing_emoji, wrong_names
from tests.harness import like, open_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from slack_sdk.web.async_client import AsyncWebClient

    from tests.outside import Outside

CHANNEL, OPERATOR = "C0123456789", "U0123456789"


@asynccontextmanager
async def slack_that_says(answers: dict[str, Any]) -> AsyncIterator[AsyncWebClient]:
    """A client of a Slack that answers each method as told: a dict, or a status."""

    async def answer(request: web.Request) -> web.Response:
        said = answers[request.path.removeprefix("/api/")]
        return web.json_response(said) if isinstance(said, dict) else web.Response(status=said, text="<html>")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = Settings(slack_api_url=f"http://127.0.0.1:{runner.addresses[0][1]}/api")
    try:
        async with open_session(settings.network, seconds=5) as session:
            yield new_client(settings, session, token="xoxb-1")
    finally:
        await runner.cleanup()


def no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


async def test_slack_s_own_no_is_told_of_everything_at_once() -> None:
    answers = {
        "conversations.info": no("channel_not_found"),
        "users.info": no("user_not_found"),
        "emoji.list": {"ok": True, "emoji": {"ours": "https://emoji.slack-edge.com/1.png"}},
    }
    async with slack_that_says(answers) as client:
        wrong = await wrong_names(client, channel=CHANNEL, operator=OPERATOR, emoji=["+1", "ours", "theirs"])
    assert [each.values["name"] for each in wrong] == ["PAPERBOY_CHANNEL", "PAPERBOY_OPERATOR", "PAPERBOY_EMOJI"]
    assert ":theirs:" in str(wrong[2])
    assert ":ours:" not in str(wrong[2])


@pytest.mark.parametrize(
    "said", [503, 200, 407, no("missing_scope"), no("internal_error"), no("nobody_listed_this"), {"ok": True}, {}]
)
async def test_what_slack_does_not_say_stands(said: Any) -> None:
    async with slack_that_says(dict.fromkeys(["conversations.info", "users.info", "emoji.list"], said)) as client:
        assert await wrong_names(client, channel=CHANNEL, operator=OPERATOR, emoji=["ours"]) == []
        assert await missing_emoji(client, ["ours"]) is None


async def test_nothing_is_asked_about_what_every_workspace_has() -> None:
    async with slack_that_says({}) as client:
        assert await wrong_names(client, channel=None, operator=None, emoji=["bookmark", "+1"]) == []


async def test_a_channel_that_is_served_is_not_asked_about_and_others_need_not_wait_for_it(tmp_path: Path) -> None:
    gone = "C0000000099"
    with pytest.raises(SettingsUnusable) as refused:
        async with open_harness(tmp_path, paperboy_channel=gone):
            pass
    assert refused.value.values["names"] == "PAPERBOY_CHANNEL"
    async with open_harness(tmp_path) as harness:
        served = Channel(harness.team, gone, like())
        assert await harness.bot.services.store.channels.create(served, now=harness.clock.now())
    async with open_harness(tmp_path, paperboy_channel=gone) as harness:
        assert await harness.ask(harness.ana, "help")


async def test_a_bot_names_what_slack_does_not_have_in_a_line_each(outside: Outside) -> None:
    code, _, complaint = await outside.do("run", PAPERBOY_CHANNEL="C0000000099", PAPERBOY_OPERATOR="U0000000099")
    assert code == 2
    assert [line.split(" is invalid")[0] for line in complaint.splitlines()] == [
        "paperboy: PAPERBOY_CHANNEL",
        "paperboy: PAPERBOY_OPERATOR",
    ]
