"""News of Home tabs among processes: which of them published somebody's last, and that something in it changed since.

Only that process knows at which page and filter the tab is. Where news does not arrive, a tab shows what is so when it
is opened or clicked in again.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.named_tasks import NamedTasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_NEWS_OF_THREE_NAMES = 4
_PUBLISHED, _CHANGED = "home", "changed"


class HomeNews:
    """Tells other processes of Home tabs, and hears from them; `wake` tells all who listen, this process among them.

    `published` is called with the workspace and the person whose tab another process has published, and `changed` with
    those whose tab is to be brought up to date by whoever published it.
    """

    def __init__(
        self,
        wake: Callable[[str], Awaitable[None]],
        *,
        published: Callable[[str, str], object],
        changed: Callable[[str, str], object],
    ) -> None:
        self._wake = wake
        self._heard = {_PUBLISHED: published, _CHANGED: changed}
        self._sender = secrets.token_hex(4)
        self._telling: NamedTasks[None] = NamedTasks()

    def tell_published(self, team: str, user: str) -> None:
        """Tell others that this process has published somebody's tab."""
        self._tell(_PUBLISHED, team, user)

    def tell_changed(self, team: str, user: str) -> None:
        """Tell whoever published somebody's tab that it shows what is not so any more."""
        self._tell(_CHANGED, team, user)

    def hear(self, payload: str) -> None:
        """Pass on what another process told, if it is about Home tabs."""
        words = payload.split(" ")
        if len(words) == _NEWS_OF_THREE_NAMES and words[0] in self._heard and words[1] != self._sender:
            self._heard[words[0]](words[2], words[3])

    async def idle(self) -> None:
        """Wait until all has been told."""
        await self._telling.idle()

    def _tell(self, kind: str, team: str, user: str) -> None:
        self._telling.start(self._send(f"{kind} {self._sender} {team} {user}"))

    async def _send(self, payload: str) -> None:
        await self._wake(payload)
