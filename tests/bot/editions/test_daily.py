"""What became of an edition that somebody asked for by hand."""

from __future__ import annotations

from datetime import date

import pytest

from bot.editions.daily import PostedDay
from bot.slack.sender import EditionReport


@pytest.mark.parametrize(("again", "sent_now"), [(False, 2), (True, 1)])
def test_what_a_running_bot_sent_of_it_meanwhile_was_sent_now_as_well(again: bool, sent_now: int) -> None:
    report = EditionReport(sent_now=1, sent=2, planned=2, unknown=(), refused=())
    assert PostedDay(date(2026, 8, 17), report, again=again).sent_now == sent_now
