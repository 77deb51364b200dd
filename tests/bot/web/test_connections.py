"""However many connections strangers open, Slack's requests come through, and the log stays small."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.log_rate import LogRateLimit
from bot.web.connections import Connections
from tests.harness import open_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.harness import Harness

MANY = 60
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    monkeypatch.setattr("bot.web.server.Connections", lambda: Connections(most=20))
    async with open_harness(tmp_path, over_http=True) as opened:
        yield opened


@asynccontextmanager
async def strangers(harness: Harness, first_words: bytes, count: int = MANY) -> AsyncIterator[list[Connection]]:
    assert harness.bot.port
    opened: list[Connection] = []
    try:
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", harness.bot.port)
            writer.write(first_words)
            opened.append((reader, writer))
        yield opened
    finally:
        for _, writer in opened:
            writer.close()


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


WAYS = {
    "say nothing": b"",
    "never end their headers": b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-A: b\r\n",
    "never end their body": (
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 150\r\nX-Slack-Signature: v0="
        + b"a" * 64
        + b"\r\n\r\na"
    ),
    "ask for nothing there is": b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    "do not speak HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
}


@pytest.mark.parametrize("how", WAYS)
async def test_strangers_who_hold_connections_open_cost_slack_nothing(harness: Harness, how: str) -> None:
    before = descriptors()
    async with strangers(harness, WAYS[how]):
        answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "help")
        assert answer.ok
        # Both ends of a connection are in this process.
        assert descriptors() - before <= MANY + 30


async def test_what_is_being_answered_is_never_closed_for_a_stranger(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = asyncio.Event()
    language = harness.bot.workspace.profiles.language_of

    async def slow(*about: Any) -> str:
        answering.set()
        await knocked.wait()
        return await language(*about)

    knocked = asyncio.Event()
    monkeypatch.setattr(harness.bot.workspace.profiles, "language_of", slow)
    asking = asyncio.create_task(harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "help"))
    await answering.wait()
    async with strangers(harness, b""):
        knocked.set()
        assert (await asking).ok


async def test_a_connection_that_asks_nothing_is_closed_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.server.Connections", lambda: Connections(first_request_seconds=0.01))
    async with (
        open_harness(tmp_path, over_http=True) as harness,
        strangers(harness, b"POST /slack/events HTT", count=3) as opened,
    ):
        assert [await reader.read() for reader, _ in opened] == [b"", b"", b""]


async def test_a_thousand_bad_requests_are_a_few_lines(
    harness: Harness, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for words in (
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\na",
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: \xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"nonsense\r\n\r\n",
    ):
        for _ in range(5):
            async with strangers(harness, words, count=10) as opened:
                await asyncio.gather(*(asyncio.wait_for(reader.read(), 20) for reader, _ in opened))
    written = caplog.text + capsys.readouterr().out
    assert written.count("\n") < 400, written[-3000:]


def test_lines_of_a_kind_are_counted_and_told_later() -> None:
    now = 0.0
    limit = LogRateLimit(3, monotonic=lambda: now)
    lines = [
        logging.LogRecord("asyncio", logging.ERROR, "", 0, "accept failed: %d", (number,), None) for number in range(9)
    ]
    assert [limit.filter(line) for line in lines[:8]] == [True, True, True, *[False] * 5]
    assert limit.filter(logging.LogRecord("asyncio", logging.ERROR, "", 0, "another thing", (), None))
    now = 61.0
    assert limit.filter(lines[8])
    assert lines[8].getMessage() == "accept failed: 8 (and 5 more like it)"


def test_what_is_counted_has_an_end_itself() -> None:
    limit = LogRateLimit(1)
    for number in range(10_000):
        limit.filter(logging.LogRecord("asyncio", logging.ERROR, "", 0, f"odd thing {number}", (), None))
    assert len(limit._seen) <= 100
