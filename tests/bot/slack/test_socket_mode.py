"""The line to Slack: silent, cut, sent away or refused, it ends up connected or says that it cannot be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused, SlackUnreachable
from bot.slack.manifest import build_manifest
from bot.slack.socket_mode import PATIENCE_SECONDS, SILENCE_SECONDS, SocketModeConnection
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.slack_emulator import Answer, Channel, Person

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
HOURS = 3600.0


@dataclass(frozen=True, slots=True)
class Desk:
    """A Slack, and a line to it with a listener at the end that answers `/paper` once it is let."""

    slack: SlackEmulator
    line: SocketModeConnection
    clock: PatientClock
    may_answer: asyncio.Event
    listening: asyncio.Event
    ana: Person
    papers: Channel

    async def ask(self) -> Answer:
        return await self.slack.command(self.ana.id, self.papers.id, "/paper", "help")

    @property
    def openings(self) -> int:
        return sum(call.method == "apps.connections.open" for call in self.slack.calls)


@asynccontextmanager
async def open_desk(**more: Any) -> AsyncIterator[Desk]:
    clock, may_answer, listening = PatientClock(), asyncio.Event(), asyncio.Event()
    may_answer.set()
    async with (
        SlackEmulator(build_manifest(), now=clock.now, retry_delays=(0, 0, 0), **more) as slack,
        aiohttp.ClientSession() as session,
    ):
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        app = AsyncApp(client=client, process_before_response=True)

        @app.command("/paper")
        async def paper(ack: AsyncAck) -> None:
            listening.set()
            await may_answer.wait()
            await ack("here")

        line = SocketModeConnection(app, client, slack.app_token, clock)
        ana = slack.add_person("Ana")
        try:
            yield Desk(slack, line, clock, may_answer, listening, ana, slack.add_channel("papers", members=[ana.id]))
        finally:
            await line.close()


@pytest.fixture
async def summarizer() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        await opened.line.open()
        yield opened


async def reconnected(summarizer: Desk, times: int = 1) -> None:
    """Wait until the line has a new connection, and the old one has gone or is about to."""
    await until(lambda: summarizer.line.reconnects >= times and summarizer.line.connected)


async def test_a_connection_that_claims_to_live_and_says_nothing_is_given_up(summarizer: Desk) -> None:
    summarizer.slack.faults.silence_sockets()
    await summarizer.line.check()
    await summarizer.clock.sleep(SILENCE_SECONDS)
    assert summarizer.line.connected
    await summarizer.line.check()
    assert not summarizer.line.connected
    await reconnected(summarizer)
    await summarizer.slack.wait_for(lambda: summarizer.slack.connections == 1)
    assert (await summarizer.ask()).ok


async def test_a_quiet_connection_that_answers_is_kept(summarizer: Desk) -> None:
    for _ in range(5):
        await summarizer.clock.sleep(0.5 * HOURS)
        await summarizer.line.check()
        await until(lambda: summarizer.line.heard_at == summarizer.clock.now())
    assert summarizer.openings == 1
    assert (await summarizer.ask()).ok


async def test_time_passing_between_two_looks_is_no_silence(summarizer: Desk) -> None:
    """A machine that slept comes back to a connection that was never asked."""
    await summarizer.clock.sleep(2 * HOURS)
    await summarizer.line.check()
    assert summarizer.line.connected


async def test_a_connection_slack_forgot_to_refresh_is_replaced(summarizer: Desk) -> None:
    """The hello tells how long a connection lives; longer than that, events have been seen to stop coming."""
    await summarizer.clock.sleep(6 * HOURS)
    await summarizer.line.check()
    await reconnected(summarizer)
    await summarizer.slack.wait_for(lambda: summarizer.slack.connections == 2)
    assert (await summarizer.ask()).ok


async def test_a_cut_connection_is_followed_by_another_at_once(summarizer: Desk) -> None:
    for times in range(1, 11):
        summarizer.slack.faults.drop_sockets()
        await reconnected(summarizer, times)
        await summarizer.slack.wait_for(lambda: summarizer.slack.connections == 1)
        assert (await summarizer.ask()).ok
    assert summarizer.openings == 11


async def test_a_connection_that_ends_right_after_its_greeting_is_not_followed_in_a_rush(summarizer: Desk) -> None:
    for times in (1, 2, 3):
        summarizer.slack.faults.drop_sockets()
        await reconnected(summarizer, times)
    assert summarizer.clock.slept == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("reason", get_args(Reason))
async def test_sent_away_it_connects_again(summarizer: Desk, reason: Reason) -> None:
    await summarizer.slack.faults.disconnect(reason)
    await reconnected(summarizer)
    assert (await summarizer.ask()).ok


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_what_was_under_way_when_slack_gave_notice_is_answered_where_it_came_from(
    summarizer: Desk, reason: Reason
) -> None:
    summarizer.may_answer.clear()
    asking = asyncio.create_task(summarizer.ask())
    await summarizer.listening.wait()
    await summarizer.slack.faults.disconnect(reason)
    await reconnected(summarizer)
    summarizer.may_answer.set()
    assert (await asking).ok


async def test_an_answer_whose_connection_was_cut_harms_nothing(summarizer: Desk) -> None:
    summarizer.may_answer.clear()
    asking = asyncio.create_task(summarizer.ask())
    await summarizer.listening.wait()
    summarizer.slack.faults.drop_sockets()
    await reconnected(summarizer)
    summarizer.may_answer.set()
    assert not (await asking).ok
    assert (await summarizer.ask()).ok


async def test_slack_away_is_tried_ever_more_slowly(summarizer: Desk) -> None:
    summarizer.slack.faults.answer("apps.connections.open", status=503, times=7)
    await summarizer.clock.sleep(2.0)
    summarizer.slack.faults.drop_sockets()
    await reconnected(summarizer)
    assert summarizer.clock.slept == [2.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert (await summarizer.ask()).ok


async def test_slack_says_how_long_to_wait(summarizer: Desk) -> None:
    summarizer.slack.faults.answer("apps.connections.open", status=429, retry_after=45)
    await summarizer.clock.sleep(2.0)
    summarizer.slack.faults.drop_sockets()
    await reconnected(summarizer)
    assert summarizer.clock.slept == [2.0, 45.0]


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_token_refused_while_running_ends_the_line(summarizer: Desk, error: str) -> None:
    summarizer.slack.faults.error("apps.connections.open", error=error)
    summarizer.slack.faults.drop_sockets()
    with pytest.raises(SlackRefused, match=error):
        await summarizer.line.lost()
    assert not summarizer.line.connected


async def test_a_line_that_holds_is_not_lost(summarizer: Desk) -> None:
    lost = asyncio.create_task(summarizer.line.lost())
    assert (await summarizer.ask()).ok
    assert not lost.done()
    lost.cancel()


async def test_the_first_connection_waits_for_slack_too() -> None:
    async with open_desk() as summarizer:
        summarizer.slack.faults.drop_before_accepting("apps.connections.open")
        summarizer.slack.faults.error("apps.connections.open", error="internal_error")
        await summarizer.line.open()
        assert summarizer.clock.slept == [1.0, 2.0]
        assert (await summarizer.ask()).ok


async def test_a_slack_that_stays_away_is_given_up_at_the_start() -> None:
    async with open_desk() as summarizer:
        summarizer.slack.faults.answer("apps.connections.open", status=500, times=1000)
        with pytest.raises(SlackUnreachable):
            await summarizer.line.open()
        assert PATIENCE_SECONDS / 2 < sum(summarizer.clock.slept) <= PATIENCE_SECONDS


async def test_a_wrong_token_at_the_start_is_said_at_once() -> None:
    async with open_desk() as summarizer:
        summarizer.slack.faults.error("apps.connections.open", error="invalid_auth")
        with pytest.raises(SlackRefused, match="invalid_auth"):
            await summarizer.line.open()
        assert summarizer.clock.slept == []


async def test_one_connection_too_many_waits_for_another_to_end() -> None:
    async with open_desk() as summarizer, aiohttp.ClientSession() as session:
        client = AsyncWebClient(summarizer.slack.bot_token, base_url=summarizer.slack.api_url, session=session)
        others = []
        for _ in range(10):
            address = (await client.apps_connections_open(app_token=summarizer.slack.app_token))["url"]
            others.append(await session.ws_connect(address))
        # The second time the line asks, one of the others has gone.
        summarizer.slack.faults.before_request(2, others[0].close)
        await summarizer.line.open()
        assert summarizer.clock.slept == [1.0]
        for other in others:
            await other.close()
        await summarizer.slack.wait_for(lambda: summarizer.slack.connections == 1)
        assert (await summarizer.ask()).ok


async def test_told_to_finish_it_takes_on_nothing_new(summarizer: Desk) -> None:
    summarizer.may_answer.clear()
    asking = asyncio.create_task(summarizer.ask())
    await summarizer.listening.wait()
    draining = asyncio.create_task(summarizer.line.drain(10))
    await asyncio.sleep(0)
    summarizer.listening.clear()
    late = asyncio.create_task(summarizer.ask())
    await summarizer.slack.wait_for(lambda: len(summarizer.slack.deliveries) == 2)
    summarizer.may_answer.set()
    await draining
    assert (await asking).ok
    assert not summarizer.listening.is_set()
    late.cancel()


@asynccontextmanager
async def strange_slack(*frames: str | bytes) -> AsyncIterator[tuple[SocketModeConnection, asyncio.Queue[Any]]]:
    """A line to a server that writes these frames on every connection, and what it was sent."""
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def open_connection(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in frames:
            await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
        async for message in socket:
            heard.put_nowait(message.json())
        return socket

    async def who(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1"})

    server = web.Application()
    server.router.add_post("/api/apps.connections.open", open_connection)
    server.router.add_post("/api/auth.test", who)
    server.router.add_get("/link", link)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        client = AsyncWebClient("xoxb-1", base_url=address, session=session, retry_handlers=[])
        app = AsyncApp(client=client, process_before_response=True)

        @app.command("/paper")
        async def paper(ack: AsyncAck) -> None:
            await ack("here")

        line = SocketModeConnection(app, client, "xapp-1", PatientClock())
        try:
            yield line, heard
        finally:
            await line.close()
            await runner.cleanup()


HELLO = '{"type":"hello"}'
COMMAND = (
    '{"type":"slash_commands","envelope_id":"e1","accepts_response_payload":true,"payload":'
    '{"command":"/paper","text":"","team_id":"T1","user_id":"U1","channel_id":"C1","response_url":"http://127.0.0.1/"}}'
)


async def test_frames_that_make_no_sense_are_passed_over() -> None:
    junk = ("", "{", "[]", '"hello"', '{"payload":{}}', '{"type":"x","envelope_id":"e0","payload":[1]}', b"\xff\x00")
    async with strange_slack(HELLO, *junk, COMMAND) as (line, heard):
        await line.open()
        assert await asyncio.wait_for(heard.get(), 10) == {"envelope_id": "e1", "payload": {"text": "here"}}
        assert line.connected


@pytest.mark.parametrize("first", ["{}", COMMAND, '{"type":"disconnect","reason":"too_many_websockets"}'])
async def test_a_connection_that_does_not_begin_with_hello_is_none(first: str) -> None:
    async with strange_slack(first) as (line, _):
        with pytest.raises(SlackUnreachable):
            await line.open()
        assert not line.connected
