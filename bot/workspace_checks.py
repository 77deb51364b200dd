"""Checks of the workspaces: what each needs now and then is looked for in all of them at once, and done one by one.

Whatever the number of workspaces, a check that finds nothing to do costs a few statements. A workspace is seen to by
the one process that holds it, and by that process anew whenever it comes to hold it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.errors import PaperboyError, SlackUnreachable, StoreError
from bot.named_tasks import NamedTasks
from bot.slack.web_api import call_with_retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
    from typing import Any

    from bot.clock import Clock
    from bot.rules.outages import Outage
    from bot.store import Memberships, Outages, Requests
    from bot.workspace import Workspace

log = structlog.get_logger(__name__)

# So much goes on at a time in all workspaces together: people's answers, and what is sent, have the rest.
_AT_ONCE = 20
_WAITING = 100_000
# One workspace that Slack does not answer keeps no other waiting for longer.
_TRIED_FOR_SECONDS = 60.0


class WorkspaceChecks:
    """Sees to those of the `workspaces` that this process holds: `is_held` says which, given a team.

    `finish_left_over` does what was asked, there, of a process that is gone.
    """

    def __init__(
        self,
        workspaces: Mapping[str, Workspace],
        outages: Outages,
        memberships: Memberships,
        requests: Requests,
        clock: Clock,
        *,
        finish_left_over: Callable[[Workspace], Awaitable[None]],
        is_held: Callable[[str], bool],
    ) -> None:
        self._workspaces = workspaces
        self._pending_outages = outages.pending
        self._invited_teams = memberships.invited_teams
        self._requests = requests
        self._clock = clock
        self._finish_left_over = finish_left_over
        self._is_held = is_held
        self._attended: dict[str, Workspace] = {}
        self._outages: dict[str, Outage] = {}
        self._tasks: NamedTasks[None] = NamedTasks(at_once=_AT_ONCE, waiting=_WAITING, on_failure=self._note_failure)

    async def run(self, *, as_first: bool = False) -> None:
        """See to the workspaces held here; `as_first`, as if each had just come to be.

        What fails in one is logged, and keeps no other waiting.
        """
        held = {team: workspace for team, workspace in self._workspaces.items() if self._is_held(team)}
        await self._leave_alone([] if as_first else held)
        if not held:
            return
        self._outages = await self._read(self._pending_outages, self._outages)
        invited = await self._read(self._invited_teams, frozenset())
        left_over = await self._read(self._teams_with_left_over_requests, frozenset())
        for team, workspace in held.items():
            try:
                self._begin(workspace, is_invited=team in invited)
                if outage := self._outages.get(team):
                    await workspace.reconciliation.go_on(outage)
                if team in left_over:
                    await self._finish_left_over(workspace)
            except StoreError as error:
                log.warning("workspace check failed, trying again at the next one", team=team, error=str(error))
            except Exception:
                log.exception("workspace check failed, trying again at the next one", team=team)

    async def drain(self, seconds: float) -> None:
        """Wait until nothing is under way but what reads missed reactions, `seconds` at most."""
        await self._tasks.drain(seconds)

    async def stop(self) -> None:
        """Leave all workspaces alone. What was left undone is done by whoever sees to them next."""
        await self._tasks.cancel()
        await self._leave_alone([])

    async def _leave_alone(self, all_but: Collection[str]) -> None:
        """Do nothing more in workspaces that others hold now, or that are open no more."""
        for team, workspace in [*self._attended.items()]:
            if team not in all_but or self._workspaces.get(team) is not workspace:
                del self._attended[team]
                await workspace.reconciliation.stop()

    def _begin(self, workspace: Workspace, *, is_invited: bool) -> None:
        team, memberships, scope_check = workspace.team, workspace.memberships, workspace.scope_check
        outage, is_new = self._outages.get(team), team not in self._attended
        self._attended[team] = workspace
        if is_new or (outage and memberships.is_news(outage)):
            memberships.schedule_comparison(outage)
            self._compare(workspace, partial(memberships.compare, notifies=False))
        elif memberships.is_due_again:
            self._compare(workspace, memberships.compare)
        if is_new or scope_check.is_due_again:
            self._start((team, "scopes"), scope_check.report(again=not is_new))
        if is_invited:
            self._start((team, "invitations"), workspace.invitations.answer_left_over())
        if is_new:
            self._start((team, "welcomes"), workspace.invitations.update_welcomes())

    def _compare(self, workspace: Workspace, compare: Callable[[], Awaitable[None]]) -> None:
        async def work() -> None:
            try:
                await call_with_retry(compare, self._clock, give_up_after=_TRIED_FOR_SECONDS)
            except (SlackUnreachable, StoreError):
                self._attended.pop(workspace.team, None)  # in its turn again, after the others
                raise

        self._start((workspace.team, "memberships"), work())

    def _start(self, name: tuple[str, str], work: Coroutine[Any, Any, None]) -> None:
        if name in self._tasks or not self._tasks.has_room:
            work.close()
            return
        self._tasks.start(work, name=name)

    async def _read(self, read: Callable[[], Awaitable[Any]], otherwise: Any) -> Any:
        """Read something of all workspaces; where the database fails, the next check reads it."""
        try:
            return await read()
        except StoreError as error:
            log.warning("couldn't read what waits in workspaces", error=str(error))
            return otherwise

    async def _teams_with_left_over_requests(self) -> frozenset[str]:
        return await self._requests.teams_with_due(self._clock.now())

    def _note_failure(self, name: tuple[str, str], error: BaseException) -> None:
        team, what = name
        if isinstance(error, PaperboyError):
            log.warning("couldn't check a workspace", team=team, check=what, error=str(error))
        else:
            log.error("couldn't check a workspace", team=team, check=what, exc_info=error)
