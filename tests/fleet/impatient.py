"""`paperboy run`, whose leases run out within seconds and which looks for what is due every five seconds.

So what takes minutes after a machine has died can be seen to the end in a test. `FLEET_CLOCK_IS_OFF` is by how many
seconds its machine's clock is wrong.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import bot.clock
import bot.rules.leases
import bot.slack.sender

if TYPE_CHECKING:
    from types import ModuleType

_TIMES_FASTER = 6
_TICKS_EVERY_SECONDS = 5


def _shorten(module: ModuleType, *names: str) -> None:
    for name in names:
        value: Any = getattr(module, name)
        setattr(module, name, value / _TIMES_FASTER)


def _hurry() -> None:
    """Before other modules take these over."""
    _shorten(bot.rules.leases, "LEASE", "RENEWED_EVERY", "CLOCKS_APART", "RELIED_ON")
    _shorten(bot.slack.sender, "SENDS_WITHIN", "ARRIVES_WITHIN", "LEASE", "REQUEST_SECONDS")

    def next_tick(now: datetime) -> datetime:
        whole = now.replace(second=now.second - now.second % _TICKS_EVERY_SECONDS, microsecond=0)
        return whole + timedelta(seconds=_TICKS_EVERY_SECONDS)

    assert hasattr(bot.clock, "next_minute")
    bot.clock.next_minute = next_tick


def _be_wrong_about_the_time(seconds: float) -> None:
    class WrongClock(bot.clock.SystemClock):
        def now(self) -> datetime:
            return datetime.now(UTC) + timedelta(seconds=seconds)

    bot.clock.SystemClock = WrongClock  # type: ignore[misc]


def main() -> None:
    """Run until a signal ends it."""
    _hurry()
    _be_wrong_about_the_time(float(os.environ.pop("FLEET_CLOCK_IS_OFF", "0")))
    from bot.cli.arguments import start
    from bot.process import run_until_signal

    asyncio.run(run_until_signal(start(to_run=True)))


if __name__ == "__main__":
    main()
