"""Which of Slack's newer blocks are worth trying, and which one a refusal was about."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.newer_blocks import TRIED_AGAIN_AFTER, BlockAnswer, NewerBlock, to_blame, worth_trying

NOW = datetime(2026, 8, 17, 0, 10, tzinfo=UTC)
FOLD, THUMBS = NewerBlock.CONTAINER, NewerBlock.CONTEXT_ACTIONS
BOTH = frozenset({FOLD, THUMBS})
NONE: frozenset[NewerBlock] = frozenset()


def took(kind: NewerBlock, *, accepted: bool = True, ago: timedelta = timedelta(days=1)) -> BlockAnswer:
    return BlockAnswer(kind, accepted, NOW - ago)


def test_where_nothing_is_known_everything_is_tried() -> None:
    assert worth_trying([], NOW) == BOTH


@pytest.mark.parametrize(
    ("ago", "tried"),
    [
        (timedelta(0), {THUMBS}),
        (TRIED_AGAIN_AFTER - timedelta(seconds=1), {THUMBS}),
        (TRIED_AGAIN_AFTER, BOTH),
        (timedelta(days=400), BOTH),
    ],
)
def test_a_refusal_counts_for_thirty_days(ago: timedelta, tried: set[NewerBlock]) -> None:
    assert worth_trying([took(FOLD, accepted=False, ago=ago)], NOW) == tried


def test_what_was_taken_once_is_tried_however_long_ago() -> None:
    assert worth_trying([took(FOLD, ago=timedelta(days=4000)), took(THUMBS)], NOW) == BOTH


@pytest.mark.parametrize(
    ("used", "named", "known", "blamed"),
    [
        (BOTH, {FOLD}, [], {FOLD}),
        (BOTH, NONE, [], BOTH),
        (BOTH, NONE, [took(FOLD)], {THUMBS}),
        (BOTH, NONE, [took(FOLD), took(THUMBS)], BOTH),
        (BOTH, NONE, [took(FOLD, accepted=False)], BOTH),
        ({FOLD}, {THUMBS}, [], {FOLD}),
    ],
    ids=["named", "none named", "one known to be taken", "all known to be taken", "refused before", "named in vain"],
)
def test_what_is_blamed_was_named_or_else_is_not_known_to_be_taken(
    used: frozenset[NewerBlock], named: frozenset[NewerBlock], known: list[BlockAnswer], blamed: set[NewerBlock]
) -> None:
    assert to_blame(frozenset(used), frozenset(named), known) == blamed
