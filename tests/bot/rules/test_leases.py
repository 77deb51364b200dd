"""How replicas share workspaces: fairly, whoever comes and goes, and each workspace with one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.leases import Lease, fair_share, share

if TYPE_CHECKING:
    from random import Random

UNTIL = datetime(2024, 8, 1, tzinfo=UTC)
NAMES = [f"workspace:T{number}" for number in range(30)]


def leases_of(holders: dict[str, str]) -> dict[str, Lease]:
    return {name: Lease(name, owner, UNTIL) for name, owner in holders.items()}


def one_round(replica: str, alive: set[str], wanted: list[str], holders: dict[str, str]) -> None:
    """What a replica does at one renewal, to the leases as they stand."""
    held = {name for name, owner in holders.items() if owner == replica}
    sharing = share(wanted, held, leases_of(holders), replica, alive)
    for name in sharing.give_back:
        del holders[name]
    for name in sharing.take:
        assert name not in holders
        holders[name] = replica


@given(st.integers(0, 1000), st.sets(st.text(min_size=1), min_size=1, max_size=12))
def test_fair_shares_make_up_the_whole_and_differ_by_one_at_most(total: int, replicas: set[str]) -> None:
    shares = [fair_share(replica, replicas, total) for replica in replicas]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


@given(
    st.integers(0, 30),
    st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_whoever_comes_and_goes_two_rounds_later_each_workspace_is_shared_fairly(
    total: int, changes: list[set[str]], random: Random
) -> None:
    wanted = NAMES[:total]
    holders: dict[str, str] = {}
    for alive in changes:
        for name, owner in list(holders.items()):
            if owner not in alive:  # it ran out, or was given back
                del holders[name]
        for _ in range(2):
            order = sorted(alive)
            random.shuffle(order)
            for replica in order:
                one_round(replica, alive, wanted, holders)
        assert {replica: list(holders.values()).count(replica) for replica in alive} == {
            replica: fair_share(replica, alive, total) for replica in alive
        }


def test_nothing_moves_once_it_is_fair() -> None:
    holders = {name: "ab"[number % 2] for number, name in enumerate(NAMES)}
    for replica in "ab":
        one_round(replica, {"a", "b"}, NAMES, before := dict(holders))
        assert before == holders


def test_who_is_alone_takes_all_that_is_free_and_nothing_of_those_who_are_not_gone_yet() -> None:
    sharing = share(NAMES, set(), leases_of({NAMES[0]: "died a moment ago"}), "a", {"a"})
    assert sharing.take == set(NAMES[1:])


def test_a_workspace_that_is_no_more_is_given_back() -> None:
    sharing = share(NAMES[:2], {NAMES[0], NAMES[5]}, leases_of({NAMES[0]: "a", NAMES[5]: "a"}), "a", {"a"})
    assert sharing.give_back == {NAMES[5]}
    assert sharing.take == {NAMES[1]}


def test_what_was_lost_or_left_unsaid_is_taken_anew() -> None:
    sharing = share(NAMES[:1], set(), leases_of({NAMES[0]: "a"}), "a", {"a"})
    assert sharing.take == {NAMES[0]}
