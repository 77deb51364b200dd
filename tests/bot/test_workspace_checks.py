"""What every workspace needs now and then: found in a few statements however many there are, done where it is held."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.errors import SlackUnreachable, StoreError
from bot.rules.channels import Invitation
from bot.rules.outages import Outage, Sighting
from bot.rules.requests import Request, RequestKind
from bot.slack.contact import ContactNotes
from bot.store.sqlite import open_store
from bot.workspace_checks import WorkspaceChecks
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store
    from bot.store.connection import Work
    from bot.workspace import Workspace

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG_AGO = NOON - timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "paperboy.db")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock(NOON)


@dataclass
class Seen:
    """A workspace that tells what is done in it."""

    team: str
    done: list[str] = field(default_factory=list)
    is_away: bool = False

    is_due_again = False

    @property
    def memberships(self) -> Seen:
        return self

    scope_check = invitations = reconciliation = memberships

    def is_news(self, outage: Outage) -> bool:
        return False

    def schedule_comparison(self, _: Outage | None) -> None:
        return

    async def compare(self, *, notifies: bool = True) -> None:
        self.done.append("compared")
        if self.is_away:
            raise SlackUnreachable(method="users.conversations", reason="no answer")

    async def report(self, *, again: bool) -> None:
        self.done.append("scopes")

    async def update_welcomes(self) -> None:
        self.done.append("welcomes")

    async def answer_left_over(self) -> None:
        self.done.append("invitations")

    async def go_on(self, outage: Outage) -> None:
        self.done.append("reactions")

    async def stop(self) -> None:
        self.done.append("left alone")


def checks_of(
    workspaces: dict[str, Any], store: Store, clock: PatientClock, *, held: set[str] | None = None
) -> WorkspaceChecks:
    async def finish(workspace: Workspace) -> None:
        cast("Any", workspace).done.append("requests")

    return WorkspaceChecks(
        workspaces,
        store.outages,
        store.memberships,
        store.requests,
        clock,
        finish_left_over=finish,
        is_held=lambda team: held is None or team in held,
    )


async def test_a_check_of_a_thousand_workspaces_is_a_few_statements(
    store: Store, clock: PatientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspaces = {f"T{number}": Seen(f"T{number}") for number in range(1000)}
    for team in list(workspaces)[:3]:
        await store.memberships.rejoin_team(team, now=LONG_AGO)
    checks, contact = checks_of(workspaces, store, clock), ContactNotes(store.outages, clock, team=None)
    await contact.note(clock.now())
    await checks.run()
    await checks.drain(10)
    counted = 0
    for name in ("read", "write", "read_few"):
        do = getattr(store.database, name)

        async def count(work: Work[Any], do: Any = do, **more: Any) -> Any:
            nonlocal counted
            counted += 1
            return await do(work, **more)

        monkeypatch.setattr(store.database, name, count)
    await clock.sleep(30)
    await contact.note(clock.now())
    await checks.run()
    assert counted == 4
    assert [workspace.done.count("reactions") for workspace in workspaces.values()] == [2, 2, 2] + [0] * 997


async def test_what_waits_is_done_only_where_it_is_held_and_by_whoever_holds_it_next(
    store: Store, clock: PatientClock
) -> None:
    for team in ("T1", "T2"):
        request = Request(team, "C1", "U1", RequestKind.SHARE, "1", "2407.21017", LONG_AGO)
        await store.requests.note(request, owner="gone", until=LONG_AGO)
        await store.memberships.note_invitation(Invitation(team, "C1", "5.1", None, LONG_AGO))
        await store.outages.record_contact(team, Sighting(NOON))
    workspaces, held = {team: Seen(team) for team in ("T1", "T2")}, {"T1"}
    checks = checks_of(workspaces, store, clock, held=held)
    await checks.run()
    await checks.drain(10)
    assert sorted(workspaces["T1"].done) == [
        "compared",
        "invitations",
        "reactions",
        "requests",
        "scopes",
        "welcomes",
    ]
    assert workspaces["T2"].done == []
    held.symmetric_difference_update({"T1", "T2"})
    await checks.run()
    await checks.drain(10)
    assert workspaces["T1"].done[-1] == "left alone"
    assert {"compared", "reactions", "requests"} <= set(workspaces["T2"].done)


async def test_what_is_wrong_with_one_keeps_no_other_from_being_seen_to(store: Store, clock: PatientClock) -> None:
    sound, away = Seen("T3"), Seen("T2", is_away=True)
    checks = checks_of({"T1": object(), "T2": away, "T3": sound}, store, clock)
    await checks.run()
    await checks.drain(10)
    assert "compared" in sound.done
    before = away.done.count("compared")
    await checks.run()
    await checks.drain(10)
    assert away.done.count("compared") > before, "Slack is asked again, in its turn"
    assert sound.done.count("compared") == 1


async def test_requests_that_are_done_are_no_work_and_are_forgotten(store: Store, clock: PatientClock) -> None:
    request = Request("T1", "C1", "U1", RequestKind.SHARE, "1", "2407.21017", LONG_AGO)
    await store.requests.note(request, owner="me", until=LONG_AGO)
    await store.requests.end(request, owner="me", remembered_until=NOON)
    assert await store.requests.teams_with_due(NOON - MINUTE) == frozenset()
    assert not await store.requests.note(request, owner="me", until=NOON)
    assert await store.requests.teams_with_due(NOON) == frozenset()
    assert await store.requests.note(request, owner="me", until=NOON)


@pytest.mark.parametrize(("away", "is_outage"), [(50, False), (90, True)])
async def test_a_database_that_was_away_is_an_outage_although_slack_was_there(
    store: Store, clock: PatientClock, monkeypatch: pytest.MonkeyPatch, away: int, is_outage: bool
) -> None:
    async def fails(work: Work[Any], *, is_one_statement: bool = False) -> Any:
        raise StoreError(reason="disk full")

    ours, theirs = (ContactNotes(store.outages, clock, team="T1") for _ in range(2))
    await ours.note(clock.now())
    await store.outages.end("T1", Outage(None, NOON))
    await clock.sleep(30)
    for _ in range(0, away - 30, 20):
        await theirs.note(clock.now())  # which has the database all the time
        with monkeypatch.context() as broken:
            broken.setattr(store.database, "write", fails)
            await ours.note(clock.now(), delivery_failed=True)
        await clock.sleep(20)
    await theirs.note(clock.now())
    await ours.note(clock.now())
    found = await store.outages.pending()
    assert found == ({"T1": Outage(NOON, clock.now())} if is_outage else {})


@pytest.mark.parametrize("stood_still", [False, True])
async def test_what_one_of_several_missed_is_an_outage_where_it_stood_still_and_none_where_slack_was_away_from_it(
    store: Store, clock: PatientClock, stood_still: bool
) -> None:
    ours, theirs = (ContactNotes(store.outages, clock, team="T1") for _ in range(2))
    seen_at = clock.now()
    await ours.note(seen_at)
    await store.outages.end("T1", Outage(None, NOON))
    for _ in range(30):
        await clock.sleep(20)
        await theirs.note(clock.now())
        if not stood_still:
            await ours.note(seen_at)  # its connection to Slack is lost, and looked after every few seconds
    await ours.note(clock.now())
    assert await store.outages.pending() == ({"T1": Outage(NOON, clock.now())} if stood_still else {})
