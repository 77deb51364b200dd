"""The outbox: what is planned is planned once, sent in order, by one sender at a time, and never forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.editions import SET_UP, Edition, daily_edition, late_edition, welcome_edition, welcome_update
from bot.rules.outbox import (
    HEADER,
    MAY_BE_SKIPPED_AFTER,
    Delivery,
    DeliveryKey,
    DeliveryKind,
    DeliveryState,
    Undelivered,
    WaitUntil,
)
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
    STRINGS,
    TEAM,
    channel,
    message,
    morning,
    paper,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

EDITION = daily_edition(DAY)
PAPERS = [MELTEMI, MATRYOSHKA, STRINGS]
MORNING = morning(*PAPERS)
MICROSECOND = timedelta(microseconds=1)
LATER = NOW + timedelta(seconds=10)


@pytest.fixture(autouse=True)
async def papers_are_known(store: Store) -> None:
    for paper_id in (MELTEMI, MATRYOSHKA, STRINGS):
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)


def key(part: str, team: str = TEAM, channel: str = CHANNEL) -> DeliveryKey:
    return DeliveryKey(team, channel, EDITION, part)


async def claim(store: Store, *, at: datetime = NOW, owner: str = "one") -> Delivery | WaitUntil | None:
    return await store.outbox.claim(TEAM, CHANNEL, EDITION, owner=owner, now=at, lease=LEASE)


async def claim_part(store: Store, *, at: datetime = NOW) -> str:
    claimed = await claim(store, at=at)
    assert isinstance(claimed, Delivery)
    return claimed.key.part


async def sent(store: Store, part: str, ts: str) -> None:
    await store.outbox.mark_sent(key(part), ts, now=NOW, saving_emoji=SAVING)


async def states(store: Store) -> dict[str, DeliveryState]:
    return {each.key.part: each.state for each in await store.outbox.deliveries(TEAM, CHANNEL, EDITION)}


async def header_is_sent(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await claim_part(store) == HEADER
    await sent(store, HEADER, "100.000001")


# planning -------------------------------------------------------------------------------------------------------------


async def test_an_edition_comes_back_in_order_as_it_was_planned(store: Store) -> None:
    assert await store.outbox.plan([MORNING[2], MORNING[0], MORNING[3], MORNING[1]], now=NOW)
    assert await store.outbox.deliveries(TEAM, CHANNEL, EDITION) == MORNING


async def test_an_edition_is_planned_once(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert not await store.outbox.plan(MORNING, now=NOW)
    assert not await store.outbox.plan(morning(STRINGS), now=NOW + timedelta(days=1))
    assert not await store.outbox.plan([message(part="postscript", position=9)], now=NOW)
    assert await store.outbox.deliveries(TEAM, CHANNEL, EDITION) == MORNING


async def test_what_was_never_planned_is_not_there(store: Store) -> None:
    assert await store.outbox.deliveries(TEAM, CHANNEL, EDITION) == []
    assert await claim(store) is None


async def test_teams_conversations_and_editions_plan_and_send_by_themselves(store: Store) -> None:
    editions = [
        morning(MELTEMI),
        morning(MATRYOSHKA, team=OTHER_TEAM),
        morning(STRINGS, channel=OTHER_CHANNEL),
        morning(STRINGS, MATRYOSHKA, day=date(2024, 8, 1)),
    ]
    for each in editions:
        assert await store.outbox.plan(each, now=NOW)
    for each in editions:
        first = each[0].key
        where = (first.team, first.conversation, first.edition)
        assert await store.outbox.deliveries(*where) == each
        claimed = await store.outbox.claim(*where, owner="one", now=NOW, lease=LEASE)
        assert isinstance(claimed, Delivery)
        assert claimed.key == first
    await sent(store, HEADER, "100.000001")
    assert [(await store.outbox.deliveries(*_where(each)))[0].state for each in editions] == [
        DeliveryState.SENT,
        DeliveryState.CLAIMED,
        DeliveryState.CLAIMED,
        DeliveryState.CLAIMED,
    ]


def _where(edition: list[Delivery]) -> tuple[str, str, Edition]:
    first = edition[0].key
    return first.team, first.conversation, first.edition


# listing days ---------------------------------------------------------------------------------------------------------


async def test_a_listing_day_comes_to_a_conversation_in_one_edition(store: Store) -> None:
    monday, tuesday = date(2024, 7, 29), date(2024, 7, 30)
    assert await store.outbox.plan(morning(MELTEMI, day=monday), now=NOW, days=[monday])
    both = daily_edition(tuesday, DAY)
    together = [replace(each, key=replace(each.key, edition=both)) for each in morning(MATRYOSHKA)]
    assert not await store.outbox.plan(together, now=NOW, days=[monday, tuesday])
    assert await store.outbox.deliveries(TEAM, CHANNEL, both) == []
    assert await store.outbox.plan(together, now=NOW, days=[tuesday, DAY])
    assert await store.posted.days_had(TEAM, CHANNEL, monday) == {
        monday: daily_edition(monday),
        tuesday: both,
        DAY: both,
    }
    assert set(await store.posted.days_had(TEAM, CHANNEL, tuesday)) == {tuesday, DAY}
    assert await store.posted.days_had(TEAM, OTHER_CHANNEL, monday) == {}
    assert await store.outbox.plan(morning(STRINGS, channel=OTHER_CHANNEL), now=NOW, days=[DAY])


# what is left to do ---------------------------------------------------------------------------------------------------


async def test_two_that_plan_different_days_at_once_do_not_plan_a_paper_twice(open_store: OpenStore) -> None:
    next_day, days_after = DAY + timedelta(days=1), DAY + timedelta(days=2)
    async with open_store() as one, open_store() as other:
        planned = await asyncio.gather(
            one.outbox.plan(morning(MELTEMI, STRINGS), days=[DAY], now=NOW),
            other.outbox.plan(morning(MATRYOSHKA, MELTEMI, day=next_day), days=[next_day], now=NOW),
        )
        assert sorted(planned) == [False, True]
        had = await one.posted.days_had(TEAM, CHANNEL, DAY)
        assert len(had) == 1
        edition = late_edition(daily_edition(days_after))
        late = [replace(each, key=replace(each.key, edition=edition)) for each in morning(MELTEMI)]
        assert not await one.outbox.plan(late, now=NOW)
        assert await one.outbox.plan(morning(MELTEMI, channel=OTHER_CHANNEL, day=next_day), days=[next_day], now=NOW)
        await one.outbox.mark_refused(DeliveryKey(TEAM, CHANNEL, next(iter(had.values())), MELTEMI), error="no_text")
        assert await other.outbox.plan(morning(MELTEMI, day=days_after), days=[days_after], now=NOW)


async def test_what_is_unfinished_is_known_oldest_plan_first(store: Store) -> None:
    second = morning("2408.00001", day=date(2024, 8, 1))
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await store.outbox.plan(second, now=LATER)
    assert await store.outbox.plan(morning(STRINGS, channel=OTHER_CHANNEL), now=NOW - LEASE)
    assert await store.outbox.plan(morning(STRINGS, team=OTHER_TEAM), now=NOW)
    mine = [(CHANNEL, EDITION), (CHANNEL, second[0].key.edition)]
    assert await store.outbox.unfinished(TEAM) == [(OTHER_CHANNEL, EDITION), *mine]
    await header_is_sent_already(store)
    for part in (MELTEMI, MATRYOSHKA):
        await sent(store, part, f"300.{part[-4:]}")
    assert (CHANNEL, EDITION) in await store.outbox.unfinished(TEAM)
    await store.outbox.mark_unknown(key(STRINGS), error="no way to tell")
    assert (CHANNEL, EDITION) not in await store.outbox.unfinished(TEAM)


async def test_a_closed_channel_keeps_what_is_unfinished_for_later(store: Store) -> None:
    await store.channels.create(channel(), now=NOW)
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await store.channels.close(TEAM, CHANNEL, reason="is_archived", now=NOW)
    assert await store.outbox.unfinished(TEAM) == []
    assert await store.outbox.unfinished(TEAM, closed=True) == [(CHANNEL, EDITION)]
    assert await store.channels.reopen(TEAM, CHANNEL, now=NOW)
    assert await store.outbox.unfinished(TEAM) == [(CHANNEL, EDITION)]


async def header_is_sent_already(store: Store) -> None:
    await sent(store, HEADER, "100.000001")


# claiming -------------------------------------------------------------------------------------------------------------


async def test_deliveries_are_claimed_in_order_until_none_is_left(store: Store) -> None:
    assert await store.outbox.plan(list(reversed(MORNING)), now=NOW)
    for number, part in enumerate([HEADER, MELTEMI, MATRYOSHKA, STRINGS], start=1):
        assert await claim_part(store) == part
        await sent(store, part, f"100.00000{number}")
    assert await claim(store) is None
    assert set((await states(store)).values()) == {DeliveryState.SENT}


async def test_what_is_claimed_carries_what_is_to_be_sent_and_where_it_answers(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    header = await claim(store)
    assert isinstance(header, Delivery)
    assert (header.payload, header.shows, header.thread_ts) == (MORNING[0].payload, MORNING[0].shows, None)
    await sent(store, HEADER, "100.000001")
    card = await claim(store)
    assert isinstance(card, Delivery)
    assert (card.payload, card.shows, card.thread_ts) == (MORNING[1].payload, (MELTEMI,), "100.000001")


async def test_while_one_sends_the_others_wait_for_the_end_of_the_lease(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await claim_part(store) == HEADER
    assert await claim(store, owner="another") == WaitUntil(NOW + LEASE)
    assert await claim(store, owner="one") == WaitUntil(NOW + LEASE)
    assert await claim(store, owner="another", at=NOW + LEASE - MICROSECOND) == WaitUntil(NOW + LEASE)


async def claim_in_doubt(store: Store, *, at: datetime) -> str:
    claimed = await claim(store, at=at)
    assert isinstance(claimed, Delivery)
    assert claimed.state is DeliveryState.IN_DOUBT
    return claimed.key.part


async def test_a_delivery_whose_sender_died_comes_to_be_looked_for_before_anything_else(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    assert await claim_in_doubt(store, at=NOW + LEASE) == MELTEMI
    assert await claim(store, owner="another", at=NOW + LEASE) == WaitUntil(NOW + 2 * LEASE)
    assert await claim_in_doubt(store, at=NOW + 2 * LEASE) == MELTEMI
    doubtful = (await store.outbox.deliveries(TEAM, CHANNEL, EDITION))[1]
    assert (doubtful.state, doubtful.claimed_at) == (DeliveryState.IN_DOUBT, NOW)
    assert doubtful.error


async def test_a_message_that_may_be_on_its_way_is_not_looked_for_at_once(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_in_doubt(key(MELTEMI), not_before=LATER, error="timed out")
    assert await claim(store) == WaitUntil(LATER)
    assert await claim_in_doubt(store, at=LATER) == MELTEMI


async def test_a_sender_who_was_only_slow_settles_the_doubt(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    assert await claim_in_doubt(store, at=NOW + LEASE) == MELTEMI
    await sent(store, MELTEMI, "100.000002")
    assert (await states(store))[MELTEMI] is DeliveryState.SENT
    assert await store.posted.papers_shown(TEAM, CHANNEL, "100.000002") == (MELTEMI,)
    assert await claim_part(store, at=NOW + LEASE) == MATRYOSHKA


async def test_what_was_looked_for_and_is_not_there_is_sent_again_in_its_place(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    assert await claim_in_doubt(store, at=NOW + LEASE) == MELTEMI
    await store.outbox.mark_pending(key(MELTEMI), not_before=NOW, error="sent again")
    assert await claim_part(store, at=NOW + LEASE) == MELTEMI


async def test_what_nobody_can_look_for_is_passed_over_and_never_sent_again(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    assert await claim_in_doubt(store, at=NOW + LEASE) == MELTEMI
    await store.outbox.mark_unknown(key(MELTEMI), error="no way to tell")
    for number, part in enumerate([MATRYOSHKA, STRINGS], start=1):
        assert await claim_part(store, at=NOW + LEASE) == part
        await sent(store, part, f"200.00000{number}")
    assert await claim(store, at=NOW + 100 * LEASE) is None
    assert (await states(store))[MELTEMI] is DeliveryState.UNKNOWN


async def test_what_a_page_made_probable_of_one_try_says_nothing_of_the_next(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_in_doubt(key(MELTEMI), not_before=NOW, error="a page", probably_absent=True)
    doubtful = await claim(store)
    assert isinstance(doubtful, Delivery)
    assert doubtful.probably_absent
    await store.outbox.mark_pending(key(MELTEMI), not_before=NOW, error="sent again")
    again = await claim(store)
    assert isinstance(again, Delivery)
    assert not again.probably_absent
    left_by_the_dead = await claim(store, at=NOW + LEASE)
    assert isinstance(left_by_the_dead, Delivery)
    assert (left_by_the_dead.state, left_by_the_dead.probably_absent) == (DeliveryState.IN_DOUBT, False)


async def test_a_header_in_doubt_holds_its_cards_back(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await claim_part(store) == HEADER
    await store.outbox.mark_in_doubt(key(HEADER), not_before=NOW, error="timed out")
    assert await claim_in_doubt(store, at=NOW) == HEADER
    assert await claim(store, at=NOW) == WaitUntil(NOW + LEASE)
    assert await states(store) == {
        HEADER: DeliveryState.IN_DOUBT,
        MELTEMI: DeliveryState.PENDING,
        MATRYOSHKA: DeliveryState.PENDING,
        STRINGS: DeliveryState.PENDING,
    }


async def test_a_header_found_after_all_lets_its_cards_go(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await claim_part(store) == HEADER
    await store.outbox.mark_in_doubt(key(HEADER), not_before=NOW, error="timed out")
    await sent(store, HEADER, "100.000001")
    card = await claim(store)
    assert isinstance(card, Delivery)
    assert (card.key.part, card.thread_ts) == (MELTEMI, "100.000001")


async def test_a_refused_header_takes_its_cards_with_it(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await claim_part(store) == HEADER
    await store.outbox.mark_refused(key(HEADER), error="channel_not_found")
    assert await claim(store) is None
    assert set((await states(store)).values()) == {DeliveryState.REFUSED}
    errors = [each.error for each in await store.outbox.deliveries(TEAM, CHANNEL, EDITION)]
    assert errors[0] == "channel_not_found"
    assert all(errors)


async def test_messages_that_answer_nothing_go_out_whatever_became_of_the_first(store: Store) -> None:
    first, second = message(MELTEMI), message(MATRYOSHKA, position=1)
    assert await store.outbox.plan([first, second], now=NOW)
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_refused(first.key, error="msg_too_long")
    assert await claim_part(store) == MATRYOSHKA


async def test_a_refused_card_does_not_stop_the_next(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_refused(key(MELTEMI), error="invalid_blocks")
    assert await claim_part(store) == MATRYOSHKA


async def test_what_slack_did_not_take_is_due_again_later_and_keeps_its_place(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    later = NOW + timedelta(seconds=30)
    await store.outbox.mark_pending(key(MELTEMI), not_before=later, error="ratelimited")
    assert await claim(store) == WaitUntil(later)
    assert await claim(store, at=later - MICROSECOND) == WaitUntil(later)
    assert await claim_part(store, at=later) == MELTEMI
    card = (await store.outbox.deliveries(TEAM, CHANNEL, EDITION))[1]
    assert (card.attempts, card.error) == (2, "ratelimited")


async def test_a_delivery_may_be_planned_for_later(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    assert await store.outbox.plan([replace(message(MELTEMI), not_before=later)], now=NOW)
    assert await claim(store) == WaitUntil(later)
    assert await claim_part(store, at=later) == MELTEMI


async def test_other_bytes_are_sent_once_the_first_were_refused(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    await store.outbox.replace_payload(key(MELTEMI), '{"text":"without its picture"}')
    await store.outbox.mark_pending(key(MELTEMI), not_before=NOW, error="invalid_blocks")
    again = await claim(store)
    assert isinstance(again, Delivery)
    assert (again.key.part, again.payload) == (MELTEMI, '{"text":"without its picture"}')
    assert (await store.outbox.deliveries(TEAM, CHANNEL, EDITION))[2].payload == MORNING[2].payload


# what is sent, and what was -------------------------------------------------------------------------------------------


async def test_a_message_shows_its_papers_once_it_is_sent(store: Store) -> None:
    several = message(STRINGS, MELTEMI, MATRYOSHKA, part="digest")
    assert await store.outbox.plan([several], now=NOW)
    assert await store.posted.papers_shown(TEAM, CHANNEL, "100.000001") == ()
    await store.outbox.mark_sent(several.key, "100.000001", now=NOW, saving_emoji=SAVING)
    assert await store.posted.papers_shown(TEAM, CHANNEL, "100.000001") == (STRINGS, MELTEMI, MATRYOSHKA)
    assert await store.posted.papers_shown(OTHER_TEAM, CHANNEL, "100.000001") == ()
    assert await store.posted.papers_shown(TEAM, OTHER_CHANNEL, "100.000001") == ()
    assert await store.posted.papers_shown(TEAM, CHANNEL, "100.000002") == ()


async def test_what_is_sent_is_sent_once(store: Store) -> None:
    await header_is_sent(store)
    before = await store.outbox.deliveries(TEAM, CHANNEL, EDITION)
    await sent(store, HEADER, "100.000001")
    assert await store.outbox.deliveries(TEAM, CHANNEL, EDITION) == before
    assert before[0].ts == "100.000001"


async def test_where_two_stand_in_slack_under_one_key_both_show_its_papers(store: Store) -> None:
    await header_is_sent(store)
    before = await store.outbox.deliveries(TEAM, CHANNEL, EDITION)
    assert await store.outbox.mark_sent(key(HEADER), "100.000001", now=NOW, saving_emoji=SAVING) is None
    assert await store.outbox.mark_sent(key(HEADER), "999.000009", now=NOW, saving_emoji=SAVING) == "100.000001"
    assert await store.outbox.deliveries(TEAM, CHANNEL, EDITION) == before
    assert await store.posted.papers_shown(TEAM, CHANNEL, "999.000009") == MORNING[0].shows


async def test_a_message_is_known_by_the_channel_slack_says_it_is_in(store: Store) -> None:
    named = message(STRINGS, channel="#papers")
    assert await store.outbox.plan([named], now=NOW)
    await store.outbox.mark_sent(named.key, "100.000001", now=NOW, saving_emoji=SAVING, channel=CHANNEL)
    assert await store.posted.papers_shown(TEAM, CHANNEL, "100.000001") == (STRINGS,)


# what a sender may still say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("say", ["pending", "in doubt", "unknown", "refused"])
async def test_a_sender_whose_claim_went_to_another_changes_nothing(store: Store, say: str) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    taken = await claim(store, at=NOW + LEASE, owner="another")
    assert isinstance(taken, Delivery)
    before = await states(store)
    assert not await _say(store, say, owner="one")
    assert await states(store) == before
    assert await _say(store, say, owner="another")


@pytest.mark.parametrize("say", ["pending", "in doubt", "unknown", "refused"])
async def test_what_is_sent_stays_sent_whatever_is_said_later(store: Store, say: str) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    await sent(store, MELTEMI, "100.000002")
    assert not await _say(store, say, owner="one")
    assert not await _say(store, say, owner=None)
    assert (await states(store))[MELTEMI] is DeliveryState.SENT


async def _say(store: Store, what: str, *, owner: str | None) -> bool:
    match what:
        case "pending":
            return await store.outbox.mark_pending(key(MELTEMI), not_before=NOW, error="late", owner=owner)
        case "in doubt":
            return await store.outbox.mark_in_doubt(key(MELTEMI), not_before=NOW, error="late", owner=owner)
        case "unknown":
            return await store.outbox.mark_unknown(key(MELTEMI), error="late", owner=owner)
        case _:
            return await store.outbox.mark_refused(key(MELTEMI), error="late", owner=owner)


# what does not arrive -------------------------------------------------------------------------------------------------


async def test_a_message_slack_keeps_putting_off_does_not_hold_back_what_follows(store: Store) -> None:
    await header_is_sent(store)
    for _ in range(MAY_BE_SKIPPED_AFTER - 1):
        assert await claim_part(store) == MELTEMI
        await store.outbox.mark_pending(key(MELTEMI), not_before=NOW, error="code_of_next_year")
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_pending(key(MELTEMI), not_before=LATER, error="code_of_next_year")
    assert await claim_part(store) == MATRYOSHKA
    await sent(store, MATRYOSHKA, "100.000003")
    assert await claim_part(store, at=LATER) == MELTEMI


async def test_an_attempt_that_says_nothing_of_the_message_does_not_count(store: Store) -> None:
    await header_is_sent(store)
    for _ in range(2 * MAY_BE_SKIPPED_AFTER):
        assert await claim_part(store) == MELTEMI
        await store.outbox.mark_pending(key(MELTEMI), not_before=NOW, error="ratelimited", counts=False)
    assert (await store.outbox.deliveries(TEAM, CHANNEL, EDITION))[1].attempts == 0
    await store.outbox.mark_pending(key(MELTEMI), not_before=LATER, error="ratelimited")
    assert await claim(store) == WaitUntil(LATER)


async def test_a_deleted_message_is_due_again_once_and_then_no_more(store: Store) -> None:
    await header_is_sent(store)
    assert await store.outbox.renew(key(HEADER), gone="100.000001")
    assert await store.outbox.renew(key(HEADER), gone="100.000001"), "whoever finds it second waits for the same one"
    assert await claim_part(store) == HEADER
    await sent(store, HEADER, "100.000009")
    card = await claim(store)
    assert isinstance(card, Delivery)
    assert card.thread_ts == "100.000009"
    assert not await store.outbox.renew(key(HEADER), gone="100.000009")
    assert (await states(store))[HEADER] is DeliveryState.SENT


async def test_what_was_refused_is_brought_back_and_what_is_unknown_only_when_asked_for(store: Store) -> None:
    await header_is_sent(store)
    await store.outbox.mark_refused(key(MELTEMI), error="no_text")
    await store.outbox.mark_unknown(key(MATRYOSHKA), error="no way to tell")
    await sent(store, STRINGS, "100.000004")
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=False) == 1
    assert await claim_part(store) == MELTEMI
    await sent(store, MELTEMI, "100.000002")
    assert await claim(store) is None
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=False) == 0
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=True) == 1
    assert await claim_part(store) == MATRYOSHKA


async def test_what_answers_a_message_that_is_unknown_becomes_unknown_and_comes_back_with_it(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    await store.outbox.mark_unknown(key(HEADER), error="no way to tell")
    assert await claim(store) is None
    assert set((await states(store)).values()) == {DeliveryState.UNKNOWN}
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=False) == 0
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=True) == 4
    assert await claim_part(store) == HEADER


async def test_a_paper_that_came_another_day_meanwhile_is_not_brought_back(store: Store) -> None:
    await header_is_sent(store)
    for part in (MELTEMI, MATRYOSHKA):
        await store.outbox.mark_refused(key(part), error="no_text")
    assert await store.outbox.plan(morning(MELTEMI, day=date(2024, 8, 1)), now=NOW)
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=True) == 1
    assert (await states(store))[MELTEMI] is DeliveryState.REFUSED
    assert (await states(store))[MATRYOSHKA] is DeliveryState.PENDING


async def test_what_waits_for_slacks_reasons_is_tried_at_once_and_a_pause_it_asked_for_stays(store: Store) -> None:
    await header_is_sent(store)
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_pending(key(MELTEMI), not_before=LATER, error="team_quota_exceeded")
    assert await claim(store) == WaitUntil(LATER)
    await store.outbox.resume(TEAM, CHANNEL, EDITION)
    assert await claim_part(store) == MELTEMI
    await store.outbox.mark_pending(key(MELTEMI), not_before=LATER, error="ratelimited", counts=False)
    await store.outbox.resume(TEAM, CHANNEL, EDITION)
    assert await claim(store) == WaitUntil(LATER)


async def test_what_did_not_arrive_is_known_once_nothing_is_left_to_send_until_somebody_is_told(store: Store) -> None:
    await header_is_sent(store)
    await store.outbox.mark_refused(key(MELTEMI), error="no_text")
    await store.outbox.mark_unknown(key(MATRYOSHKA), error="no way to tell")
    assert await store.outbox.undelivered(TEAM) == []
    await sent(store, STRINGS, "100.000004")
    assert await store.outbox.undelivered(OTHER_TEAM) == []
    assert await store.outbox.undelivered(TEAM) == [Undelivered(CHANNEL, EDITION, 4, 1, 1, "no_text", None, NOW)]
    await store.outbox.note_reported(TEAM, CHANNEL, EDITION)
    assert await store.outbox.undelivered(TEAM) == []
    assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=False) == 1
    await store.outbox.mark_refused(key(MELTEMI), error="no_text")
    assert await store.outbox.undelivered(TEAM) == [Undelivered(CHANNEL, EDITION, 4, 1, 0, "no_text", None, NOW)]


async def test_what_is_held_back_because_paperboy_left_is_nobodys_concern(store: Store) -> None:
    await store.channels.create(channel(), now=NOW)
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW)
    assert await store.outbox.undelivered(TEAM) == []


# what is sent, as other tables know it --------------------------------------------------------------------------------


async def test_a_delivery_that_arrived_has_no_error_any_more(store: Store) -> None:
    assert await store.outbox.plan(MORNING, now=NOW)
    assert await claim_part(store) == HEADER
    await store.outbox.mark_in_doubt(key(HEADER), not_before=NOW, error="timed out")
    await sent(store, HEADER, "100.000001")
    assert (await store.outbox.deliveries(TEAM, CHANNEL, EDITION))[0].error is None


async def test_a_conversation_has_had_the_papers_it_has_or_may_have_cards_of(store: Store) -> None:
    await header_is_sent(store)
    assert await store.posted.papers_had(TEAM, CHANNEL, PAPERS) == {MELTEMI, MATRYOSHKA, STRINGS}
    await store.outbox.mark_refused(key(MELTEMI), error="invalid_blocks")
    await store.outbox.mark_in_doubt(key(MATRYOSHKA), not_before=NOW, error="timed out")
    await sent(store, STRINGS, "100.000004")
    assert await store.posted.papers_had(TEAM, CHANNEL, PAPERS) == {MATRYOSHKA, STRINGS}


async def test_only_cards_of_daily_editions_count_as_had(store: Store) -> None:
    assert await store.outbox.plan(morning(day=date(2024, 7, 30)), now=NOW)
    assert await store.outbox.plan([message(MELTEMI, MATRYOSHKA, part=HEADER)], now=NOW)
    assert await store.outbox.plan([message(MELTEMI, edition=f"share:{TEAM}:1")], now=NOW)
    corrected = replace(message(STRINGS, edition="daily:2024-07-29"), kind=DeliveryKind.UPDATE, ts="1.000001")
    assert await store.outbox.plan([corrected], now=NOW)
    assert await store.posted.papers_had(TEAM, CHANNEL, PAPERS) == frozenset()


async def test_a_change_to_a_message_takes_the_place_of_one_that_still_waits(store: Store) -> None:
    def change(step: str, ts: str) -> Delivery:
        votes = message(STRINGS, edition=f"votes:daily:2024-07-29:{step}")
        return replace(votes, kind=DeliveryKind.UPDATE, ts=ts)

    assert await store.outbox.plan([change("day", "1.000001")], now=NOW)
    assert await store.outbox.plan([change("other", "1.000002")], now=NOW)
    assert await store.outbox.plan([change("week", "1.000001")], now=NOW)
    assert await store.outbox.unfinished(TEAM) == [
        (CHANNEL, Edition.parse("votes:daily:2024-07-29:other")),
        (CHANNEL, Edition.parse("votes:daily:2024-07-29:week")),
    ]


@pytest.mark.parametrize("how", ["its sender is gone", "Slack put it off"])
async def test_a_change_that_was_tried_before_a_later_one_was_planned_is_not_made_after_that(
    store: Store, how: str
) -> None:
    def change(step: str, ts: str = "1.000001") -> Delivery:
        votes = message(STRINGS, edition=f"votes:daily:2024-07-29:{step}")
        return replace(votes, kind=DeliveryKind.UPDATE, ts=ts)

    async def claim(delivery: Delivery, now: datetime) -> object:
        return await store.outbox.claim(TEAM, CHANNEL, delivery.key.edition, owner="bot", now=now, lease=LEASE)

    first, elsewhere, later = change("day"), change("other", "1.000002"), change("week")
    for each in (first, elsewhere):
        assert await store.outbox.plan([each], now=NOW)
        assert isinstance(await claim(each, NOW), Delivery)
    assert await store.outbox.plan([later], now=LATER)
    if how == "Slack put it off":
        for each in (first, elsewhere):
            assert await store.outbox.mark_pending(each.key, not_before=NOW, error="ratelimited")
    assert await claim(first, NOW + LEASE) is None
    assert isinstance(await claim(elsewhere, NOW + LEASE), Delivery)
    assert isinstance(await claim(later, NOW + LEASE), Delivery)
    assert await store.outbox.undelivered(TEAM) == [], "nobody need be told"


async def test_what_one_conversation_has_had_is_new_to_the_others(store: Store) -> None:
    await header_is_sent(store)
    assert await store.posted.papers_had(TEAM, OTHER_CHANNEL, PAPERS) == frozenset()
    assert await store.posted.papers_had(OTHER_TEAM, CHANNEL, PAPERS) == frozenset()


# welcomes -------------------------------------------------------------------------------------------------------------


async def welcomed(store: Store, person: str, channel: str, ts: str, *, where: str) -> Edition:
    """A welcome about a channel that Slack took."""
    edition = welcome_edition(channel, ts)
    greeting = DeliveryKey(TEAM, person, edition, HEADER)
    assert await store.outbox.plan([Delivery(greeting, 0, '{"text": "hello"}')], now=NOW)
    await store.outbox.mark_sent(greeting, ts, now=NOW, saving_emoji=SAVING, channel=where)
    return edition


async def test_a_welcome_is_known_by_its_channel_and_by_where_it_stands_until_it_says_that_it_is_set_up(
    store: Store,
) -> None:
    first = await welcomed(store, ANA, CHANNEL, "1.1", where="D1")
    await welcomed(store, JIMIN, OTHER_CHANNEL, "1.2", where=OTHER_CHANNEL)
    unsent = DeliveryKey(TEAM, JIMIN, welcome_edition(CHANNEL, "1.3"), HEADER)
    assert await store.outbox.plan([Delivery(unsent, 0, "{}")], now=NOW)
    every = await store.outbox.welcomes(TEAM, since=NOW)
    assert [(each.ts, each.direct_channel) for each in every] == [("1.1", "D1"), ("1.2", None)]
    assert await store.outbox.welcomes(TEAM, since=LATER) == []
    [welcome] = await store.outbox.welcomes(TEAM, CHANNEL, since=NOW)

    settings = DeliveryKey(TEAM, "D1", welcome_update(first, "7"), HEADER)
    change = Delivery(settings, 0, "{}", kind=DeliveryKind.UPDATE, ts=welcome.ts)
    assert await store.outbox.plan([change], now=NOW)
    assert await store.outbox.welcomes(TEAM, CHANNEL, since=NOW) == [welcome], "it shows other settings, no more"
    said = replace(change, key=replace(settings, edition=welcome_update(first, SET_UP)))
    assert await store.outbox.plan([said], now=NOW)
    assert await store.outbox.welcomes(TEAM, CHANNEL, since=NOW) == []
    assert [each.ts for each in await store.outbox.welcomes(TEAM, since=NOW)] == ["1.2"]


async def test_a_message_in_a_channel_stands_in_nobodys_direct_messages(store: Store) -> None:
    await header_is_sent(store)
    [header, *_] = await store.outbox.deliveries(TEAM, CHANNEL, EDITION)
    assert header.direct_channel is None


ALONE = [
    replace(message(*PAPERS, part=HEADER, edition=EDITION), brings=(MELTEMI,)),
    replace(
        message(*PAPERS, part="part 2", position=1, edition=EDITION, thread_part=HEADER),
        brings=(MATRYOSHKA, STRINGS),
    ),
]


class TestADigestWithoutCards:
    """Two messages, of which the second answers the first; each brings papers of its own and shows them all."""

    async def test_brings_its_papers_and_is_where_they_are(self, store: Store) -> None:
        await store.outbox.plan(ALONE, days=[DAY], now=NOW)
        assert await store.posted.papers_had(TEAM, CHANNEL, PAPERS) == set(PAPERS)
        assert not await store.outbox.plan(morning(STRINGS, day=DAY + timedelta(days=1)), now=NOW)
        await store.outbox.mark_sent(key(HEADER), "1.1", now=NOW, saving_emoji=SAVING)
        await store.outbox.mark_sent(key("part 2"), "1.2", now=NOW, saving_emoji=SAVING)
        assert await store.posted.cards_of(TEAM, CHANNEL, PAPERS) == {
            MELTEMI: ("1.1", None),
            MATRYOSHKA: ("1.2", "1.1"),
            STRINGS: ("1.2", "1.1"),
        }
        assert await store.posted.papers_shown(TEAM, CHANNEL, "1.2") == tuple(PAPERS)

    async def test_that_was_refused_brought_none_of_its_papers(self, store: Store) -> None:
        await store.outbox.plan(ALONE, days=[DAY], now=NOW)
        await store.outbox.mark_sent(key(HEADER), "1.1", now=NOW, saving_emoji=SAVING)
        await store.outbox.mark_refused(key("part 2"), error="no_text")
        assert await store.posted.papers_had(TEAM, CHANNEL, PAPERS) == {MELTEMI}

    async def test_that_was_refused_is_queued_again_unless_all_it_brings_came_otherwise(self, store: Store) -> None:
        await store.outbox.plan(ALONE, days=[DAY], now=NOW)
        for part in (HEADER, "part 2"):
            await store.outbox.mark_refused(key(part), error="no_text")
        assert await store.outbox.plan(morning(MELTEMI, STRINGS, day=DAY + timedelta(days=1)), now=NOW)
        assert await store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=False) == 1
        assert await store.posted.papers_had(TEAM, CHANNEL, PAPERS) == set(PAPERS)


async def test_a_message_that_answers_one_of_another_edition_is_claimed_with_its_thread(store: Store) -> None:
    await store.outbox.plan([replace(message(MELTEMI, edition=EDITION), thread_ts="1.1")], now=NOW)
    claimed = await claim(store)
    assert isinstance(claimed, Delivery)
    assert (claimed.thread_part, claimed.thread_ts) == (None, "1.1")
    (kept,) = await store.outbox.deliveries(TEAM, CHANNEL, EDITION)
    assert kept.thread_ts == "1.1"
