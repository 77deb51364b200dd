"""The reminder of a list: what it says, what its buttons do, and that no title breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.extensions.json import JSONSnapshotExtension

from bot.messages.as_text import as_text
from bot.messages.reminders import reminder, reminder_settings
from bot.rules.paper_news import NewsKind, PaperNews
from bot.rules.papers import Paper
from bot.rules.reading_list import ReadingState
from bot.rules.reminders import (
    MOST_NEWS,
    MOST_STALE,
    RemindedPapers,
    Reminder,
    ReminderPreference,
    SuggestedPaper,
    WaitingPaper,
)
from bot.templating.catalogues import languages
from tests.bot.messages.test_messages import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

    from bot.messages.message import Message

SEOUL = ZoneInfo("Asia/Seoul")
SAVED = datetime(2024, 7, 31, 12, tzinfo=SEOUL)
NEXT = datetime(2024, 8, 12, 10, tzinfo=SEOUL)
CODE = "https://github.com/example/matting"
MATTING = Paper("2407.21017", "Matting by Generation", ("Zhixiang Wang",), published=date(2024, 7, 30))
MELTEMI = Paper("2407.20743", "Meltemi: The first open Large Language Model for Greek", ())
STRINGS = Paper("hep-th/9901001", "$L_2$ Strings", ())
IDS = (MATTING.id, MELTEMI.id, STRINGS.id)
ON = ReminderPreference(is_on=True)
EVERY_LANGUAGE = pytest.mark.parametrize("language", languages())


def waiting(paper: Paper, **more: Any) -> SuggestedPaper:
    return SuggestedPaper(paper, WaitingPaper(paper.id, SAVED, **more))


WHOLE = Reminder(
    papers=RemindedPapers(IDS, (OLD := "2401.00001",), (MELTEMI.id,)),
    unread=12,
    suggested=(waiting(MATTING, votes=53, words=1380), waiting(MELTEMI, votes=50), waiting(STRINGS, words=9100)),
    stale=(Paper(OLD, "An old paper", ()),) * 7,
    archived=0,
    news=((MELTEMI, tuple(PaperNews(kind, SAVED, 3, CODE) for kind in NewsKind)),),
    preference=ON,
    next_at=NEXT,
)
ACTED_ON = replace(
    WHOLE,
    unread=0,
    suggested=(
        waiting(MATTING, state=ReadingState.DONE),
        waiting(MELTEMI, state=ReadingState.ARCHIVED),
        SuggestedPaper(STRINGS, None),
    ),
    stale=(),
    archived=7,
    news=(),
    preference=ReminderPreference(),
    next_at=None,
)
SNOOZED = replace(ON, snoozed_until=datetime(2024, 8, 9, tzinfo=UTC))
SAYS: dict[str, Callable[[str], Message]] = {
    "reminder": lambda language: reminder(content=WHOLE, language=language),
    "reminder_acted_on": lambda language: reminder(content=ACTED_ON, language=language),
    "settings_on": lambda language: reminder_settings(preference=ON, next_at=NEXT, language=language),
    "settings_off": lambda language: reminder_settings(
        preference=ReminderPreference(), next_at=None, language=language
    ),
    "settings_snoozed": lambda language: reminder_settings(preference=SNOOZED, next_at=NEXT, language=language),
}


def shown(content: Reminder, language: str = "en") -> str:
    return as_text(reminder(content=content, language=language), width=200).replace("\u00a0", " ")


def buttons(message: Message) -> dict[str, list[str]]:
    """The values of the buttons, by action."""
    found: dict[str, list[str]] = {}
    for block in message.blocks:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            if "action_id" in element:
                found.setdefault(element["action_id"], []).append(element.get("value", ""))
    return found


@EVERY_LANGUAGE
@pytest.mark.parametrize("name", SAYS)
def test_every_message_looks_as_reviewed(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    said = SAYS[name](language)
    assert faults(said) == []
    assert said.to_payload() == snapshot(name=f"{name}_{language}", extension_class=JSONSnapshotExtension)


def test_minutes_are_claimed_only_for_texts_that_were_read() -> None:
    assert "One of these takes about 6 minutes" in shown(WHOLE)
    assert shown(WHOLE).count("about 6 minutes") == 2
    assert shown(WHOLE).count("about 40 minutes") == 1
    unknown = replace(WHOLE, suggested=(waiting(MATTING), waiting(MELTEMI)))
    assert "minute" not in shown(unknown)


def test_a_paper_that_was_read_is_no_longer_what_one_can_read_in_six_minutes() -> None:
    first, *rest = WHOLE.suggested
    assert first.entry
    read = replace(first, entry=replace(first.entry, state=ReadingState.DONE))
    assert "takes about 40 minutes" in shown(replace(WHOLE, suggested=(read, *rest)))


def test_each_button_names_all_papers_of_the_reminder_and_those_of_a_paper_that_one() -> None:
    found = buttons(reminder(content=WHOLE, language="en"))
    done = [RemindedPapers.parse(value) for value in found["reminder_done"]]
    assert [each.about for each in done] == list(IDS)
    assert {replace(each, about=None) for each in done} == {WHOLE.papers}
    (stale,) = found["reminder_archive_stale"]
    assert RemindedPapers.parse(stale) == WHOLE.papers
    assert "reminder_on" not in found
    assert {"reminder_card", "reminder_archive", "reminder_snooze", "reminder_stop"} <= found.keys()


def test_what_was_done_can_be_undone_and_what_was_removed_elsewhere_is_said_to_be() -> None:
    found = buttons(reminder(content=ACTED_ON, language="en"))
    assert [RemindedPapers.parse(value).about for value in found["reminder_undo"]] == [MATTING.id, MELTEMI.id]
    assert found.keys() == {"reminder_undo", "reminder_restore_stale", "reminder_on"}
    assert "Removed from your reading list" in shown(ACTED_ON)


@settings(max_examples=15, deadline=None)
@given(
    title=st.text(max_size=80) | st.sampled_from(["<!channel> & *x*", "\x00\u202e", "&" * 500, "가" * 500]),
    address=st.text(max_size=40) | st.just("https://github.com/" + "x" * 500),
    language=st.sampled_from(languages()),
)
def test_no_title_breaks_a_reminder(title: str, address: str, language: str) -> None:
    paper = Paper("cond-mat/9901001", title, ())
    ids = tuple(f"cond-mat/990{number}" for number in range(1001, 1001 + MOST_STALE))
    content = Reminder(
        papers=RemindedPapers(ids[:3], ids, ids[:MOST_NEWS]),
        unread=5000,
        suggested=(waiting(paper, votes=10**9, words=10**9),) * 3,
        stale=(paper,) * MOST_STALE,
        archived=MOST_STALE,
        news=((paper, tuple(PaperNews(kind, SAVED, 999, address) for kind in NewsKind)),) * MOST_NEWS,
        preference=ON,
        next_at=NEXT,
    )
    assert faults(reminder(content=content, language=language)) == []
