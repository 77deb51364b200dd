"""The Socket Mode connection: silent, cut, sent away, or refused, it is replaced or says that it cannot be."""

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
from bot.slack.socket_mode import SILENCE_SECONDS, START_TIMEOUT_SECONDS, SocketModeConnection
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.slack_emulator import Answer, Channel, Person

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
HOURS = 3600.0


@dataclass(frozen=True, slots=True)
class Setup:
    """An emulated Slack, and a connection to it with a listener that answers `/paper` once it may."""

    slack: SlackEmulator
    connection: SocketModeConnection
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
async def open_setup(**more: Any) -> AsyncIterator[Setup]:
    clock, may_answer, listening = PatientClock(), asyncio.Event(), asyncio.Event()
    may_answer.set()
    async with (
        SlackEmulator(build_manifest(), now=clock.now, retry_delays=(0, 0, 0), **more) as slack,
        aiohttp.ClientSession() as session,
    ):
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        app = AsyncApp(name="paperboy", client=client, process_before_response=True)

        @app.command("/paper")
        async def paper(ack: AsyncAck) -> None:
            listening.set()
            await may_answer.wait()
            await ack("here")

        connection = SocketModeConnection(app, client, slack.app_token, clock)
        ana = slack.add_person("Ana")
        try:
            yield Setup(
                slack, connection, clock, may_answer, listening, ana, slack.add_channel("papers", members=[ana.id])
            )
        finally:
            await connection.close()


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    async with open_setup() as opened:
        await opened.connection.open()
        yield opened


async def reconnected(setup: Setup, times: int = 1) -> None:
    """Wait until there is a new connection, and the old one has gone or is about to."""
    await until(lambda: setup.connection.reconnects >= times and setup.connection.connected)


async def test_a_connection_that_claims_to_live_and_says_nothing_is_given_up(setup: Setup) -> None:
    setup.slack.faults.silence_sockets()
    await setup.connection.ping()
    await setup.clock.sleep(SILENCE_SECONDS)
    assert setup.connection.connected
    await setup.connection.ping()
    assert not setup.connection.connected
    await reconnected(setup)
    await setup.slack.wait_for(lambda: setup.slack.connections == 1)
    assert (await setup.ask()).ok


async def test_a_quiet_connection_that_answers_is_kept(setup: Setup) -> None:
    for _ in range(5):
        await setup.clock.sleep(0.5 * HOURS)
        await setup.connection.ping()
        await until(lambda: setup.connection.last_seen == setup.clock.now())
    assert setup.openings == 1
    assert (await setup.ask()).ok


async def test_time_passing_between_two_looks_is_no_silence(setup: Setup) -> None:
    """A machine that slept comes back to a connection that was never asked."""
    await setup.clock.sleep(2 * HOURS)
    await setup.connection.ping()
    assert setup.connection.connected


async def test_a_connection_slack_forgot_to_refresh_is_replaced(setup: Setup) -> None:
    """The hello tells how long a connection lives; longer than that, events have been seen to stop coming."""
    await setup.clock.sleep(6 * HOURS)
    await setup.connection.ping()
    await reconnected(setup)
    await setup.slack.wait_for(lambda: setup.slack.connections == 2)
    assert (await setup.ask()).ok


async def test_a_cut_connection_is_followed_by_another_at_once(setup: Setup) -> None:
    for times in range(1, 11):
        setup.slack.faults.drop_sockets()
        await reconnected(setup, times)
        await setup.slack.wait_for(lambda: setup.slack.connections == 1)
        assert (await setup.ask()).ok
    assert setup.openings == 11


async def test_a_connection_that_ends_right_after_its_greeting_is_not_followed_in_a_rush(setup: Setup) -> None:
    for times in (1, 2, 3):
        setup.slack.faults.drop_sockets()
        await reconnected(setup, times)
    assert setup.clock.slept == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("reason", get_args(Reason))
async def test_sent_away_it_connects_again(setup: Setup, reason: Reason) -> None:
    await setup.slack.faults.disconnect(reason)
    await reconnected(setup)
    assert (await setup.ask()).ok


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_what_was_under_way_when_slack_gave_notice_is_answered_where_it_came_from(
    setup: Setup, reason: Reason
) -> None:
    setup.may_answer.clear()
    asking = asyncio.create_task(setup.ask())
    await setup.listening.wait()
    await setup.slack.faults.disconnect(reason)
    await reconnected(setup)
    setup.may_answer.set()
    assert (await asking).ok


async def test_an_answer_whose_connection_was_cut_harms_nothing(setup: Setup) -> None:
    setup.may_answer.clear()
    asking = asyncio.create_task(setup.ask())
    await setup.listening.wait()
    setup.slack.faults.drop_sockets()
    await reconnected(setup)
    setup.may_answer.set()
    assert not (await asking).ok
    assert (await setup.ask()).ok


async def test_slack_away_is_tried_ever_more_slowly(setup: Setup) -> None:
    setup.slack.faults.answer("apps.connections.open", status=503, times=7)
    await setup.clock.sleep(2.0)
    setup.slack.faults.drop_sockets()
    await reconnected(setup)
    assert setup.clock.slept == [2.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert (await setup.ask()).ok


async def test_slack_says_how_long_to_wait(setup: Setup) -> None:
    setup.slack.faults.answer("apps.connections.open", status=429, retry_after=45)
    await setup.clock.sleep(2.0)
    setup.slack.faults.drop_sockets()
    await reconnected(setup)
    assert setup.clock.slept == [2.0, 45.0]


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_token_refused_while_running_ends_the_connection(setup: Setup, error: str) -> None:
    setup.slack.faults.error("apps.connections.open", error=error)
    setup.slack.faults.drop_sockets()
    with pytest.raises(SlackRefused, match=error):
        await setup.connection.wait_failed()
    assert not setup.connection.connected


async def test_a_connection_that_holds_has_not_failed(setup: Setup) -> None:
    waiting = asyncio.create_task(setup.connection.wait_failed())
    assert (await setup.ask()).ok
    assert not waiting.done()
    waiting.cancel()


async def test_the_first_connection_waits_for_slack_too() -> None:
    async with open_setup() as setup:
        setup.slack.faults.drop_before_accepting("apps.connections.open")
        setup.slack.faults.error("apps.connections.open", error="internal_error")
        await setup.connection.open()
        assert setup.clock.slept == [1.0, 2.0]
        assert (await setup.ask()).ok


async def test_a_slack_that_stays_away_is_given_up_at_the_start() -> None:
    async with open_setup() as setup:
        setup.slack.faults.answer("apps.connections.open", status=500, times=1000)
        with pytest.raises(SlackUnreachable):
            await setup.connection.open()
        assert START_TIMEOUT_SECONDS / 2 < sum(setup.clock.slept) <= START_TIMEOUT_SECONDS


async def test_a_wrong_token_at_the_start_is_said_at_once() -> None:
    async with open_setup() as setup:
        setup.slack.faults.error("apps.connections.open", error="invalid_auth")
        with pytest.raises(SlackRefused, match="invalid_auth"):
            await setup.connection.open()
        assert setup.clock.slept == []


async def test_one_connection_too_many_waits_for_another_to_end() -> None:
    async with open_setup() as setup, aiohttp.ClientSession() as session:
        client = AsyncWebClient(setup.slack.bot_token, base_url=setup.slack.api_url, session=session)
        others = []
        for _ in range(10):
            address = (await client.apps_connections_open(app_token=setup.slack.app_token))["url"]
            others.append(await session.ws_connect(address))
        # The second time it asks, one of the others has gone.
        setup.slack.faults.before_request(2, others[0].close)
        await setup.connection.open()
        assert setup.clock.slept == [1.0]
        for other in others:
            await other.close()
        await setup.slack.wait_for(lambda: setup.slack.connections == 1)
        assert (await setup.ask()).ok


async def test_told_to_finish_it_takes_on_nothing_new(setup: Setup) -> None:
    setup.may_answer.clear()
    asking = asyncio.create_task(setup.ask())
    await setup.listening.wait()
    draining = asyncio.create_task(setup.connection.drain(10))
    await asyncio.sleep(0)
    setup.listening.clear()
    late = asyncio.create_task(setup.ask())
    await setup.slack.wait_for(lambda: len(setup.slack.deliveries) == 2)
    setup.may_answer.set()
    await draining
    assert (await asking).ok
    assert not setup.listening.is_set()
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
        app = AsyncApp(name="paperboy", client=client, process_before_response=True)

        @app.command("/paper")
        async def paper(ack: AsyncAck) -> None:
            await ack("here")

        connection = SocketModeConnection(app, client, "xapp-1", PatientClock())
        try:
            yield connection, heard
        finally:
            await connection.close()
            await runner.cleanup()


HELLO = '{"type":"hello"}'
COMMAND = (
    '{"type":"slash_commands","envelope_id":"e1","accepts_response_payload":true,"payload":'
    '{"command":"/paper","text":"","team_id":"T1","user_id":"U1","channel_id":"C1","response_url":"http://127.0.0.1/"}}'
)


async def test_frames_that_make_no_sense_are_passed_over() -> None:
    junk = ("", "{", "[]", '"hello"', '{"payload":{}}', '{"type":"x","envelope_id":"e0","payload":[1]}', b"\xff\x00")
    async with strange_slack(HELLO, *junk, COMMAND) as (connection, heard):
        await connection.open()
        assert await asyncio.wait_for(heard.get(), 10) == {"envelope_id": "e1", "payload": {"text": "here"}}
        assert connection.connected


@pytest.mark.parametrize("first", ["{}", COMMAND, '{"type":"disconnect","reason":"too_many_websockets"}'])
async def test_a_connection_that_does_not_begin_with_hello_is_none(first: str) -> None:
    async with strange_slack(first) as (connection, _):
        with pytest.raises(SlackUnreachable):
            await connection.open()
        assert not connection.connected
