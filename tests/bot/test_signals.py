"""Being asked to end, on loops that take handlers of signals and on those that do not."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from bot import shutdown as ending
from bot.shutdown import force_exit_after_signals
from bot.signals import on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def like_windows() -> asyncio.AbstractEventLoop:
    """A loop that refuses what the loops of Windows refuse."""

    def refuse(*_: object) -> None:
        raise NotImplementedError

    loop = asyncio.SelectorEventLoop()
    setattr(loop, "add_signal_handler", refuse)  # noqa: B010 - Windows's own loops are not here
    return loop


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


async def ended_by(each: signal.Signals, *, watched: bool) -> None:
    ended = asyncio.Event()
    on_signals(ended.set)
    if watched:
        force_exit_after_signals(signal.SIGINT, signal.SIGTERM)
    os.kill(os.getpid(), each)
    await ended.wait()


@pytest.mark.parametrize("each", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("loop", [asyncio.SelectorEventLoop, like_windows])
@pytest.mark.parametrize("watched", [False, True])
def test_a_signal_ends_it(
    loop: Callable[[], asyncio.AbstractEventLoop],
    each: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    *,
    watched: bool,
) -> None:
    monkeypatch.setattr(ending, "force_exit_after", lambda: None)
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(ended_by(each, watched=watched))
