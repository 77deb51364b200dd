"""Workspaces are shared fairly by the processes on one database, and each is one process's at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.clock import CorrectedClock
from bot.errors import StoreUnusable
from bot.leases import HeldAlone, SharedLeases
from bot.ownership import Ownership
from bot.rules.leases import LEASE, RENEWED_EVERY, workspace_lease
from bot.store.sqlite import open_store
from tests.clocks import PatientClock, SkewedClock
from tests.harness import lay_out_database
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from bot.leases import Leases
    from bot.store import Store

TEAMS = [f"T{number}" for number in range(1, 7)]


class Bundle:
    """As much of a workspace, and of its schedule, as sharing looks at."""

    def __init__(self, team: str) -> None:
        self.team = team
        self.schedule = self
        self.told: list[str] = []
        self.is_busy = False

    def resume(self) -> None:
        self.told.append("resume")

    async def pause(self, *, after: float = 0.0) -> None:
        self.told.append("wind down" if after else "pause")

    async def stop(self) -> None:
        self.told.append("stop")


class Replica:
    """A process on the database, at the speed of a simulated clock."""

    def __init__(self, name: str, store: Store, clock: PatientClock, teams: list[str], leases: Leases | None) -> None:
        self.clock = clock
        self.workspaces: dict[str, Any] = {team: Bundle(team) for team in teams}
        self.begun: list[Any] = []
        self.shared = SharedLeases(store.leases, name, now=clock.now, seconds=clock.monotonic)
        self.woke_others = 0
        self.ownership = Ownership(
            self.workspaces,
            leases or self.shared,
            store.leases,
            clock,
            begin=self._begin,
            wake=self._wake,
            is_cut_off=self._look_for_slack,
        )
        self.is_cut_off = False

    async def _look_for_slack(self) -> bool:
        return self.is_cut_off

    def _begin(self, schedule: Any) -> None:
        self.begun.append(schedule.team)

    async def _wake(self) -> None:
        self.woke_others += 1

    @property
    def owned(self) -> list[str]:
        owned: list[Any] = [*self.ownership.schedules()]
        return [bundle.team for bundle in owned]

    async def round(self) -> None:
        await self.shared.renew()
        await self.ownership.watch()
        await self.ownership.share()


class Office:
    """Some replicas on one database."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = PatientClock()

    def replica(self, name: str, *, teams: list[str] = TEAMS, leases: Leases | None = None) -> Replica:
        return Replica(name, self.store, self.clock, teams, leases)

    async def rounds(self, *replicas: Replica, number: int = 1) -> None:
        for _ in range(number):
            for replica in replicas:
                await replica.round()
            await self.clock.sleep(RENEWED_EVERY.total_seconds())


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = await open_store(lay_out_database(tmp_path))
    yield Office(store)
    await store.close()


async def test_who_is_alone_on_a_file_owns_all_and_never_asks(office: Office) -> None:
    replica = office.replica("alone", leases=HeldAlone("alone"))
    assert replica.owned == TEAMS
    await replica.ownership.share()
    await replica.ownership.watch()
    assert await office.store.leases.replicas(now=office.clock.now()) == frozenset()
    await replica.ownership.end()
    assert {bundle.team: bundle.told for bundle in replica.workspaces.values()} == {team: ["stop"] for team in TEAMS}


async def test_one_that_comes_is_given_its_share_within_a_minute_and_nobody_works_where_another_does(
    office: Office,
) -> None:
    one, two = office.replica("one"), office.replica("two")
    await office.rounds(one)
    assert one.owned == one.begun == TEAMS
    await office.rounds(two, one, two)
    assert sorted(one.owned + two.owned) == TEAMS
    assert len(one.owned) == len(two.owned) == 3
    assert {team: one.workspaces[team].told for team in TEAMS} == {
        team: ["resume"] if team in one.owned else ["resume", "wind down"] for team in TEAMS
    }
    assert {team: two.workspaces[team].told for team in TEAMS} == {
        team: ["resume"] if team in two.owned else [] for team in TEAMS
    }


async def test_the_workspaces_of_one_that_dies_are_taken_when_its_leases_run_out(office: Office) -> None:
    one, two = office.replica("one"), office.replica("two")
    await office.rounds(one, two, number=2)
    died_at = office.clock.monotonic()
    while len(two.owned) < len(TEAMS):
        await office.rounds(two)
    assert office.clock.monotonic() - died_at <= (LEASE + RENEWED_EVERY).total_seconds()


async def test_the_workspaces_of_one_that_ends_are_free_at_once(office: Office) -> None:
    one, two = office.replica("one"), office.replica("two")
    await office.rounds(one, two, number=2)
    one.workspaces[one.owned[0]].is_busy = True
    await one.ownership.end()
    await two.round()
    assert (one.owned, two.owned) == ([], TEAMS)
    assert one.woke_others == 3, "when it shared, when it ended what was idle, and when it ended the rest"
    await one.ownership.share()
    assert one.owned == [], "it takes nothing on any more"


async def test_one_that_was_stopped_for_long_owns_nothing_when_it_comes_back(office: Office) -> None:
    one, two = office.replica("one"), office.replica("two")
    await office.rounds(one, two, number=2)
    theirs = one.owned
    await office.rounds(two, number=12)  # two minutes
    assert one.owned == [], "it knows without asking anybody"
    await one.ownership.watch()
    assert [one.workspaces[team].told[-1] for team in theirs] == ["pause"] * 3
    await office.rounds(one, two, one, number=2)
    assert len(one.owned) == 3
    assert [one.workspaces[team].told[-1] for team in one.owned] == ["resume"] * 3, "opened anew"


async def test_while_the_database_is_away_every_workspace_is_paused_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = office.replica("one")
    await office.rounds(one)

    async def away(*_args: object, **_named: object) -> None:
        raise StoreUnusable(path="there", reason="it is away")

    with monkeypatch.context() as outage:
        for name in ("renew", "note_alive"):
            outage.setattr(office.store.leases, name, away)
        for _ in range(3):
            await one.ownership.watch()
            with pytest.raises(StoreUnusable):
                await one.ownership.share()
            await office.clock.sleep(RENEWED_EVERY.total_seconds())
        await one.ownership.watch()
    assert [one.workspaces[team].told for team in TEAMS] == [["resume", "pause"]] * len(TEAMS)
    await one.round()
    assert one.owned == TEAMS


async def test_a_workspace_that_comes_later_and_one_that_is_installed_anew_are_taken_and_one_that_goes_is_given_back(
    office: Office,
) -> None:
    one = office.replica("one", teams=TEAMS[:2])
    await office.rounds(one)
    one.workspaces[TEAMS[2]] = Bundle(TEAMS[2])
    one.workspaces[TEAMS[1]] = Bundle(TEAMS[1])
    del one.workspaces[TEAMS[0]]
    await office.rounds(one)
    assert one.owned == [TEAMS[1], TEAMS[2]]
    assert [one.workspaces[team].told for team in one.owned] == [["resume"], ["resume"]]
    leases = await office.store.leases.held_at([workspace_lease(team) for team in TEAMS], now=office.clock.now())
    assert leases.keys() == {workspace_lease(team) for team in TEAMS[1:3]}


@pytest.mark.parametrize("minutes", [5, -5])
async def test_a_machine_whose_date_is_wrong_shares_like_any_other(office: Office, minutes: int) -> None:
    async def ask() -> datetime:
        return office.clock.now()

    wrong = office.replica("wrong")
    machine = SkewedClock(office.clock, timedelta(minutes=minutes))
    clock = CorrectedClock(ask, machine)
    await clock.measure()
    wrong.shared._now = clock.now
    wrong.ownership._clock = clock
    right = office.replica("right")
    for number in range(6):
        machine.wrong = timedelta(minutes=minutes if number % 2 else -minutes)
        await office.rounds(wrong, right)
    assert len(wrong.owned) == len(right.owned) == 3
    assert all(bundle.told in ([], ["resume"], ["resume", "wind down"]) for bundle in wrong.workspaces.values())


async def test_one_that_is_cut_off_from_slack_leaves_its_workspaces_to_the_others_until_it_is_not(
    office: Office,
) -> None:
    one, two = office.replica("one"), office.replica("two")
    await office.rounds(one, two, number=2)
    assert len(one.owned) == len(two.owned) == 3
    one.is_cut_off = True
    await office.rounds(one, two)
    assert (one.owned, two.owned) == ([], TEAMS)
    two.is_cut_off = True
    await office.rounds(two, one, number=2)
    assert (one.owned, two.owned) == ([], TEAMS), "where nobody reaches Slack, everything stays where it is"
    one.is_cut_off = False
    await office.rounds(one, two, one)
    assert (one.owned, two.owned) == (TEAMS, [])
    two.is_cut_off = False
    await office.rounds(two, one, two)
    assert len(one.owned) == len(two.owned) == 3


async def test_a_workspace_whose_giving_back_was_cut_short_is_given_back_by_the_next_round(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = office.replica("one"), office.replica("two")
    await office.rounds(one)

    async def for_ever(**_: object) -> None:
        await asyncio.Event().wait()

    await two.round()
    with monkeypatch.context() as stuck:
        for team in TEAMS:
            stuck.setattr(one.workspaces[team], "pause", for_ever)
        giving_back = asyncio.create_task(one.ownership.share())
        await until(lambda: len(one.owned) == 3)
        giving_back.cancel()
        await asyncio.gather(giving_back, return_exceptions=True)
    await office.rounds(one, two)
    assert sorted(one.owned + two.owned) == TEAMS


@pytest.mark.parametrize("minutes", [10, -10])
async def test_where_a_fail_over_brings_another_clock_no_workspace_is_taken_from_who_holds_it(
    office: Office, minutes: int
) -> None:
    server, machine = SkewedClock(office.clock), SkewedClock(office.clock)
    replicas = [office.replica("one"), office.replica("two")]
    for replica in replicas:
        clock = CorrectedClock(server.ask_shown, machine)
        await clock.measure()
        replica.shared._now = clock.now
        replica.ownership._clock = clock
    await office.rounds(*replicas, number=3)
    held = [replica.owned for replica in replicas]
    for replica in replicas:
        replica.begun.clear()
    server.wrong = timedelta(minutes=minutes)
    for order in (replicas, replicas[::-1]) * 3:
        for replica in order:
            await replica.ownership.share()
        assert [replica.owned for replica in replicas] == held
        for replica in replicas:
            await replica.shared.renew()
        await office.clock.sleep(RENEWED_EVERY.total_seconds())
    assert [replica.begun for replica in replicas] == [[], []], "none of them began anew"
