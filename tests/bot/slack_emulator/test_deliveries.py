"""What happens reaches the bot over either transport, as often as Slack would try, and only what it may hear."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import Channel, MisuseError, Person, SlackEmulator

Connect = Callable[[AsyncApp, str], Awaitable[None]]
Json = dict[str, Any]


async def test_a_commands_acknowledgement_is_its_private_answer(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    heard: list[Json] = []

    @bolt.command("/paper")
    async def paper(ack: AsyncAck, command: Json) -> None:
        heard.append(command)
        await ack(f"card of {command['text']}")

    await connect(bolt, transport)
    answer = await slack.command(ana.id, papers.id, "/paper", "2407.21017")

    assert answer.ok
    assert [(each.text, each.origin) for each in slack.ephemerals(ana.id)] == [
        ("card of 2407.21017", "acknowledgement")
    ]
    assert slack.messages(papers.id) == []
    assert (
        heard[0]
        | {
            "team_id": slack.team_id,
            "channel_id": papers.id,
            "channel_name": "papers",
            "user_id": ana.id,
            "user_name": "ana",
            "api_app_id": slack.app_id,
        }
        == heard[0]
    )


async def test_an_acknowledgement_with_blocks_for_the_channel_is_a_message(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck) -> None:
        await ack("today", blocks=[{"type": "divider"}], response_type="in_channel")

    await connect(bolt, transport)
    await slack.command(ana.id, papers.id, "/paper")

    [message] = slack.messages(papers.id)
    assert (message.text, message.blocks[0]["type"], message.user) == ("today", "divider", None)
    assert slack.ephemerals(ana.id) == []


async def test_an_acknowledgement_slack_cannot_show_fails_the_command(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck) -> None:
        await ack("today", blocks=[{"type": "section"}])

    await connect(bolt, transport)
    answer = await slack.command(ana.id, papers.id, "/paper")

    assert (answer.ok, answer.error) == (False, "invalid_command_response")
    assert answer.messages[0] == "invalid_blocks"
    assert "[json-pointer:/blocks/0]" in answer.messages[1]
    assert slack.ephemerals(ana.id) == []


async def test_a_command_with_nobody_to_take_it_fails_at_once(
    slack: SlackEmulator, ana: Person, papers: Channel
) -> None:
    assert (await slack.command(ana.id, papers.id, "/paper")).error == "dispatch_failed"
    assert (await slack.command(ana.id, papers.id, "/unknown")).error == "invalid_command"
    slack.request_url = "http://127.0.0.1:9/slack/events"
    assert (await slack.command(ana.id, papers.id, "/paper")).error == "dispatch_failed"


async def test_a_command_taken_but_not_acknowledged_times_out(manifest: Json, session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(manifest, ack_timeout=0.05) as slack:
        ana = slack.add_person("Ana")
        papers = slack.add_channel("papers", members=[ana.id])
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(address):
            await slack.connected()
            answer = await slack.command(ana.id, papers.id, "/paper")
        assert (answer.ok, answer.error) == (False, "operation_timeout")
        assert slack.ephemerals(ana.id) == []


async def test_a_listener_that_fails_leaves_the_command_unanswered(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, ana: Person, papers: Channel
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck) -> None:
        raise ValueError("a bug")

    @bolt.error
    async def error() -> BoltResponse:
        return BoltResponse(status=500)

    await connect(bolt, "http")
    answer = await slack.command(ana.id, papers.id, "/paper")

    assert answer.error == "http_service_error"
    assert answer.delivery is not None
    assert (answer.delivery.status, len(answer.delivery.attempts)) == (500, 1)


async def test_names_and_links_are_escaped_for_commands_that_ask_for_it(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, ana: Person, papers: Channel
) -> None:
    texts: list[str] = []

    async def note(ack: AsyncAck, command: Json) -> None:
        texts.append(command["text"])
        await ack()

    bolt.command("/paper")(note)
    bolt.command("/tell")(note)
    await connect(bolt, "socket")
    text = "@ana & @nobody in #papers https://arxiv.org/abs/2407.21017"
    await slack.command(ana.id, papers.id, "/paper", text)
    await slack.command(ana.id, papers.id, "/tell", text)

    escaped = f"<@{ana.id}|ana> &amp; @nobody in <#{papers.id}|papers> <https://arxiv.org/abs/2407.21017>"
    assert texts == [text, escaped]


async def test_reactions_are_told_in_order_with_rising_time_stamps(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    heard: list[Json] = []

    async def note(event: Json) -> None:
        heard.append(event)

    bolt.event("reaction_added")(note)
    bolt.event("reaction_removed")(note)
    await connect(bolt, transport)
    message = await slack.say(ana.id, papers.id, "look")
    await slack.react(ana.id, papers.id, message.ts, "bookmark")
    await slack.settled()
    await slack.unreact(ana.id, papers.id, message.ts, "bookmark")
    await slack.settled()

    assert [event["type"] for event in heard] == ["reaction_added", "reaction_removed"]
    assert (
        heard[0]
        | {
            "user": ana.id,
            "reaction": "bookmark",
            "item_user": ana.id,
            "item": {"type": "message", "channel": papers.id, "ts": message.ts},
        }
        == heard[0]
    )
    assert heard[0]["event_ts"] < heard[1]["event_ts"]
    assert all(delivery.acked for delivery in slack.deliveries)


async def test_the_bots_own_reactions_are_events_too(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    message = await slack.say(ana.id, papers.id, "look")
    await client.reactions_add(channel=papers.id, timestamp=message.ts, name="eyes")

    [delivery] = slack.deliveries
    assert (delivery.type, delivery.payload["event"]["user"]) == ("reaction_added", slack.bot_user_id)


async def test_nothing_is_heard_from_channels_the_bot_is_not_in(slack: SlackEmulator, ana: Person) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[ana.id], with_bot=False)
    message = await slack.say(ana.id, elsewhere.id, "look")
    await slack.react(ana.id, elsewhere.id, message.ts, "bookmark")
    assert slack.deliveries == []

    await slack.invite_bot(elsewhere.id, by=ana.id)
    await slack.react(ana.id, elsewhere.id, message.ts, "eyes")
    await slack.remove_bot(elsewhere.id, by=ana.id)
    await slack.unreact(ana.id, elsewhere.id, message.ts, "eyes")

    assert [delivery.type for delivery in slack.deliveries] == [
        "member_joined_channel",
        "reaction_added",
        "channel_left",
    ]
    joined = slack.deliveries[0].payload["event"]
    assert (joined["user"], joined["inviter"], joined["channel"]) == (slack.bot_user_id, ana.id, elsewhere.id)


async def test_only_events_the_manifest_subscribes_to_are_sent(manifest: Json) -> None:
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["reaction_removed"]
    async with SlackEmulator(manifest) as slack:
        ana = slack.add_person("Ana")
        papers = slack.add_channel("papers", members=[ana.id])
        message = await slack.say(ana.id, papers.id, "look")
        await slack.react(ana.id, papers.id, message.ts, "bookmark")
        await slack.unreact(ana.id, papers.id, message.ts, "bookmark")
        assert [delivery.type for delivery in slack.deliveries] == ["reaction_removed"]


@pytest.mark.parametrize(
    ("scope", "kept_back"),
    [
        ("app_mentions:read", "app_mention"),
        ("im:history", "message"),
        ("links:read", "link_shared"),
        ("reactions:read", "reaction_added"),
        ("channels:read", "channel_archive"),
    ],
)
async def test_an_event_whose_scope_was_not_granted_is_not_sent(manifest: Json, scope: str, kept_back: str) -> None:
    granted = {*manifest["oauth_config"]["scopes"]["bot"]} - {scope}
    async with SlackEmulator(manifest, granted=granted) as slack:
        ana = slack.add_person("Ana")
        papers = slack.add_channel("papers", members=[ana.id])
        message = await slack.mention(ana.id, papers.id, "https://arxiv.org/abs/2407.21017")
        await slack.say(ana.id, slack.direct_messages(ana.id).id, "psst")
        await slack.react(ana.id, papers.id, message.ts, "bookmark")
        await slack.archive(papers.id, by=ana.id)
        everything = {"app_mention", "message", "link_shared", "reaction_added", "channel_archive"}
        assert {delivery.type for delivery in slack.deliveries} == everything - {kept_back}


async def test_messages_mentions_and_links_are_told_where_subscribed(
    slack: SlackEmulator, ana: Person, papers: Channel
) -> None:
    await slack.say(ana.id, papers.id, "only for the channel")
    await slack.mention(ana.id, papers.id, "hello")
    await slack.say(ana.id, slack.direct_messages(ana.id).id, "psst")
    await slack.say(ana.id, papers.id, "see <https://arxiv.org/abs/2407.21017|this> and https://example.com/x")

    told = [delivery.payload["event"] for delivery in slack.deliveries]
    assert [event["type"] for event in told] == ["app_mention", "message", "link_shared"]
    assert (told[1]["channel_type"], told[1]["text"]) == ("im", "psst")
    assert told[2]["links"] == [{"domain": "arxiv.org", "url": "https://arxiv.org/abs/2407.21017"}]


async def test_channel_life_is_told(slack: SlackEmulator, ana: Person, papers: Channel) -> None:
    await slack.rename(papers.id, "daily-papers")
    await slack.archive(papers.id, by=ana.id)
    await slack.unarchive(papers.id, by=ana.id)
    await slack.uninstall()
    await slack.open_home(ana.id)

    told = [delivery.payload["event"] for delivery in slack.deliveries]
    assert [event["type"] for event in told] == [
        "channel_rename",
        "channel_archive",
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert told[0]["channel"]["name"] == slack.channel(papers.id).name == "daily-papers"


@pytest.mark.parametrize("refused", [0, 1, 3])
async def test_an_unacknowledged_event_is_sent_again_with_its_own_id(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, ana: Person, papers: Channel, refused: int
) -> None:
    heard: list[tuple[str, str | None, str | None]] = []

    @bolt.event("reaction_added")
    async def note(body: Json, request: Any) -> BoltResponse | None:
        headers = request.headers
        number = headers.get("x-slack-retry-num", [None])[0]
        reason = headers.get("x-slack-retry-reason", [None])[0]
        heard.append((body["event_id"], number, reason))
        return None if len(heard) > refused else BoltResponse(status=503)

    await connect(bolt, "http")
    message = await slack.say(ana.id, papers.id, "look")
    await slack.react(ana.id, papers.id, message.ts, "bookmark")
    await slack.settled()

    [delivery] = slack.deliveries
    assert [attempt.status for attempt in delivery.attempts] == [503] * refused + [200]
    assert delivery.acked
    event_id = delivery.payload["event_id"]
    assert heard == [(event_id, None, None)] + [(event_id, str(n), "http_error") for n in range(1, refused + 1)]


async def test_slack_gives_up_after_three_retries_or_when_told_to(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, ana: Person, papers: Channel
) -> None:
    headers: dict[str, str | Sequence[str]] = {}

    @bolt.event("reaction_added")
    async def refuse() -> BoltResponse:
        return BoltResponse(status=500, headers=headers)

    await connect(bolt, "http")
    message = await slack.say(ana.id, papers.id, "look")
    await slack.react(ana.id, papers.id, message.ts, "one")
    await slack.settled()
    headers["X-Slack-No-Retry"] = "1"
    await slack.react(ana.id, papers.id, message.ts, "two")
    await slack.settled()

    assert [len(delivery.attempts) for delivery in slack.deliveries] == [4, 1]
    assert not any(delivery.acked for delivery in slack.deliveries)


async def test_retries_wait_as_long_as_they_should(manifest: Json) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with SlackEmulator(manifest, sleep=sleep) as slack:
        ana = slack.add_person("Ana")
        await slack.open_home(ana.id)
        await slack.settled()
        assert waited == [60, 300]
        assert [attempt.reason for attempt in slack.deliveries[0].attempts] == ["connection_failed"] * 4


async def test_a_response_url_answers_later(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond("for you")
        await respond("for all", response_type="in_channel")

    await connect(bolt, transport)
    await slack.command(ana.id, papers.id, "/paper")

    assert [(each.text, each.origin) for each in slack.ephemerals(ana.id)] == [("for you", "response_url")]
    assert [message.text for message in slack.messages(papers.id)] == ["for all"]
    assert [call.method for call in slack.calls if call.method == "response_url"] == ["response_url"] * 2


async def test_the_request_url_proves_itself_and_forgeries_are_told_apart(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect
) -> None:
    await connect(bolt, "http")
    proof = await slack.verify_url("3eZbrw1a")
    stale = await slack.post_raw(b"{}", slack.signature(b"{}", 1_000_000_000))
    forged = await slack.post_raw(b"{}", {"X-Slack-Signature": "v0=00"})

    assert (proof.status, proof.answer) == (200, {"challenge": "3eZbrw1a"})
    assert (stale.status, forged.status) == (401, 401)


async def test_people_cannot_do_what_slack_would_not_let_them(
    slack: SlackEmulator, ana: Person, papers: Channel
) -> None:
    ben = slack.add_person("Ben")
    message = await slack.say(ana.id, papers.id, "look")
    await slack.react(ana.id, papers.id, message.ts, "eyes")
    with pytest.raises(MisuseError, match="already_reacted"):
        await slack.react(ana.id, papers.id, message.ts, "eyes")
    with pytest.raises(MisuseError, match="no_reaction"):
        await slack.unreact(ana.id, papers.id, message.ts, "bookmark")
    with pytest.raises(MisuseError, match="is not in"):
        await slack.react(ben.id, papers.id, message.ts, "eyes")
    with pytest.raises(MisuseError, match="no message"):
        await slack.react(ana.id, papers.id, "1.000001", "eyes")
    await slack.archive(papers.id, by=ana.id)
    with pytest.raises(MisuseError, match="archived"):
        await slack.say(ana.id, papers.id, "too late")


async def test_waiting_in_vain_fails_loudly(slack: SlackEmulator, ana: Person) -> None:
    slack.faults.hold()
    await slack.open_home(ana.id)
    with pytest.raises(TimeoutError, match=r"deliveries to settle.*app_home_opened \(no attempt yet\)"):
        await slack.settled(within=0.01)
