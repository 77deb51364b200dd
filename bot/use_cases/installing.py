"""Paperboy installed in a workspace by whoever opens its installation page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackRefused, SlackUnreachable
from bot.rules.install_outcomes import Begun, Installed, InstallProblem, NotInstalled
from bot.slack.installations import is_same, key_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.rules.install_outcomes import Outcome
    from bot.slack.installations import SealedStates, StoredInstallations
    from bot.slack.oauth import SlackOAuth

log = structlog.get_logger(__name__)

# States are a hundred characters long, codes some more; nobody needs to send us more.
_LONGEST = 1000
# docs.slack.dev, installing with OAuth; methods/oauth.v2.access
_CANCELLED = "access_denied"
_CODE_ERRORS = frozenset({"invalid_code", "code_already_used"})


@dataclass(frozen=True, slots=True)
class OAuthFlow:
    """Installations begun and completed. `on_installed` is called with the workspace of one that is stored."""

    oauth: SlackOAuth
    installations: StoredInstallations
    states: SealedStates
    on_installed: Callable[[str], Awaitable[None]]

    async def begin(self) -> Begun:
        """Begin an installation: nothing is kept of it here."""
        state = await self.states.async_issue()
        return Begun(self.oauth.authorize_url(state), state)

    async def complete(
        self, *, code: str | None, state: str | None, cookie_state: str | None, error: str | None = None
    ) -> Outcome:
        """Complete an installation as the browser comes back from Slack, with what stands in the address and the state
        that the browser remembers.

        Raises `StoreError`; whoever installs begins again then.
        """
        if not state or not cookie_state or len(state) > _LONGEST or not is_same(state, cookie_state):
            return NotInstalled(InstallProblem.STATE)
        if not await self.states.async_consume(state):
            return NotInstalled(InstallProblem.STATE)
        if error == _CANCELLED:
            return NotInstalled(InstallProblem.CANCELLED)
        if error:
            return NotInstalled(InstallProblem.REFUSED, error[:100])
        if not code or len(code) > _LONGEST:
            return NotInstalled(InstallProblem.CODE)
        try:
            installation = await self.oauth.install(code)
        except SlackRefused as refused:
            reason = str(refused.values["error"])
            return NotInstalled(InstallProblem.CODE if reason in _CODE_ERRORS else InstallProblem.REFUSED, reason)
        except SlackUnreachable as unreachable:
            log.warning("couldn't complete an installation", error=str(unreachable))
            return NotInstalled(InstallProblem.UNREACHABLE)
        await self.installations.async_save(installation)
        team = key_of(installation)
        log.info("installed", team=team)
        await self.on_installed(team)
        name = installation.enterprise_name if installation.is_enterprise_install else installation.team_name
        return Installed(team, name or team, installation.is_enterprise_install, installation.app_id)
