"""The welcome to whoever added Paperboy says so when the channel is set up, whoever did it and in whichever way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import ChannelState
from bot.slack.manifest import build_manifest
from bot.templating.catalogues import catalogue
from tests.harness import open_harness, read

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import Channel, Person, PrivateMessage, SlackEmulator, SlackMessage
    from tests.clocks import PatientClock
    from tests.harness import Harness

WORDS = catalogue("en")
UPDATE = "chat.update"


async def invited(harness: Harness, by: Person | None = None) -> Channel:
    """A new channel to which somebody, Ana if nobody else, has just added Paperboy."""
    channel = harness.slack.add_channel("lab", members=[harness.ana.id, harness.jimin.id], with_bot=False)
    await harness.slack.invite_bot(channel.id, by=(by or harness.ana).id)
    await harness.quiet()
    return channel


def told(harness: Harness, person: Person) -> list[SlackMessage]:
    """The direct messages to somebody."""
    return harness.slack.messages(harness.slack.direct_messages(person.id).id)


def welcome(harness: Harness) -> str:
    """What the welcome to Ana says now."""
    return read(told(harness, harness.ana)[0])


def buttons(message: SlackMessage | PrivateMessage) -> set[str]:
    """The names of the buttons below a message."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {each["action_id"] for row in rows for each in row}


async def settings_of(harness: Harness, person: Person, channel: Channel) -> PrivateMessage:
    answer = await harness.slack.command(person.id, channel.id, "/paper", "settings")
    assert answer.ok
    await harness.quiet()
    return harness.slack.ephemerals(person.id)[-1]


async def send_off(harness: Harness, person: Person, *steps: dict[str, Any]) -> None:
    """Send off the form that is open, step by step."""
    for values in steps:
        (form,) = harness.slack.modals(person.id)
        assert (await harness.slack.submit(form, values)).ok
        await harness.quiet()


async def by_its_own_button(harness: Harness, channel: Channel) -> Person:
    await harness.click(harness.ana, told(harness, harness.ana)[0], "channel_use_defaults")
    return harness.ana


async def by_the_form_of_its_own(harness: Harness, channel: Channel) -> Person:
    await harness.click(harness.ana, told(harness, harness.ana)[0], "channel_set_up")
    await send_off(harness, harness.ana, {}, {}, {})
    return harness.ana


async def by_somebody_else_in_the_channel(harness: Harness, channel: Channel) -> Person:
    await harness.click(harness.jimin, await settings_of(harness, harness.jimin, channel), "channel_use_defaults")
    return harness.jimin


async def by_the_form_of_somebody_else(harness: Harness, channel: Channel) -> Person:
    await harness.click(harness.jimin, await settings_of(harness, harness.jimin, channel), "channel_set_up")
    await send_off(harness, harness.jimin, {}, {"top": "3"}, {})
    return harness.jimin


WAYS = {
    way.__name__: way
    for way in (
        *(by_its_own_button, by_the_form_of_its_own),
        *(by_somebody_else_in_the_channel, by_the_form_of_somebody_else),
    )
}


@pytest.mark.parametrize("way", WAYS)
async def test_it_says_who_set_the_channel_up_and_when_the_next_digest_comes(harness: Harness, way: str) -> None:
    channel = await invited(harness)
    before = told(harness, harness.ana)
    person = await WAYS[way](harness, channel)
    assert (await harness.served(channel)).state is ChannelState.ACTIVE
    said = welcome(harness)
    opening = "Done. Digests will be posted in" if person is harness.ana else f"@{person.id} set up"
    assert said.startswith(f"{opening} #{channel.id}.")
    assert "Next digest: Thursday, August 1, 2024 at 09:10" in said
    assert "channel_use_defaults" not in buttons(told(harness, harness.ana)[0])
    assert [each.ts for each in told(harness, harness.ana)] == [each.ts for each in before], "nothing is added to it"


async def test_it_is_changed_once_and_what_is_done_to_the_channel_later_leaves_it(harness: Harness) -> None:
    channel = await invited(harness)
    await by_somebody_else_in_the_channel(harness, channel)
    said = welcome(harness)
    shown = await settings_of(harness, harness.jimin, channel)
    for button in ("channel_pause", "channel_resume", "channel_skip"):
        await harness.click(harness.jimin, await settings_of(harness, harness.jimin, channel), button)
    await harness.click(harness.jimin, shown, "channel_change_what")
    await send_off(harness, harness.jimin, {"top": "4"})
    await harness.bot.workspace.invitations.update_welcomes()
    assert welcome(harness) == said
    assert [call.method for call in harness.slack.calls].count(UPDATE) == 1


async def test_while_the_channel_is_not_set_up_it_shows_the_settings_saved_so_far(harness: Harness) -> None:
    channel = await invited(harness)
    await harness.click(harness.jimin, await settings_of(harness, harness.jimin, channel), "channel_set_up")
    await send_off(harness, harness.jimin, {"post_at": "07:30"})
    assert "07:30" in welcome(harness)
    assert welcome(harness).startswith("Thanks for adding Paperboy")
    assert "channel_use_defaults" in buttons(told(harness, harness.ana)[0]), "it is not set up"
    await send_off(harness, harness.jimin, {"top": "3"})
    assert "Papers per day: 3" in welcome(harness)


async def test_it_stays_the_welcome_while_its_own_form_is_filled_in(harness: Harness) -> None:
    await invited(harness)
    await harness.click(harness.ana, told(harness, harness.ana)[0], "channel_set_up")
    await send_off(harness, harness.ana, {"post_at": "07:30"}, {"top": "3"})
    assert welcome(harness).startswith("Thanks for adding Paperboy")
    assert "07:30" in welcome(harness)
    assert "Papers per day: 3" in welcome(harness)


async def test_it_can_be_used_to_change_settings_afterwards_and_shows_them(harness: Harness) -> None:
    await by_its_own_button(harness, await invited(harness))
    await harness.click(harness.ana, told(harness, harness.ana)[0], "channel_change_what")
    await send_off(harness, harness.ana, {"top": "4"})
    assert "Papers per day: 4" in welcome(harness)


async def test_each_of_two_who_added_it_hears_of_it_in_their_language(harness: Harness) -> None:
    channel = await invited(harness)
    await harness.slack.remove_bot(channel.id, by=harness.ana.id)
    await harness.quiet()
    await harness.slack.invite_bot(channel.id, by=harness.jimin.id)
    await harness.quiet()
    await harness.click(harness.jimin, told(harness, harness.jimin)[0], "channel_use_defaults")
    assert f"{harness.jimin.id} set up" in welcome(harness)
    assert "완료되었습니다." in read(told(harness, harness.jimin)[0])


async def test_where_slack_keeps_it_as_it_is_another_message_says_so(harness: Harness) -> None:
    """A workspace may not let messages be edited after a while."""
    channel = await invited(harness)
    harness.slack.faults.error(UPDATE, error="edit_window_closed")
    await by_somebody_else_in_the_channel(harness, channel)
    assert WORDS.t("welcome.text") in told(harness, harness.ana)[0].text
    assert f"{harness.jimin.id} set up" in read(told(harness, harness.ana)[-1])


async def test_whoever_set_the_channel_up_needs_no_other_message(harness: Harness) -> None:
    channel = await invited(harness)
    harness.slack.faults.error(UPDATE, error="edit_window_closed")
    before = len(told(harness, harness.ana))
    await harness.click(harness.ana, await settings_of(harness, harness.ana, channel), "channel_use_defaults")
    assert len(told(harness, harness.ana)) == before


async def test_one_that_was_shown_in_the_channel_is_followed_by_a_message_there(tmp_path: Path) -> None:
    """An ephemeral message cannot be changed but by a click on it (docs.slack.dev, chat.update)."""
    manifest = build_manifest()
    del manifest["features"]["app_home"]
    async with open_harness(tmp_path, manifest=manifest) as harness:
        channel = await invited(harness)
        await by_somebody_else_in_the_channel(harness, channel)
        said = harness.slack.ephemerals(harness.ana.id)[-1]
        assert (said.origin, said.channel) == ("chat.postEphemeral", channel.id)
        assert f"{harness.jimin.id} set up" in read(said)


async def test_what_slack_was_away_for_comes_with_a_later_minute(harness: Harness) -> None:
    channel = await invited(harness)
    harness.slack.faults.answer(UPDATE, status=503, times=9)
    await by_somebody_else_in_the_channel(harness, channel)
    assert WORDS.t("button_channel.use_defaults") in str(told(harness, harness.ana)[0].blocks)
    harness.slack.faults.clear()
    await harness.at(harness.clock.now())
    assert f"{harness.jimin.id} set up" in welcome(harness)


class TestAfterARestart:
    async def left(self, folder: Path, act: Any = None) -> tuple[Channel, list[SlackMessage]]:
        """A channel to which Ana added Paperboy, which then ended, and what it had written to her."""
        async with open_harness(folder) as harness:
            channel = await invited(harness)
            if act:
                await act(harness, channel)
            return channel, told(harness, harness.ana)

    def restored(self, messages: list[SlackMessage]) -> Any:
        def restore(slack: SlackEmulator, _: PatientClock) -> None:
            ana, jimin = (person.id for person in slack.people if not person.is_bot)
            slack.add_channel("lab", members=[ana, jimin], with_bot=True)
            slack.direct_messages(ana)
            slack.restore(messages)

        return restore

    async def test_the_environment_sets_up_a_channel_that_nobody_has_touched(self, tmp_path: Path) -> None:
        channel, messages = await self.left(tmp_path)
        async with open_harness(
            tmp_path, before=self.restored(messages), paperboy_channel=channel.id, paperboy_top=4
        ) as harness:
            await harness.quiet()
            served = await harness.served(channel)
            assert (served.state, served.settings.top) == (ChannelState.ACTIVE, 4)
            assert f"{channel.id} is set up." in welcome(harness)

    async def test_but_not_one_where_somebody_has_begun_to(self, tmp_path: Path) -> None:
        async def begin(harness: Harness, channel: Channel) -> None:
            await harness.click(harness.ana, told(harness, harness.ana)[0], "channel_set_up")
            await send_off(harness, harness.ana, {"post_at": "07:30"})

        channel, messages = await self.left(tmp_path, begin)
        async with open_harness(
            tmp_path, before=self.restored(messages), paperboy_channel=channel.id, paperboy_top=4
        ) as harness:
            await harness.quiet()
            assert (await harness.served(channel)).state is ChannelState.NEW

    async def test_what_an_ended_process_did_not_say_is_said(self, tmp_path: Path) -> None:
        channel, messages = await self.left(tmp_path)
        async with open_harness(tmp_path, before=self.restored(messages)) as harness:
            await harness.quiet()
            store, now = harness.bot.services.store, harness.clock.now()
            await store.channels.start(harness.team, channel.id, latest=now.date(), user=harness.jimin.id, now=now)
        async with open_harness(tmp_path, before=self.restored(messages)) as harness:
            await harness.quiet()
            assert f"{harness.jimin.id} set up" in welcome(harness)
