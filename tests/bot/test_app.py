"""`paperboy run`, as a process of its own: it connects, answers, and ends with nothing half done."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.office import DAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.command_server import Command
    from tests.street import Street


@asynccontextmanager
async def running(street: Street, **more: str) -> AsyncIterator[Command]:
    process = await street.start("run", **more)
    try:
        await street.slack.connected(within=30)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: Command) -> int:
    return await asyncio.wait_for(process.wait(), 30)


async def test_it_answers_and_ends_with_0_on_sigterm(street: Street) -> None:
    async with running(street) as process:
        answer = await street.slack.command(street.ana.id, street.papers.id, "/paper", "help")
        assert answer.ok
        process.send_signal(signal.SIGTERM)
        assert await ended(process) == 0


async def test_sigterm_in_the_middle_of_an_answer_lets_it_be_finished(street: Street) -> None:
    street.sources.paper("2501.00001", {"id": "2501.00001", "title": "Begun in Time", "authors": [{"name": "Z"}]})
    async with running(street) as process:
        await street.slack.command(street.ana.id, street.papers.id, "/paper", "2501.00001")
        await street.slack.wait_for(lambda: len(street.slack.ephemerals(street.ana.id)) == 2)
        street.slack.faults.before_request(1, process.terminate)
        await street.slack.click(street.ana.id, street.slack.ephemerals(street.ana.id)[-1], "share_paper")
        assert await ended(process) == 0
        (shared,) = street.slack.messages(street.papers.id)
        assert "Begun in Time" in shared.text
        assert "Begun in Time" in street.slack.ephemerals(street.ana.id)[-1].text


async def test_a_second_run_on_the_same_database_refuses_while_other_commands_work(street: Street) -> None:
    async with running(street):
        code, _, complaint = await street.do("run")
        assert code == 1
        assert complaint.count("\n") == 1
        assert "already running" in complaint
        code, out, _ = await street.do("post", "--channel", street.papers.id, "--date", str(DAY), "--top", "1")
        assert (code, out.startswith("Posted 2 of 2")) == (0, True)


async def test_a_wrong_token_is_one_clear_line(street: Street) -> None:
    code, _, complaint = await street.do("run", SLACK_BOT_TOKEN="xoxb-wrong")
    assert code == 1
    assert "invalid_auth" in complaint
    assert "Traceback" not in complaint
    assert "xoxb-wrong" not in complaint


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_token_revoked_while_it_runs_ends_it_with_one_clear_line(street: Street, error: str) -> None:
    process = await street.start("run", LOG_LEVEL="ERROR")
    await street.slack.connected(within=30)
    street.slack.faults.error("apps.connections.open", error=error)
    street.slack.faults.drop_sockets()
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert complaint.decode().count("\n") == 1
    assert error in complaint.decode()


async def test_slack_briefly_away_at_the_start_is_waited_for(street: Street) -> None:
    street.slack.faults.answer("auth.test", status=503)
    async with running(street):
        assert (await street.slack.command(street.ana.id, street.papers.id, "/paper", "help")).ok


async def test_sigterm_while_slack_is_away_at_the_start_ends_it_with_0(street: Street) -> None:
    street.slack.faults.answer("auth.test", status=503, times=1000)
    process = await street.start("run")
    await street.slack.wait_for(lambda: street.slack.calls, within=30)
    process.send_signal(signal.SIGTERM)
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"Traceback" not in complaint


async def test_a_missing_token_is_wrong_use(street: Street) -> None:
    del street.environment["SLACK_BOT_TOKEN"]
    code, _, complaint = await street.do("run")
    assert code == 2
    assert "SLACK_BOT_TOKEN" in complaint
    assert complaint.count("\n") == 1


async def test_two_posts_at_once_in_two_processes_send_each_message_once(street: Street) -> None:
    arguments = ("post", "--channel", street.papers.id, "--date", str(DAY), "--top", "2")
    outcomes = await asyncio.gather(street.do(*arguments), street.do(*arguments))
    assert [code for code, _, _ in outcomes] == [0, 0], outcomes
    assert len(street.slack.messages(street.papers.id)) == 3
