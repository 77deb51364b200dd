"""Slack gives a channel another id, as when it comes to be shared with another organization: everything follows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.rules.channels import ChannelState
from bot.rules.editions import Edition, answer_edition, daily_edition, notice_edition, welcome_edition
from bot.rules.outbox import HEADER, Delivery, DeliveryKey
from bot.rules.reading_list import SaveKind, SaveOrigin
from bot.store.sqlite import connect, open_store
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    DAY,
    JIMIN,
    LEASE,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_CHANNEL,
    OTHER_TEAM,
    SAVING,
    TEAM,
    channel,
    morning,
    paper,
    reaction,
)
from tests.history import TABLES, fill

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store

NEW = "C9999999999"
CARD_TS = "1722471001.000100"


async def sent(store: Store, *papers: str, channel_id: str = CHANNEL, day: date = DAY) -> None:
    for each in papers:
        await store.papers.remember(paper(each), source="hugging_face", now=NOW)
    await store.outbox.plan(morning(*papers, channel=channel_id, day=day), days=[day], now=NOW)
    for number, part in enumerate((HEADER, *papers)):
        key = DeliveryKey(TEAM, channel_id, daily_edition(day), part)
        await store.outbox.mark_sent(key, f"{1722471000 + number}.000100", now=NOW, saving_emoji=SAVING)


def note(edition: Edition, *, about: str = CHANNEL, person: str = ANA) -> Delivery:
    payload = f'{{"text":"<#{about}> needs you","metadata":{{"event_payload":{{"edition":"{edition}"}}}}}}'
    return Delivery(DeliveryKey(TEAM, person, edition, HEADER), 0, payload)


async def test_a_reaction_is_taken_back_under_the_new_id(store: Store) -> None:
    await sent(store, MELTEMI)
    await store.reading_lists.record_reaction(reaction("bookmark", CARD_TS, "1722472000.000100"), saving_emoji=SAVING)
    assert await store.reading_lists.count(TEAM, ANA) == 1
    await store.reading_lists.record_reaction(reaction("eyes", CARD_TS, "1722472001.000100"), saving_emoji=SAVING)
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    found = await store.reading_lists.entry(TEAM, ANA, MELTEMI)
    assert found is not None
    assert found.origin == SaveOrigin(SaveKind.REACTION, NEW, CARD_TS, "bookmark")
    for emoji in ("bookmark", "eyes"):
        gone = reaction(emoji, CARD_TS, "1722473000.000100", added=False, channel=NEW)
        await store.reading_lists.record_reaction(gone, saving_emoji=SAVING)
    assert await store.reading_lists.count(TEAM, ANA) == 0


async def test_no_column_of_any_table_still_holds_the_old_id(tmp_path: Path) -> None:
    """Every table is filled, and every column of text is looked into, be it a name, a list or a message."""
    path = tmp_path / "paperboy.db"
    with closing(connect(path)) as db:
        fill(db, team=TEAM, channels=[CHANNEL, OTHER_CHANNEL], last_day=DAY, days=10)
        filled = {name for name in TABLES if db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]}
    store = await open_store(path)
    await store.channels.create(channel(), now=NOW)
    await store.channels.pause(TEAM, CHANNEL, user=ANA, now=NOW)
    for edition in (welcome_edition(CHANNEL, "1.1"), notice_edition(CHANNEL, "failed:KeyError")):
        await store.outbox.plan([note(edition)], now=NOW)
    await store.outbox.plan(
        [replace(delivery, payload=f'{{"text":"/archives/{CHANNEL}/p1"}}') for delivery in morning(MELTEMI)], now=NOW
    )
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    await store.close()
    assert filled == TABLES
    with closing(sqlite3.connect(path)) as db:
        columns = db.execute(
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        ).fetchall()
        held = {
            f"{table}.{column}"
            for table, column in columns
            if db.execute(f"SELECT 1 FROM {table} WHERE instr({column}, ?) LIMIT 1", (CHANNEL,)).fetchone()
        }
    assert held == set()


async def test_everything_is_there_under_the_new_id(store: Store) -> None:
    await store.channels.create(channel(cursor=DAY), now=NOW)
    await sent(store, MELTEMI)
    await store.due_claims.claim(TEAM, CHANNEL, DAY, owner="bot", now=NOW)
    await store.due_claims.finish(TEAM, CHANNEL, DAY, owner="bot", outcome="nothing")
    await store.channels.pause(TEAM, CHANNEL, user=ANA, now=NOW)
    [logged] = await store.channels.changes(TEAM, CHANNEL, limit=10)
    before = await store.channels.find(TEAM, CHANNEL)
    assert before
    cards = await store.posted.cards_of(TEAM, CHANNEL, [MELTEMI])
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    assert await store.channels.find(TEAM, NEW) == replace(before, id=NEW)
    assert await store.channels.find(TEAM, CHANNEL) is None
    assert await store.channels.change(TEAM, NEW, logged.id) == logged, "what a button names can still be undone"
    assert await store.channels.changes(TEAM, NEW, limit=10) == [logged]
    assert await store.posted.cards_of(TEAM, NEW, [MELTEMI]) == cards
    assert await store.posted.papers_had(TEAM, NEW, [MELTEMI, MATRYOSHKA]) == {MELTEMI}
    assert await store.posted.days_had(TEAM, NEW, DAY) == {DAY: daily_edition(DAY)}
    assert await store.posted.papers_shown(TEAM, NEW, CARD_TS) == (MELTEMI,)


async def test_a_channel_that_came_up_under_its_new_id_first_gives_way_to_the_one_that_was_set_up(store: Store) -> None:
    """Slack sends `member_joined_channel` of the new id, or nothing, before or after `channel_id_changed`."""
    await store.channels.create(channel(cursor=DAY), now=NOW)
    await sent(store, MELTEMI)
    await store.channels.create(replace(channel(NEW), state=ChannelState.NEW), now=NOW)
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    known = await store.channels.find(TEAM, NEW)
    assert known
    assert (known.state, known.cursor) == (ChannelState.ACTIVE, DAY)
    assert await store.posted.papers_had(TEAM, NEW, [MELTEMI]) == {MELTEMI}


async def test_what_came_under_both_ids_is_known_under_the_new_one(store: Store) -> None:
    await store.channels.create(channel(cursor=DAY), now=NOW)
    await store.channels.create(channel(NEW, cursor=DAY), now=NOW)
    await sent(store, MELTEMI)
    await sent(store, MATRYOSHKA, channel_id=NEW, day=DAY + timedelta(days=1))
    for _ in range(2):  # Slack may tell of it twice
        await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    assert await store.channels.find(TEAM, CHANNEL) is None
    assert await store.posted.papers_had(TEAM, NEW, [MELTEMI, MATRYOSHKA]) == {MELTEMI, MATRYOSHKA}
    assert len(await store.posted.days_had(TEAM, NEW, DAY)) == 2


async def test_a_message_that_slack_may_have_is_looked_for_by_the_name_it_was_sent_under(store: Store) -> None:
    edition = welcome_edition(CHANNEL, "1.1")
    await store.outbox.plan([note(edition)], now=NOW)
    claimed = await store.outbox.claim(TEAM, ANA, edition, owner="bot", now=NOW, lease=LEASE)
    assert isinstance(claimed, Delivery)
    await store.outbox.mark_in_doubt(claimed.key, not_before=NOW, error="timed out")
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    [kept] = await store.outbox.deliveries(TEAM, ANA, edition)
    assert kept.payload == claimed.payload


async def test_a_message_that_waits_names_the_channel_as_it_is_called_now(store: Store) -> None:
    await store.outbox.plan([note(welcome_edition(CHANNEL, "1.1"))], now=NOW)
    await store.outbox.plan([note(welcome_edition(OTHER_CHANNEL, "1.1"), about=OTHER_CHANNEL, person=JIMIN)], now=NOW)
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    edition = welcome_edition(NEW, "1.1")
    [told] = await store.outbox.deliveries(TEAM, ANA, edition)
    assert told.payload == note(edition, about=NEW).payload
    untouched = welcome_edition(OTHER_CHANNEL, "1.1")
    assert [each.payload for each in await store.outbox.deliveries(TEAM, JIMIN, untouched)] == [
        note(untouched, about=OTHER_CHANNEL).payload
    ]


async def test_what_somebody_was_answered_is_not_told_again_under_the_new_id(store: Store) -> None:
    """The request that was answered follows the channel, and is taken up again by its new name after a crash."""
    answered = answer_edition(CHANNEL, "1723.1:ab12")
    await store.outbox.plan([note(answered)], now=NOW)
    await store.outbox.mark_sent(DeliveryKey(TEAM, ANA, answered, HEADER), "1.1", now=NOW, saving_emoji=SAVING)
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    assert not await store.outbox.plan([note(answer_edition(NEW, "1723.1:ab12"), about=NEW)], now=NOW)


async def test_what_somebody_was_told_of_both_ids_stands_in_no_ones_way(store: Store) -> None:
    await store.channels.create(channel(cursor=DAY), now=NOW)
    for about in (CHANNEL, NEW):
        edition = notice_edition(about, "failed:KeyError")
        await store.outbox.plan([note(edition, about=about)], now=NOW)
        await store.outbox.mark_sent(DeliveryKey(TEAM, ANA, edition, HEADER), "1.1", now=NOW, saving_emoji=SAVING)
    await store.outbox.plan([note(welcome_edition(CHANNEL, "1.1"))], now=NOW)
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    assert await store.channels.find(TEAM, NEW)
    assert len(await store.outbox.deliveries(TEAM, ANA, notice_edition(NEW, "failed:KeyError"))) == 1
    assert len(await store.outbox.deliveries(TEAM, ANA, welcome_edition(NEW, "1.1"))) == 1


async def test_another_workspace_with_a_channel_of_that_id_keeps_it(store: Store) -> None:
    await store.channels.create(replace(channel(), team=OTHER_TEAM), now=NOW)
    await store.memberships.change_channel_id(TEAM, CHANNEL, NEW)
    assert await store.channels.find(OTHER_TEAM, CHANNEL)


async def test_the_log_of_changes_is_still_never_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "paperboy.db"
    store = await open_store(path)
    await store.channels.create(channel(), now=NOW)
    await store.channels.pause(TEAM, CHANNEL, user=ANA, now=NOW)
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        for column in ("id", "team", "user", "at", "setting", "old", "new"):
            try:
                db.execute(f"UPDATE changes SET {column} = {column}")
            except sqlite3.IntegrityError as refusal:
                assert "append-only" in str(refusal)  # noqa: PT017 - of each column, in one test
            else:
                raise AssertionError(column)
        db.execute("UPDATE changes SET user = NULL")  # whose data was erased
