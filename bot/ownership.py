"""The workspaces in which this process does what nobody asked for: schedules, reconciliation, welcomes, leftovers.

Each workspace is one process's at a time, by a lease, so that its pace and order are kept in one place; what people ask
for is answered by whichever process hears it. Processes share the workspaces fairly: one that comes is given its share
by the others within two rounds, one that ends gives back its own at once, and those of one that dies are taken when its
leases have run out. One that was stopped for long begins nothing where it does not know that the lease is still its.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from bot.clock import CorrectedClock
from bot.errors import StoreError
from bot.named_tasks import repeated
from bot.rules.leases import LEASE, RENEWED_EVERY, share, workspace_lease

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from bot.clock import Clock
    from bot.leases import Leases
    from bot.schedule.schedule import Schedule
    from bot.store import StoredLeases
    from bot.workspace import Workspace

log = structlog.get_logger(__name__)

_WATCHED_EVERY_SECONDS = 1.0
# How long what is under way may go on where a workspace is given back, before it is cut short between two messages.
_ENDS_WITHIN_SECONDS = 5


class Ownership:
    """The workspaces that are this process's now.

    `begin` is called with the schedule of each workspace as it becomes this process's, and `wake` wakes the other
    processes when there is something to take. Where nobody else shares the database, all of them are, from the
    beginning. `replicas` is how many processes share it, as of the latest round. One that `is_cut_off` from Slack
    leaves its workspaces to the others until it is not.
    """

    def __init__(
        self,
        workspaces: Mapping[str, Workspace],
        leases: Leases,
        stored: StoredLeases,
        clock: Clock,
        *,
        begin: Callable[[Schedule], object],
        wake: Callable[[], Awaitable[object]],
        is_cut_off: Callable[[], Awaitable[bool]],
    ) -> None:
        self._workspaces = workspaces
        self._leases = leases
        self._stored = stored
        self._clock = clock
        self._begin = begin
        self._wake = wake
        self._is_cut_off = is_cut_off
        self._was_cut_off = False
        self._working: dict[str, Schedule] = {}
        self._pausing: set[str] = set()
        self._has_ended = False
        self.replicas = 1
        self._in_turn = asyncio.Lock()
        self._wanted = asyncio.Event()

    @property
    def is_shared(self) -> bool:
        """Whether other processes may own workspaces of the same database."""
        return self._leases.are_shared

    def owns(self, team: str) -> bool:
        """Whether a workspace is this process's now, and not about to be given back."""
        name = workspace_lease(team)
        return self._leases.is_held(name) and (not self.is_shared or name in self._working)

    def schedules(self) -> list[Schedule]:
        """The schedules of the workspaces that are this process's now."""
        return [workspace.schedule for team, workspace in self._workspaces.items() if self.owns(team)]

    async def wait_for_round(self, wait: Callable[[float], Awaitable[object]]) -> None:
        """Wait until the next round is due or wanted; `wait` lets seconds pass."""
        waiting = [asyncio.ensure_future(wait(RENEWED_EVERY.total_seconds())), asyncio.create_task(self._wanted.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def share_soon(self) -> None:
        """Let the next round come at once: there may be something to take, or somebody to share with."""
        self._wanted.set()

    async def watch(self) -> None:
        """Pause at once what was lost."""
        lost = {name: schedule for name, schedule in self._working.items() if not self._leases.is_held(name)}
        if not lost:
            return
        for name in lost:
            del self._working[name]
        log.warning("lost workspaces, which others may have taken", workspaces=len(lost))
        self._pausing |= lost.keys()
        try:
            await asyncio.gather(*(schedule.pause() for schedule in lost.values()))
        finally:
            self._pausing -= lost.keys()

    async def share(self) -> None:
        """Give back what is over the fair share, and take what is free up to it. Raises `StoreError`."""
        if not self.is_shared:
            return
        async with self._in_turn:
            if self._has_ended:
                return
            self._wanted.clear()
            await self.watch()
            is_settled = await self._read_clock()
            is_cut_off = await self._look_for_slack()
            teams = {workspace_lease(team): team for team in self._workspaces}
            now, owner = self._clock.now(), self._leases.owner
            if is_cut_off:
                await self._stored.note_gone(owner)
            else:
                await self._stored.note_alive(owner, until=now + LEASE)
            replicas = await self._stored.replicas(now=now)
            self.replicas = len(replicas)
            known = await self._stored.held_at(teams, now=now)
            changes = share(teams, self._working, known, owner, replicas, is_cut_off=is_cut_off)
            # What was not given back to its end, as that took too long: nobody else could ever have it.
            ours = {name for name, lease in known.items() if lease.owner == owner}
            left = ours - self._working.keys() - changes.take - self._pausing
            await self._give_back(changes.give_back | left)
            if changes.give_back:
                await self._wake()
            taken = await self._leases.hold(changes.take - self._pausing if is_settled else frozenset())
            for name, team in teams.items():
                workspace = self._workspaces.get(team)
                is_ours = name in taken or name in self._working
                if workspace and is_ours and self._working.get(name) is not workspace.schedule:
                    self._working[name] = workspace.schedule
                    workspace.schedule.resume()
                    self._begin(workspace.schedule)
            if taken or changes.give_back:
                log.info("workspaces shared", owned=len(self._working), taken=len(taken), replicas=len(replicas))

    async def end(self) -> None:
        """End the work in every workspace, each of which others may take from then on: first those without any."""
        self._has_ended = True
        workspaces = list(self._workspaces.values())
        await self._end([workspace for workspace in workspaces if not workspace.schedule.is_busy])
        await asyncio.gather(*(self._end([workspace]) for workspace in workspaces if workspace.schedule.is_busy))
        if self.is_shared:
            try:
                await self._stored.note_gone(self._leases.owner)
            except StoreError as error:
                log.warning("couldn't say goodbye to other replicas", error=str(error))

    async def _read_clock(self) -> bool:
        """Go by what the database's clock says now. Whether leases may be taken by it.

        Where it has jumped, as at a fail-over, leases of others look as if they had run out until those who hold them
        know of it, too.
        """
        if not isinstance(self._clock, CorrectedClock):
            return True
        await self._clock.measure()
        return self._clock.seconds_since_jump >= LEASE.total_seconds()

    async def _look_for_slack(self) -> bool:
        is_cut_off = await self._is_cut_off()
        if is_cut_off and not self._was_cut_off:
            log.warning("Slack can't be reached from here, leaving workspaces to other processes")
        elif self._was_cut_off and not is_cut_off:
            log.info("Slack can be reached again")
        self._was_cut_off = is_cut_off
        return is_cut_off

    async def _end(self, workspaces: Sequence[Workspace]) -> None:
        await asyncio.gather(*(workspace.schedule.stop() for workspace in workspaces))
        names = [workspace_lease(workspace.team) for workspace in workspaces]
        ours = [name for name in names if self._working.pop(name, None)]
        if ours:
            await self._release(ours)
            await self._wake()

    async def _give_back(self, names: Iterable[str]) -> None:
        schedules = {workspace_lease(team): workspace.schedule for team, workspace in self._workspaces.items()}

        async def give_back(name: str) -> None:
            schedule = self._working.pop(name, None) or schedules.get(name)
            if schedule:
                await schedule.pause(after=_ENDS_WITHIN_SECONDS)
            await self._release([name])

        await asyncio.gather(*map(give_back, names))

    async def _release(self, names: list[str]) -> None:
        try:
            await self._leases.release(names)
        except StoreError as error:
            log.warning("couldn't give back a lease, which runs out", error=str(error))


@asynccontextmanager
async def sharing(ownership: Ownership, wait: Callable[[float], Awaitable[object]]) -> AsyncIterator[None]:
    """Workspaces shared while this lasts, the first time before it begins; `wait` lets seconds of the network pass."""
    if not ownership.is_shared:
        yield
        return
    try:
        await ownership.share()
    except StoreError as error:
        log.warning("couldn't share workspaces, trying again", error=str(error))
    seconds = LEASE.total_seconds()
    async with (
        repeated(ownership.watch, every=_WATCHED_EVERY_SECONDS, wait=wait, within=seconds),
        repeated(ownership.share, every=seconds, wait=lambda _: ownership.wait_for_round(wait)),
    ):
        yield
