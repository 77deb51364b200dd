"""The form of a channel's settings: its steps, what somebody changed in one, and what two people at once do to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from bot.rules.channels import ChannelSettings, ChannelState, EmptyDays, Layout, Managers
from bot.rules.settings_form import (
    SETTINGS_OF,
    Mistake,
    OpenForm,
    Step,
    form_to_open,
    read_changes,
    read_form,
    with_changes,
)

FORM_OF_0_5_0 = Path(__file__).parents[2] / "releases" / "0.5.0-settings-form.json"
SETTINGS = ChannelSettings(
    time(9, 10),
    "Asia/Seoul",
    "en",
    10,
    skip_dates=(date(2026, 12, 25),),
    second_language="ko",
    include_words=("robot",),
    empty_days=EmptyDays.NOTHING,
    late_risers=True,
    managers=Managers.MANAGERS,
)


def typed(name: str, text: str | None) -> dict[str, Any]:
    return {name: {name: {"type": "plain_text_input", "value": text}}}


def ticked(name: str, *values: str) -> dict[str, Any]:
    return {name: {name: {"selected_options": [{"value": value} for value in values]}}}


def chosen(name: str, value: str) -> dict[str, Any]:
    return {name: {name: {"selected_option": {"value": value}}}}


class TestSteps:
    def test_a_channel_that_is_not_set_up_is_led_through_all_of_them(self) -> None:
        for wanted in (None, *Step):
            form = form_to_open("C1", ChannelState.NEW, wanted)
            walked = [form.step]
            while form.next:
                form = form.next
                walked.append(form.step)
            assert walked == [*Step]
            assert form.completes

    @pytest.mark.parametrize("state", [ChannelState.ACTIVE, ChannelState.PAUSED, ChannelState.CLOSED])
    def test_one_that_is_set_up_is_asked_for_the_step_somebody_wants_to_change(self, state: ChannelState) -> None:
        for wanted in Step:
            form = form_to_open("C1", state, wanted)
            assert (form.step, form.next, form.completes) == (wanted, None, False)

    def test_only_the_last_of_all_steps_completes_them(self) -> None:
        assert [OpenForm("C1", step, leads_on=True).completes for step in Step] == [False, False, True]
        assert [OpenForm("C1", step).completes for step in Step] == [False, False, False]
        assert OpenForm("C1").completes, "the form of 0.5.0 asks for everything"

    @pytest.mark.parametrize(
        "form",
        [
            OpenForm("C1"),
            OpenForm("C1", changed=frozenset({"top"})),
            OpenForm("C1", Step.WHAT, changed=frozenset({"top", "late_risers"})),
            *(OpenForm("C1", step, leads_on=True) for step in Step),
            OpenForm("C1", Step.LOOK, response_url="https://hooks.slack.com/actions/T1/2/3"),
        ],
    )
    def test_which_form_it_is_comes_back_from_slack(self, form: OpenForm) -> None:
        assert OpenForm.parse(form.to_metadata()) == form

    def test_a_form_of_0_5_0_asks_for_everything(self) -> None:
        assert OpenForm.parse(json.loads(FORM_OF_0_5_0.read_text("utf-8"))["private_metadata"]).steps == tuple(Step)

    def test_what_somebody_changed_in_one_step_is_not_carried_to_the_next(self) -> None:
        following = OpenForm("C1", Step.WHEN, leads_on=True, changed=frozenset({"recap"})).next
        assert following == OpenForm("C1", Step.WHAT, leads_on=True)

    @pytest.mark.parametrize("is_ephemeral", [True, False])
    @pytest.mark.parametrize("state", ChannelState)
    def test_the_message_it_was_opened_from_is_brought_up_to_date_unless_it_is_a_welcome(
        self, state: ChannelState, is_ephemeral: bool
    ) -> None:
        form = form_to_open("C1", state, Step.WHAT, response_url="https://a.example", is_ephemeral=is_ephemeral)
        is_welcome = not is_ephemeral and state in {ChannelState.NEW, ChannelState.LEFT}
        assert form.response_url == (None if is_welcome else "https://a.example")
        if form.next:
            assert form.next.response_url == form.response_url

    def test_keywords_of_any_length_need_no_room_in_the_metadata(self) -> None:
        forms = [OpenForm("C0123456789", step, True, frozenset(SETTINGS_OF[step]), "u" * 200) for step in Step]
        assert max(len(form.to_metadata()) for form in forms) < 3000


class TestReading:
    def test_what_a_step_does_not_ask_stays_as_it_was(self) -> None:
        assert read_form({}, SETTINGS) == SETTINGS
        assert read_form(typed("top", "3"), SETTINGS) == replace(SETTINGS, top=3)

    def test_what_is_emptied_in_a_step_is_none(self) -> None:
        emptied = {**typed("skip_dates", None), **typed("include_words", None), **ticked("late_risers")}
        assert read_form(emptied, SETTINGS) == replace(SETTINGS, skip_dates=(), include_words=(), late_risers=False)

    def test_each_mistake_is_told_of_its_field(self) -> None:
        wrong = {**typed("skip_dates", "soon"), **ticked("weekdays"), **chosen("timezone", "Mars/Olympus")}
        assert read_form(wrong, SETTINGS) == [
            Mistake("skip_dates", "form.not_a_date", "soon"),
            Mistake("weekdays", "form.weekdays"),
            Mistake("timezone", "form.timezone", "Mars/Olympus"),
        ]

    def test_a_field_nobody_knows_is_left_alone(self) -> None:
        assert read_form(typed("team", "T2"), SETTINGS) == SETTINGS

    @pytest.mark.parametrize("extras", [(), ("late_risers",), ("unfurl",), ("late_risers", "unfurl")])
    def test_the_two_that_0_5_0_asked_for_in_one_field_are_read(self, extras: tuple[str, ...]) -> None:
        read = read_form(ticked("extras", *extras), SETTINGS)
        assert read == replace(SETTINGS, late_risers="late_risers" in extras, unfurl="unfurl" in extras)

    @pytest.mark.parametrize("also", [(), ("late_risers",), ("team_recap",), ("late_risers", "team_recap")])
    def test_what_else_is_posted_is_asked_for_in_one_field(self, also: tuple[str, ...]) -> None:
        read = read_form(ticked("also_post", *also), SETTINGS)
        assert read == replace(SETTINGS, late_risers="late_risers" in also, team_recap="team_recap" in also)

    def test_a_form_that_does_not_ask_for_the_team_recap_leaves_it(self) -> None:
        before = replace(SETTINGS, team_recap=True)
        assert read_form(ticked("extras", "unfurl"), before) == replace(before, late_risers=False, unfurl=True)


class TestChanges:
    def view(self, state: dict[str, Any]) -> dict[str, Any]:
        """The form of 0.5.0 for ten papers a day, sent off with this in it."""
        return {**json.loads(FORM_OF_0_5_0.read_text("utf-8")), "state": {"values": state}}

    def test_what_was_left_as_it_came_is_no_change_though_it_is_otherwise_by_now(self) -> None:
        current = replace(SETTINGS, top=7)
        assert read_changes(self.view(typed("top", "3")), current) == {}, "it came as 3"
        assert read_changes(self.view(typed("top", "4")), current) == {"top": 4}

    def test_what_was_changed_before_the_form_came_back_is_a_change_again(self) -> None:
        found = read_changes(self.view(typed("top", "3")), SETTINGS, changed_before={"top"})
        assert found == {"top": 3}

    def test_what_two_people_changed_is_kept_of_both(self) -> None:
        theirs = with_changes(SETTINGS, {"layout": Layout.DIGEST})
        assert with_changes(theirs, {"top": 3}) == replace(SETTINGS, layout=Layout.DIGEST, top=3)

    def test_a_second_language_that_somebody_else_made_the_first_is_none(self) -> None:
        assert with_changes(SETTINGS, {"language": "ko"}).second_language is None
        assert with_changes(SETTINGS, {"second_language": "en"}).second_language is None
