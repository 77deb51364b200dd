"""Scopes that were not granted: whoever runs Paperboy hears once what is closed, and how to open it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.entry_points import EntryPoint
from bot.slack.manifest import OPTIONAL_SCOPES, SCOPES
from tests.harness import open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from tests.harness import Harness

ALL = frozenset({*SCOPES, *OPTIONAL_SCOPES})
# Ana is the first person in the office, and Jimin, whose Slack is in Korean, the second.
ANA, JIMIN = "U0000000002", "U0000000003"


@asynccontextmanager
async def installed(folder: Path, *missing: str, operator: str | None = ANA) -> AsyncIterator[Harness]:
    """An office where some scopes were not granted."""
    async with open_harness(folder, granted=ALL.difference(missing), paperboy_operator=operator) as harness:
        await harness.quiet()
        yield harness


async def restarted(harness: Harness) -> None:
    """The bot looks at Slack as it does at its start."""
    await harness.bot.check_connection(is_first=True)
    await harness.quiet()


async def an_hour_later(harness: Harness) -> None:
    harness.clock.advance_to(harness.clock.now() + timedelta(hours=1))
    await harness.bot.check_connection()
    await harness.quiet()


def told(harness: Harness, person: str = ANA) -> list[str]:
    """What somebody was told of scopes."""
    said = [read(message) for message in harness.slack.messages(harness.slack.direct_messages(person).id)]
    return [each for each in said if "scope" in each]


def closed(harness: Harness) -> set[EntryPoint]:
    return {each.entry_point for each in harness.bot.workspace.scopes.closed}


async def test_the_operator_hears_what_is_closed_for_which_scope_and_where_to_open_it(tmp_path: Path) -> None:
    async with installed(tmp_path, "links:read", "links:write", "im:history") as harness:
        (said,) = told(harness)
        assert "Previews of links to papers: missing scopes links:read, links:write" in said
        assert "Replies to direct messages: missing scope im:history" in said
        assert "mentions" not in said
        assert "api.slack.com/apps" in said
        assert "reinstall" in said


async def test_they_hear_it_once_however_often_paperboy_starts(tmp_path: Path) -> None:
    async with installed(tmp_path, "im:history") as harness:
        for _ in range(3):
            await restarted(harness)
        harness.clock.advance_to(harness.clock.now() + timedelta(days=60))
        await harness.bot.services.store.maintenance.prune(now=harness.clock.now())
        await restarted(harness)
        assert len(told(harness)) == 1


async def test_they_hear_it_in_their_language(tmp_path: Path) -> None:
    async with installed(tmp_path, "im:history", operator=JIMIN) as harness:
        (said,) = told(harness, JIMIN)
        assert "다이렉트 메시지에 답변: im:history 권한(scope) 없음" in said


async def test_where_all_was_granted_nobody_hears_or_asks_anything(tmp_path: Path) -> None:
    async with installed(tmp_path) as harness:
        asked = [call.method for call in harness.slack.calls].count("auth.test")
        await an_hour_later(harness)
        assert told(harness) == []
        assert closed(harness) == set()
        assert [call.method for call in harness.slack.calls].count("auth.test") == asked


async def test_what_only_the_operator_relies_on_is_no_news_by_itself(tmp_path: Path) -> None:
    async with installed(tmp_path, "channels:history", "groups:history", "emoji:read") as harness:
        assert told(harness) == []
        assert closed(harness) == {EntryPoint.CONFIRMATION, EntryPoint.PRIVATE_CONFIRMATION}


async def test_installed_again_it_is_known_within_the_hour_without_a_restart(tmp_path: Path) -> None:
    async with installed(tmp_path, "im:history", "links:read") as harness:
        await harness.slack.install_again(ALL - {"links:read"})
        await an_hour_later(harness)
        assert closed(harness) == {EntryPoint.LINK_PREVIEWS}
        assert [said.count("missing scope") for said in told(harness)] == [3, 1]
        await harness.slack.install_again()
        await an_hour_later(harness)
        assert closed(harness) == set()
        assert len(told(harness)) == 2


async def test_while_slack_does_not_say_what_was_granted_nothing_is_said_to_be_closed(tmp_path: Path) -> None:
    async with installed(tmp_path, "im:history") as harness:
        scopes = harness.bot.workspace.scopes
        scopes.known = None
        assert closed(harness) == set()
        scopes.note({})
        assert closed(harness) == set()
        scopes.note({"x-oauth-scopes": ",".join(ALL)})
        scopes.note({})
        assert scopes.known == ALL


async def test_without_an_operator_the_log_says_it_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with installed(tmp_path, "im:history", operator=None) as harness:
        await an_hour_later(harness)
        await an_hour_later(harness)
    assert capsys.readouterr().out.count("entry points closed for want of scopes") == 1


async def test_an_operator_named_later_hears_it_then(tmp_path: Path) -> None:
    async with installed(tmp_path, "im:history", operator=None):
        pass
    async with installed(tmp_path, "im:history") as harness:
        assert len(told(harness)) == 1
