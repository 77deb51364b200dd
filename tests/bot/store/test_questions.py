"""Questions that people asked: the last few of a thread, limits for each person, and an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.questions import (
    MOST_A_DAY,
    MOST_AN_HOUR,
    TURNS_KEPT,
    TURNS_READ,
    QuestionLimit,
    QuestionThread,
    QuestionTurn,
    reached_limit,
)
from tests.bot.store.samples import ANA, CHANNEL, JIMIN, MELTEMI, NOW, OTHER_CHANNEL, TEAM

if TYPE_CHECKING:
    from bot.store import Store

A_MINUTE = timedelta(minutes=1)
THREAD = QuestionThread(TEAM, CHANNEL, "1722500000.000100")
TURN = QuestionTurn(THREAD, ANA, MELTEMI, "On which data?", NOW)


def asked_later(minutes: int) -> QuestionTurn:
    return replace(TURN, question=f"Question {minutes}?", at=NOW + minutes * A_MINUTE)


async def test_the_last_questions_of_a_thread_are_known_oldest_first(store: Store) -> None:
    turns = [asked_later(minutes) for minutes in range(TURNS_READ + 2)]
    for turn in turns:
        assert await store.questions.begin(turn) is None
    answered = replace(turns[-1], answer="On one.")
    await store.questions.finish(answered)
    now = NOW + timedelta(hours=1)
    assert await store.questions.latest(THREAD, now=now) == [*turns[-TURNS_READ:-1], answered]


async def test_threads_are_told_apart(store: Store) -> None:
    for thread in (
        THREAD,
        replace(THREAD, thread_ts=""),
        replace(THREAD, channel=OTHER_CHANNEL),
        replace(THREAD, team="T0000000002"),
    ):
        turn = replace(TURN, thread=thread)
        assert await store.questions.begin(turn) is None
        assert await store.questions.latest(thread, now=NOW) == [turn]


async def test_a_question_that_comes_again_changes_nothing(store: Store) -> None:
    await store.questions.begin(TURN)
    await store.questions.finish(replace(TURN, answer="On one."))
    assert await store.questions.begin(TURN) is None
    await store.questions.finish(replace(TURN, answer="On two."))
    assert [turn.answer for turn in await store.questions.latest(THREAD, now=NOW)] == ["On one."]


async def test_a_person_at_the_limit_is_told_so_and_nobody_else(store: Store) -> None:
    for number in range(MOST_AN_HOUR):
        assert await store.questions.begin(replace(TURN, at=NOW + timedelta(seconds=number))) is None
    one_more = replace(TURN, at=NOW + A_MINUTE)
    assert await store.questions.begin(one_more) is QuestionLimit.HOUR
    assert await store.questions.begin(replace(one_more, user=JIMIN)) is None
    assert await store.questions.begin(replace(one_more, at=NOW + timedelta(hours=2))) is None


def test_the_limits_are_those_of_an_hour_and_of_a_day() -> None:
    lately = [NOW - timedelta(seconds=number) for number in range(MOST_AN_HOUR)]
    before = [NOW - timedelta(hours=2, seconds=number) for number in range(MOST_A_DAY)]
    assert reached_limit(lately[1:], NOW) is None
    assert reached_limit(lately, NOW) is QuestionLimit.HOUR
    assert reached_limit(before[1:], NOW) is None
    assert reached_limit(before, NOW) is QuestionLimit.DAY


async def test_a_question_has_its_end(store: Store) -> None:
    await store.questions.begin(TURN)
    await store.maintenance.prune(now=NOW + TURNS_KEPT - A_MINUTE)
    assert await store.questions.latest(THREAD, now=NOW) == [TURN]
    await store.maintenance.prune(now=NOW + TURNS_KEPT + A_MINUTE)
    assert await store.questions.latest(THREAD, now=NOW) == []


async def test_questions_go_with_the_channel_and_with_the_workspace(store: Store) -> None:
    await store.memberships.rejoin_team(TEAM, now=NOW)
    for turn in (TURN, replace(TURN, thread=QuestionThread(TEAM, ANA))):
        await store.questions.begin(turn)
    await store.memberships.leave_team(TEAM, now=NOW)
    await store.memberships.forget_left(before=NOW + A_MINUTE)
    assert await store.questions.latest(THREAD, now=NOW) == []
    assert await store.questions.latest(QuestionThread(TEAM, ANA), now=NOW) == []
