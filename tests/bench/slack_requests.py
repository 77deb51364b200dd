"""`/paper` and reactions over HTTP, beside a bare Bolt app on the same machine in the same run."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import statistics
import tempfile
import time
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import open_bot
from bot.rules.channels import Person
from bot.rules.editions import Edition, EditionKind
from bot.rules.outbox import Delivery, DeliveryKey
from bot.settings import SecretStr, Settings
from bot.store.sqlite import connect
from tests.bench.reading_list import COUNT, PAGE
from tests.bench.stub import open_stub
from tests.harness import papers_of
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SECRET = "be" * 16
BENCH = Edition(EditionKind.OTHER, "bench")
TEAM, CHANNEL, TS = "T1", "C1", "1787011800.000100"
READER, SAVES = "UREADER", 5000
WARM_UP, ASKED = 200, 2000
REACTIONS, AT_ONCE = 4000, 16


async def measure_command() -> tuple[float, float]:
    """The median milliseconds from a request for a known paper to its card, and to a bare Bolt app's empty answer."""
    body = urlencode(
        {"command": "/paper", "text": "2608.17001", "team_id": TEAM, "user_id": "U1", "channel_id": CHANNEL,
         "response_url": "http://127.0.0.1:9/", "trigger_id": "1.1"}
    ).encode()  # fmt: skip
    async with _paperboy() as address:
        ours = await _median_ms(address, body)
    async with _bare_bolt() as address:
        yardstick = await _median_ms(address, body)
    return ours, yardstick


async def measure_list() -> tuple[float, float]:
    """The median milliseconds from a request for the list of a person with a zone and 5,000 saves to its first page,
    and to the same rows, read by raw sqlite3 in a bare Bolt app."""
    body = urlencode(
        {"command": "/paper", "text": "list", "team_id": TEAM, "user_id": READER, "channel_id": CHANNEL,
         "response_url": "http://127.0.0.1:9/", "trigger_id": "1.1"}
    ).encode()  # fmt: skip
    async with _paperboy(saves=SAVES) as address:
        ours = await _median_ms(address, body)
    async with _bare_bolt(saves=SAVES) as address:
        yardstick = await _median_ms(address, body)
    return ours, yardstick


async def measure_reactions() -> tuple[float, float]:
    """Reactions a second, committed and then acknowledged, by Paperboy and by a bare Bolt app with raw sqlite3."""
    async with _paperboy() as address:
        ours = await _rate(address)
    async with _bare_bolt() as address:
        yardstick = await _rate(address)
    return ours, yardstick


@asynccontextmanager
async def _paperboy(*, saves: int = 0) -> AsyncIterator[str]:
    day = datetime(2026, 8, 17, tzinfo=UTC).date()
    with tempfile.TemporaryDirectory() as folder, open_stub() as stub:
        async with PaperSources.open() as sources:
            sources.day(day, papers_of(day))
            settings = Settings(
                slack_bot_token=SecretStr("xoxb-bench"),
                slack_signing_secret=SecretStr(SECRET),
                slack_api_url=stub.api_url,
                port=0,
                hf_url=sources.url,
                arxiv_api_url=sources.url,
                database_url=f"sqlite:///{Path(folder) / 'paperboy.db'}",
            )
            async with open_bot(settings) as bot:
                await bot.services.library.read_day(day)
                store = bot.services.store
                _save(Path(folder) / "paperboy.db", saves)
                await store.people.remember(Person(TEAM, READER, "en-US", "America/New_York"), now=datetime.now(UTC))
                card = Delivery(
                    DeliveryKey(TEAM, CHANNEL, BENCH, "card"),
                    0,
                    "{}",
                    shows=("2608.17001",),
                )
                await store.outbox.plan([card], now=datetime.now(UTC))
                await store.outbox.mark_sent(card.key, TS, now=datetime.now(UTC), saving_emoji=("bookmark",))
                yield f"http://127.0.0.1:{bot.port}/slack/events"


@asynccontextmanager
async def _bare_bolt(*, saves: int = 0) -> AsyncIterator[str]:
    """What Bolt costs without anything of ours: a command that is only acknowledged, or answered with the rows of a
    list as they are; a reaction in raw sqlite3."""
    with tempfile.TemporaryDirectory() as folder, open_stub() as stub:
        client = AsyncWebClient(token="xoxb-bench", base_url=stub.api_url)
        app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)
        db = sqlite3.connect(Path(folder) / "raw.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE reactions (user TEXT, ts TEXT, emoji TEXT, event_ts TEXT)")

        lists = Path(folder) / "lists.db"
        connect(lists).close()
        _save(lists, saves)
        listed = sqlite3.connect(lists)

        @app.command("/paper")
        async def paper(ack: Any) -> None:
            if not saves:
                await ack()
                return
            listed.execute(COUNT, (TEAM, READER)).fetchone()
            rows = listed.execute(PAGE, (TEAM, READER, 10, 0)).fetchall()
            await ack(text="\n".join(str(row) for row in rows))

        @app.event("reaction_added")
        async def added(event: dict[str, Any]) -> None:
            values = (event["user"], event["item"]["ts"], event["reaction"], event["event_ts"])
            db.execute("INSERT INTO reactions VALUES (?, ?, ?, ?)", values)

        runner = web.AppRunner(app.web_app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        await runner.cleanup()
        listed.close()
        db.close()


def _save(path: Path, saves: int) -> None:
    """So many papers on a reader's list."""
    with closing(sqlite3.connect(path)) as db:
        moments = [
            f"{datetime.fromtimestamp(1700000000 + 60 * number, UTC):%Y-%m-%dT%H:%M:%S.000000+00:00}"
            for number in range(saves)
        ]
        papers = [f"2601.{number:05}" for number in range(saves)]
        db.executemany(
            "INSERT INTO papers (id, title, authors, abstract, source, read_at) VALUES (?, ?, ?, ?, 'arxiv', ?)",
            [(paper, f"Title of {paper}", '["Ana Ruiz"]', "It is new.", moments[0]) for paper in papers],
        )
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at) VALUES (?, ?, ?, 1, ?)",
            [(TEAM, READER, paper, moment) for paper, moment in zip(papers, moments, strict=True)],
        )
        db.commit()


async def _median_ms(address: str, body: bytes) -> float:
    taken = []
    async with aiohttp.ClientSession() as session:
        for _ in range(WARM_UP + ASKED):
            began = time.perf_counter()
            await _post(session, address, body, "application/x-www-form-urlencoded")
            taken.append(time.perf_counter() - began)
    return statistics.median(taken[WARM_UP:]) * 1000


async def _rate(address: str) -> float:
    bodies = _reactions(WARM_UP + REACTIONS)
    async with aiohttp.ClientSession() as session:

        async def work(events: Iterator[bytes], count: int) -> None:
            for _ in range(count):
                await _post(session, address, next(events), "application/json")

        await work(bodies, WARM_UP)
        began = time.perf_counter()
        await asyncio.gather(*(work(bodies, REACTIONS // AT_ONCE) for _ in range(AT_ONCE)))
        return REACTIONS / (time.perf_counter() - began)


def _reactions(count: int) -> Iterator[bytes]:
    for number in range(count):
        event = {
            "type": "reaction_added",
            "user": f"U{number}",
            "reaction": "bookmark",
            "item": {"type": "message", "channel": CHANNEL, "ts": TS},
            "item_user": "U1",
            "event_ts": f"{1787011900 + number}.000100",
        }
        wrapped = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{number}", "event": event,
                   "authorizations": [{"team_id": TEAM, "user_id": "U1", "is_bot": True}]}  # fmt: skip
        yield json.dumps(wrapped).encode()


async def _post(session: aiohttp.ClientSession, address: str, body: bytes, content_type: str) -> None:
    now = int(time.time())
    signature = hmac.new(SECRET.encode(), b"v0:%d:%s" % (now, body), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": str(now),
        "X-Slack-Signature": f"v0={signature}",
    }
    async with session.post(address, data=body, headers=headers) as answer:
        await answer.read()
        assert answer.status == 200, answer.status


if __name__ == "__main__":
    measures: tuple[Callable[[], Any], ...] = (measure_command, measure_list, measure_reactions)
    for measure in measures:
        print(measure.__name__, asyncio.run(measure()))
