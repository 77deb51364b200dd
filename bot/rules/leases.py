"""Leases: rights to work on something, which run out unless renewed, and how replicas share workspaces by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

LEASE = timedelta(seconds=30)
# A lease that two renewals in a row miss is still there.
RENEWED_EVERY = LEASE / 3
# How far apart two replicas may believe the database's clock to be.
CLOCKS_APART = timedelta(seconds=2)
# How long its owner relies on a lease, from the moment it asked for it.
RELIED_ON = LEASE - CLOCKS_APART

UPKEEP = "upkeep"
"""The lease of work for the whole database."""


def workspace_lease(team: str) -> str:
    """The lease of the work that nobody asked for in a workspace."""
    return f"workspace:{team}"


def summary_lease(paper_id: str, language: str) -> str:
    """The lease of having a paper summarized in a language."""
    return f"summary:{paper_id}:{language}"


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease, its owner, and when it runs out unless it is renewed before."""

    name: str
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class LeaseChanges:
    """The leases that a replica takes on, and those that it gives back."""

    take: frozenset[str]
    give_back: frozenset[str]


def fair_share(replica: str, replicas: Collection[str], total: int) -> int:
    """A replica's share of `total` leases; those of all make up the total, and differ by one at most."""
    alive = sorted({*replicas, replica})
    each, left = divmod(total, len(alive))
    return each + (alive.index(replica) < left)


def share(
    wanted: Collection[str],
    held: Collection[str],
    leases: Mapping[str, Lease],
    replica: str,
    replicas: Collection[str],
    *,
    is_cut_off: bool = False,
) -> LeaseChanges:
    """The step of a replica to its fair share of the `wanted` leases; `held` are its own, `leases` all there are.

    It gives back what is not wanted any more and what is over its share, and takes on as much as is free. What a
    replica holds that is gone is free once its lease has run out. One that `is_cut_off` from Slack leaves everything to
    the others, if there are any.
    """
    mine = sorted(set(held) & set(wanted))
    most = 0 if is_cut_off and set(replicas) - {replica} else fair_share(replica, replicas, len(wanted))
    free = sorted(name for name in set(wanted) - set(mine) if name not in leases or leases[name].owner == replica)
    return LeaseChanges(
        take=frozenset(free[: max(most - len(mine), 0)]),
        give_back=frozenset(mine[most:]) | (frozenset(held) - frozenset(wanted)),
    )
