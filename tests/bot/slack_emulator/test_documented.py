"""What Slack documents of its methods holds here: arguments, refusals, limits, other workspaces and organizations."""

import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import DOCUMENTED, Channel, MisuseError, Person, SlackEmulator
from bot.slack_emulator.installation import Enterprise
from bot.slack_emulator.server import METHODS

Json = dict[str, Any]
# Not in Slack's own table as it was taken down, but known here.
BY_HAND = {"blocks.validate", "conversations.list", "reactions.remove"}
BUTTON = [
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
    }
]
MODAL: Json = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "a",
            "label": {"type": "plain_text", "text": "A"},
            "element": {"type": "plain_text_input", "action_id": "a"},
        }
    ],
}


async def code(call: Any) -> str:
    """The error Slack answered a call with."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


def speaking_to(slack: SlackEmulator, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])


def test_every_method_is_documented_and_nothing_else_is() -> None:
    assert DOCUMENTED.keys() == set(METHODS.names)


def test_what_is_documented_is_what_slack_documents() -> None:
    folder = os.environ.get("PAPERBOY_SLACK_SCHEMAS")
    if not folder:
        pytest.skip("PAPERBOY_SLACK_SCHEMAS names no folder with Slack's documented methods")
    theirs = json.loads((Path(folder) / "methods.json").read_text())
    assert DOCUMENTED.keys() - theirs.keys() == BY_HAND
    for method in DOCUMENTED.keys() - BY_HAND:
        here, there = DOCUMENTED[method], theirs[method]
        assert here.required == {name for name, needed in there["args"].items() if needed}, method
        assert here.optional == {name for name, needed in there["args"].items() if not needed}, method
        assert here.errors == set(there["errors"]), method


async def test_an_argument_slack_does_not_know_is_passed_over_and_fails_the_test(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    async def send(slack: SlackEmulator) -> None:
        async with slack:
            papers = slack.add_channel("papers")
            arguments = {"channel": papers.id, "text": "hello", "thread_tsa": "1.000001"}
            assert (await speaking_to(slack, session).api_call("chat.postMessage", json=arguments))["ok"]

    slack = SlackEmulator(manifest)
    with pytest.raises(MisuseError, match="thread_tsa"):
        await send(slack)
    assert slack.unknown_arguments == [("chat.postMessage", "thread_tsa")]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postEphemeral", {"channel": "C1", "text": "x"}, "invalid_arguments"),
        ("chat.update", {"channel": "C1", "text": "x"}, "invalid_arguments"),
        ("conversations.replies", {"channel": "C1"}, "invalid_arguments"),
        ("views.update", {"view_id": "V1"}, "invalid_arguments"),
        ("users.info", {"user": ""}, "invalid_arguments"),
        ("users.info", {"user": "U1", "with spaces": 1}, "invalid_arg_name"),
        ("users.info", {"user": "U1", "x" * 101: 1}, "invalid_arg_name"),
    ],
)
async def test_what_lacks_an_argument_or_misnames_one_is_refused(
    client: AsyncWebClient, method: str, arguments: Json, error: str
) -> None:
    assert await code(client.api_call(method, data=arguments)) == error


class TestDirectMessages:
    @pytest.fixture
    async def without_tab(self, manifest: Json) -> Any:
        del manifest["features"]["app_home"]["messages_tab_enabled"]
        async with SlackEmulator(manifest) as slack:
            yield slack

    async def test_with_the_messages_tab_off_none_is_taken(
        self, without_tab: SlackEmulator, session: aiohttp.ClientSession
    ) -> None:
        client, ana = speaking_to(without_tab, session), without_tab.add_person("Ana")
        direct = without_tab.direct_messages(ana.id)
        assert await code(client.chat_postMessage(channel=ana.id, text="hello")) == "messages_tab_disabled"
        assert await code(client.chat_postMessage(channel=direct.id, text="hello")) == "messages_tab_disabled"
        whisper = client.chat_postEphemeral(channel=direct.id, user=ana.id, text="hello")
        assert await code(whisper) == "messages_tab_disabled"
        assert without_tab.messages(direct.id) == []
        with pytest.raises(MisuseError):
            await without_tab.say(ana.id, direct.id, "hello")

    async def test_a_tab_to_read_only_takes_the_bots_and_nobody_elses(
        self, manifest: Json, session: aiohttp.ClientSession
    ) -> None:
        manifest["features"]["app_home"]["messages_tab_read_only_enabled"] = True
        async with SlackEmulator(manifest) as slack:
            ana = slack.add_person("Ana")
            assert (await speaking_to(slack, session).chat_postMessage(channel=ana.id, text="hello"))["ok"]
            with pytest.raises(MisuseError, match="turned off"):
                await slack.say(ana.id, slack.direct_messages(ana.id).id, "hello")

    async def test_a_bot_gets_none(self, slack: SlackEmulator, client: AsyncWebClient) -> None:
        assert await code(client.chat_postMessage(channel=slack.bot_user_id, text="hello")) == "cannot_dm_bot"


@pytest.mark.parametrize("name", ["papers", "#papers"])
async def test_a_name_will_do_for_posting_and_the_answer_carries_the_id(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel, ana: Person, name: str
) -> None:
    answer = await client.chat_postMessage(channel=name, text="hello")
    assert answer["channel"] == papers.id
    ts = answer["ts"]
    for call in (
        client.chat_update(channel=name, ts=ts, text="hello"),
        client.chat_postEphemeral(channel=name, user=ana.id, text="hello"),
        client.chat_delete(channel=name, ts=ts),
        client.conversations_info(channel=name),
        client.conversations_members(channel=name),
        client.conversations_history(channel=name),
        client.conversations_replies(channel=name, ts=ts),
        client.reactions_get(channel=name, timestamp=ts),
    ):
        assert await code(call) == "channel_not_found"
    assert len(slack.messages(papers.id)) == 1


class TestThreads:
    async def test_what_is_whispered_into_a_thread_stands_there(
        self, slack: SlackEmulator, client: AsyncWebClient, papers: Channel, ana: Person
    ) -> None:
        parent = await slack.say(ana.id, papers.id, "a paper?")
        await slack.say(ana.id, papers.id, "this one", thread_ts=parent.ts)
        await client.chat_postEphemeral(channel=papers.id, user=ana.id, text="saved", thread_ts=parent.ts)
        assert [(each.text, each.thread_ts) for each in slack.ephemerals(ana.id)] == [("saved", parent.ts)]

    async def test_what_is_whispered_into_a_thread_that_is_none_is_seen_by_nobody(
        self, slack: SlackEmulator, client: AsyncWebClient, papers: Channel, ana: Person
    ) -> None:
        parent = await slack.say(ana.id, papers.id, "a paper?")
        assert (await client.chat_postEphemeral(channel=papers.id, user=ana.id, text="x", thread_ts=parent.ts))["ok"]
        assert slack.ephemerals(ana.id) == []
        assert [each.text for each in slack.unseen_ephemerals(ana.id)] == ["x"]

    async def test_an_answer_to_what_was_deleted_is_refused(
        self, slack: SlackEmulator, client: AsyncWebClient, papers: Channel, ana: Person
    ) -> None:
        ts = (await client.chat_postMessage(channel=papers.id, text="header"))["ts"]
        await client.chat_delete(channel=papers.id, ts=ts)
        assert await code(client.chat_postMessage(channel=papers.id, text="card", thread_ts=ts)) == "thread_not_found"
        whisper = client.chat_postEphemeral(channel=papers.id, user=ana.id, text="card", thread_ts=ts)
        assert await code(whisper) == "thread_not_found"

    async def test_or_comes_into_the_channel(
        self, slack: SlackEmulator, client: AsyncWebClient, papers: Channel
    ) -> None:
        ts = (await client.chat_postMessage(channel=papers.id, text="header"))["ts"]
        await client.chat_delete(channel=papers.id, ts=ts)
        slack.faults.unthreads = True
        answer = await client.chat_postMessage(channel=papers.id, text="card", thread_ts=ts)
        assert "thread_ts" not in answer["message"]
        assert [each.thread_ts for each in slack.messages(papers.id)] == [None]


async def test_a_workspace_has_a_limit_beside_each_channels(manifest: Json, session: aiohttp.ClientSession) -> None:
    seconds = [0.0]
    async with SlackEmulator(manifest, monotonic=lambda: seconds[0], rate_limits=True, posts_a_minute=5) as slack:
        client = speaking_to(slack, session)
        channels = [slack.add_channel(f"papers-{number}") for number in range(7)]
        for each in channels[:5]:
            await client.chat_postMessage(channel=each.id, text="hello")
            seconds[0] += 1
        with pytest.raises(SlackApiError) as limited:
            await client.chat_postMessage(channel=channels[5].id, text="hello")
        assert limited.value.response.status_code == 429
        assert limited.value.response.headers["Retry-After"] == "55"
        seconds[0] += 55
        await client.chat_postMessage(channel=channels[5].id, text="hello")
        assert await code(client.chat_postMessage(channel=channels[6].id, text="hello")) == "ratelimited"


async def test_the_bot_can_ask_where_it_is(slack: SlackEmulator, client: AsyncWebClient, ana: Person) -> None:
    here = slack.add_channel("here", members=[ana.id])
    slack.add_channel("elsewhere", members=[ana.id], with_bot=False)
    answer = await client.users_conversations(types="public_channel")
    assert [each["id"] for each in answer["channels"]] == [here.id]


@pytest.mark.parametrize(
    ("arguments", "error", "pointer"),
    [
        ({"blocks": [{"type": "divider"}]}, None, ""),
        ({"message": {"text": "x", "blocks": [{"type": "divider"}]}}, None, ""),
        ({"view": MODAL}, None, ""),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks", "/blocks/0"),
        ({"message": {"blocks": [{"type": "section"}]}}, "invalid_message", "/blocks/0"),
        ({"view": {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}}, "invalid_view", "/view/title/text"),
        ({}, "invalid_arguments", ""),
        ({"blocks": [], "view": MODAL}, "invalid_arguments", ""),
    ],
)
async def test_blocks_are_validated_without_being_shown(
    slack: SlackEmulator, client: AsyncWebClient, arguments: Json, error: str | None, pointer: str
) -> None:
    sent = {name: json.dumps(value) for name, value in arguments.items()}
    if error is None:
        assert (await client.api_call("blocks.validate", data=sent))["ok"]
        return
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("blocks.validate", data=sent)
    assert refused.value.response["error"] == error
    if pointer:
        assert refused.value.response["errors"][0]["pointer"] == pointer


class TestOtherWorkspaces:
    async def test_a_form_names_the_workspace_of_whoever_filled_it_in_and_a_click_that_of_the_app(
        self, slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession
    ) -> None:
        guest = slack.add_person("Guest", home="T0000000009")
        shared = slack.add_channel("shared", members=[guest.id], shared=True)
        ts = (await client.chat_postMessage(channel=shared.id, text="x", blocks=BUTTON))["ts"]
        await slack.click(guest.id, (shared.id, ts), "go")
        click = slack.deliveries[-1].payload
        assert (click["team"]["id"], click["user"]["team_id"]) == (slack.team_id, guest.home)
        await client.views_open(trigger_id=click["trigger_id"], view=MODAL)
        await slack.submit(slack.modals(guest.id)[-1], {"a": "words"})
        form = slack.deliveries[-1].payload
        assert (form["team"]["id"], form["user"]["team_id"]) == (guest.home, guest.home)
        assert form["view"]["app_installed_team_id"] == slack.team_id

    async def test_an_event_names_it_too_and_says_for_whom_it_is(self, slack: SlackEmulator) -> None:
        guest = slack.add_person("Guest", home="T0000000009")
        shared = slack.add_channel("shared", members=[guest.id], shared=True)
        message = await slack.say(guest.id, shared.id, "hello")
        await slack.react(guest.id, shared.id, message.ts, "bookmark")
        event = slack.deliveries[-1].payload
        assert (event["team_id"], event["context_team_id"]) == (guest.home, slack.team_id)
        assert event["authorizations"][0]["team_id"] == slack.team_id
        assert event["is_ext_shared_channel"] is True


@pytest.mark.parametrize(("enterprise", "everywhere"), [("workspace", False), ("organization", True)])
async def test_an_organization_is_named(
    manifest: Json, session: aiohttp.ClientSession, enterprise: Enterprise, everywhere: bool
) -> None:
    async with SlackEmulator(manifest, enterprise=enterprise, retry_delays=()) as slack:
        ana = slack.add_person("Ana")
        papers = slack.add_channel("papers", members=[ana.id])
        client = speaking_to(slack, session)
        who = await client.auth_test()
        assert (who["enterprise_id"], who["is_enterprise_install"]) == (slack.app.enterprise_id, everywhere)
        ts = (await client.chat_postMessage(channel=papers.id, text="x", blocks=BUTTON))["ts"]
        await slack.click(ana.id, (papers.id, ts), "go")
        click = slack.deliveries[-1].payload
        assert click["enterprise"]["id"] == slack.app.enterprise_id
        assert click["is_enterprise_install"] is everywhere
        assert click["team"] == (None if everywhere else {"id": slack.team_id, "domain": slack.app.domain})
        assert click["user"]["team_id"] == slack.team_id
        await slack.command(ana.id, papers.id, "/paper")
        command = slack.deliveries[-1].payload
        assert command["is_enterprise_install"] == ("true" if everywhere else "false")
        assert command["enterprise_id"] == slack.app.enterprise_id


async def test_what_something_in_front_of_slack_answers_comes_as_it_is(
    slack: SlackEmulator, session: aiohttp.ClientSession, papers: Channel
) -> None:
    arguments = {"token": slack.bot_token, "channel": papers.id, "text": "hello"}
    slack.faults.foreign("chat.postMessage", status=403, body=b"<p>no</p>", headers={"X-Proxy": "yes"})
    slack.faults.foreign("chat.postMessage", body=b"", accepted=True)
    async with session.post(f"{slack.api_url}chat.postMessage", data=arguments) as response:
        assert (response.status, response.headers["X-Proxy"], await response.read()) == (403, "yes", b"<p>no</p>")
    assert slack.messages(papers.id) == []
    async with session.post(f"{slack.api_url}chat.postMessage", data=arguments) as response:
        assert (response.status, await response.read()) == (200, b"")
    assert [each.text for each in slack.messages(papers.id)] == ["hello"]
