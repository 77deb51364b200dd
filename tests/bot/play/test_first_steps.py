"""What is offered to try first, and what counts as having tried it."""

from __future__ import annotations

import pytest

from bot.play.first_steps import (
    FirstStep,
    FirstSteps,
    step_of_action,
    step_of_command,
    step_of_message,
    step_of_reaction,
)


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        ("2407.21017", FirstStep.LOOK_UP),
        ("https://arxiv.org/abs/2407.21017v2", FirstStep.LOOK_UP),
        ("list", FirstStep.LIST),
        (" List ", FirstStep.LIST),
        ("목록", FirstStep.LIST),
        ("help", None),
        ("", None),
    ],
)
def test_a_command_is_a_step_by_what_it_asks_for(typed: str, step: FirstStep | None) -> None:
    assert step_of_command(typed) is step


@pytest.mark.parametrize(
    ("emoji", "step"), [("star", FirstStep.SAVE), ("two", FirstStep.SAVE), ("tada", None), ("bookmark", None)]
)
def test_a_reaction_is_a_step_if_it_saves(emoji: str, step: FirstStep | None) -> None:
    assert step_of_reaction(emoji, ["star"]) is step


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("@paperboy 2407.21017", FirstStep.MENTION),
        ("@Paperboy https://arxiv.org/abs/2407.21017", FirstStep.MENTION),
        ("see https://arxiv.org/abs/2407.21017", FirstStep.LINK),
        ("see https://example.org/", None),
        ("2407.21017", None),
    ],
)
def test_a_message_is_a_step_if_paperboy_has_something_to_say_to_it(text: str, step: FirstStep | None) -> None:
    assert step_of_message(text, "Paperboy") is step


def test_a_button_is_a_step_if_it_saves() -> None:
    assert step_of_action("save_paper") is FirstStep.SAVE
    assert step_of_action("home_save") is FirstStep.SAVE
    assert step_of_action("share_paper") is None


def test_each_person_has_steps_of_their_own_which_vanish_once_done_or_closed() -> None:
    steps = FirstSteps()
    steps.finish("ana", FirstStep.SAVE)
    steps.finish("ana", None)
    assert steps.left("ana") == tuple(step for step in FirstStep if step is not FirstStep.SAVE)
    steps.close("ana")
    assert steps.left("ana") == ()
    assert steps.left("jimin") == tuple(FirstStep)
