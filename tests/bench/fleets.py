"""Channels of many workspaces served by replicas on PostgreSQL, one of which is killed, and by one process alone."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fleet.__main__ import HALF_WAY, SOON, TEN_THOUSAND, THOUSAND
from tests.fleet.database import open_server
from tests.fleet.morning import open_fleet, serve
from tests.postgres import installations

if TYPE_CHECKING:
    from tests.fleet.morning import Morning
    from tests.fleet.slack import Terms

# What Slack is assumed to take of a workspace in a minute.
_POSTS_A_MINUTE = 300


@dataclass(frozen=True)
class Fleets:
    """The same channels served by three replicas, one of which is killed half-way, and by one process on SQLite."""

    replicas: Morning
    alone: Morning


async def measure() -> Fleets | None:
    """A thousand channels with a header and ten cards each; None where there is no server."""
    if not installations():
        return None
    with tempfile.TemporaryDirectory() as folder:
        async with open_fleet(Path(folder), THOUSAND, server=None, due_in=SOON) as fleet:
            alone = await serve(fleet)
    with tempfile.TemporaryDirectory() as folder, open_server(installations()[-1]) as server:
        async with open_fleet(Path(folder), THOUSAND, server=server, due_in=SOON) as fleet:
            return Fleets(await serve(fleet, HALF_WAY), alone)


async def measure_single_messages() -> Morning | None:
    """Ten thousand channels with one message each, served by three replicas; None where there is no server."""
    if not installations():
        return None
    with tempfile.TemporaryDirectory() as folder, open_server(installations()[-1]) as server:
        async with open_fleet(Path(folder), TEN_THOUSAND, server=server, cards=0, due_in=SOON) as fleet:
            return await serve(fleet)


def limit(terms: Terms) -> float:
    """The seconds in which a workspace takes a message in each of its channels, evenly."""
    return 60 * terms.channels / _POSTS_A_MINUTE
