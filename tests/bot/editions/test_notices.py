"""Whoever runs Paperboy hears of each cause for concern once, in a direct message and in their language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.editions.daily import DailyEdition
from tests.harness import open_harness, papers_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.harness import Harness

THURSDAY = date(2024, 8, 1)
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
# Jimin is the second person in the office.
JIMIN = "U0000000003"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path, paperboy_operator=JIMIN) as opened:
        assert opened.jimin.id == JIMIN
        opened.sources.day(THURSDAY, papers_of(THURSDAY))
        yield opened


def heard(harness: Harness) -> list[str]:
    return [read(message) for message in harness.slack.messages(harness.slack.direct_messages(JIMIN).id)]


async def test_a_source_that_is_away_is_told_of_once_a_day(harness: Harness) -> None:
    await harness.serve()
    harness.sources.down()
    for minutes in range(0, 60, 10):
        await harness.at(FRIDAY_MORNING + timedelta(minutes=minutes))
    (told,) = heard(harness)
    assert "2024년 8월 1일" in told
    assert "paperboy doctor" in told.replace("\n", " ")
    harness.sources.up()
    await harness.at(FRIDAY_MORNING + timedelta(minutes=70))
    assert len(harness.cards) == 0
    assert len(heard(harness)) == 1


async def test_what_nobody_foresaw_is_told_once_with_a_reference_into_the_log(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: Any, **__: Any) -> list[str]:
        raise ZeroDivisionError

    await harness.serve()
    with monkeypatch.context() as patched:
        patched.setattr(DailyEdition, "plan", fail)
        for minutes in range(0, 60, 10):
            await harness.at(FRIDAY_MORNING + timedelta(minutes=minutes))
    (told,) = heard(harness)
    logged = capsys.readouterr().out
    assert any(word.strip(".,;") in told for word in logged.split("reference=")[1].split()[:1])
    await harness.at(FRIDAY_MORNING + timedelta(minutes=70))
    assert len(harness.cards) == 3
