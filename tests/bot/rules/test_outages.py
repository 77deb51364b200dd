"""When a silence was an outage, whichever processes were in touch with Slack, and in whatever order they say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from bot.rules.outages import RETRIED_WITHIN, Contact, Outage, Sighting, after_sighting, lost_since, shows_failure

NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def outages(first: Contact | None, *seen: Sighting) -> list[Outage]:
    """The outages that these sightings reveal, one after the other."""
    found, known = [], first
    for each in seen:
        known, outage = after_sighting(known, each)
        found += [outage] if outage else []
    return found


def test_slack_that_was_never_heard_before_was_missed_all_along() -> None:
    assert outages(None, Sighting(NOON)) == [Outage(None, NOON)]


def test_what_was_missed_in_a_minute_slack_brings_again_by_itself() -> None:
    assert outages(Contact(NOON), Sighting(NOON + MINUTE)) == []


def test_a_longer_silence_is_an_outage() -> None:
    later = NOON + MINUTE + timedelta(microseconds=1)
    assert outages(Contact(NOON), Sighting(later)) == [Outage(NOON, later)]


def test_a_clock_put_back_is_no_outage() -> None:
    assert outages(Contact(NOON), Sighting(NOON - HOUR), Sighting(NOON + MINUTE)) == []


def test_no_process_was_away_where_another_was_in_touch() -> None:
    notes = [Sighting(NOON + number * 40 * SECOND) for number in range(5)]
    assert outages(Contact(NOON), *notes) == []
    assert outages(Contact(NOON), notes[0], notes[4]) == [Outage(notes[0].at, notes[4].at)]


def test_a_late_word_never_hides_an_outage() -> None:
    before, after = Sighting(NOON + 10 * SECOND), Sighting(NOON + HOUR)
    for order in permutations([before, after, Sighting(NOON + HOUR + 10 * SECOND)]):
        assert len(outages(Contact(NOON), *order)) == 1


@pytest.mark.parametrize(
    ("passed", "failed", "is_lost"),
    [
        (MINUTE, True, False),
        (2 * MINUTE, True, True),
        (2 * MINUTE, False, False),
        (RETRIED_WITHIN, False, False),
        (RETRIED_WITHIN + SECOND, False, True),
    ],
)
def test_what_one_process_could_not_store_is_lost_once_slack_gives_up(
    passed: timedelta, failed: bool, is_lost: bool
) -> None:
    assert lost_since(NOON, NOON + passed, failed=failed) == (NOON if is_lost else None)
    assert lost_since(None, NOON, failed=True) is None


def test_what_one_process_could_not_store_is_an_outage_however_well_the_others_were() -> None:
    others = Sighting(NOON + 10 * MINUTE)
    lost = Sighting(NOON + 10 * MINUTE + SECOND, lost_since=NOON + MINUTE)
    assert outages(Contact(NOON + 10 * MINUTE), others, lost) == [Outage(NOON + MINUTE, lost.at)]


def listening(since: datetime, until: datetime, *requests: datetime, failing: datetime | None = None) -> list[Sighting]:
    """What a process that listens over HTTP says every half minute, with the requests that came."""
    notes, at = [], since
    while at <= until:
        came = [each for each in requests if each <= at]
        is_sign = failing is not None and at - 30 * SECOND < failing <= at
        notes.append(Sighting(at, max(came, default=None), failed=is_sign))
        at += 30 * SECOND
    return notes


@pytest.mark.parametrize(
    ("gap", "sign_after", "looked_into", "is_outage"),
    [
        (30 * MINUTE, MINUTE, MINUTE, True),
        (2 * MINUTE, MINUTE, MINUTE, True),
        (MINUTE, MINUTE, None, False),
        (5 * MINUTE, None, None, False),
        (11 * MINUTE, None, None, True),
        (11 * MINUTE, None, HOUR, False),
        (9 * HOUR, None, 5 * HOUR, False),
        (9 * HOUR, None, 7 * HOUR, True),
    ],
)
def test_a_silence_over_http_is_looked_into_when_there_is_a_sign_and_else_now_and_then(
    gap: timedelta, sign_after: timedelta | None, looked_into: timedelta | None, is_outage: bool
) -> None:
    resumed = NOON + gap
    before = Contact(NOON, NOON, looked_into_at=resumed - looked_into if looked_into else None)
    sign = resumed + sign_after if sign_after else None
    requests = [NOON, resumed, *([sign] if sign else [])]
    found = outages(before, *listening(NOON, resumed + 10 * MINUTE, *requests, failing=sign))
    assert [each.since for each in found] == ([NOON] if is_outage else [])


def test_over_http_it_is_no_silence_where_another_process_was_brought_something() -> None:
    quiet = listening(NOON, NOON + 20 * MINUTE, NOON, NOON + 20 * MINUTE)
    busy = listening(NOON, NOON + 20 * MINUTE, *(NOON + number * 50 * SECOND for number in range(24)))
    together = [each for pair in zip(quiet, busy, strict=True) for each in pair]
    assert outages(Contact(NOON, NOON), *together, *listening(NOON + 20 * MINUTE, NOON + HOUR)) == []


@pytest.mark.parametrize(
    ("number", "reason", "sign"),
    [
        ("1", "connection_failed", True),
        ("2", "http_error", True),
        ("1", "ssl_error", True),
        ("1", "http_timeout", False),
    ],
)
def test_a_request_that_could_not_be_brought_before_is_a_sign(number: str, reason: str, sign: bool) -> None:
    assert shows_failure({"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": reason}) is sign
    assert not shows_failure({})
