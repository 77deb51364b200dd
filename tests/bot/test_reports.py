"""When a reader's word that a summary is wrong has it written anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.reports import MOST_REPORTS_A_DAY, Complaint, Report, is_first, is_heard

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)
REPORT = Report("T1", "U1", "2407.21017", "en", Complaint.NUMBERS, "", NOON)


def others(count: int) -> list[Report]:
    return [replace(REPORT, paper_id=f"2407.{number:05}", at=NOON - timedelta(hours=1)) for number in range(count)]


def test_the_first_report_of_a_summary_has_it_written_anew_and_the_next_does_not() -> None:
    assert is_first(REPORT, [])
    assert not is_first(replace(REPORT, user="U2"), [REPORT])


def test_a_summary_in_another_language_is_another_summary() -> None:
    assert is_first(replace(REPORT, language="ko"), [REPORT])


def test_a_person_is_heard_a_few_times_a_day() -> None:
    assert is_heard(REPORT, others(MOST_REPORTS_A_DAY - 1))
    assert not is_heard(REPORT, others(MOST_REPORTS_A_DAY))


def test_what_others_report_leaves_everybody_their_own_word() -> None:
    theirs = [replace(each, user="U2") for each in others(MOST_REPORTS_A_DAY)]
    elsewhere = [replace(each, team="T2") for each in others(MOST_REPORTS_A_DAY)]
    assert is_heard(REPORT, [*theirs, *elsewhere])
