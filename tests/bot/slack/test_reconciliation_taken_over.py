"""Missed reactions are read once, by one process after the other, however slowly Slack lets itself be asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest
from slack_sdk.errors import SlackApiError

from bot.rules.outages import Outage, Sighting
from bot.slack.reconciliation import Reconciliation
from bot.store.sqlite import open_store
from tests.bot.store.samples import MELTEMI, SAVING, TEAM, message, paper
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.granted_scopes import GrantedScopes
    from bot.store import Store

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)
STAMPS = [f"{NOON.timestamp() - number:.6f}" for number in range(5)]


class Told:
    """An answer of Slack's: somebody has saved the message's paper."""

    headers: ClassVar = {"Date": "Tue, 18 Aug 2026 12:00:00 GMT"}

    def __init__(self, ts: str) -> None:
        self.data = {
            "ok": True,
            "message": {"ts": ts, "reactions": [{"name": "bookmark", "users": ["U1"], "count": 1}]},
        }

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def get(self, name: str) -> Any:
        return self.data.get(name)


class Later:
    """Slack's word that it takes one call a minute."""

    status_code = 429
    headers: ClassVar = {"Retry-After": "60"}
    data: ClassVar = {"ok": False, "error": "ratelimited"}


class OneCallAMinute:
    """Slack, which is asked about reactions and remembers about which, and by whom; `most` answers are all it gives."""

    def __init__(self, clock: PatientClock, asked: list[str], *, most: int | None = None) -> None:
        self._clock = clock
        self._asked = asked
        self._most = most
        self._last = -60.0
        self.has_stopped = asyncio.Event()

    async def reactions_get(self, *, channel: str, timestamp: str, full: bool) -> Told:
        if self._most is not None and len(self._asked) == self._most:
            self.has_stopped.set()
            await asyncio.Event().wait()
        if self._clock.monotonic() - self._last < 60:
            raise SlackApiError("ratelimited", Later())
        self._last = self._clock.monotonic()
        self._asked.append(timestamp)
        return Told(timestamp)


class AllGranted:
    def is_closed(self, _: object) -> bool:
        return False


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "paperboy.db")
    await opened.papers.remember(paper(MELTEMI), source="hugging_face", now=NOON)
    for ts in STAMPS:
        delivery = message(MELTEMI, edition=f"at {ts}")
        await opened.outbox.plan([delivery], now=NOON)
        await opened.outbox.mark_sent(delivery.key, ts, now=NOON, saving_emoji=SAVING)
    yield opened
    await opened.close()


def process(store: Store, clock: PatientClock, slack: OneCallAMinute) -> Reconciliation:
    return Reconciliation(
        store.outages,
        store.reading_lists,
        cast("AsyncWebClient", slack),
        cast("GrantedScopes", AllGranted()),
        clock,
        team=TEAM,
        saving_emoji=SAVING,
    )


async def test_what_one_process_began_another_goes_on_with_at_one_call_a_minute(store: Store) -> None:
    clock, asked = PatientClock(NOON), list[str]()
    outage = await store.outages.record_contact(TEAM, Sighting(NOON))
    assert outage == Outage(None, NOON)
    slack = OneCallAMinute(clock, asked, most=2)
    first = process(store, clock, slack)
    await first.go_on(outage)
    await slack.has_stopped.wait()
    await first.stop()
    second = process(store, clock, OneCallAMinute(clock, asked))
    await second.go_on((await store.outages.pending())[TEAM])
    await second.settled()
    assert asked == STAMPS, "each once, the newest first"
    assert await store.outages.pending() == {}
    assert clock.now() - NOON >= timedelta(minutes=3)
    assert await store.reading_lists.count(TEAM, "U1") == 1
