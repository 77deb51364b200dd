"""Socket Mode: connections come, go silent, are cut, and every payload goes to one of them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import Channel, Person, SlackEmulator

Connect = Callable[[AsyncApp, str], Awaitable[None]]
Socket = aiohttp.ClientWebSocketResponse
Json = dict[str, Any]


@pytest.fixture
async def plug(
    slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession
) -> AsyncIterator[Callable[[], Awaitable[Socket]]]:
    """Opens a bare WebSocket, to see what Slack writes on it."""
    sockets: list[Socket] = []

    async def open_one() -> Socket:
        address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        sockets.append(await session.ws_connect(address))
        return sockets[-1]

    yield open_one
    for socket in sockets:
        await socket.close()


Plug = Callable[[], Awaitable[Socket]]


async def test_a_connection_begins_with_hello(slack: SlackEmulator, plug: Plug) -> None:
    first, second = await plug(), await plug()
    hello = await first.receive_json()
    assert hello["type"] == "hello"
    assert hello["connection_info"] == {"app_id": slack.app_id}
    assert [hello["num_connections"], (await second.receive_json())["num_connections"]] == [1, 2]


async def test_an_envelope_carries_a_payload_and_its_acknowledgement_an_answer(
    slack: SlackEmulator, plug: Plug, ana: Person, papers: Channel
) -> None:
    socket = await plug()
    await socket.receive_json()
    await slack.open_home(ana.id)
    event = await socket.receive_json()
    assert event | {"type": "events_api", "accepts_response_payload": False, "retry_attempt": 0} == event
    assert event["payload"]["event"]["type"] == "app_home_opened"
    await socket.send_json({"envelope_id": event["envelope_id"], "payload": {"text": "ignored"}})
    await slack.settled()
    assert (slack.deliveries[0].acked, slack.deliveries[0].answer) == (True, None)


async def test_an_unacknowledged_envelope_comes_again(manifest: Json, session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(manifest, ack_timeout=0.05, retry_delays=(0,)) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(address) as socket:
            await socket.receive_json()
            await slack.open_home(slack.add_person("Ana").id)
            first, second = await socket.receive_json(), await socket.receive_json()
            await slack.settled()
    assert first["payload"] == second["payload"]
    assert first["envelope_id"] != second["envelope_id"]
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert not slack.deliveries[0].acked


async def test_what_is_no_acknowledgement_is_passed_over(slack: SlackEmulator, plug: Plug, ana: Person) -> None:
    socket = await plug()
    await socket.receive_json()
    await slack.open_home(ana.id)
    envelope = await socket.receive_json()
    for junk in ("{", "[]", "{}", '{"envelope_id": ["x"]}', '{"envelope_id": "unknown"}'):
        await socket.send_str(junk)
    assert not slack.deliveries[0].acked
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    await slack.settled()
    assert len(slack.deliveries[0].attempts) == 1


async def test_slack_pings_too(manifest: Json, session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(manifest, ping_every=0.01) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(address, autoping=False) as socket:
            await socket.receive_json()
            assert (await socket.receive()).type == aiohttp.WSMsgType.PING


async def test_each_payload_goes_to_one_connection(slack: SlackEmulator, plug: Plug, ana: Person) -> None:
    sockets = [await plug(), await plug()]
    for socket in sockets:
        await socket.receive_json()
    for _ in range(4):
        await slack.open_home(ana.id)
    for socket in sockets:
        for _ in range(2):
            await socket.send_json({"envelope_id": (await socket.receive_json())["envelope_id"]})
    await slack.settled()
    assert [len(delivery.attempts) for delivery in slack.deliveries] == [1, 1, 1, 1]


async def test_an_eleventh_connection_is_one_too_many(slack: SlackEmulator, plug: Plug) -> None:
    for _ in range(10):
        await plug()
    await slack.connected(10)
    surplus = await plug()
    assert (await surplus.receive_json())["reason"] == "too_many_websockets"
    assert (await surplus.receive()).type == aiohttp.WSMsgType.CLOSE
    assert slack.connections == 10


async def test_a_connection_needs_a_ticket_from_the_web_api(
    slack: SlackEmulator, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with session.ws_connect(address):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(address)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(address.replace("ticket=", "ticket=x"))


async def test_socket_mode_is_only_for_apps_that_switch_it_on(manifest: Json, session: aiohttp.ClientSession) -> None:
    manifest["settings"]["socket_mode_enabled"] = False
    async with SlackEmulator(manifest) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        with pytest.raises(SlackApiError, match="socket_mode_disabled"):
            await client.apps_connections_open(app_token=slack.app_token)


async def test_pings_are_answered_until_the_connection_falls_silent(
    slack: SlackEmulator, session: aiohttp.ClientSession, client: AsyncWebClient, ana: Person
) -> None:
    address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with session.ws_connect(address, autoping=False) as socket:
        await socket.receive_json()
        await socket.ping(b"sdk-ping-pong:1")
        pong = await socket.receive()
        assert (pong.type, bytes(pong.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")

        await slack.open_home(ana.id)
        envelope = await socket.receive_json()
        slack.faults.silence_sockets()
        await socket.ping(b"sdk-ping-pong:2")
        # Once this acknowledgement has been read, so has the ping before it.
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await slack.settled()
        slack.faults.drop_sockets()
        assert (await socket.receive()).type is not aiohttp.WSMsgType.PONG


async def test_asked_to_reconnect_a_bolt_app_does_and_misses_nothing(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, ana: Person, papers: Channel
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck) -> None:
        await ack("here")

    await connect(bolt, "socket")
    opened = len([call for call in slack.calls if call.method == "apps.connections.open"])
    await slack.faults.disconnect()
    assert slack.connections == 0
    await slack.connected()
    assert len([call for call in slack.calls if call.method == "apps.connections.open"]) == opened + 1
    assert (await slack.command(ana.id, papers.id, "/paper")).ok


async def test_a_cut_connection_fails_what_was_under_way_and_it_is_sent_again(
    slack: SlackEmulator, plug: Plug, ana: Person
) -> None:
    first, second = await plug(), await plug()
    for socket in (first, second):
        await socket.receive_json()
    await slack.open_home(ana.id)
    unanswered = await first.receive_json()
    slack.faults.drop_sockets()
    assert (await first.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
    await slack.settled()
    [delivery] = slack.deliveries
    assert {attempt.reason for attempt in delivery.attempts} == {"connection_failed"}
    assert json.dumps(unanswered["payload"]) == json.dumps(delivery.payload)
