"""Slack misbehaves on request: exactly what was asked, exactly as often."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import ANY_METHOD, Channel, MisuseError, Person, SlackEmulator

Connect = Callable[[AsyncApp, str], Awaitable[None]]
Json = dict[str, Any]
IMAGE = {"type": "image", "image_url": "https://cdn.example.org/1.png", "alt_text": "thumbnail"}
OTHER = {"type": "image", "image_url": "https://cdn.example.org/2.png", "alt_text": "thumbnail"}


@pytest.fixture
def post(client: AsyncWebClient, papers: Channel) -> Callable[[str], Awaitable[str]]:
    """Posts and says what came of it: `ok`, Slack's error, or how the connection ended."""

    async def outcome(text: str) -> str:
        try:
            async with asyncio.timeout(5):
                await client.chat_postMessage(channel=papers.id, text=text)
        except SlackApiError as refused:
            return str(refused.response["error"] if isinstance(refused.response.data, dict) else refused.response.data)
        except aiohttp.ClientError:
            return "disconnected"
        return "ok"

    return outcome


Post = Callable[[str], Awaitable[str]]


def texts(slack: SlackEmulator, channel: Channel) -> list[str]:
    return [message.text for message in slack.messages(channel.id)]


async def test_the_nth_request_is_limited_with_a_retry_after(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel, post: Post
) -> None:
    slack.faults.answer("chat.postMessage", 2, status=429, retry_after=7)
    assert await post("one") == "ok"
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=papers.id, text="two")
    assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "7")
    assert await post("three") == "ok"
    assert texts(slack, papers) == ["one", "three"]
    assert [call.status for call in slack.calls] == [200, 429, 200]


async def test_an_error_comes_as_often_as_asked_and_counts_its_own_method_only(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel, post: Post
) -> None:
    slack.faults.error("chat.postMessage", 1, "fatal_error", times=2)
    await client.auth_test()
    assert [await post("x") for _ in range(3)] == ["fatal_error", "fatal_error", "ok"]
    slack.faults.error(ANY_METHOD, 1, "internal_error")
    with pytest.raises(SlackApiError, match="internal_error"):
        await client.auth_test()


async def test_an_accepted_message_can_go_unanswered(slack: SlackEmulator, papers: Channel, post: Post) -> None:
    slack.faults.drop_after_accepting("chat.postMessage")
    slack.faults.drop_before_accepting("chat.postMessage", 2)
    assert [await post(text) for text in ("one", "two", "three")] == ["disconnected", "disconnected", "ok"]
    assert texts(slack, papers) == ["one", "three"]
    assert [(call.status, call.ok) for call in slack.calls] == [(None, True), (None, False), (200, True)]


async def test_a_hanging_answer_never_comes_though_the_work_is_done(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel
) -> None:
    slack.faults.hang_after_accepting("chat.postMessage")
    posting = asyncio.create_task(client.chat_postMessage(channel=papers.id, text="one"))
    await slack.wait_for(lambda: slack.calls)
    assert texts(slack, papers) == ["one"]
    assert not posting.done()
    posting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await posting


async def test_something_can_be_done_before_or_after_the_nth_request(
    slack: SlackEmulator, papers: Channel, post: Post
) -> None:
    seen: list[tuple[str, list[str]]] = []

    async def note_later() -> None:
        seen.append(("after", texts(slack, papers)))

    slack.faults.before_request(2, lambda: seen.append(("before", texts(slack, papers))))
    slack.faults.after_request(2, note_later)
    slack.faults.before_request(3, lambda: seen.append(("lost", texts(slack, papers))), lose=True)
    assert [await post(text) for text in ("one", "two", "three", "four")] == ["ok", "ok", "disconnected", "ok"]
    assert seen == [("before", ["one"]), ("after", ["one", "two"]), ("lost", ["one", "two"])]
    assert texts(slack, papers) == ["one", "two", "four"]


async def test_images_are_refused_so_many_times(slack: SlackEmulator, client: AsyncWebClient, papers: Channel) -> None:
    async def post(*blocks: Json) -> Any:
        try:
            return (await client.chat_postMessage(channel=papers.id, text="card", blocks=list(blocks))).data
        except SlackApiError as refused:
            return refused.response["response_metadata"]["messages"]

    slack.faults.refuse_images(times=1)
    assert (await post({"type": "divider"}))["ok"]
    assert await post({"type": "divider"}, IMAGE, OTHER) == [
        "[ERROR] downloading image failed [json-pointer:/blocks/1/image_url]",
        "[ERROR] downloading image failed [json-pointer:/blocks/2/image_url]",
    ]
    assert (await post(IMAGE))["ok"]
    slack.faults.refuse_images(urls=[OTHER["image_url"]])
    for _ in range(2):
        assert await post(IMAGE, OTHER) == ["[ERROR] downloading image failed [json-pointer:/blocks/1/image_url]"]
    slack.faults.clear()
    assert (await post(IMAGE, OTHER))["ok"]
    with pytest.raises(MisuseError):
        slack.faults.refuse_images()


async def test_events_come_twice(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    ids: list[str] = []

    @bolt.event("reaction_added")
    async def note(body: Json) -> None:
        ids.append(body["event_id"])

    await connect(bolt, transport)
    message = await slack.say(ana.id, papers.id, "look")
    slack.faults.duplicate_next(1)
    for name in ("one", "two"):
        await slack.react(ana.id, papers.id, message.ts, name)
    await slack.settled()
    assert len(ids) == 3
    assert [ids.count(event_id) for event_id in sorted(set(ids))] == [2, 1]


@pytest.mark.parametrize(
    ("order", "heard"),
    [("kept", ["one", "two", "three"]), ("reversed", ["three", "two", "one"]), ((1, 2, 0), ["two", "three", "one"])],
)
async def test_events_come_late_and_out_of_order(
    slack: SlackEmulator,
    bolt: AsyncApp,
    connect: Connect,
    ana: Person,
    papers: Channel,
    order: Any,
    heard: list[str],
) -> None:
    names: list[str] = []

    @bolt.event("reaction_added")
    async def note(event: Json) -> None:
        names.append(event["reaction"])

    await connect(bolt, "socket")
    message = await slack.say(ana.id, papers.id, "look")
    slack.faults.hold()
    for name in ("one", "two", "three"):
        await slack.react(ana.id, papers.id, message.ts, name)
    assert len(slack.faults.held) == 3
    assert names == []
    slack.faults.release(order)
    await slack.settled()
    assert names == heard


async def test_held_events_are_released_each_once(slack: SlackEmulator, ana: Person) -> None:
    slack.faults.hold()
    await slack.open_home(ana.id)
    with pytest.raises(MisuseError, match="each of the 1 held"):
        slack.faults.release([0, 0])
    slack.faults.release()
    await slack.settled()


@pytest.mark.parametrize("fault", ["drop_sockets", "silence_sockets"])
async def test_a_bolt_app_finds_back_after_its_sockets_failed(
    slack: SlackEmulator, bolt: AsyncApp, ana: Person, papers: Channel, fault: str
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck) -> None:
        await ack("here")

    def opened() -> int:
        return sum(call.method == "apps.connections.open" for call in slack.calls)

    handler: Any = AsyncSocketModeHandler(bolt, slack.app_token, ping_interval=1)
    try:
        await handler.connect_async()
        await slack.connected()
        before = opened()
        getattr(slack.faults, fault)()
        await slack.wait_for(lambda: opened() > before and slack.connections == 1, within=30)
        assert (await slack.command(ana.id, papers.id, "/paper")).ok
    finally:
        await handler.close_async()


async def test_on_silent_sockets_nothing_arrives(manifest: Json, session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(manifest, ack_timeout=0.05, retry_delays=()) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(address) as socket:
            await socket.receive_json()
            slack.faults.silence_sockets()
            await slack.open_home(slack.add_person("Ana").id)
            await slack.settled()
            assert slack.connections == 1
            assert [attempt.reason for attempt in slack.deliveries[0].attempts] == ["http_timeout"]
            slack.faults.drop_sockets()
            assert (await socket.receive()).type is not aiohttp.WSMsgType.TEXT
