"""Clicks, menus, modals, shortcuts and Home: what people do arrives whole, and what the bot answers is shown."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import Channel, MisuseError, Person, SlackEmulator

Connect = Callable[[AsyncApp, str], Awaitable[None]]
Json = dict[str, Any]

MORE = {
    "type": "overflow",
    "action_id": "more",
    "options": [
        {"text": {"type": "plain_text", "text": "Abstract"}, "value": "abstract"},
        {"text": {"type": "plain_text", "text": "Authors"}, "value": "authors"},
    ],
}


def button(action_id: str, value: str) -> Json:
    return {"type": "button", "action_id": action_id, "value": value, "text": {"type": "plain_text", "text": "Save"}}


CARD = [{"type": "actions", "block_id": "foot", "elements": [button("save", "1"), MORE]}]
NOTE = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "Note"},
    "submit": {"type": "plain_text", "text": "Keep"},
    "private_metadata": "2407.21017",
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Note"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "state",
            "optional": True,
            "label": {"type": "plain_text", "text": "State"},
            "element": {
                "type": "static_select",
                "action_id": "state",
                "options": [{"text": {"type": "plain_text", "text": "Read"}, "value": "read"}],
            },
        },
    ],
}


async def test_a_click_on_a_message_arrives_with_all_a_listener_needs(
    slack: SlackEmulator,
    bolt: AsyncApp,
    client: AsyncWebClient,
    connect: Connect,
    transport: str,
    ana: Person,
    papers: Channel,
) -> None:
    bodies: list[Json] = []

    @bolt.action("save")
    async def save(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        bodies.append(body)
        await ack()
        await respond("saved")

    await connect(bolt, transport)
    ts = (await client.chat_postMessage(channel=papers.id, text="card", blocks=CARD))["ts"]
    answer = await slack.click(ana.id, (papers.id, ts), "save")

    assert answer.ok
    [body] = bodies
    assert (
        body["actions"][0] | {"type": "button", "action_id": "save", "block_id": "foot", "value": "1"}
        == body["actions"][0]
    )
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": papers.id,
        "is_ephemeral": False,
    }
    assert (body["user"]["id"], body["team"]["id"], body["channel"]["id"]) == (ana.id, slack.team_id, papers.id)
    assert body["message"]["text"] == "card"
    assert [private.text for private in slack.ephemerals(ana.id)] == ["saved"]


async def test_a_choice_from_a_menu_names_its_option(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, ana: Person, papers: Channel
) -> None:
    chosen: list[str] = []

    @bolt.action("more")
    async def more(ack: AsyncAck, action: Json) -> None:
        chosen.append(action["selected_option"]["value"])
        await ack()

    await connect(bolt, "socket")
    ts = (await client.chat_postMessage(channel=papers.id, text="card", blocks=CARD))["ts"]
    await slack.choose(ana.id, (papers.id, ts), "more", "authors")
    await slack.choose(ana.id, (papers.id, ts), "more", "Abstract")
    assert chosen == ["authors", "abstract"]
    with pytest.raises(MisuseError, match="offers"):
        await slack.choose(ana.id, (papers.id, ts), "more", "delete")


async def test_nothing_that_is_not_there_can_be_clicked(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=papers.id, text="card", blocks=CARD))["ts"]
    with pytest.raises(MisuseError, match="no share to use here"):
        await slack.click(ana.id, (papers.id, ts), "share")
    with pytest.raises(MisuseError, match="no save to use here"):
        await slack.click(ana.id, (papers.id, ts), "save", block_id="head")
    with pytest.raises(MisuseError, match="no message"):
        await slack.click(ana.id, (papers.id, "1.000001"), "save")


async def test_buttons_with_one_action_id_are_told_apart_by_value(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, ana: Person, papers: Channel
) -> None:
    values: list[str] = []

    @bolt.action("save")
    async def save(ack: AsyncAck, action: Json) -> None:
        values.append(action["value"])
        await ack()

    await connect(bolt, "socket")
    rows = [{"type": "actions", "elements": [button("save", str(number))]} for number in range(3)]
    ts = (await client.chat_postMessage(channel=papers.id, text="cards", blocks=rows))["ts"]
    await slack.click(ana.id, (papers.id, ts), "save", value="2")
    await slack.click(ana.id, (papers.id, ts), "save")
    assert values == ["2", "0"]


async def test_a_private_card_can_be_replaced_and_deleted_through_its_response_url(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    bodies: list[Json] = []

    @bolt.command("/paper")
    async def paper(ack: AsyncAck) -> None:
        await ack("card", blocks=CARD)

    @bolt.action("save")
    async def save(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        bodies.append(body)
        await ack()
        await respond("saved", blocks=CARD, replace_original=True)

    @bolt.action("more")
    async def more(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(delete_original=True)

    await connect(bolt, transport)
    await slack.command(ana.id, papers.id, "/paper")
    [card] = slack.ephemerals(ana.id)
    await slack.click(ana.id, card, "save")
    [replaced] = slack.ephemerals(ana.id)
    assert (replaced.text, replaced.ts) == ("saved", card.ts)
    assert bodies[0]["container"]["is_ephemeral"] is True
    assert "message" not in bodies[0]

    await slack.choose(ana.id, replaced, "more", "authors")
    assert slack.ephemerals(ana.id) == []
    with pytest.raises(MisuseError, match="is gone"):
        await slack.click(ana.id, card, "save")


async def test_a_command_has_no_original_to_replace(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, ana: Person, papers: Channel
) -> None:
    @bolt.command("/paper")
    async def paper(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack("looking")
        await respond("found", replace_original=True)

    await connect(bolt, "socket")
    await slack.command(ana.id, papers.id, "/paper")
    # Bolt takes the acknowledgement's text along when the listener is done, so it comes second.
    assert sorted(private.text for private in slack.ephemerals(ana.id)) == ["found", "looking"]


async def test_a_shared_card_is_replaced_whole(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, ana: Person, papers: Channel
) -> None:
    @bolt.action("save")
    async def save(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond("words only", replace_original=True)

    await connect(bolt, "socket")
    ts = (await client.chat_postMessage(channel=papers.id, text="card", blocks=CARD))["ts"]
    await slack.click(ana.id, (papers.id, ts), "save")
    [message] = slack.messages(papers.id)
    assert (message.ts, message.text, message.blocks) == (ts, "words only", ())


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 8, 20, 9, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


async def test_a_response_url_is_good_for_five_answers_within_half_an_hour(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    clock = Clock()
    async with SlackEmulator(manifest, now=clock) as slack:
        ana = slack.add_person("Ana")
        papers = slack.add_channel("papers", members=[ana.id])

        async def response_url() -> str:
            await slack.command(ana.id, papers.id, "/paper")
            return str(slack.deliveries[-1].payload["response_url"])

        async def answer(url: str, body: Json) -> tuple[int, str]:
            async with session.post(url, json=body) as response:
                return response.status, (await response.text())

        url = await response_url()
        assert await answer(url, {"blocks": [{"type": "section"}]}) == (
            400,
            '{"ok": false, "error": "invalid_blocks", "errors": '
            '["missing required field: text or fields [json-pointer:/blocks/0]"], "response_metadata": '
            '{"messages": ["[ERROR] missing required field: text or fields [json-pointer:/blocks/0]"]}}',
        )
        assert [await answer(url, {"text": "x"}) for _ in range(4)] == [(200, "ok")] * 4
        assert await answer(url, {"text": "x"}) == (404, '{"ok": false, "error": "used_url"}')
        assert len(slack.ephemerals(ana.id)) == 4

        late = await response_url()
        clock.wait(minutes=30)
        assert (await answer(late, {"text": "x"}))[0] == 200
        clock.wait(seconds=1)
        assert await answer(late, {"text": "x"}) == (404, '{"ok": false, "error": "expired_url"}')


async def test_a_trigger_opens_one_modal_within_three_seconds(manifest: Json, session: aiohttp.ClientSession) -> None:
    clock = Clock()
    async with SlackEmulator(manifest, now=clock) as slack:
        ana = slack.add_person("Ana")
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)

        async def trigger() -> str:
            await slack.shortcut(ana.id, "find")
            return str(slack.deliveries[-1].payload["trigger_id"])

        first = await trigger()
        clock.wait(seconds=3)
        await client.views_open(trigger_id=first, view=NOTE)
        assert [view.callback_id for view in slack.modals(ana.id)] == ["note"]
        with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
            await client.views_open(trigger_id=first, view=NOTE)
        late = await trigger()
        clock.wait(seconds=3.1)
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            await client.views_open(trigger_id=late, view=NOTE)
        with pytest.raises(SlackApiError, match="invalid_trigger_id"):
            await client.views_open(trigger_id="1.2.3", view=NOTE)


async def test_a_modal_is_filled_in_and_submitted(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, transport: str, ana: Person
) -> None:
    seen: list[Json] = []

    @bolt.shortcut("find")
    async def find(ack: AsyncAck, shortcut: Json) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=NOTE)

    @bolt.view("note")
    async def note(ack: AsyncAck, view: Json) -> None:
        seen.append(view)
        if view["state"]["values"]["words"]["text"]["value"] == "bad":
            await ack(response_action="errors", errors={"words": "say something kind"})
        else:
            await ack()

    await connect(bolt, transport)
    await slack.shortcut(ana.id, "find")
    [modal] = slack.modals(ana.id)
    with pytest.raises(MisuseError, match="text must be filled in"):
        await slack.submit(modal, {"state": "read"})
    refused = await slack.submit(modal, {"text": "bad"})
    assert (refused.ok, refused.error, refused.payload["errors"]) == (
        False,
        "errors",
        {"words": "say something kind"},
    )
    assert slack.modals(ana.id) == [modal]

    assert (await slack.submit(modal, {"text": "kind", "state": "read"})).ok
    assert slack.modals(ana.id) == []
    assert seen[1]["private_metadata"] == "2407.21017"
    values = seen[1]["state"]["values"]
    assert values["words"]["text"] == {"type": "plain_text_input", "value": "kind"}
    assert values["state"]["state"]["selected_option"]["value"] == "read"


@pytest.mark.parametrize(("action", "left"), [("update", ["other"]), ("push", ["note", "other"]), ("clear", [])])
async def test_a_submission_can_lead_on(
    slack: SlackEmulator,
    bolt: AsyncApp,
    client: AsyncWebClient,
    connect: Connect,
    ana: Person,
    action: str,
    left: list[str],
) -> None:
    @bolt.shortcut("find")
    async def find(ack: AsyncAck, shortcut: Json) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=NOTE)

    @bolt.view("note")
    async def note(ack: AsyncAck) -> None:
        view = {**NOTE, "callback_id": "other"}
        await (ack(response_action="clear") if action == "clear" else ack(response_action=action, view=view))

    await connect(bolt, "socket")
    await slack.shortcut(ana.id, "find")
    await slack.submit(slack.modals(ana.id)[-1], {"text": "x"})
    assert [view.callback_id for view in slack.modals(ana.id)] == left


async def test_closing_a_modal_is_told_when_asked_for(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, ana: Person
) -> None:
    closed: list[bool] = []

    @bolt.shortcut("find")
    async def find(ack: AsyncAck, shortcut: Json) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=NOTE)

    @bolt.view_closed("note")
    async def on_close(ack: AsyncAck, body: Json) -> None:
        closed.append(body["is_cleared"])
        await ack()

    await connect(bolt, "http")
    await slack.shortcut(ana.id, "find")
    await slack.close(slack.modals(ana.id)[-1])
    assert (closed, slack.modals(ana.id)) == ([False], [])


async def test_views_can_be_updated_until_they_are_closed(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, ana: Person
) -> None:
    @bolt.shortcut("find")
    async def find(ack: AsyncAck, shortcut: Json) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=NOTE)

    await connect(bolt, "socket")
    await slack.shortcut(ana.id, "find")
    [modal] = slack.modals(ana.id)
    await client.views_update(view_id=modal.id, hash=modal.hash, view={**NOTE, "callback_id": "second"})
    assert slack.modals(ana.id)[0].callback_id == "second"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=modal.id, hash=modal.hash, view=NOTE)
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id="V404", view=NOTE)


async def test_a_message_shortcut_brings_its_message(
    slack: SlackEmulator, bolt: AsyncApp, connect: Connect, transport: str, ana: Person, papers: Channel
) -> None:
    texts: list[str] = []

    @bolt.shortcut({"callback_id": "save_this", "type": "message_action"})
    async def save_this(ack: AsyncAck, shortcut: Json, respond: AsyncRespond) -> None:
        texts.append(shortcut["message"]["text"])
        await ack()
        await respond("saved")

    await connect(bolt, transport)
    message = await slack.say(ana.id, papers.id, "arXiv:2407.21017")
    assert (await slack.shortcut(ana.id, "save_this", message=message)).ok
    assert texts == ["arXiv:2407.21017"]
    assert [private.text for private in slack.ephemerals(ana.id)] == ["saved"]
    with pytest.raises(MisuseError, match="declares no such shortcut"):
        await slack.shortcut(ana.id, "save_this")
    with pytest.raises(MisuseError, match="declares no such shortcut"):
        await slack.shortcut(ana.id, "nothing")


async def test_home_is_published_when_opened_and_can_be_clicked(
    slack: SlackEmulator, bolt: AsyncApp, client: AsyncWebClient, connect: Connect, transport: str, ana: Person
) -> None:
    clicked: list[Json] = []

    @bolt.event("app_home_opened")
    async def publish(event: Json) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": CARD})

    @bolt.action("save")
    async def save(ack: AsyncAck, body: Json) -> None:
        clicked.append(body)
        await ack()

    await connect(bolt, transport)
    await slack.open_home(ana.id)
    await slack.settled()
    home = slack.home(ana.id)
    assert home is not None
    await slack.click(ana.id, home, "save")
    assert clicked[0]["container"] == {"type": "view", "view_id": home.id}
    assert clicked[0]["view"]["type"] == "home"
    await slack.open_home(ana.id)
    assert slack.deliveries[-1].payload["event"]["view"]["id"] == home.id


async def test_home_and_interactivity_are_off_unless_declared(manifest: Json, session: aiohttp.ClientSession) -> None:
    manifest["features"]["app_home"]["home_tab_enabled"] = False
    manifest["settings"]["interactivity"]["is_enabled"] = False
    async with SlackEmulator(manifest) as slack:
        ana = slack.add_person("Ana")
        papers = slack.add_channel("papers", members=[ana.id])
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        with pytest.raises(SlackApiError, match="not_enabled"):
            await client.views_publish(user_id=ana.id, view={"type": "home", "blocks": []})
        with pytest.raises(MisuseError, match="no Home tab"):
            await slack.open_home(ana.id)
        ts = (await client.chat_postMessage(channel=papers.id, text="card", blocks=CARD))["ts"]
        assert (await slack.click(ana.id, (papers.id, ts), "save")).error == "not_configured"


async def test_typed_words_are_sent_as_slacks_client_sends_them(manifest: Json) -> None:
    async with SlackEmulator(manifest) as slack:
        ana = slack.add_person("Ana")
        channel = slack.add_channel("papers", members=[ana.id])
        said = await slack.write(ana.id, channel.id, "@ana & @nobody in #papers: <b> https://a.org/?x=1&y=2")
        assert said.text == f"<@{ana.id}> &amp; @nobody in <#{channel.id}>: &lt;b&gt; <https://a.org/?x=1&amp;y=2>"
        reply = await slack.write(ana.id, channel.id, "yes", thread_ts=said.ts)
        assert [each.ts for each in slack.thread(channel.id, said.ts)] == [said.ts, reply.ts]
