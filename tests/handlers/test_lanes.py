"""Requests of a channel are done one after the other, and none keeps those behind it waiting for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from bot.named_tasks import WorkspaceTasks
from bot.open_requests import OpenRequests
from bot.rules.requests import LEASE, Request, RequestKind
from bot.store.sqlite import open_store
from handlers.answers import AnswerPath
from handlers.asker import Asker
from handlers.requests import carry_out
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from pathlib import Path

    from handlers.deps import HandlerDeps

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)


async def test_one_whose_failure_cannot_be_told_keeps_none_behind_it_waiting(tmp_path: Path) -> None:
    store, clock = await open_store(tmp_path / "paperboy.db"), PatientClock(NOON)
    held = OpenRequests(store.requests, clock, owner="ours")
    requests = [Request("T1", "C1", "U1", RequestKind.SAVE, str(number), str(number), NOON) for number in range(3)]
    for request in requests:
        assert await held.keep(request)
    background = WorkspaceTasks(at_once=10)
    worked_on = []

    async def language(*_: object) -> str:
        return "en"

    async def fails(*_: object, **__: object) -> Any:
        raise RuntimeError("nobody thought of this")

    async def work(_: HandlerDeps, __: Asker, ___: AnswerPath, request: Request) -> None:
        worked_on.append(request)
        if request is not requests[2]:
            raise RuntimeError("it cannot be done")

    deps = SimpleNamespace(
        background=background,
        requests=held,
        clock=clock,
        workspaces={"T1": SimpleNamespace(profiles=SimpleNamespace(language=language))},
        direct_answers=lambda _: SimpleNamespace(send=fails),
    )
    path = AnswerPath(fails, cast("Any", None), "U1", None)
    await carry_out(cast("Any", deps), Asker("T1", "U1", "C1", "en"), path, requests, work)
    await background.drain(5)
    assert worked_on == requests
    await clock.sleep(LEASE.total_seconds())
    assert await held.take_over("T1") == requests[:2]
    await store.close()
