"""What a change to a channel comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.rules.channel_changes import (
    PERMISSION_FOR,
    Attempt,
    ChangeResult,
    PostedNow,
    changed_since,
    is_changeable,
    is_overtaken,
    permissions_to_save,
    permissions_to_undo,
    possible_actions,
    posted_now,
    posting_attempt,
    posting_progress,
    result_of_starting,
    set_up_by,
    settings_before,
    starts_when_saved,
)
from bot.rules.channels import Change, Channel, ChannelSettings, ChannelState, Managers
from bot.rules.papers import EmptyDay, ListedPaper, NotOpenYet, Paper
from bot.rules.permissions import Action
from bot.rules.requests import Request, RequestKind
from bot.rules.selection import Choice, ChosenDay

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
DAY = date(2026, 8, 19)
SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10)
CHANNEL = Channel("T1", "C1", SETTINGS)
ABOUT_CHANNELS = [
    kind
    for kind in RequestKind
    if kind not in {"share", "share_days", "report", "save", "preview", "reply", "question"}
    and kind not in {"export", "import", "erase", "my_data"}
]


def change(setting: str, old: str, new: str, at: datetime = NOON) -> Change:
    return Change(1, "U1", at, setting, old, new)


def request(progress: str = "") -> Request:
    return Request("T1", "C1", "U1", RequestKind.POST_NOW, "1.2", "C1", NOON, progress=progress)


def chosen(papers: int) -> ChosenDay:
    listed = tuple(ListedPaper(Paper(f"2608.0000{number}", "T", ()), 1) for number in range(papers))
    return ChosenDay(DAY, listed, papers, NOON)


@pytest.mark.parametrize("kind", ABOUT_CHANNELS)
def test_every_request_about_a_channel_needs_a_permission(kind: RequestKind) -> None:
    assert kind in PERMISSION_FOR


@pytest.mark.parametrize(
    ("setting", "at", "overtaken"),
    [
        ("state", NOON + timedelta(seconds=1), True),
        ("state", NOON, False),
        ("state", NOON - timedelta(days=1), False),
        ("top", NOON + timedelta(seconds=1), False),
    ],
)
def test_a_request_is_overtaken_by_a_later_change_of_the_same_setting(
    setting: str, at: datetime, overtaken: bool
) -> None:
    assert is_overtaken([change(setting, "1", "2", at)], "state", NOON) is overtaken


@pytest.mark.parametrize(
    ("state", "news", "starts"),
    [
        (ChannelState.NEW, ChangeResult.STARTED, True),
        (ChannelState.ACTIVE, None, False),
        (ChannelState.PAUSED, ChangeResult.RESUMED, False),
        (ChannelState.CLOSED, ChangeResult.STARTED, False),
        (ChannelState.LEFT, ChangeResult.STARTED, True),
    ],
)
def test_what_starting_and_saving_do_depends_on_the_state(
    state: ChannelState, news: ChangeResult | None, starts: bool
) -> None:
    assert (result_of_starting(state), starts_when_saved(state)) == (news, starts)


def test_naming_managers_takes_a_permission_of_its_own() -> None:
    other = replace(SETTINGS, managers=Managers.MANAGERS)
    assert permissions_to_save(SETTINGS, replace(SETTINGS, top=5)) == (Action.CHANGE,)
    assert permissions_to_save(SETTINGS, other) == (Action.CHANGE, Action.CHANGE_MANAGERS)
    assert permissions_to_undo(change("top", "10", "5")) == (Action.UNDO,)
    assert permissions_to_undo(change("managers", '"members"', '"keepers"')) == (Action.UNDO, Action.CHANGE_MANAGERS)


def test_taking_a_change_back_puts_the_former_setting_in_force() -> None:
    assert settings_before(CHANNEL, change("top", "5", "10")) == replace(SETTINGS, top=5)


def test_a_change_that_something_else_was_chosen_since_is_not_taken_back() -> None:
    assert settings_before(CHANNEL, change("top", "5", "7")) is None
    assert settings_before(CHANNEL, change("skip_next", "false", "true")) is None


def test_a_skip_is_taken_back_as_one() -> None:
    skipping = replace(CHANNEL, skip_next=True)
    assert settings_before(skipping, change("skip_next", "false", "true")) is False
    assert settings_before(CHANNEL, change("skip_next", "true", "false")) is True


def test_posting_is_tried_again_only_while_no_day_came_since() -> None:
    assert posting_attempt(request(), 3) is Attempt.FIRST
    assert posting_attempt(request(posting_progress(3)), 3) is Attempt.AGAIN
    assert posting_attempt(request(posting_progress(3)), 4) is Attempt.OVERTAKEN


@pytest.mark.parametrize(
    ("choice", "posted"),
    [
        (None, PostedNow(is_served=False)),
        (Choice((chosen(2), chosen(3)), (), None, DAY), PostedNow(is_served=True, count=5)),
        (Choice((), (EmptyDay(DAY),), None, DAY), PostedNow(is_served=True, why=EmptyDay(DAY))),
        (Choice((), (EmptyDay(DAY),), NotOpenYet(DAY), None), PostedNow(is_served=True, why=NotOpenYet(DAY))),
        (Choice((), (), None, None), PostedNow(is_served=True)),
    ],
)
def test_posting_tells_how_many_papers_came_or_why_none(choice: Choice | None, posted: PostedNow) -> None:
    assert posted_now(choice) == posted


@pytest.mark.parametrize("state", ChannelState)
def test_only_what_a_state_allows_can_be_done(state: ChannelState) -> None:
    actions = set(possible_actions(replace(CHANNEL, state=state)))
    assert ("post_now" in actions) is (state is ChannelState.ACTIVE)
    assert ("resume" in actions) is (state is ChannelState.PAUSED)
    assert ("pause" in actions) is (state is ChannelState.ACTIVE)
    assert (not actions) is (state is ChannelState.LEFT)


def test_skipping_is_offered_or_taken_back() -> None:
    assert "skip" in possible_actions(CHANNEL)
    assert "unskip" in possible_actions(replace(CHANNEL, skip_next=True))


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ([change("state", "new", "active")], "U1"),
        ([change("state", "left", "active")], "U1"),
        ([change("top", "10", "5"), change("state", "new", "active")], "U1"),
        ([replace(change("state", "paused", "active"), user="U2"), change("state", "new", "active")], "U1"),
        ([replace(change("state", "closed", "active"), user=None), change("state", "new", "active")], "U1"),
        ([change("state", "new", "active"), replace(change("state", "new", "active"), user="U2")], "U1"),
        ([replace(change("state", "new", "active"), user=None)], None),
        ([change("state", "active", "paused")], None),
        ([], None),
    ],
)
def test_a_channel_was_set_up_by_whoever_started_it_when_it_was_new(changes: list[Change], by: str | None) -> None:
    assert set_up_by(changes) == by


def test_only_a_setting_that_changed_since_is_news() -> None:
    before, after = change("top", "10", "5", NOON), change("top", "5", "3", NOON + timedelta(seconds=1))
    assert changed_since([after, before], NOON) is after
    assert changed_since([before], NOON) is None
    assert changed_since([after], None) is None
    assert changed_since([replace(after, setting="state"), replace(after, setting="skip_next")], NOON) is None


def test_each_step_of_a_channel_that_is_set_up_can_be_changed_alone() -> None:
    assert {state for state in ChannelState if is_changeable(state)} == {
        *(ChannelState.ACTIVE, ChannelState.PAUSED, ChannelState.CLOSED)
    }
