"""What a workspace's people saved together: found by time, counted without those who are no part of the team."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import Person
from bot.rules.editions import team_edition
from bot.rules.link_previews import AGAIN_AFTER
from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryState
from bot.rules.questions import QuestionThread, QuestionTurn
from bot.rules.reading_list import ReadingState, SaveKind, SaveOrigin
from bot.rules.team import Saves, Talk
from tests.bot.store.samples import (
    CHANNEL,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_CHANNEL,
    OTHER_TEAM,
    SAVING,
    STRINGS,
    TEAM,
    in_sqlite,
    message,
    paper,
)

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from bot.store import Store

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
PEOPLE = tuple(f"U00000000P{number}" for number in range(6))


@pytest.fixture(autouse=True)
async def papers_are_known(store: Store) -> None:
    for paper_id in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)


async def save(store: Store, paper_id: str, *people: str, at: datetime = NOW, team: str = TEAM) -> None:
    for person in people:
        await store.reading_lists.save(team, person, paper_id, SaveKind.CLICK, now=at)


async def week(store: Store, *, until: datetime = NOW + A_DAY) -> tuple[Saves, ...]:
    return await store.team_saves.saved(TEAM, since=until - A_WEEK, until=until)


async def unread(store: Store) -> tuple[Saves, ...]:
    return await store.team_saves.unread(TEAM, before=NOW + A_DAY - A_WEEK)


async def talk(store: Store, *, until: datetime = NOW + A_DAY) -> tuple[Talk, ...]:
    return await store.team_saves.talked_about(TEAM, CHANNEL, since=until - A_WEEK, until=until)


async def named(store: Store, person: str, name: str) -> None:
    await store.people.choose_whether_name_is_shown(TEAM, person, is_shown=True, now=NOW)
    await store.people.remember(Person(TEAM, person, name=name), now=NOW)


async def test_papers_saved_by_several_in_the_week_are_counted_the_most_saved_first(store: Store) -> None:
    await save(store, MELTEMI, *PEOPLE[:2])
    await save(store, MATRYOSHKA, *PEOPLE[:3])
    await save(store, STRINGS, PEOPLE[0])
    await save(store, STRINGS, PEOPLE[1], at=NOW - A_WEEK)
    await save(store, STRINGS, PEOPLE[2], at=NOW + A_DAY)
    await save(store, STRINGS, *PEOPLE, team=OTHER_TEAM)
    assert await week(store) == (Saves(MATRYOSHKA, 3), Saves(MELTEMI, 2))
    await store.reading_lists.remove(TEAM, PEOPLE[2], MATRYOSHKA, now=NOW + A_DAY)
    await store.reading_lists.remove(TEAM, PEOPLE[0], MELTEMI, now=NOW + A_DAY)
    assert await week(store) == (Saves(MATRYOSHKA, 2),)


async def test_people_of_elsewhere_and_closed_accounts_do_not_count(store: Store) -> None:
    await save(store, MELTEMI, *PEOPLE[:4])
    await store.people.remember(Person(TEAM, PEOPLE[0], is_external=True), now=NOW)
    await store.people.remember(Person(TEAM, PEOPLE[1], is_deactivated=True), now=NOW)
    await store.people.remember(Person(TEAM, PEOPLE[2]), now=NOW)
    assert await week(store) == (Saves(MELTEMI, 2),)
    assert await store.team_saves.crowd(TEAM) == 2, (
        "but for those who are no part of the team, and also one of whom Slack has told nothing"
    )


async def test_those_of_whom_slack_has_told_nothing_are_found_to_be_asked_about(store: Store) -> None:
    await save(store, MELTEMI, *PEOPLE[:3])
    await save(store, MATRYOSHKA, PEOPLE[3])
    await save(store, MELTEMI, PEOPLE[4], at=NOW - 2 * A_WEEK)
    await store.people.remember(Person(TEAM, PEOPLE[0]), now=NOW)
    await store.people.choose_language(TEAM, PEOPLE[1], "ko", now=NOW)
    span = {"since": NOW - A_WEEK, "until": NOW + A_DAY}
    assert await store.team_saves.unknown_savers(TEAM, [MELTEMI], limit=9, **span) == [PEOPLE[1], PEOPLE[2]]
    assert await store.team_saves.unknown_savers(TEAM, [MELTEMI], limit=1, **span) == [PEOPLE[1]]
    assert await store.team_saves.unknown_savers(TEAM, [], limit=9, **span) == []


async def test_names_are_kept_and_found_of_those_who_show_them_alone(store: Store) -> None:
    await save(store, MELTEMI, *PEOPLE[:3])
    for person, name in zip(PEOPLE, ("Ana", "Ben", "Cho"), strict=False):
        await store.people.remember(Person(TEAM, person, name=name), now=NOW)
    assert (await week(store), await store.team_saves.crowd(TEAM)) == ((Saves(MELTEMI, 3),), 3)
    await named(store, PEOPLE[1], "Ben")
    await store.people.choose_whether_name_is_shown(TEAM, PEOPLE[2], is_shown=True, now=NOW)
    assert await week(store) == (Saves(MELTEMI, 3, ("Ben",)),), "of the third no name is known yet"
    assert await store.team_saves.crowd(TEAM) == 2
    await store.people.choose_whether_name_is_shown(TEAM, PEOPLE[1], is_shown=False, now=NOW)
    assert await week(store) == (Saves(MELTEMI, 3),)
    assert (await store.people.find(TEAM, PEOPLE[1])) == Person(TEAM, PEOPLE[1])


async def test_what_was_saved_before_and_nobody_has_begun_lies_unread(store: Store) -> None:
    earlier = NOW - 10 * A_DAY
    await save(store, MELTEMI, *PEOPLE[:3], at=earlier)
    await save(store, MATRYOSHKA, *PEOPLE[:2], at=earlier)
    await save(store, STRINGS, *PEOPLE[:2], at=NOW - 4 * A_WEEK)
    assert await unread(store) == (Saves(MELTEMI, 3), Saves(MATRYOSHKA, 2))
    await save(store, MELTEMI, PEOPLE[5], at=NOW - 20 * A_WEEK)
    origin = SaveOrigin(SaveKind.CLICK)
    await store.reading_lists.set_state(TEAM, PEOPLE[5], MELTEMI, ReadingState.READING, origin=origin, now=NOW)
    assert await unread(store) == (Saves(MATRYOSHKA, 2),), "whoever began it, and whenever they saved it"


async def test_what_came_up_in_a_channel_is_counted_there_alone(store: Store) -> None:
    for number, channel in enumerate((CHANNEL, CHANNEL, OTHER_CHANNEL, PEOPLE[0])):
        thread = QuestionThread(TEAM, channel, "1722500000.000100")
        asked = QuestionTurn(thread, PEOPLE[0], MELTEMI, "Why?", NOW - timedelta(minutes=number))
        assert await store.questions.begin(asked) is None
    await store.link_previews.begin(TEAM, CHANNEL, "1722500000.000200", [MELTEMI, MATRYOSHKA], now=NOW)
    await store.link_previews.note_shown(TEAM, CHANNEL, "1722500000.000200", [MELTEMI])
    for number, channel in enumerate((CHANNEL, CHANNEL, OTHER_CHANNEL)):
        shared = message(STRINGS, edition=f"share:{PEOPLE[0]}:{number}", channel=channel)
        assert await store.outbox.plan([shared], now=NOW)
        if number != 1:
            await store.outbox.mark_sent(shared.key, f"172250000{number}.000300", now=NOW, saving_emoji=SAVING)
    assert await talk(store) == (Talk(MELTEMI, questions=2, links=1), Talk(STRINGS, shares=1))
    assert await talk(store, until=NOW - A_DAY) == ()
    assert AGAIN_AFTER >= A_WEEK, "one link of a paper is kept for a channel, which is that of the week"


def recap(*, names: bool = True) -> Delivery:
    blocks = [{"type": "context", "block_id": "names_1", "elements": []}] if names else []
    payload = json.dumps({"text": "Recap", "blocks": [{"type": "divider"}, *blocks]})
    return Delivery(DeliveryKey(TEAM, CHANNEL, team_edition("2024-W31"), HEADER), 0, payload, shows=(MELTEMI,))


@pytest.mark.parametrize("is_sent", [False, True])
async def test_whoever_takes_their_name_back_takes_it_out_of_what_is_kept(store: Store, is_sent: bool) -> None:
    await store.outbox.plan([recap()], now=NOW)
    if is_sent:
        await store.outbox.mark_sent(recap().key, "1722500000.000400", now=NOW, saving_emoji=SAVING)
    await store.people.choose_whether_name_is_shown(TEAM, PEOPLE[0], is_shown=True, now=NOW)
    (kept,) = await store.outbox.deliveries(TEAM, CHANNEL, team_edition("2024-W31"))
    assert kept.payload == recap().payload
    await store.people.choose_whether_name_is_shown(TEAM, PEOPLE[0], is_shown=False, now=NOW)
    (kept,) = await store.outbox.deliveries(TEAM, CHANNEL, team_edition("2024-W31"))
    assert kept.payload == recap(names=False).payload


async def test_a_name_taken_back_while_a_recap_was_composed_is_taken_out_of_it(store: Store) -> None:
    edition = team_edition("2024-W31")
    await named(store, PEOPLE[0], "Ana")
    await named(store, PEOPLE[1], "Ben")
    await store.outbox.plan([recap()], now=NOW)
    await store.team_saves.hide_names_taken_back(TEAM, ["Ana", "Ben"])
    assert [each.payload for each in await store.outbox.deliveries(TEAM, CHANNEL, edition)] == [recap().payload]
    await store.people.remember(Person(TEAM, PEOPLE[1], is_deactivated=True), now=NOW)
    await store.team_saves.hide_names_taken_back(TEAM, ["Ana", "Ben"])
    (kept,) = await store.outbox.deliveries(TEAM, CHANNEL, edition)
    assert kept.payload == recap(names=False).payload


async def test_an_edition_that_is_cancelled_is_not_sent_and_not_reported(store: Store) -> None:
    edition = team_edition("2024-W31")
    await store.outbox.plan([recap()], now=NOW)
    await store.outbox.cancel(TEAM, CHANNEL, edition, why="its week is over")
    assert await store.outbox.unfinished(TEAM) == []
    assert await store.outbox.undelivered(TEAM) == []
    (kept,) = await store.outbox.deliveries(TEAM, CHANNEL, edition)
    assert (kept.state, kept.error) == (DeliveryState.REFUSED, "its week is over")


async def test_a_week_is_found_by_time_and_not_by_looking_at_all_that_was_ever_saved(store: Store) -> None:
    if type(store.database).__name__ != "SqliteDatabase":
        return
    statements: list[str] = []
    for connection in (in_sqlite(store).reader, in_sqlite(store).writer):
        await connection.do(lambda db: db.set_trace_callback(statements.append))
    await week(store)
    await unread(store)
    asked = [each for each in statements if "FROM saved_papers s" in each]
    assert asked

    def plans(db: sqlite3.Connection) -> list[str]:
        return [row[3] for each in asked for row in db.execute(f"EXPLAIN QUERY PLAN {each}")]

    of_saves = [line for line in await in_sqlite(store).reader.do(plans) if line.split()[1] == "s"]
    assert of_saves
    assert all("saved_papers_of_team (team=? AND saved_at>? AND saved_at<?)" in line for line in of_saves), of_saves
