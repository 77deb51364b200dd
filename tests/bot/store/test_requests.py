"""What people asked for is kept until it is done, and is one owner's to do at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from bot.rules.requests import LEASE, REMEMBERED, Request, RequestKind
from tests.bot.store.samples import ANA, JIMIN, MELTEMI, NOW, OTHER_TEAM, TEAM

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

LATER = NOW + LEASE
REQUEST = Request(
    TEAM,
    "C1",
    ANA,
    RequestKind.SHARE,
    "1787011800.000100",
    MELTEMI,
    NOW,
    thread_ts="1787011700.000100",
    response_url="https://hooks.slack.com/actions/1",
)
FORM = Request(TEAM, "", JIMIN, RequestKind.REPORT, "V1", "{}", NOW - LEASE, view_id="V1")


async def take(store: Store, owner: str = "second", *, now: datetime = LATER, team: str = TEAM) -> list[Request]:
    return await store.requests.take(team, owner=owner, now=now, until=now + LEASE)


async def note(store: Store, request: Request = REQUEST, owner: str = "first") -> bool:
    return await store.requests.note(request, owner=owner, until=LATER)


async def end(store: Store) -> bool:
    return await store.requests.end(REQUEST, owner="first", remembered_until=LATER + REMEMBERED)


async def test_comes_back_as_it_was_asked_oldest_first(store: Store) -> None:
    assert [await note(store, each) for each in (REQUEST, FORM)] == [True, True]
    assert await take(store) == [FORM, REQUEST]


async def test_is_known_once_by_its_cause(store: Store) -> None:
    other = replace(REQUEST, cause="1787011800.000200", value="2407.00001")
    again = replace(REQUEST, at=LATER, response_url=None)
    assert [await note(store, each) for each in (REQUEST, again, other)] == [True, False, True]
    assert await take(store) == [REQUEST, other]


async def test_is_its_owners_until_the_lease_is_over(store: Store) -> None:
    await note(store)
    assert await take(store, now=LATER - timedelta(microseconds=1)) == []
    assert await store.requests.hold([REQUEST], owner="first", until=LATER + LEASE) == 1
    assert await take(store) == []
    assert await take(store, now=LATER + LEASE) == [REQUEST]


async def test_is_taken_over_by_one_alone(store: Store, open_store: OpenStore) -> None:
    requests = [replace(REQUEST, cause=str(number), value=str(number)) for number in range(20)]
    for request in requests:
        await note(store, request)
    async with open_store() as other:
        taken = await asyncio.gather(*(take((store, other)[number % 2], str(number)) for number in range(6)))
    assert sorted(each.cause for some in taken for each in some) == sorted(each.cause for each in requests)


async def test_that_was_taken_over_is_no_longer_its_first_owners(store: Store) -> None:
    await note(store)
    await take(store)
    assert await store.requests.hold([REQUEST], owner="first", until=LATER + 9 * LEASE) == 0
    assert not await store.requests.note_progress(REQUEST, "answering", owner="first")
    assert not await end(store)
    assert await take(store, "third", now=LATER + LEASE) == [REQUEST]


async def test_that_are_held_together_are_those_named_that_are_still_ones_own(store: Store) -> None:
    ours, left, theirs, done = (replace(REQUEST, cause=name, value=name) for name in ("ours", "left", "theirs", "done"))
    for request in (ours, left, done):
        await note(store, request)
    await note(store, theirs, "second")
    await store.requests.end(done, owner="first", remembered_until=LATER)
    assert await store.requests.hold([ours, theirs, done], owner="first", until=LATER + LEASE) == 1
    assert await take(store, "third") == [left, theirs]


async def test_counts_how_often_it_was_taken_up_again(store: Store) -> None:
    await note(store)
    assert await store.requests.note_attempt(REQUEST, owner="first")
    assert not await store.requests.note_attempt(REQUEST, owner="second")
    (taken,) = await take(store)
    assert taken.attempts == 1
    assert await store.requests.note_attempt(taken, owner="second")
    (taken,) = await take(store, "third", now=LATER + LEASE)
    assert taken.attempts == 2


async def test_comes_to_a_step_once(store: Store) -> None:
    await note(store)
    assert await store.requests.note_progress(REQUEST, "answering", owner="first")
    assert not await store.requests.note_progress(REQUEST, "answering", owner="first")
    assert await take(store) == [replace(REQUEST, progress="answering")]


async def test_that_is_ended_does_not_come_back(store: Store) -> None:
    await note(store)
    await note(store, FORM)
    assert [await end(store) for _ in range(2)] == [True, False]
    assert await take(store) == [FORM]


async def test_that_is_ended_is_not_asked_again_as_long_as_slack_may_bring_it_again(store: Store) -> None:
    await note(store)
    await end(store)
    assert not await note(store)
    assert await take(store, now=LATER + REMEMBERED) == []
    assert await note(store)


async def test_that_others_would_see_is_asked_once_at_a_time(store: Store) -> None:
    again = replace(REQUEST, cause="1787011800.000200")
    elsewhere, theirs = replace(again, channel="C2"), replace(again, person=JIMIN)
    assert [await note(store, each) for each in (REQUEST, again, elsewhere, theirs)] == [True, False, True, True]
    await end(store)
    assert await note(store, again)


async def test_that_nobody_else_sees_follows_whatever_was_asked_before(store: Store) -> None:
    pause, resume = (replace(REQUEST, kind=kind, value="C1") for kind in (RequestKind.PAUSE, RequestKind.RESUME))
    again = replace(pause, cause="1787011800.000200")
    assert [await note(store, each) for each in (pause, resume, again)] == [True, True, True]


async def test_of_a_kind_that_only_a_later_version_knows_keeps_none_waiting(store: Store) -> None:
    await note(store, replace(FORM, kind=cast("RequestKind", "dance")))
    await note(store)
    assert await take(store) == [REQUEST]
    assert not await note(store, replace(FORM, kind=cast("RequestKind", "dance")))


async def test_belongs_to_its_workspace_and_goes_with_it(store: Store) -> None:
    await note(store)
    assert await take(store, team=OTHER_TEAM) == []
    await store.memberships.leave_team(OTHER_TEAM, now=NOW)
    assert await take(store) == [REQUEST]
    await store.memberships.leave_team(TEAM, now=NOW)
    assert await take(store, now=LATER + LEASE) == []


async def test_follows_a_channel_that_gets_another_id(store: Store) -> None:
    await note(store)
    await store.memberships.change_channel_id(TEAM, "C1", "C2")
    assert await take(store) == [replace(REQUEST, channel="C2")]
