"""Home tabs brought up to date after changes made elsewhere, at a pace that leaves openings their calls."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

import structlog

from bot.named_tasks import NamedTasks

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.slack.home_tabs import Compose, HomeTabs

log = structlog.get_logger(__name__)

# views.publish takes a hundred calls a minute of a workspace (docs.slack.dev, rate-limits, tier 4), for openings too.
A_MINUTE = 30
_MINUTE_SECONDS = 60.0
_MOST_WAITING = 500
_ONE_AFTER_ANOTHER = "Home tabs brought up to date"


class HomeRefreshes:
    """The Home tabs of a workspace that are to show a change made elsewhere, such as a reaction.

    One is published after another, each person's once for all changes until then, and `a_minute` of them at most. Slack
    busy, none is for a minute. Where more people wait than that, the first ones are forgotten, and are shown
    what is so when they open their tab. So is who has not looked at it for long.
    """

    def __init__(self, home_tabs: HomeTabs, clock: Clock, *, a_minute: int = A_MINUTE) -> None:
        self._home_tabs = home_tabs
        self._clock = clock
        self._a_minute = a_minute
        self._waiting: OrderedDict[str, Compose] = OrderedDict()
        self._begun_at: deque[float] = deque(maxlen=a_minute)
        self._is_resting = False
        self._is_ending = False
        self._tasks: NamedTasks[None] = NamedTasks()

    def begin(self, user: str, compose: Compose) -> None:
        """Bring somebody's Home tab up to date soon, if they may be looking at it, with what `compose` gives then."""
        if not self._home_tabs.may_be_looked_at(user):
            return
        self._waiting[user] = compose
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        self._tasks.join(_ONE_AFTER_ANOTHER, self._refresh_all)

    async def drain(self, seconds: float) -> None:
        """Wait until none is under way, `seconds` at most; whoever would have to wait is left for the next opening."""
        self._is_ending = True
        try:
            if self._is_resting:
                self._waiting.clear()
                await self._tasks.cancel()
            await self._tasks.drain(seconds)
        finally:
            self._is_ending = False

    async def _refresh_all(self) -> None:
        while self._waiting:
            if (seconds := self._seconds_to_rest()) > 0:
                if self._is_ending:
                    self._waiting.clear()
                    return
                await self._rest(seconds)
            user, compose = self._waiting.popitem(last=False)
            self._begun_at.append(self._clock.monotonic())
            try:
                is_taken = await self._home_tabs.refresh(user, compose)
            except Exception:  # somebody's tab that cannot be composed keeps nobody else's waiting
                log.exception("Home tab not brought up to date", user=user)
                continue
            if not is_taken:
                self._begun_at.extend([self._clock.monotonic()] * self._a_minute)

    def _seconds_to_rest(self) -> float:
        """The seconds until another may be published."""
        if len(self._begun_at) < self._a_minute:
            return 0.0
        return self._begun_at[0] + _MINUTE_SECONDS - self._clock.monotonic()

    async def _rest(self, seconds: float) -> None:
        self._is_resting = True
        try:
            await self._clock.sleep(seconds)
        finally:
            self._is_resting = False
