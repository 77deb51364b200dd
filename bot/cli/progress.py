"""Progress of long work: a bar on terminals, a line a step elsewhere."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar


class Progress:
    """Work of `total` steps that is going on. What it says of itself goes to stdout, what went wrong to stderr."""

    def __init__(self, bar: Bar | None, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=total) if bar else None

    def print_line(self, line: str) -> None:
        """Print what was done just now; on a terminal it stands beside the bar until the next."""
        if self._bar is None or self._task is None:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        else:
            self._bar.update(self._task, description=line)

    def print_error(self, line: str) -> None:
        """Print what went wrong, to stay."""
        if self._bar is None:
            sys.stderr.write(f"{line}\n")
        else:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def reach(self, done: int, total: int, what: str) -> None:
        """`done` of `total` steps are done, and now `what` goes on; without a terminal nobody is told."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, description=what)

    def step(self) -> None:
        """Note that one step is done."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)


@contextmanager
def show_progress(total: int = 0) -> Iterator[Progress]:
    """Show work of `total` steps, if that is known yet, while the block runs: as a bar when stderr is a terminal."""
    from rich.console import Console  # a bot shows no bars
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Progress(None, total)
        return
    bar = Bar(
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
    )
    with bar, _logs_above():
        yield Progress(bar, total)


@contextmanager
def _logs_above() -> Iterator[None]:
    """Let log lines go the way of everything else on stderr, above the bar instead of into it."""
    moved = [
        (handler, before)
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and (before := handler.setStream(sys.stderr)) is not None
    ]
    try:
        yield
    finally:
        for handler, before in moved:
            handler.setStream(before)
