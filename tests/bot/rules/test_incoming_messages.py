"""Which messages are answered, how often, and what an edit changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.incoming_messages import (
    EDITS_ANSWERED_FOR,
    MOST_ANSWERED,
    MOST_EDITS,
    IncomingMessage,
    KnownMessage,
    ReplyTo,
    Treatment,
    age_of,
    content_name,
    context_since,
    is_given,
    place_of_reply,
    treatment_of,
)
from bot.rules.requests import Request, RequestKind

NOW = datetime(2026, 8, 18, 12, tzinfo=UTC)
TS = f"{NOW.timestamp() - 5:.6f}"
SAID = IncomingMessage("T1", "C1", TS, "U1", "2407.21017")
EDITED = replace(SAID, words="2407.20743", edited_ts=f"{NOW.timestamp() - 1:.6f}")
ANSWERED = KnownMessage("", SAID.fingerprint, Treatment.ANSWERED, 0)
ENOUGH = [Treatment.ANSWERED] * MOST_ANSWERED


def test_a_message_is_answered_once() -> None:
    assert treatment_of(SAID, None, [], NOW) is Treatment.ANSWERED
    assert treatment_of(SAID, ANSWERED, [], NOW) is None


def test_an_edit_is_answered_that_says_something_else() -> None:
    assert treatment_of(EDITED, ANSWERED, [], NOW) is Treatment.ANSWERED
    assert treatment_of(replace(EDITED, words=SAID.words), ANSWERED, [], NOW) is None


def test_what_comes_in_the_wrong_order_does_not_undo_an_edit() -> None:
    answered = KnownMessage(EDITED.edited_ts, EDITED.fingerprint, Treatment.ANSWERED, 0)
    assert treatment_of(SAID, answered, [], NOW) is None


@pytest.mark.parametrize("treatment", set(Treatment) - {Treatment.ANSWERED})
def test_an_edit_of_what_was_not_answered_is_not(treatment: Treatment) -> None:
    assert treatment_of(EDITED, replace(ANSWERED, treatment=treatment), [], NOW) is None


def test_an_edit_long_after_or_once_too_often_is_not_answered() -> None:
    assert treatment_of(EDITED, ANSWERED, [], NOW + EDITS_ANSWERED_FOR) is None
    assert treatment_of(EDITED, replace(ANSWERED, edits=MOST_EDITS), [], NOW) is None


def test_a_mention_added_to_a_message_is_answered_unless_it_is_old() -> None:
    assert treatment_of(EDITED, None, [], NOW) is Treatment.ANSWERED
    assert treatment_of(EDITED, None, [], NOW + timedelta(days=2)) is None


def test_who_writes_too_much_is_told_once() -> None:
    assert treatment_of(SAID, None, ENOUGH[1:], NOW) is Treatment.ANSWERED
    assert treatment_of(SAID, None, ENOUGH, NOW) is Treatment.TOO_MANY
    assert treatment_of(SAID, None, [*ENOUGH, Treatment.TOO_MANY], NOW) is Treatment.PASSED_OVER


@pytest.mark.parametrize("ts", ["", "x", "1.", "9" * 400, "-1.0", f"{NOW.timestamp() + 99:.6f}"])
def test_a_time_stamp_of_no_past_moment_has_no_age(ts: str) -> None:
    assert age_of(ts, NOW) in {timedelta(0), age_of("0.0", NOW), age_of("1.0", NOW), age_of("-1.0", NOW)}
    assert isinstance(context_since(ts), str)


def test_a_reply_stands_in_a_thread_in_channels_and_below_in_direct_messages() -> None:
    assert place_of_reply(SAID, in_threads=False) == TS
    assert place_of_reply(replace(SAID, thread_ts="1.2"), in_threads=False) == "1.2"
    direct = replace(SAID, channel="D1")
    assert place_of_reply(direct, in_threads=False) is None
    assert place_of_reply(direct, in_threads=True) == TS
    assert place_of_reply(replace(direct, thread_ts="1.2"), in_threads=False) == "1.2"


@pytest.mark.parametrize("message", [SAID, EDITED])
def test_a_request_names_the_edit_it_answers(message: IncomingMessage) -> None:
    request = Request("T1", "C1", "U1", RequestKind.REPLY, message.cause, message.words, NOW, thread_ts=TS)
    assert ReplyTo.of(request) == ReplyTo("T1", "C1", TS, message.edited_ts, TS)


def said(text: str) -> str:
    return json.dumps({"text": text, "metadata": {"event_type": "any"}})


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(0, 6))
def test_begun_anew_a_reply_says_nothing_twice_and_ends_alike(texts: list[str], died_after: int) -> None:
    """Each text in order, no two of which are the same, as one message of a reply has them."""
    texts = list(dict.fromkeys(texts))
    first, later = "", list[str]()

    def say(text: str) -> bool:
        nonlocal first
        if not first:
            first = said(text)
            return True
        if is_given(content_name("", said(text)), first=first, later=later):
            return False
        later.append(content_name("", said(text)))
        return True

    before = [say(text) for text in texts[:died_after]]
    after = [say(text) for text in texts]
    assert all(before)
    assert sum(before) + sum(after) == len(texts)
    if len(texts) > 1:
        assert later[-1] == content_name("", said(texts[-1]))


def test_an_edit_back_is_said_again() -> None:
    one, two, three = content_name("1.1", said("b")), content_name("1.2", said("a")), content_name("1.2", said("b"))
    assert not is_given(one, first=said("a"), later=[])
    assert not is_given(two, first=said("a"), later=[one])
    assert is_given(two, first=said("a"), later=[one, two])
    assert is_given(three, first=said("a"), later=[one])
    assert is_given(content_name("1.3", ""), first="", later=[])
