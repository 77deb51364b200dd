"""Editions: values with a kind, and the text that has named them since the first release and names them for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.editions import (
    Edition,
    EditionKind,
    answer_edition,
    best_edition,
    correction_edition,
    daily_edition,
    late_edition,
    note_edition,
    notice_edition,
    recap_edition,
    reminder_edition,
    reply_edition,
    share_edition,
    team_edition,
    votes_edition,
    waiting_edition,
    welcome_edition,
)

MONDAY, WEDNESDAY = date(2026, 8, 17), date(2026, 8, 19)
NOON = datetime(2026, 8, 19, 12, tzinfo=UTC)
# As release 0.5.0 wrote them, or the first release that had them, into its outbox and into the metadata of messages.
NAMES = {
    "daily:2026-08-17": daily_edition(MONDAY),
    "daily:2026-08-17..2026-08-19": daily_edition(MONDAY, date(2026, 8, 18), WEDNESDAY),
    "late:2026-08-17": late_edition(daily_edition(MONDAY)),
    "late:2026-08-17..2026-08-19": late_edition(daily_edition(MONDAY, WEDNESDAY)),
    "best:2026-W34": best_edition("2026-W34"),
    "team:2026-W34": team_edition("2026-W34"),
    "recap:2026-08": recap_edition("2026-08"),
    "note:2026-08-19": note_edition(WEDNESDAY),
    "note:2026-08-17:waiting": waiting_edition(MONDAY),
    "votes:daily:2026-08-17:day": votes_edition(daily_edition(MONDAY), "day"),
    "votes:daily:2026-08-17..2026-08-19:week": votes_edition(daily_edition(MONDAY, WEDNESDAY), "week"),
    "summary:2408.00001:2026-08-19T12:00:00+00:00": correction_edition("2408.00001", NOON),
    "reply:1787011800.000100:2": reply_edition("1787011800.000100", 2),
    "reminder:2026-08-17": reminder_edition(MONDAY),
    "share:U1:1723:C1:1787.0001": share_edition("U1", "1723:C1:1787.0001"),
    "welcome:C1:1787011800.000100": welcome_edition("C1", "1787011800.000100"),
    "notice:C1:daily:2026-08-17:2026-08-19T12:00:00+00:00": notice_edition(
        "C1", f"{daily_edition(MONDAY)}:{NOON.isoformat()}"
    ),
    "notice:source:2026-08-17": notice_edition("source", "2026-08-17"),
    "answer:C1:1787.0001:ab12": answer_edition("C1", "1787.0001:ab12"),
    "answer::Hx1:ab12": answer_edition("", "Hx1:ab12"),
}
FOREIGN = ["", ":", "::", "daily", "Daily:2026-08-17", "digest:2026:1", "trial"]
STRANGE = [*FOREIGN, "daily:", "votes:", "votes::", "votes:x"]
# Texts that are nearly names, so that every corner is come to.
NEARLY = st.lists(st.sampled_from([*(str(kind) for kind in EditionKind), ":", "..", "x", "C1", "\x00", "한"])).map(
    "".join
)
WORDS = st.text(st.characters(exclude_characters=":"))


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_edition_is_what_it_was(name: str) -> None:
    assert str(NAMES[name]) == name
    assert Edition.parse(name) == NAMES[name]


@given(st.text() | NEARLY | st.sampled_from([*NAMES, *STRANGE]))
def test_any_text_names_an_edition_and_comes_back_as_it_was(name: str) -> None:
    assert str(Edition.parse(name)) == name


@given(st.sampled_from([kind for kind in EditionKind if kind]), WORDS, st.none() | st.text())
def test_what_is_written_is_read_again(kind: EditionKind, about: str, cause: str | None) -> None:
    edition = Edition(kind, about, cause)
    changes = votes_edition(edition, "day")
    assert Edition.parse(str(changes)) == changes
    if kind is not EditionKind.VOTES:
        assert Edition.parse(str(edition)) == edition


@pytest.mark.parametrize("name", FOREIGN)
def test_what_another_release_wrote_is_of_no_kind_and_does_nothing(name: str) -> None:
    edition = Edition.parse(name)
    assert edition.kind is EditionKind.OTHER
    assert not any((edition.is_change, edition.brings_papers, edition.is_personal, edition.is_awaited))


def test_every_kind_is_told_by_its_name() -> None:
    assert {edition.kind for edition in NAMES.values()} == set(EditionKind) - {EditionKind.OTHER}


def test_what_follows_an_edition_is_about_it() -> None:
    daily = daily_edition(MONDAY, WEDNESDAY)
    assert Edition.parse(votes_edition(daily, "day").about) == daily
    assert late_edition(daily).about == daily.about


def test_only_votes_and_summaries_change_what_is_there() -> None:
    assert {edition.kind for edition in NAMES.values() if edition.is_change} == {
        EditionKind.VOTES,
        EditionKind.CORRECTION,
    }
