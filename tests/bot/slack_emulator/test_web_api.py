"""The Web API does what Slack documents, and refuses what Slack would, in Slack's words."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import Channel, Person, SlackEmulator
from bot.slack_emulator.server import METHODS

Json = dict[str, Any]
DIVIDER = [{"type": "divider"}]


async def said(call: Any) -> Any:
    """What Slack answered to a call, refused or not."""
    try:
        return await call
    except SlackApiError as refused:
        return refused.response


async def refusal(call: Any) -> Any:
    """What Slack answered to a call it refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response


async def test_the_token_says_who_is_calling(slack: SlackEmulator, client: AsyncWebClient) -> None:
    who = await client.auth_test()
    assert (who["user_id"], who["bot_id"], who["team_id"]) == (slack.bot_user_id, slack.bot_id, slack.team_id)
    assert "chat:write" in who.headers["X-OAuth-Scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp-emulated-app-token", "not_allowed_token_type")],
)
async def test_other_tokens_are_refused(
    slack: SlackEmulator, session: aiohttp.ClientSession, token: str | None, error: str
) -> None:
    client = AsyncWebClient(token, base_url=slack.api_url, session=session)
    assert (await refusal(client.auth_test()))["error"] == error


async def test_once_uninstalled_the_token_is_dead(slack: SlackEmulator, client: AsyncWebClient) -> None:
    await slack.uninstall()
    assert (await refusal(client.auth_test()))["error"] == "account_inactive"


async def test_forms_queries_and_json_are_all_understood(
    slack: SlackEmulator, session: aiohttp.ClientSession, papers: Channel
) -> None:
    url = slack.api_url + "chat.postMessage"
    fields = {"token": slack.bot_token, "channel": papers.id, "text": "one", "blocks": json.dumps(DIVIDER)}
    bearer = {"Authorization": f"Bearer {slack.bot_token}"}
    async with session.post(url, data=fields) as response:
        assert (await response.json())["ok"]
    async with session.get(url, params=fields) as response:
        assert (await response.json())["ok"]
    async with session.post(url, json={"channel": papers.id, "blocks": DIVIDER}, headers=bearer) as response:
        assert (await response.json())["ok"]
    async with session.post(url, data={**fields, "blocks": "[{"}) as response:
        assert (await response.json())["error"] == "invalid_blocks_format"
    assert [len(message.blocks) for message in slack.messages(papers.id)] == [1, 1, 1]
    assert [call.arguments["blocks"] for call in slack.calls] == [DIVIDER, DIVIDER, DIVIDER, "[{"]


async def test_unknown_methods_and_missing_arguments_are_named(client: AsyncWebClient) -> None:
    assert (await refusal(client.api_call("chat.sing")))["error"] == "unknown_method"
    missing = await refusal(client.api_call("chat.postMessage", json={"text": "x"}))
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


async def test_a_method_needs_its_scope(manifest: Json, session: aiohttp.ClientSession) -> None:
    manifest["oauth_config"]["scopes"]["bot"].remove("chat:write")
    async with SlackEmulator(manifest) as slack:
        papers = slack.add_channel("papers")
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        answer = await refusal(client.chat_postMessage(channel=papers.id, text="hello"))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
        assert "reactions:read" in answer["provided"].split(",")
        assert slack.messages(papers.id) == []


# The scopes of bot tokens, one of which each method needs (docs.slack.dev, reference/methods); the others need none.
SCOPES_OF_METHODS = {
    **dict.fromkeys(["chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"], "chat:write"),
    "chat.unfurl": "links:write",
    **dict.fromkeys(["reactions.add", "reactions.remove"], "reactions:write"),
    "reactions.get": "reactions:read",
    **dict.fromkeys(["bots.info", "users.info", "users.list"], "users:read"),
    "team.info": "team:read",
    "emoji.list": "emoji:read",
    **dict.fromkeys(
        ["conversations.info", "conversations.list", "conversations.members", "users.conversations"],
        "channels:read,groups:read,mpim:read,im:read",
    ),
    **dict.fromkeys(
        ["conversations.history", "conversations.replies"],
        "channels:history,groups:history,mpim:history,im:history",
    ),
    "assistant.threads.setStatus": "assistant:write,chat:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    **dict.fromkeys(["files.getUploadURLExternal", "files.completeUploadExternal"], "files:write"),
    "conversations.open": "im:write,mpim:write,channels:manage,groups:write",
}
WITHOUT_SCOPES = {
    *(
        "apps.uninstall",
        "auth.revoke",
        "auth.test",
        "blocks.validate",
        "chat.getPermalink",
        "views.open",
        "views.publish",
        "views.push",
        "views.update",
    )
}


# They take no bot token.
OF_OTHERS = {*("api.test", "apps.connections.open", "apps.manifest.export", "oauth.v2.access", "oauth.v2.exchange")}


async def test_without_its_scope_no_method_does_anything_and_each_names_what_it_needs(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    async with SlackEmulator(manifest, granted=["commands"]) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        answers = {method: await said(client.api_call(method)) for method in METHODS.names if method not in OF_OTHERS}
    refused = {name: answer for name, answer in answers.items() if answer.get("error") == "missing_scope"}
    assert {name: answer["needed"] for name, answer in refused.items()} == SCOPES_OF_METHODS
    assert {answer["provided"] for answer in refused.values()} == {"commands"}
    assert answers.keys() - refused.keys() == WITHOUT_SCOPES


async def test_each_answer_says_which_scopes_were_granted(manifest: Json, session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(manifest, granted=["commands", "chat:write"]) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        assert (await client.auth_test()).headers["x-oauth-scopes"] == "chat:write,commands"
        await slack.install_again(["links:read"])
        assert (await client.auth_test()).headers["x-oauth-scopes"] == "chat:write,commands,links:read"


async def test_history_scopes_are_asked_for_by_kind_of_channel(slack: SlackEmulator, client: AsyncWebClient) -> None:
    private = slack.add_channel("secret", private=True)
    answer = await refusal(client.conversations_history(channel=private.id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:history")


async def test_the_bot_posts_where_it_is_a_member(slack: SlackEmulator, client: AsyncWebClient, ana: Person) -> None:
    public = slack.add_channel("public", with_bot=False)
    private = slack.add_channel("private", with_bot=False, private=True)
    archived = slack.add_channel("archived")
    await slack.archive(archived.id, by=ana.id)
    errors = [
        (await refusal(client.chat_postMessage(channel=where, text="hello")))["error"]
        for where in (public.id, private.id, archived.id, "C404")
    ]
    assert errors == ["not_in_channel", "channel_not_found", "is_archived", "channel_not_found"]

    await slack.invite_bot(private.id, by=ana.id)
    assert (await client.chat_postMessage(channel=private.id, text="hello"))["channel"] == private.id
    direct = await client.chat_postMessage(channel=ana.id, text="hello")
    assert direct["channel"] == slack.direct_messages(ana.id).id
    assert (await client.conversations_open(users=ana.id))["channel"]["id"] == direct["channel"]


async def test_with_chat_write_public_any_public_channel_will_do(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    manifest["oauth_config"]["scopes"]["bot"].append("chat:write.public")
    async with SlackEmulator(manifest) as slack:
        public = slack.add_channel("public", with_bot=False)
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        assert (await client.chat_postMessage(channel="#public", text="hello"))["channel"] == public.id


async def test_messages_get_unique_rising_time_stamps_from_the_clock(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    async with SlackEmulator(manifest, now=lambda: datetime(2024, 7, 31, 12, tzinfo=UTC)) as slack:
        papers = slack.add_channel("papers")
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        stamps = [(await client.chat_postMessage(channel=papers.id, text="x"))["ts"] for _ in range(3)]
        assert stamps == ["1722427200.000100", "1722427200.000200", "1722427200.000300"]
        assert slack.calls[0].received == datetime(2024, 7, 31, 12, tzinfo=UTC)


async def test_what_cannot_be_shown_is_refused(client: AsyncWebClient, papers: Channel) -> None:
    post = client.chat_postMessage
    # slack_sdk's own verb warns of an empty text before it asks.
    assert (await refusal(client.api_call("chat.postMessage", json={"channel": papers.id})))["error"] == "no_text"
    assert (await refusal(post(channel=papers.id, text="x" * 40_001)))["error"] == "msg_too_long"
    assert (await refusal(post(channel=papers.id, text="x", thread_ts="1.000001")))["error"] == "thread_not_found"
    assert (await refusal(post(channel=papers.id, text="x", metadata={"event_type": "e"})))[
        "error"
    ] == "invalid_metadata_format"
    answer = await refusal(post(channel=papers.id, text="x", blocks=[{"type": "section"}]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["missing required field: text or fields [json-pointer:/blocks/0]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {each}" for each in answer["errors"]]


async def test_replies_join_the_thread_of_their_parent(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel
) -> None:
    head = (await client.chat_postMessage(channel=papers.id, text="header"))["ts"]
    reply = (await client.chat_postMessage(channel=papers.id, text="card", thread_ts=head))["ts"]
    deeper = (await client.chat_postMessage(channel=papers.id, text="deeper", thread_ts=reply))["message"]
    assert deeper["thread_ts"] == head
    assert [each.text for each in slack.thread(papers.id, head)] == ["header", "card", "deeper"]

    [only] = (await client.conversations_history(channel=papers.id))["messages"]
    assert (only["text"], only["reply_count"], only["thread_ts"]) == ("header", 2, head)
    thread = await client.conversations_replies(channel=papers.id, ts=head)
    assert [each["text"] for each in thread["messages"]] == ["header", "card", "deeper"]


async def test_a_message_is_updated_and_deleted_by_its_author_only(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    theirs = await slack.say(ana.id, papers.id, "mine")
    ours = (await client.chat_postMessage(channel=papers.id, text="card", blocks=DIVIDER))["ts"]
    where = {"channel": papers.id, "ts": ours}

    assert (await refusal(client.chat_update(channel=papers.id, ts=theirs.ts, text="x")))[
        "error"
    ] == "cant_update_message"
    assert (await refusal(client.chat_delete(channel=papers.id, ts=theirs.ts)))["error"] == "cant_delete_message"
    assert (await refusal(client.chat_update(channel=papers.id, ts="1.000001", text="x")))[
        "error"
    ] == "message_not_found"

    updated = await client.chat_update(**where, text="card, 12 votes")
    assert updated["message"]["blocks"][0]["type"] == "divider"
    await client.chat_update(**where, text="card", blocks=[])
    message = slack.message(papers.id, ours)
    assert message is not None
    assert (message.text, message.blocks) == ("card", ())
    assert message.edited_ts is not None

    await client.chat_delete(**where)
    assert slack.message(papers.id, ours) is None


async def test_a_deleted_thread_leaves_a_tombstone(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel
) -> None:
    head = (await client.chat_postMessage(channel=papers.id, text="header"))["ts"]
    await client.chat_postMessage(channel=papers.id, text="card", thread_ts=head)
    await client.chat_delete(channel=papers.id, ts=head)
    assert [(each.subtype, each.user) for each in slack.messages(papers.id)] == [
        ("tombstone", "USLACKBOT"),
        (None, slack.bot_user_id),
    ]


async def test_metadata_is_told_only_when_asked_for(client: AsyncWebClient, papers: Channel) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "2407.21017"}}
    ts = (await client.chat_postMessage(channel=papers.id, text="card", metadata=metadata))["ts"]
    await client.chat_update(channel=papers.id, ts=ts, text="card, updated")

    async def seen(**more: Any) -> Any:
        history = await client.conversations_history(channel=papers.id, **more)
        replies = await client.conversations_replies(channel=papers.id, ts=ts, **more)
        return [each["messages"][0].get("metadata") for each in (history, replies)]

    assert await seen() == [None, None]
    assert await seen(include_all_metadata=True) == [metadata, metadata]
    await client.chat_update(channel=papers.id, ts=ts, text="card", metadata={})
    assert await seen(include_all_metadata=True) == [None, None]


async def test_history_is_read_page_by_page_within_bounds(client: AsyncWebClient, papers: Channel) -> None:
    stamps = [(await client.chat_postMessage(channel=papers.id, text=str(n)))["ts"] for n in range(5)]
    first = await client.conversations_history(channel=papers.id, limit=2)
    assert ([each["text"] for each in first["messages"]], first["has_more"]) == (["4", "3"], True)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=papers.id, cursor=cursor)
    assert ([each["text"] for each in rest["messages"]], rest["has_more"]) == (["2", "1", "0"], False)

    async def between(*, inclusive: bool) -> list[str]:
        bounds = {"oldest": stamps[1], "latest": stamps[3], "inclusive": inclusive}
        return [each["text"] for each in (await client.conversations_history(channel=papers.id, **bounds))["messages"]]

    assert await between(inclusive=False) == ["2"]
    assert await between(inclusive=True) == ["3", "2", "1"]
    assert (await refusal(client.conversations_history(channel=papers.id, cursor="?")))["error"] == "invalid_cursor"


async def test_an_ephemeral_message_is_for_one_member_and_cannot_be_touched(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    ben = slack.add_person("Ben")
    answer = await client.chat_postEphemeral(channel=papers.id, user=ana.id, text="psst", blocks=DIVIDER)
    [private] = slack.ephemerals(ana.id)
    assert (private.text, private.ts, private.origin) == ("psst", answer["message_ts"], "chat.postEphemeral")
    assert slack.messages(papers.id) == []

    errors = [
        await refusal(client.chat_postEphemeral(channel=papers.id, user=ben.id, text="psst")),
        await refusal(client.chat_postEphemeral(channel=papers.id, user="U404", text="psst")),
        await refusal(client.chat_update(channel=papers.id, ts=private.ts, text="x")),
        await refusal(client.reactions_add(channel=papers.id, timestamp=private.ts, name="eyes")),
    ]
    assert [each["error"] for each in errors] == [
        "user_not_in_channel",
        "user_not_found",
        "message_not_found",
        "message_not_found",
    ]


async def test_reactions_are_added_read_and_removed(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=papers.id, text="card"))["ts"]
    await slack.react(ana.id, papers.id, ts, "bookmark")
    await client.reactions_add(channel=papers.id, timestamp=ts, name="bookmark")
    await client.reactions_add(channel=papers.id, timestamp=ts, name="thumbsup::skin-tone-3")
    again = await refusal(client.reactions_add(channel=papers.id, timestamp=ts, name="bookmark"))
    unknown = await refusal(client.reactions_add(channel=papers.id, timestamp=ts, name="no emoji"))
    assert (again["error"], unknown["error"]) == ("already_reacted", "invalid_name")

    seen = (await client.reactions_get(channel=papers.id, timestamp=ts, full=True))["message"]
    assert seen["reactions"] == [
        {"name": "bookmark", "users": [ana.id, slack.bot_user_id], "count": 2},
        {"name": "thumbsup::skin-tone-3", "users": [slack.bot_user_id], "count": 1},
    ]
    await client.reactions_remove(channel=papers.id, timestamp=ts, name="bookmark")
    missing = await refusal(client.reactions_remove(channel=papers.id, timestamp=ts, name="bookmark"))
    assert missing["error"] == "no_reaction"


async def test_reactions_name_everyone_only_in_full(slack: SlackEmulator, client: AsyncWebClient) -> None:
    people = [slack.add_person(f"Reader {n}") for n in range(60)]
    papers = slack.add_channel("crowded", members=[person.id for person in people])
    ts = (await client.chat_postMessage(channel=papers.id, text="card"))["ts"]
    for person in people:
        await slack.react(person.id, papers.id, ts, "fire")

    async def named(**more: Any) -> tuple[int, int]:
        answer = await client.reactions_get(channel=papers.id, timestamp=ts, **more)
        [reaction] = answer["message"]["reactions"]
        return len(reaction["users"]), reaction["count"]

    assert await named() == (50, 60)
    assert await named(full=True) == (60, 60)


async def test_links_people_post_can_be_unfurled(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    url = "https://arxiv.org/abs/2407.21017"
    message = await slack.say(ana.id, papers.id, f"read <{url}>")
    await client.chat_unfurl(channel=papers.id, ts=message.ts, unfurls={url: {"blocks": DIVIDER}})
    shown = slack.message(papers.id, message.ts)
    assert shown is not None
    assert shown.snapshot()["attachments"][0]["from_url"] == url
    unfurl_id = f"{papers.id}.{message.ts}"
    await client.chat_unfurl(unfurl_id=unfurl_id, source="conversations_history", unfurls={url: {"title": "Instead"}})
    shown = slack.message(papers.id, message.ts)
    assert shown is not None
    assert [each["title"] for each in shown.snapshot()["attachments"]] == ["Instead"]


async def test_a_preview_changes_its_message(slack: SlackEmulator, client: AsyncWebClient, ana: Person) -> None:
    url, direct = "https://arxiv.org/abs/2407.21017", slack.direct_messages(ana.id)
    message = await slack.say(ana.id, direct.id, url)
    await client.chat_unfurl(channel=direct.id, ts=message.ts, unfurls={url: {"blocks": DIVIDER}})
    event = slack.deliveries[-1].payload["event"]
    assert event["subtype"] == "message_changed"
    assert [each["from_url"] for each in event["message"]["attachments"]] == [url]


RICH = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"unfurls": {"https://arxiv.org/abs/1": {"text": "x"}}}, "cannot_unfurl_message"),
        ({"unfurls": {"https://example.com/1": {"text": "x"}}}, "cannot_unfurl_url"),
        ({"unfurls": {"URL": {"blocks": RICH}}}, "invalid_blocks"),
        ({"unfurls": {"URL": {"blocks": [{"type": "section"}]}}}, "invalid_blocks"),
        ({"unfurls": {"URL": {}}}, "cannot_parse_attachment"),
        ({"unfurls": {"URL": "text"}}, "invalid_unfurls_format"),
        ({"unfurls": [1]}, "invalid_unfurls_format"),
        ({"unfurls": {}}, "missing_unfurls"),
        ({"ts": None}, "missing_ts"),
        ({"channel": None}, "missing_channel"),
        ({"channel": "C0"}, "cannot_find_channel"),
        ({"ts": "1.000001"}, "cannot_find_message"),
        ({"unfurl_id": "C1.1"}, "missing_source"),
        ({"source": "composer"}, "missing_unfurl_id"),
        ({"unfurl_id": "C1.1", "source": "canvas"}, "invalid_source"),
        ({"unfurl_id": "nonsense", "source": "conversations_history"}, "invalid_unfurl_id"),
    ],
    ids=str,
)
async def test_a_preview_that_slack_would_not_take_is_refused(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel, arguments: Json, error: str
) -> None:
    url = "https://arxiv.org/abs/2407.21017"
    message = await slack.say(ana.id, papers.id, f"read <{url}>")
    given = {"channel": papers.id, "ts": message.ts, "unfurls": {url: {"text": "x"}}, **arguments}
    if isinstance(given["unfurls"], dict):
        given["unfurls"] = {name.replace("URL", url): card for name, card in given["unfurls"].items()}
    given = {name: value for name, value in given.items() if value is not None}
    assert (await refusal(client.api_call("chat.unfurl", json=given)))["error"] == error


async def test_links_are_told_of_while_they_are_written_and_again_when_they_are_edited(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    def told() -> list[tuple[str, str, list[str]]]:
        events = [each.payload["event"] for each in slack.deliveries if each.type == "link_shared"]
        return [(each["source"], each["channel"], [link["url"] for link in each["links"]]) for each in events]

    first, second = "https://arxiv.org/abs/1", "https://export.arxiv.org/abs/2"
    await slack.compose(ana.id, papers.id, first)
    assert told() == [("composer", "COMPOSER", [first])]
    composed = slack.deliveries[-1].payload["event"]
    await client.chat_unfurl(unfurl_id=composed["unfurl_id"], source="composer", unfurls={first: {"text": "x"}})
    message = await slack.say(ana.id, papers.id, first)
    await client.chat_unfurl(channel=papers.id, ts=message.ts, unfurls={first: {"text": "x"}})
    edited = await slack.edit_message(ana.id, papers.id, message.ts, f"{first} {second} https://example.com")
    assert told()[1:] == [
        ("conversations_history", papers.id, [first]),
        ("conversations_history", papers.id, [first, second]),
    ]
    assert edited.unfurls.keys() == {first}
    assert not (await slack.edit_message(ana.id, papers.id, message.ts, second)).unfurls
    await slack.delete_message(ana.id, papers.id, message.ts)
    assert slack.message(papers.id, message.ts) is None


async def test_people_and_channels_can_be_looked_up(
    slack: SlackEmulator, client: AsyncWebClient, ana: Person, papers: Channel
) -> None:
    user = (await client.users_info(user=ana.id, include_locale=True))["user"]
    assert (user["tz"], user["tz_offset"], user["locale"], user["is_admin"]) == ("Asia/Seoul", 32400, "ko-KR", False)
    assert [each["id"] for each in (await client.users_list())["members"]] == [slack.bot_user_id, ana.id]
    assert (await refusal(client.users_info(user="U404")))["error"] == "user_not_found"

    hidden = slack.add_channel("hidden", with_bot=False, private=True)
    channel = (await client.conversations_info(channel=papers.id))["channel"]
    assert (channel["name"], channel["is_member"], channel["is_archived"]) == ("papers", True, False)
    assert (await refusal(client.conversations_info(channel=hidden.id)))["error"] == "channel_not_found"
    assert (await client.conversations_members(channel=papers.id))["members"] == sorted([slack.bot_user_id, ana.id])
    assert [each["id"] for each in (await client.conversations_list())["channels"]] == [papers.id]
    asked = client.conversations_list(types="public_channel,private_channel")
    assert (await refusal(asked))["needed"] == "groups:read"


async def test_a_permalink_leads_to_the_message(client: AsyncWebClient, papers: Channel) -> None:
    head = (await client.chat_postMessage(channel=papers.id, text="header"))["ts"]
    reply = (await client.chat_postMessage(channel=papers.id, text="card", thread_ts=head))["ts"]
    link = (await client.chat_getPermalink(channel=papers.id, message_ts=head))["permalink"]
    deep = (await client.chat_getPermalink(channel=papers.id, message_ts=reply))["permalink"]
    assert link == f"https://reading-room.slack.com/archives/{papers.id}/p{head.replace('.', '')}"
    assert deep.endswith(f"p{reply.replace('.', '')}?thread_ts={head}&cid={papers.id}")


async def test_a_channel_takes_a_message_a_second_and_a_short_burst(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    clock = [0.0]
    async with SlackEmulator(manifest, rate_limits=True, monotonic=lambda: clock[0]) as slack:
        papers, other = slack.add_channel("papers"), slack.add_channel("other")
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        for _ in range(4):
            await client.chat_postMessage(channel=papers.id, text="x")
        limited = await refusal(client.chat_postMessage(channel=papers.id, text="x"))
        assert (limited.status_code, limited["error"], limited.headers["Retry-After"]) == (429, "ratelimited", "1")
        await client.chat_postMessage(channel=other.id, text="x")
        clock[0] = timedelta(seconds=1).total_seconds()
        await client.chat_postMessage(channel=papers.id, text="x")
        assert len(slack.messages(papers.id)) == 5


async def test_the_app_itself_can_be_asked_about(manifest: Json, session: aiohttp.ClientSession) -> None:
    manifest["oauth_config"]["scopes"]["bot"].append("team:read")
    async with SlackEmulator(manifest) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        assert (await client.team_info())["team"]["id"] == slack.team_id
        assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
        assert (await refusal(client.api_test(error="my_error")))["error"] == "my_error"


async def test_a_number_that_is_none_and_a_kind_that_is_none_are_refused(
    client: AsyncWebClient, papers: Channel
) -> None:
    odd = await refusal(client.api_call("conversations.history", params={"channel": papers.id, "limit": "many"}))
    assert odd["errors"] == ["must provide a number [json-pointer:/limit]"]
    assert (await refusal(client.conversations_list(types="public")))["error"] == "invalid_types"
    await client.chat_postMessage(channel=papers.id, text="x")
    noon = await refusal(client.conversations_history(channel=papers.id, latest="noon"))
    assert noon["error"] == "invalid_ts_latest"


async def test_history_needs_a_member(slack: SlackEmulator, client: AsyncWebClient) -> None:
    elsewhere = slack.add_channel("elsewhere", with_bot=False)
    assert (await refusal(client.conversations_history(channel=elsewhere.id)))["error"] == "not_in_channel"
    assert (await refusal(client.conversations_replies(channel=elsewhere.id, ts="1.0")))["error"] == "not_in_channel"


async def test_changes_are_told_to_whoever_listens(
    slack: SlackEmulator, client: AsyncWebClient, papers: Channel
) -> None:
    heard: list[str] = []
    stop = slack.listen(lambda change: heard.append(change.kind))
    await client.chat_postMessage(channel=papers.id, text="x")
    stop()
    await client.chat_postMessage(channel=papers.id, text="x")
    assert heard == ["message_posted", "call"]
