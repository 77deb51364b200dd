"""The scope check: what is closed because a workspace did not grant a scope, told to the operator once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from bot.editions.notices import Notices
    from bot.rules.entry_points import ClosedEntryPoint
    from bot.slack.granted_scopes import GrantedScopes

log = structlog.get_logger(__name__)


class ScopeCheck:
    """Tells of closed entry points, in the log once while the process runs and in Slack once for each set of them."""

    def __init__(self, scopes: GrantedScopes, notices: Notices) -> None:
        self._scopes = scopes
        self._notices = notices
        self._logged: tuple[ClosedEntryPoint, ...] = ()

    @property
    def is_due_again(self) -> bool:
        """Whether it is time to ask Slack once more."""
        return self._scopes.is_due_again

    async def report(self, *, again: bool = False) -> None:
        """Report what is closed as was last known, or `again` as Slack says now.

        Raises `SlackRefused`, `SlackUnreachable` or `StoreError`, and may be done again.
        """
        if again:
            await self._scopes.refresh()
        closed = self._scopes.closed
        if closed != self._logged:
            missing = sorted({scope for each in closed for scope in each.missing})
            log.info("entry points closed for want of scopes", closed=[*map(_name, closed)], missing=missing)
            self._logged = closed
        await self._notices.notify_closed(closed)


def _name(closed: ClosedEntryPoint) -> str:
    return closed.entry_point.value
