"""`make fleet`: replicas at work while machines die, stand still, and lose their database; minutes to an hour.

Each run prints what the judge counted, and the whole of it goes to a folder: `python -m tests.fleet [FOLDER] [RUN…]`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fleet.database import open_server
from tests.fleet.morning import (
    connections_cut,
    database_restarted,
    killed,
    open_fleet,
    serve,
    stopped_after_claim,
    stopped_in_request,
    warnings_in,
)
from tests.fleet.reactions import react
from tests.fleet.slack import Terms
from tests.postgres import installations

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from tests.fleet.morning import Fault

EVERYTHING = (
    connections_cut(0.15),
    killed(0.3),
    stopped_after_claim(0.4),
    database_restarted(0.6),
    connections_cut(0.75),
)
LATE = (connections_cut(0.15), killed(0.3), stopped_in_request(0.4), database_restarted(0.6), connections_cut(0.75))
HALF_WAY = (killed(0.5, again_after=None),)
THOUSAND = Terms(workspaces=50, channels=20)
# Long enough for replicas to have started, and to have shared the workspaces.
SOON = timedelta(seconds=120)
TEN_THOUSAND = Terms(workspaces=200, channels=50)


async def a_morning(
    folder: Path,
    terms: Terms,
    faults: Sequence[Fault] = (),
    *,
    cards: int = 10,
    replicas: int = 3,
    on_server: bool = True,
    over_http: bool = True,
    due_in: timedelta = timedelta(seconds=-60),
) -> str:
    """Serve every channel while these faults happen; what came of it."""
    with open_server(installations()[-1]) if on_server else nullcontext() as server:
        async with open_fleet(
            folder, terms, server=server, replicas=replicas, cards=cards, over_http=over_http, due_in=due_in
        ) as fleet:
            morning = await serve(fleet, faults)
            logged = "\n".join(f"{number:6} × {what}" for what, number in warnings_in(fleet).most_common(30))
            return f"{morning}\nlogged:\n{logged}"


async def reactions(folder: Path, *, replicas: int = 2, over_http: bool = True) -> str:
    """10,000 reactions, a tenth of them twice, heard by two replicas."""
    with open_server(installations()[-1]) as server:
        async with open_fleet(
            folder, Terms(workspaces=2, channels=3), server=server, replicas=replicas, over_http=over_http
        ) as fleet:
            heard = await react(fleet)
            logged = "\n".join(f"{number:6} × {what}" for what, number in warnings_in(fleet).most_common(30))
            return f"{heard}\nlogged:\n{logged}"


RUNS: dict[str, Callable[[Path], Coroutine[Any, Any, str]]] = {
    "few": lambda folder: a_morning(folder, Terms(5, 4), EVERYTHING, cards=10),
    "few-late": lambda folder: a_morning(folder, Terms(5, 4), LATE, cards=10),
    "few-without-history": lambda folder: a_morning(folder, Terms(5, 4, has_history=False), EVERYTHING, cards=10),
    "few-late-without-history": lambda folder: a_morning(folder, Terms(5, 4, has_history=False), LATE, cards=10),
    "few-slow-history": lambda folder: a_morning(folder, Terms(5, 4, history_a_minute=1), EVERYTHING, cards=10),
    "few-over-sockets": lambda folder: a_morning(folder, Terms(5, 4), EVERYTHING, cards=10, over_http=False),
    "thousand-sqlite": lambda folder: a_morning(folder, THOUSAND, on_server=False, due_in=SOON),
    "thousand-one": lambda folder: a_morning(folder, THOUSAND, replicas=1, due_in=SOON),
    "thousand-quiet": lambda folder: a_morning(folder, THOUSAND, due_in=SOON),
    "thousand-killed": lambda folder: a_morning(folder, THOUSAND, HALF_WAY, due_in=SOON),
    "thousand": lambda folder: a_morning(folder, THOUSAND, EVERYTHING, due_in=SOON),
    "thousand-late": lambda folder: a_morning(folder, THOUSAND, LATE, due_in=SOON),
    "thousand-without-history": lambda folder: a_morning(
        folder, Terms(50, 20, has_history=False), EVERYTHING, due_in=SOON
    ),
    "thousand-slow-history": lambda folder: a_morning(
        folder, Terms(50, 20, history_a_minute=1), EVERYTHING, due_in=SOON
    ),
    "ten-thousand-sqlite": lambda folder: a_morning(folder, TEN_THOUSAND, cards=0, on_server=False, due_in=SOON),
    "ten-thousand-quiet": lambda folder: a_morning(folder, TEN_THOUSAND, cards=0, due_in=SOON),
    "ten-thousand": lambda folder: a_morning(folder, TEN_THOUSAND, EVERYTHING, cards=0, due_in=SOON),
    "ten-thousand-without-history": lambda folder: a_morning(
        folder, Terms(200, 50, has_history=False), EVERYTHING, cards=0, due_in=SOON
    ),
    "reactions": reactions,
    "reactions-over-sockets": lambda folder: reactions(folder, over_http=False),
}  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Make the runs named, or all."""
    kept = Path(arguments[0] if arguments else tempfile.mkdtemp(prefix="paperboy-fleet-"))
    for name in arguments[1:] or RUNS:
        folder = kept / name
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        print(f"\n== {name}", flush=True)
        told = asyncio.run(RUNS[name](folder))
        (folder / "verdict.txt").write_text(told)
        print(told, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
