"""`paperboy run`, as a process of its own: it connects, answers, and ends with nothing half done."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.harness import DAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.command_server import Command
    from tests.outside import Outside


@asynccontextmanager
async def running(outside: Outside, **more: str) -> AsyncIterator[Command]:
    process = await outside.start("run", **more)
    try:
        await outside.slack.connected(within=30)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: Command) -> int:
    return await asyncio.wait_for(process.wait(), 30)


async def test_it_answers_and_ends_with_0_on_sigterm(outside: Outside) -> None:
    async with running(outside) as process:
        answer = await outside.slack.command(outside.ana.id, outside.papers.id, "/paper", "help")
        assert answer.ok
        process.send_signal(signal.SIGTERM)
        assert await ended(process) == 0


async def test_sigterm_in_the_middle_of_an_answer_lets_it_be_finished(outside: Outside) -> None:
    outside.sources.paper("2501.00001", {"id": "2501.00001", "title": "Begun in Time", "authors": [{"name": "Z"}]})
    async with running(outside) as process:
        await outside.slack.command(outside.ana.id, outside.papers.id, "/paper", "2501.00001")
        await outside.slack.wait_for(lambda: len(outside.slack.ephemerals(outside.ana.id)) == 2)
        outside.slack.faults.before_request(1, process.terminate)
        await outside.slack.click(outside.ana.id, outside.slack.ephemerals(outside.ana.id)[-1], "share_paper")
        assert await ended(process) == 0
        (shared,) = outside.slack.messages(outside.papers.id)
        assert "Begun in Time" in shared.text
        assert "Begun in Time" in outside.slack.ephemerals(outside.ana.id)[-1].text


async def test_a_second_run_on_the_same_database_refuses_while_other_commands_work(outside: Outside) -> None:
    async with running(outside):
        code, _, complaint = await outside.do("run")
        assert code == 1
        assert complaint.count("\n") == 1
        assert "already using" in complaint
        code, out, _ = await outside.do("post", "--channel", outside.papers.id, "--date", str(DAY), "--top", "1")
        assert (code, out.startswith("Posted 2 of 2")) == (0, True)


async def test_a_wrong_token_is_one_clear_line(outside: Outside) -> None:
    code, _, complaint = await outside.do("run", SLACK_BOT_TOKEN="xoxb-wrong")
    assert code == 1
    assert "invalid_auth" in complaint
    assert "Traceback" not in complaint
    assert "xoxb-wrong" not in complaint


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_token_revoked_while_it_runs_ends_it_with_one_clear_line(outside: Outside, error: str) -> None:
    process = await outside.start("run", LOG_LEVEL="ERROR")
    await outside.slack.connected(within=30)
    outside.slack.faults.error("apps.connections.open", error=error)
    outside.slack.faults.drop_sockets()
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert complaint.decode().count("\n") == 1
    assert error in complaint.decode()


async def test_slack_briefly_away_at_the_start_is_waited_for(outside: Outside) -> None:
    outside.slack.faults.answer("auth.test", status=503)
    async with running(outside):
        assert (await outside.slack.command(outside.ana.id, outside.papers.id, "/paper", "help")).ok


async def test_sigterm_while_slack_is_away_at_the_start_ends_it_with_0(outside: Outside) -> None:
    outside.slack.faults.answer("auth.test", status=503, times=1000)
    process = await outside.start("run")
    await outside.slack.wait_for(lambda: outside.slack.calls, within=30)
    process.send_signal(signal.SIGTERM)
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"Traceback" not in complaint


async def test_a_missing_token_is_wrong_use(outside: Outside) -> None:
    del outside.environment["SLACK_BOT_TOKEN"]
    code, _, complaint = await outside.do("run")
    assert code == 2
    assert "SLACK_BOT_TOKEN" in complaint
    assert complaint.count("\n") == 1


async def test_two_posts_at_once_in_two_processes_send_each_message_once(outside: Outside) -> None:
    arguments = ("post", "--channel", outside.papers.id, "--date", str(DAY), "--top", "2")
    outcomes = await asyncio.gather(outside.do(*arguments), outside.do(*arguments))
    assert [code for code, _, _ in outcomes] == [0, 0], outcomes
    assert len(outside.slack.messages(outside.papers.id)) == 3
