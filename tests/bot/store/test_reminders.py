"""What the store keeps of reminders: what people want, when each is due, once, and what waits on their lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.editions import reminder_edition
from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryState
from bot.rules.papers import Listing
from bot.rules.reading_list import SaveKind
from bot.rules.reminders import ReminderPreference
from tests.bot.store.samples import (
    ANA,
    DAY,
    JIMIN,
    LEASE,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_TEAM,
    STRINGS,
    TEAM,
    listed,
    paper,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store import Store

A_WEEK = timedelta(weeks=1)
WEEKLY = ReminderPreference(is_on=True, weekday=3, since=NOW)
EDITION = reminder_edition(DAY)


def reminder(send_before: datetime | None = None) -> Delivery:
    return Delivery(DeliveryKey(TEAM, ANA, EDITION, HEADER), 0, '{"text": "read"}', send_before=send_before)


async def plan(store: Store, *, at: datetime = NOW, send_before: datetime | None = None) -> bool:
    return await store.reminders.plan(
        reminder(send_before), slot=at, papers=[MELTEMI], due_at=at, next_at=at + A_WEEK, now=at
    )


async def test_nobody_is_reminded_who_never_asked_for_it(store: Store) -> None:
    assert await store.reminders.preference(TEAM, ANA) == ReminderPreference()
    assert await store.reminders.due(TEAM, NOW + 99 * A_WEEK, limit=10) == []


async def test_those_who_wait_longest_are_due_first_in_their_own_workspace(store: Store) -> None:
    for team, user, minutes in ((TEAM, ANA, 0), (TEAM, JIMIN, -5), (TEAM, "ULATER", 1), (OTHER_TEAM, ANA, -9)):
        await store.reminders.choose(team, user, WEEKLY, due_at=NOW + timedelta(minutes=minutes))
    due = await store.reminders.due(TEAM, NOW, limit=10)
    assert due == [(JIMIN, NOW - timedelta(minutes=5)), (ANA, NOW)]
    assert await store.reminders.due(TEAM, NOW, limit=1) == due[:1]


async def test_a_reminder_is_planned_once_and_the_next_one_is_due_later(store: Store) -> None:
    await store.reminders.choose(TEAM, ANA, WEEKLY, due_at=NOW)
    assert await plan(store)
    assert not await plan(store), "whoever comes second finds it planned"
    assert await store.reminders.due(TEAM, NOW + A_WEEK, limit=10) == [(ANA, NOW + A_WEEK)]
    known = await store.reminders.preference(TEAM, ANA)
    assert (known.last_for, known.last_papers, known.weekday) == (NOW, (MELTEMI,), 3)
    await store.reminders.choose(TEAM, ANA, WEEKLY, due_at=NOW)
    assert not await plan(store), "a slot is used once, also when they were turned off and on again"


async def test_a_clock_that_was_a_year_ahead_silences_nobody_and_brings_no_second_one_in_a_week(store: Store) -> None:
    ahead = NOW + timedelta(days=365)
    await store.reminders.choose(TEAM, ANA, WEEKLY, due_at=ahead)
    assert await plan(store, at=ahead)
    await store.reminders.choose(TEAM, JIMIN, WEEKLY, due_at=NOW + 3 * A_WEEK)
    assert await store.reminders.pull_back(TEAM, now=NOW) == 1
    assert await store.reminders.pull_back(TEAM, now=NOW) == 0
    assert await store.reminders.due(TEAM, NOW, limit=9) == [(ANA, NOW)]
    assert (await store.reminders.preference(TEAM, ANA)).last_for == NOW


async def test_of_two_that_look_at_somebody_one_decides(store: Store) -> None:
    await store.reminders.choose(TEAM, ANA, WEEKLY, due_at=NOW)
    assert await store.reminders.look_again(TEAM, ANA, due_at=NOW, next_at=NOW + A_WEEK)
    assert not await store.reminders.look_again(TEAM, ANA, due_at=NOW, next_at=NOW)
    assert not await plan(store)
    assert await store.outbox.deliveries(TEAM, ANA, EDITION) == []


async def test_one_that_waits_is_not_sent_once_they_are_off(store: Store) -> None:
    await store.reminders.choose(TEAM, ANA, WEEKLY, due_at=NOW)
    await plan(store)
    await store.reminders.choose(TEAM, ANA, ReminderPreference(), due_at=None)
    assert await store.outbox.unfinished(TEAM) == []
    assert await store.reminders.due(TEAM, NOW + 99 * A_WEEK, limit=10) == []
    assert (await store.reminders.preference(TEAM, ANA)).last_for == NOW, (
        "at most one a week, also when turned on again"
    )


async def test_one_that_was_not_sent_on_its_day_is_not_sent_at_night(store: Store) -> None:
    await store.reminders.choose(TEAM, ANA, WEEKLY, due_at=NOW)
    evening = NOW + timedelta(hours=8)
    await plan(store, send_before=evening)
    claim = await store.outbox.claim(TEAM, ANA, EDITION, owner="bot", now=NOW, lease=LEASE)
    assert isinstance(claim, Delivery)
    assert claim.send_before == evening
    await store.outbox.mark_pending(claim.key, not_before=evening, error="service_unavailable")
    assert await store.outbox.upcoming(TEAM, ANA, EDITION, now=evening) is None
    assert await store.outbox.claim(TEAM, ANA, EDITION, owner="bot", now=evening, lease=LEASE) is None
    assert [each.state for each in await store.outbox.deliveries(TEAM, ANA, EDITION)] == [DeliveryState.REFUSED]
    assert await store.outbox.undelivered(TEAM) == [], "nobody need be told"


async def test_what_waits_on_a_list_is_told_with_its_votes_and_the_length_that_was_read(store: Store) -> None:
    for each in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.papers.remember(paper(each), source="hugging_face", now=NOW)
    for number, votes in enumerate((7, 9)):
        day = DAY + timedelta(days=number)
        await store.listings.remember(Listing(day, (), NOW, "[]"), [listed(MELTEMI, votes)])
    await store.papers.remember_length(MATRYOSHKA, 9000, 2)
    await store.papers.remember_length(MATRYOSHKA, 9100, 3)
    await store.papers.remember_length("2407.00001", 9000, None)
    for number, each in enumerate((MATRYOSHKA, MELTEMI, STRINGS)):
        await store.reading_lists.save(TEAM, ANA, each, SaveKind.CLICK, now=NOW + timedelta(minutes=number))
    await store.reading_lists.remove(TEAM, ANA, STRINGS, now=NOW + timedelta(hours=1))
    waiting = await store.reminders.waiting(TEAM, ANA)
    assert [(each.paper_id, each.votes, each.words) for each in waiting] == [
        (MATRYOSHKA, None, 9100),
        (MELTEMI, 9, None),
    ]
    assert await store.reminders.waiting(TEAM, JIMIN) == []
