"""Which way a shared paper goes to a channel."""

from __future__ import annotations

import pytest

from bot.rules.sharing import AnswerForAll, PaperToShare, answer_for_all, is_hidden, is_not_a_member


@pytest.mark.parametrize(
    ("was_begun", "is_late", "answer"),
    [
        (False, False, AnswerForAll.POSSIBLE),
        (False, True, AnswerForAll.TOO_LATE),
        (True, False, AnswerForAll.IN_DOUBT),
        (True, True, AnswerForAll.IN_DOUBT),
    ],
)
def test_an_answer_for_all_is_given_once_and_in_time(was_begun: bool, is_late: bool, answer: AnswerForAll) -> None:
    assert answer_for_all(was_begun=was_begun, is_late=is_late) is answer


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found"])
def test_where_paperboy_is_no_member_another_way_is_left(error: str) -> None:
    assert is_not_a_member(error)
    assert is_hidden(error)


@pytest.mark.parametrize("error", ["is_archived", "restricted_action", "ratelimited", ""])
def test_any_other_refusal_is_one(error: str) -> None:
    assert not is_not_a_member(error)
    assert not is_hidden(error)


@pytest.mark.parametrize(
    ("text", "paper", "thread_ts"),
    [
        ("2407.21017", "2407.21017", None),
        ("2407.21017v2", "2407.21017v2", None),
        ("hep-th/9901001 1722384000.000100", "hep-th/9901001", "1722384000.000100"),
        ("2407.21017 <!channel>", "2407.21017", None),
    ],
)
def test_a_button_or_command_names_a_paper_and_maybe_the_message_it_belongs_below(
    text: str, paper: str, thread_ts: str | None
) -> None:
    wanted = PaperToShare.parse(text)
    assert (str(wanted.paper), wanted.thread_ts) == (paper, thread_ts)
    assert PaperToShare.parse(str(wanted)) == wanted
