"""What people and Slack hear when a listener fails, before its acknowledgement and after."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotAPaperId
from handlers import failures
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness


@pytest.fixture
def app(harness: Harness) -> AsyncApp:
    client = AsyncWebClient(token=harness.slack.bot_token, base_url=harness.slack.api_url)
    made = AsyncApp(name="paperboy", client=client, process_before_response=True, request_verification_enabled=False)
    failures.register(made, harness.bot.deps)
    return made


def command(harness: Harness) -> dict[str, Any]:
    return {
        "command": "/paper",
        "text": "x",
        "team_id": harness.team,
        "user_id": harness.ana.id,
        "channel_id": harness.papers.id,
        "response_url": "http://127.0.0.1:9/none",
    }


async def dispatch(app: AsyncApp, body: dict[str, Any]) -> tuple[int, str]:
    response = await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    return response.status, response.body


async def test_a_failure_before_the_ack_is_the_answer_itself(app: AsyncApp, harness: Harness) -> None:
    @app.command("/paper")
    async def fail() -> None:
        raise NotAPaperId(text="x")

    status, body = await dispatch(app, command(harness))
    assert status == 200
    assert "2407.21017" in body
    assert '"response_type": "ephemeral"' in body


async def test_a_failure_right_after_the_ack_leaves_the_ack_as_it_was(app: AsyncApp, harness: Harness) -> None:
    @app.command("/paper")
    async def fail(ack: AsyncAck) -> None:
        await ack("given")
        raise RuntimeError("after the ack")

    status, body = await dispatch(app, command(harness))
    assert (status, "given" in body) == (200, True)


async def test_an_event_that_fails_is_not_acknowledged_so_that_slack_brings_it_again(
    app: AsyncApp, harness: Harness
) -> None:
    @app.event("reaction_added")
    async def fail() -> None:
        raise RuntimeError("the disk is full")

    event = {"type": "reaction_added", "user": harness.ana.id, "item": {}, "reaction": "bookmark", "event_ts": "1.0"}
    body = {"type": "event_callback", "team_id": harness.team, "event": event, "authorizations": []}
    status, _ = await dispatch(app, body)
    assert status == 500


async def test_an_unexpected_failure_tells_a_reference_and_no_secret(app: AsyncApp, harness: Harness) -> None:
    @app.command("/paper")
    async def fail() -> None:
        raise RuntimeError("token xoxb-secret leaked")

    _, body = await dispatch(app, command(harness))
    assert "xoxb" not in body
    assert "eference" in body


async def test_a_reaction_that_could_not_be_written_comes_again_and_is_not_lost(tmp_path: Path) -> None:
    async with open_harness(tmp_path, ack_timeout=0.3) as harness:
        await harness.post()
        card = harness.cards[0]
        blocker = sqlite3.connect(tmp_path / "paperboy.db", isolation_level=None)
        blocker.execute("CREATE TRIGGER no_room BEFORE INSERT ON reactions BEGIN SELECT RAISE(ABORT, 'no room'); END")
        await harness.slack.react(harness.ana.id, card.channel, card.ts, "bookmark")
        await harness.slack.wait_for(lambda: bool(harness.slack.deliveries[-1].attempts))
        blocker.execute("DROP TRIGGER no_room")
        blocker.close()
        await harness.quiet()
        attempts = harness.slack.deliveries[-1].attempts
        assert not attempts[0].acked
        assert attempts[-1].acked
        assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_an_address_for_answers_that_leads_in_circles_stands_in_no_line_of_log(
    harness: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads it may answer in Paperboy's place."""
    await harness.post()
    harness.slack.faults.foreign("response_url", status=307, headers={"Location": "#again"}, times=99)
    await harness.ask(harness.ana, "2407.21017")
    card = harness.slack.ephemerals(harness.ana.id)[-1]
    await harness.click(harness.ana, card, "save_paper")
    said = "".join(capsys.readouterr())
    assert "another way" in said
    assert urlsplit(harness.slack.deliveries[-1].payload["response_url"]).path not in said
