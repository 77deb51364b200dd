"""Three replicas of `paperboy run` with one database while machines die: every message once, in its order.

The clocks of two of them are wrong by five minutes.

The long runs are those of `make fleet`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.fleet.database import open_server
from tests.fleet.morning import (
    connections_cut,
    database_restarted,
    killed,
    open_fleet,
    serve,
    stopped_after_claim,
    warnings_in,
)
from tests.fleet.slack import Terms
from tests.postgres import SERVER, installations

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(SERVER not in os.environ, reason="make test-postgres runs it"),
]
IMPATIENT = ("-m", "tests.fleet.impatient")


async def test_each_message_comes_once_and_in_order_whatever_happens_to_replicas_and_their_database(
    tmp_path: Path,
) -> None:
    faults = [connections_cut(0.1), killed(0.2, again_after=2), stopped_after_claim(0.3, seconds=12),
              database_restarted(0.5), connections_cut(0.7)]  # fmt: skip
    with open_server(installations()[-1]) as server:
        async with open_fleet(
            tmp_path, Terms(4, 3), server=server, cards=5, program=IMPATIENT, clocks_off=(0, 300, -300)
        ) as fleet:
            morning = await serve(fleet, faults, within=90, late_seconds=3)
            assert morning.verdict.is_exact, f"{morning}\n{warnings_in(fleet)}"
            assert morning.is_settled, f"{morning}\n{warnings_in(fleet)}"
