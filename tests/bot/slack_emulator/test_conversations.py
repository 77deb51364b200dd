"""What an app is told of messages: more than what people write, and by more than one event."""

from typing import Any

import pytest

from bot.slack_emulator import Channel, ManifestError, Person, SlackEmulator

Json = dict[str, Any]


@pytest.fixture
def manifest(manifest: Json) -> Json:
    manifest["settings"]["event_subscriptions"]["bot_events"].append("message.channels")
    return manifest


class Heard(list[Json]):
    """The events of messages that were sent since the last look, whoever took them."""

    def __init__(self, slack: SlackEmulator) -> None:
        super().__init__()
        self._slack = slack
        self._seen = 0

    async def look(self) -> None:
        await self._slack.settled()
        events = [each.payload["event"] for each in self._slack.deliveries[self._seen :]]
        self[:] = [each for each in events if each["type"] in {"message", "app_mention"}]
        self._seen = len(self._slack.deliveries)


@pytest.fixture
def heard(slack: SlackEmulator) -> Heard:
    return Heard(slack)


def kinds(heard: Heard) -> list[str]:
    return sorted(f"{each['type']} {each.get('subtype', '')}".strip() for each in heard)


async def test_a_mention_in_a_channel_comes_twice_and_an_edited_one_again(
    slack: SlackEmulator, heard: Heard, papers: Channel, ana: Person
) -> None:
    said = await slack.mention(ana.id, papers.id, "list")
    await heard.look()
    assert kinds(heard) == ["app_mention", "message"]
    await slack.edit_message(ana.id, papers.id, said.ts, f"<@{slack.bot_user_id}> help")
    await heard.look()
    assert kinds(heard) == ["app_mention", "message message_changed"]
    (again,) = [each for each in heard if each["type"] == "app_mention"]
    assert again["ts"] == said.ts
    assert again["edited"]["user"] == ana.id


async def test_a_direct_message_is_no_mention(slack: SlackEmulator, heard: Heard, ana: Person) -> None:
    await slack.mention(ana.id, slack.direct_messages(ana.id).id, "list")
    await heard.look()
    assert kinds(heard) == ["message"]


async def test_a_reply_changes_its_thread_by_an_event_that_lacks_its_subtype(
    slack: SlackEmulator, heard: Heard, papers: Channel, ana: Person
) -> None:
    root = await slack.say(ana.id, papers.id, "root")
    await slack.say(ana.id, papers.id, "reply", thread_ts=root.ts)
    await heard.look()
    assert kinds(heard) == ["message", "message", "message"]
    (about,) = [each for each in heard if each.get("hidden")]
    assert about["message"]["reply_count"] == 1
    assert "text" not in about


async def test_a_deleted_message_with_replies_is_a_changed_one(
    slack: SlackEmulator, heard: Heard, papers: Channel, ana: Person
) -> None:
    root = await slack.say(ana.id, papers.id, "root")
    await slack.say(ana.id, papers.id, "reply", thread_ts=root.ts)
    await heard.look()
    await slack.delete_message(ana.id, papers.id, root.ts)
    await heard.look()
    (event,) = heard
    assert event["subtype"] == "message_changed"
    assert event["message"]["subtype"] == "tombstone"
    assert event["previous_message"]["text"] == "root"


async def test_what_bots_write_names_the_bot(slack: SlackEmulator, heard: Heard, papers: Channel) -> None:
    other = slack.add_bot("Other")
    await slack.say_as_bot(other, papers.id, f"<@{slack.bot_user_id}>")
    await slack.say_as_bot(other, papers.id, "deployed", subtype="bot_message")
    await heard.look()
    assert kinds(heard) == ["app_mention", "message", "message bot_message"]
    assert all(each["bot_id"] for each in heard)


@pytest.mark.parametrize("lacking", ["scope", "event", "tab", "only one view"])
def test_an_agent_has_what_one_needs(manifest: Json, lacking: str) -> None:
    manifest["features"]["agent_view"] = {"agent_description": "Reads papers"}
    manifest["oauth_config"]["scopes"]["bot"].append("assistant:write")
    assert SlackEmulator(manifest).app.is_agent
    match lacking:
        case "scope":
            manifest["oauth_config"]["scopes"]["bot"].remove("assistant:write")
        case "event":
            manifest["settings"]["event_subscriptions"]["bot_events"].remove("app_home_opened")
        case "tab":
            manifest["features"]["app_home"]["messages_tab_enabled"] = False
        case _:
            manifest["features"]["assistant_view"] = {"assistant_description": "Reads papers"}
    with pytest.raises(ManifestError):
        SlackEmulator(manifest)
