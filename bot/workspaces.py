"""The workspaces of a bot while it runs: opened and closed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, ValuesView
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from bot.slack.installation import Installation
    from bot.workspace import Workspace


class Workspaces(Mapping[str, "Workspace"]):
    """The open workspaces, by their team. Whoever goes through them meets those that were open when they began.

    `opened` tells of each workspace that was opened, and `closed` of each that is open no more, once all that belongs
    to it has ended. On leaving the context, all are closed without more ado: whoever runs them ends their work before.
    """

    def __init__(self) -> None:
        self.opened: Subscribers[[Workspace]] = Subscribers()
        self.closed: Subscribers[[Workspace]] = Subscribers()
        # Both are replaced and never changed, so that they can be gone through while others open and close.
        self._open: Mapping[str, Workspace] = {}
        self._installations: Mapping[str, Installation] = {}
        self._endings: dict[str, AsyncExitStack] = {}

    def __getitem__(self, team: str) -> Workspace:
        return self._open[team]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def items(self) -> ItemsView[str, Workspace]:
        """The workspaces that are open now, each with its team."""
        return self._open.items()

    def values(self) -> ValuesView[Workspace]:
        """The workspaces that are open now."""
        return self._open.values()

    @property
    def installations(self) -> Mapping[str, Installation]:
        """The installations in the workspaces that are open now."""
        return self._installations

    async def open(self, opening: AbstractAsyncContextManager[Workspace]) -> Workspace:
        """Open a workspace, in place of one that is open of the same team. Raises what opening it does."""
        async with AsyncExitStack() as stack:
            workspace = await stack.enter_async_context(opening)
            before, ending = self._open.get(workspace.team), self._endings.pop(workspace.team, None)
            self._open = {**self._open, workspace.team: workspace}
            self._installations = {**self._installations, workspace.team: workspace.installation}
            self._endings[workspace.team] = stack.pop_all()
        if before and ending:
            await self._end(before, ending)
        self.opened.notify(workspace)
        return workspace

    def renew(self, installation: Installation, scopes: frozenset[str]) -> None:
        """Have an open workspace speak with the token of this installation, which is of the same bot, and has these
        scopes."""
        workspace = self._open[installation.team]
        workspace.speak_as(installation, scopes)
        self._installations = {**self._installations, installation.team: installation}

    async def close(self, team: str) -> None:
        """End a workspace, where it is open: nothing is begun in it any more, and a message being sent is sent."""
        if (workspace := self._open.get(team)) is None:
            return
        self._open = {each: open_one for each, open_one in self._open.items() if each != team}
        self._installations = {each: known for each, known in self._installations.items() if each != team}
        await self._end(workspace, self._endings.pop(team))

    async def _end(self, workspace: Workspace, ending: AsyncExitStack) -> None:
        async with ending:
            await workspace.schedule.stop()
        self.closed.notify(workspace)

    async def __aenter__(self) -> Workspaces:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open, self._installations = {}, {}
        async with AsyncExitStack() as stack:
            for ending in self._endings.values():
                stack.push_async_exit(ending)
            self._endings = {}
