"""What the store remembers of people and of the channels it serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

from bot.channels import Channel, ChannelSettings, Person
from tests.bot.store.samples import ANA, CHANNEL, NOW, OTHER_CHANNEL, OTHER_TEAM, TEAM

if TYPE_CHECKING:
    from bot.store import Store

SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "ko", 10)


async def test_a_person_comes_back_as_slack_described_them(store: Store) -> None:
    person = Person(TEAM, ANA, locale="ko-KR", timezone="Asia/Seoul")
    await store.remember_person(person, now=NOW)
    assert await store.person(TEAM, ANA) == person
    assert await store.person(OTHER_TEAM, ANA) is None


async def test_a_language_once_chosen_stays_until_another_is(store: Store) -> None:
    await store.remember_person(Person(TEAM, ANA, "en-US", "Europe/Berlin", language="ko"), now=NOW)
    await store.remember_person(Person(TEAM, ANA, "en-GB", "Europe/London"), now=NOW)
    assert await store.person(TEAM, ANA) == Person(TEAM, ANA, "en-GB", "Europe/London", language="ko")
    await store.remember_person(Person(TEAM, ANA, language="en"), now=NOW)
    assert await store.person(TEAM, ANA) == Person(TEAM, ANA, "en-GB", "Europe/London", language="en")


async def test_a_person_of_whom_slack_tells_nothing_is_known_all_the_same(store: Store) -> None:
    await store.remember_person(Person(TEAM, ANA), now=NOW)
    assert await store.person(TEAM, ANA) == Person(TEAM, ANA)


async def test_the_same_user_id_in_two_teams_is_two_people(store: Store) -> None:
    here, there = Person(TEAM, ANA, "ko-KR"), Person(OTHER_TEAM, ANA, "en-US")
    await store.remember_person(here, now=NOW)
    await store.remember_person(there, now=NOW)
    assert [await store.person(team, ANA) for team in (TEAM, OTHER_TEAM)] == [here, there]


async def test_a_channel_comes_back_with_its_settings(store: Store) -> None:
    channel = Channel(TEAM, CHANNEL, SETTINGS, cursor=date(2024, 7, 30), paused=True, owner=ANA, since=NOW)
    assert await store.channel(TEAM, CHANNEL) is None
    assert await store.create_channel(channel, now=NOW)
    assert await store.channel(TEAM, CHANNEL) == channel


async def test_a_channel_is_created_once_and_keeps_what_it_has(store: Store) -> None:
    channel = Channel(TEAM, CHANNEL, SETTINGS, since=NOW)
    assert await store.create_channel(channel, now=NOW)
    assert not await store.create_channel(replace(channel, settings=replace(SETTINGS, top=3)), now=NOW)
    assert await store.channel(TEAM, CHANNEL) == channel


async def test_the_same_channel_id_in_two_teams_is_two_channels(store: Store) -> None:
    here = Channel(TEAM, CHANNEL, SETTINGS, since=NOW)
    there = Channel(OTHER_TEAM, CHANNEL, replace(SETTINGS, top=3), since=NOW)
    assert await store.create_channel(here, now=NOW)
    assert await store.create_channel(there, now=NOW)
    assert [await store.channel(team, CHANNEL) for team in (TEAM, OTHER_TEAM)] == [here, there]


# being due ------------------------------------------------------------------------------------------------------------

THURSDAY, FRIDAY = date(2024, 8, 1), date(2024, 8, 2)


async def claim(store: Store, day: date = THURSDAY, *, owner: str = "one") -> bool:
    return await store.claim_due(TEAM, CHANNEL, day, owner=owner, now=NOW)


async def served(store: Store) -> date | None:
    known = await store.channel(TEAM, CHANNEL)
    assert known
    return known.served


async def test_a_local_date_is_dealt_with_once(store: Store) -> None:
    await store.create_channel(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await claim(store)
    assert await claim(store), "whoever left it open has died"
    assert await served(store) is None
    await store.finish_due(TEAM, CHANNEL, THURSDAY, outcome="daily:2024-07-31")
    assert not await claim(store, owner="another")
    assert await served(store) == THURSDAY
    assert await claim(store, FRIDAY)


async def test_a_cursor_never_moves_back(store: Store) -> None:
    await store.create_channel(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    for day in (THURSDAY, FRIDAY, THURSDAY):
        await store.move_cursor(TEAM, CHANNEL, day)
    known = await store.channel(TEAM, CHANNEL)
    assert known
    assert known.cursor == FRIDAY


async def test_channels_are_served_until_paused_and_again_when_resumed(store: Store) -> None:
    for channel_id in (OTHER_CHANNEL, CHANNEL):
        await store.create_channel(Channel(TEAM, channel_id, SETTINGS), now=NOW)
    await store.create_channel(Channel(OTHER_TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await active(store) == [CHANNEL, OTHER_CHANNEL]
    assert await store.pause_channel(TEAM, CHANNEL, reason="is_archived", now=NOW)
    assert not await store.pause_channel(TEAM, CHANNEL, reason="is_archived", now=NOW)
    assert await active(store) == [OTHER_CHANNEL]
    assert [each.id for each in await store.closed_channels(TEAM)] == [CHANNEL]
    assert await store.resume_channel(TEAM, CHANNEL, now=NOW)
    assert not await store.resume_channel(TEAM, CHANNEL, now=NOW)
    assert await active(store) == [CHANNEL, OTHER_CHANNEL]


async def active(store: Store) -> list[str]:
    return [each.id for each in await store.active_channels(TEAM)]
