"""When a silence was an outage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.rules.outages import Outage, outage_after

NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_slack_that_was_never_heard_before_was_missed_all_along() -> None:
    assert outage_after(None, None, NOON) == Outage(None, NOON)


def test_what_was_missed_in_a_minute_slack_brings_again_by_itself() -> None:
    assert outage_after(NOON, None, NOON + MINUTE) is None


def test_a_longer_silence_is_an_outage() -> None:
    later = NOON + MINUTE + timedelta(microseconds=1)
    assert outage_after(NOON, None, later) == Outage(NOON, later)


def test_an_outage_not_made_up_for_stays_pending() -> None:
    pending = Outage(NOON - 5 * MINUTE, NOON)
    assert outage_after(NOON, pending, NOON + MINUTE) == pending


def test_a_second_outage_takes_the_pending_one_in() -> None:
    pending = Outage(NOON - 5 * MINUTE, NOON)
    assert outage_after(NOON + MINUTE, pending, NOON + 9 * MINUTE) == Outage(NOON - 5 * MINUTE, NOON + 9 * MINUTE)
    assert outage_after(NOON + MINUTE, Outage(None, NOON), NOON + 9 * MINUTE) == Outage(None, NOON + 9 * MINUTE)


def test_a_clock_put_back_is_no_outage() -> None:
    assert outage_after(NOON, None, NOON - timedelta(hours=1)) is None
